"""Arrays on disk: one line of JSON that says what follows, then the arrays as they are in memory.

Data, never code: no pickle. Replaced whole, by a rename, so that who has the old one mapped keeps it.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.core.errors import Misconfigured

ALIGN = 64
"""Bytes; an array that begins at a multiple of it is read at full speed."""
HEAD_BYTES = 1 << 13
"""Of the header with its line break, padded by blanks."""
_KINDS: Final = {
    kind: np.dtype(kind) for kind in ("bool", "uint8", "uint32", "int64", "uint64", "float16", "float32")
}


def write(path: Path, about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write ``arrays`` and what there is to say about them, readable by their owner only.

    Raises:
        Misconfigured: the file cannot be written; it says why.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}-", delete=False) as made:
            try:
                _fill(made, about, arrays)
                made.flush()
                os.fsync(made.fileno())
                Path(made.name).replace(path)
            except BaseException:
                Path(made.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}") from error


def read(path: Path, format_: str, version: int) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Map the file at ``path``: its header, and its arrays, which cannot be written to. Reads it once whole.

    Raises:
        Misconfigured: it is missing, damaged or not of this format and version; it says what to do.
    """
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        about: dict[str, Any] = json.loads(mapped[:HEAD_BYTES])
        body = memoryview(mapped)[HEAD_BYTES:]
        _check(about, body, (format_, version))
        return about, {name: _array(body, each) for name, each in about["arrays"].items()}
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misconfigured(f"{path} does not read ({error}): delete it, it is built again") from error


def _check(about: Mapping[str, Any], body: memoryview, wanted: tuple[str, int]) -> None:
    if (about["format"], about["version"]) != wanted:
        raise ValueError(f"it is {about['format']} {about['version']}, this build reads {wanted}")
    if hashlib.sha256(body).hexdigest() != about["sha256"]:
        raise ValueError("its checksum is wrong")


def _fill(file: Any, about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    file.write(b" " * HEAD_BYTES)
    digest, at, table = hashlib.sha256(), 0, dict[str, dict[str, Any]]()
    for name, array in arrays.items():
        data = np.ascontiguousarray(array).view(np.uint8).data if array.size else memoryview(b"")
        padding = b"\0" * (-len(data) % ALIGN)
        table[name] = {"type": array.dtype.name, "count": int(array.size), "at": at}
        for piece in (data, padding):
            file.write(piece)
            digest.update(piece)
            at += len(piece)
    head = json.dumps({**about, "sha256": digest.hexdigest(), "arrays": table}, sort_keys=True).encode()
    assert len(head) < HEAD_BYTES, "an index has few arrays"
    file.seek(0)
    file.write(head.ljust(HEAD_BYTES - 1) + b"\n")


def _array(body: memoryview, told: Mapping[str, Any]) -> NDArray[Any]:
    kind, count, at = _KINDS[told["type"]], int(told["count"]), int(told["at"])
    if count < 0 or at < 0 or at % ALIGN or at + count * kind.itemsize > len(body):
        raise ValueError("its header does not fit its body")
    return np.frombuffer(body, kind, count, at)
