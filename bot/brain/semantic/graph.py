"""An ONNX file, written by hand: the library that does it is large, and we need five of its messages.

Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.protobuf import block, number, numbers, real, text, texts

OPSET: Final = 20
"""Version of the standard operators: the first with Gelu."""
IR_VERSION: Final = 9
"""Version of the file format that goes with it."""

ELEMENTS: Final = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
"""TensorProto.DataType."""
_FLOAT, _INT, _INTS = 1, 2, 7
"""AttributeProto.AttributeType."""

Attribute = int | float | tuple[int, ...]


class Graph:
    """Grows one node at a time; values are known by name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[bytes] = []
        self._constants: dict[str, bytes] = {}

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Put ``value`` into the file under ``name``; return the name."""
        assert name not in self._constants, f"two constants called {name}"
        little = value.astype(value.dtype.newbyteorder("<"), copy=False)
        self._constants[name] = (
            numbers(1, value.shape)
            + number(2, ELEMENTS[value.dtype.name])
            + text(8, name)
            + block(9, np.ascontiguousarray(little).tobytes())
        )
        return name

    def node(self, operator: str, inputs: Sequence[str], **attributes: Attribute) -> str:
        """Add one operator with one result; return the result's name."""
        return self.nodes(operator, inputs, 1, **attributes)[0]

    def nodes(
        self, operator: str, inputs: Sequence[str], results: int, **attributes: Attribute
    ) -> tuple[str, ...]:
        """As :meth:`node` for an operator with several results."""
        outputs = tuple(f"v{len(self._nodes)}_{place}" for place in range(results))
        self._add(operator, inputs, outputs, attributes)
        return outputs

    def to_bytes(self, given: str, found: str, wanted: str) -> bytes:
        """Return the file: ``given`` (int64, two axes) comes in, ``found`` (float) goes out as ``wanted``."""
        self._add("Identity", (found,), (wanted,), {})
        graph = (
            b"".join(block(1, node) for node in self._nodes)
            + text(2, self._name)
            + b"".join(block(5, constant) for constant in self._constants.values())
            + block(11, _described(given, "int64", ("texts", "tokens")))
            + block(12, _described(wanted, "float32", ("texts", "width")))
        )
        opset = text(1, "") + number(2, OPSET)
        return number(1, IR_VERSION) + text(2, "countersign") + block(7, graph) + block(8, opset)

    def _add(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], attributes: dict[str, Attribute]
    ) -> None:
        self._nodes.append(
            texts(1, inputs)
            + texts(2, outputs)
            + text(4, operator)
            + b"".join(block(5, _attribute(name, value)) for name, value in attributes.items())
        )


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, tuple):
        return text(1, name) + numbers(8, value) + number(20, _INTS)
    if isinstance(value, int):
        # A negative axis would be a ten-byte varint: axes are counted from the front here.
        return text(1, name) + number(3, value) + number(20, _INT)
    return text(1, name) + real(2, value) + number(20, _FLOAT)


def _described(name: str, element: str, axes: Sequence[str]) -> bytes:
    """Return a ValueInfoProto whose axes have names in place of sizes."""
    shape = b"".join(block(1, text(2, axis)) for axis in axes)
    return text(1, name) + block(2, block(1, number(1, ELEMENTS[element]) + block(2, shape)))
