"""The encoder as an ONNX graph whose matrices are 8-bit integers: a quarter of the size, four times as fast.

Weights have one scale a column, activations one scale a token. The usual way (one scale for all that comes in
at once) makes a text's vector depend on the texts beside it; here it depends on the text alone. For the same
reason nothing is padded: texts of one batch have the same number of tokens, so there is no mask.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.graph import Graph
from bot.brain.semantic.weights import Dense, Floats, Layer, Norm, Weights

GIVEN: Final = "ids"
WANTED: Final = "vectors"

WEIGHT_MAX: Final = 63
"""Seven bits: where a processor adds two products in 16 bits (AVX2 without VNNI), eight would overflow."""
TOKEN_MAX: Final = 127
"""Either side of zero in a byte: what the largest number of a token, or of a word's row, becomes."""
MIDDLE: Final = 128
"""The zero of the unsigned activations."""
TINY: Final = 1e-12
"""A token of nothing but zeros is divided by this."""


def encoder(weights: Weights) -> bytes:
    """Return the ONNX file: ids of tokens in, the mean of the last layer over the tokens out."""
    return _Encoder(weights).to_bytes()


def quantised(matrix: Floats, limit: int, axis: int) -> tuple[NDArray[np.int8], Floats]:
    """Return integers up to ``limit`` and the scales they stand for, one for each line along ``axis``."""
    scale = np.maximum(np.abs(matrix).max(axis=axis, keepdims=True), TINY) / limit
    return np.rint(matrix / scale).astype(np.int8), scale.astype(np.float32)


class _Encoder:
    """One graph in the making."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._graph = Graph("encoder")
        self._zero = self._graph.constant("middle", np.array(MIDDLE, np.uint8))
        self._shift = self._graph.constant("middle_up", np.array(MIDDLE + 0.5, np.float32))
        self._top = self._graph.constant("top", np.array(TOKEN_MAX, np.float32))
        self._tiny = self._graph.constant("tiny", np.array(TINY, np.float32))
        self._last = self._graph.constant("last", np.array([2], np.int64))
        self._tokens = self._graph.constant("tokens", np.array([1], np.int64))
        heads = (0, 0, weights.heads, weights.width // weights.heads)
        self._split = self._graph.constant("split", np.array(heads, np.int64))
        self._join = self._graph.constant("join", np.array((0, 0, weights.width), np.int64))

    def to_bytes(self) -> bytes:
        now = self._embedded()
        for place, layer in enumerate(self._weights.layers):
            now = self._block(f"l{place}", layer, now)
        mean = self._graph.node("ReduceMean", (now, self._tokens), keepdims=0)
        return self._graph.to_bytes(GIVEN, mean, WANTED)

    def _embedded(self) -> str:
        node, constant = self._graph.node, self._graph.constant
        words, scale = quantised(self._weights.words, TOKEN_MAX, axis=1)
        picked = node("Cast", (node("Gather", (constant("words", words), GIVEN)),), to=1)
        sized = node("Mul", (picked, node("Gather", (constant("words_scale", scale), GIVEN))))
        length = node("Shape", (GIVEN,), start=1, end=2)
        first, axis = constant("first", np.array([0], np.int64)), constant("axis", np.array([0], np.int64))
        places = node("Slice", (constant("positions", self._weights.positions), first, length, axis))
        return self._normal("norm", self._weights.norm, node("Add", (sized, places)))

    def _block(self, name: str, layer: Layer, before: str) -> str:
        mixed = self._dense(f"{name}.mixed", layer.mixed, self._attention(name, layer, before))
        middle = self._normal(
            f"{name}.mixed_norm", layer.mixed_norm, self._graph.node("Add", (mixed, before))
        )
        wide = self._graph.node("Gelu", (self._dense(f"{name}.widened", layer.widened, middle),))
        narrow = self._dense(f"{name}.narrowed", layer.narrowed, wide)
        return self._normal(f"{name}.norm", layer.narrowed_norm, self._graph.node("Add", (narrow, middle)))

    def _attention(self, name: str, layer: Layer, before: str) -> str:
        """Every token looks at every other; the three matrices are multiplied as one."""
        node = self._graph.node
        narrow = np.float32(1 / np.sqrt(self._weights.width // self._weights.heads))
        query = Dense(layer.query.weight * narrow, layer.query.bias * narrow)
        parts = (query, layer.key, layer.value)
        joined = Dense(
            np.concatenate([part.weight for part in parts], axis=1),
            np.concatenate([part.bias for part in parts]),
        )
        all_three = self._dense(f"{name}.looked", joined, before)
        queries, keys, values = self._graph.nodes("Split", (all_three,), 3, axis=2, num_outputs=3)
        looks = node("MatMul", (self._headed(queries, 0, 2, 1, 3), self._headed(keys, 0, 2, 3, 1)))
        shares = node("Softmax", (looks,), axis=3)
        seen = node("MatMul", (shares, self._headed(values, 0, 2, 1, 3)))
        return node("Reshape", (node("Transpose", (seen,), perm=(0, 2, 1, 3)), self._join))

    def _headed(self, value: str, *order: int) -> str:
        node = self._graph.node
        return node("Transpose", (node("Reshape", (value, self._split)),), perm=order)

    def _dense(self, name: str, dense: Dense, before: str) -> str:
        """Multiply integers; the scales come back afterwards, the token's and the column's."""
        node, constant = self._graph.node, self._graph.constant
        weight, scale = quantised(dense.weight, WEIGHT_MAX, axis=0)
        largest = node("ReduceMax", (node("Abs", (before,)), self._last), keepdims=1)
        largest = node("Max", (largest, self._tiny))
        raised = node("Add", (node("Mul", (before, node("Div", (self._top, largest)))), self._shift))
        whole = node("Cast", (raised,), to=2)  # cuts off what is behind the point, hence the half above
        product = node("MatMulInteger", (whole, constant(f"{name}.weight", weight), self._zero))
        scaled = node("Mul", (node("Cast", (product,), to=1), largest))
        column = constant(f"{name}.scale", (scale[0] / TOKEN_MAX).astype(np.float32))
        return node("Add", (node("Mul", (scaled, column)), constant(f"{name}.bias", dense.bias)))

    def _normal(self, name: str, norm: Norm, before: str) -> str:
        scale = self._graph.constant(f"{name}.scale", norm.scale)
        shift = self._graph.constant(f"{name}.shift", norm.shift)
        return self._graph.node(
            "LayerNormalization", (before, scale, shift), axis=2, epsilon=self._weights.epsilon
        )
