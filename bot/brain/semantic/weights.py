"""The weights of a small BERT: read from safetensors, named by what they do, in 32-bit floats.

https://huggingface.co/docs/safetensors: eight bytes of length, a JSON header, the numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from bot.core.errors import Misconfigured

Floats = NDArray[np.float32]

HEADER_BYTES_MAX: Final = 1 << 20
"""One that is larger is not the header of such a model."""


@dataclass(frozen=True, slots=True)
class Dense:
    """``x @ weight + bias``."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Norm:
    """What a layer normalisation multiplies by and adds."""

    scale: Floats
    shift: Floats


@dataclass(frozen=True, slots=True)
class Layer:
    """One block of the encoder."""

    query: Dense
    key: Dense
    value: Dense
    mixed: Dense
    mixed_norm: Norm
    widened: Dense
    narrowed: Dense
    narrowed_norm: Norm


@dataclass(frozen=True, slots=True)
class Weights:
    """The whole encoder."""

    words: Floats
    positions: Floats
    """The kind of text that all of ours is (the first one) is added to each already."""
    norm: Norm
    layers: tuple[Layer, ...]
    heads: int
    epsilon: float
    """Of every normalisation."""

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return int(self.words.shape[1])


def read_weights(tensors: bytes, config: Mapping[str, Any]) -> Weights:
    """Return what a ``model.safetensors`` and its ``config.json`` hold.

    Raises:
        Misconfigured: it is not such a file, or another architecture; the caller needs another model.
    """
    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
        raise Misconfigured("the model is not a BERT with GELU: take all-MiniLM-L6-v2")
    try:
        named = _Named(_tensors(tensors))
        kind = named("embeddings.token_type_embeddings.weight")[0]
        return Weights(
            words=named("embeddings.word_embeddings.weight"),
            positions=named("embeddings.position_embeddings.weight") + kind,
            norm=named.norm("embeddings.LayerNorm"),
            layers=tuple(named.layer(place) for place in range(int(config["num_hidden_layers"]))),
            heads=int(config["num_attention_heads"]),
            epsilon=float(config["layer_norm_eps"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise Misconfigured(f"model.safetensors cannot be read ({error}): fetch it again") from error


class _Named:
    """Tensors by the names that the library gives them, which saves its matrices transposed."""

    def __init__(self, tensors: Mapping[str, Floats]) -> None:
        self._tensors = tensors

    def __call__(self, name: str) -> Floats:
        return self._tensors[name]

    def dense(self, name: str) -> Dense:
        return Dense(np.ascontiguousarray(self(f"{name}.weight").T), self(f"{name}.bias"))

    def norm(self, name: str) -> Norm:
        return Norm(self(f"{name}.weight"), self(f"{name}.bias"))

    def layer(self, place: int) -> Layer:
        at = f"encoder.layer.{place}"
        return Layer(
            query=self.dense(f"{at}.attention.self.query"),
            key=self.dense(f"{at}.attention.self.key"),
            value=self.dense(f"{at}.attention.self.value"),
            mixed=self.dense(f"{at}.attention.output.dense"),
            mixed_norm=self.norm(f"{at}.attention.output.LayerNorm"),
            widened=self.dense(f"{at}.intermediate.dense"),
            narrowed=self.dense(f"{at}.output.dense"),
            narrowed_norm=self.norm(f"{at}.output.LayerNorm"),
        )


def _tensors(content: bytes) -> dict[str, Floats]:
    """Return the 32-bit tensors; what is of another type (places in a row) is not needed."""
    size = int.from_bytes(content[:8], "little")
    if not 0 < size <= min(HEADER_BYTES_MAX, len(content) - 8):
        raise ValueError("no header")
    header = cast("dict[str, Any]", json.loads(content[8 : 8 + size]))
    header.pop("__metadata__", None)
    body = memoryview(content)[8 + size :]
    found: dict[str, Floats] = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        if entry["dtype"] == "F32":
            found[name] = np.frombuffer(body[begin:end], "<f4").reshape(entry["shape"]).astype(np.float32)
    return found
