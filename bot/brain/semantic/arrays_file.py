"""Arrays as bytes: numpy's own format without pickle, behind a line that says what they are and a SHA-256."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from bot.core.errors import Misconfigured

HASH_BYTES: Final = 32

Made = TypeVar("Made")
Arrays = Mapping[str, NDArray[Any]]


def pack(magic: bytes, header: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return ``header`` and ``arrays`` as bytes; the same ones give the same bytes."""
    written = io.BytesIO()
    described = np.frombuffer(json.dumps(header).encode(), np.uint8)
    named: dict[str, Any] = {"header": described, **arrays}
    np.savez(written, **named)
    content = written.getvalue()
    return magic + hashlib.sha256(content).digest() + content


def unpack(magic: bytes, content: bytes, what: str, read: Callable[[dict[str, Any], Arrays], Made]) -> Made:
    """Return what ``read`` makes of header and arrays. ``what``: its name, in the plural, for messages.

    Raises:
        Misconfigured: damaged or of another version.
    """
    body = content[len(magic) + HASH_BYTES :]
    if not content.startswith(magic):
        raise Misconfigured(f"{what} are of another version: learn again")
    if hashlib.sha256(body).digest() != content[len(magic) : len(magic) + HASH_BYTES]:
        raise Misconfigured(f"{what} are damaged: learn again")
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            header = cast("dict[str, Any]", json.loads(arrays["header"].tobytes()))
            return read(header, arrays)
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise Misconfigured(f"{what} cannot be read ({error}): learn again") from error


def same_model(header: Mapping[str, Any], stamp: str, what: str) -> None:
    """Refuse vectors of another model: comparing them would mean nothing.

    Raises:
        Misconfigured: they are.
    """
    if header["model"] != stamp:
        raise Misconfigured(f"{what} were learned with another model: learn again")
