"""The few lines of Protocol Buffers' wire format that writing a message takes; nothing here reads one.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

VARINT, DELIMITED, FIXED32 = 0, 2, 5
"""Kinds of field."""
SEVEN_BITS, MORE = 0x7F, 0x80
"""What a byte of a varint carries, and that another byte follows."""


def number(field: int, value: int) -> bytes:
    """Return an ``int64`` or an enum, not negative."""
    return _varint(field << 3 | VARINT) + _varint(value)


def numbers(field: int, values: Iterable[int]) -> bytes:
    """Return repeated ``int64``, unpacked: every reader takes both ways."""
    return b"".join(number(field, value) for value in values)


def real(field: int, value: float) -> bytes:
    """Return a ``float``."""
    return _varint(field << 3 | FIXED32) + struct.pack("<f", value)


def block(field: int, content: bytes) -> bytes:
    """Return ``bytes`` or a message inside this one."""
    return _varint(field << 3 | DELIMITED) + _varint(len(content)) + content


def text(field: int, content: str) -> bytes:
    """Return a ``string``."""
    return block(field, content.encode())


def texts(field: int, contents: Iterable[str]) -> bytes:
    """Return repeated ``string``."""
    return b"".join(text(field, content) for content in contents)


def _varint(value: int) -> bytes:
    assert value >= 0, "nothing negative is written, so nothing takes ten bytes"
    out = bytearray()
    while value > SEVEN_BITS:
        out.append(value & SEVEN_BITS | MORE)
        value >>= 7
    out.append(value)
    return bytes(out)
