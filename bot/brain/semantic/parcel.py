"""The model as one file of ours: a line, a header in JSON, the tokenizer, the encoder. Data, never code.

One file, so that it is there as a whole or not at all; every part is checked against its SHA-256 when it is
opened.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

from bot.core.errors import Misconfigured

NAME: Final = "semantic.model"
"""Of the file, in the data directory."""
MAGIC: Final = b"countersign semantic 1\n"
"""The format and its version."""
HEADER_BYTES_MAX: Final = 64 * 1024
"""Where the header's end is looked for; it takes half a kilobyte."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a model."""

    name: str
    source_sha256: str
    """Of the ``model.safetensors`` it was made from."""
    width: int
    """Numbers in a vector."""
    tokens_max: int
    """Tokens read of one text; what comes after them is left out."""
    agreement: float
    """Mean cosine to the same texts in 32-bit floats, as measured when it was made."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A model, opened and checked."""

    facts: Facts
    tokenizer: bytes
    encoder: bytes

    @property
    def stamp(self) -> str:
        """Return what tells this model's vectors from another's."""
        return _sha256(self.tokenizer + self.encoder)


def write(parcel: Parcel, directory: Path) -> Path:
    """Put the parcel into ``directory`` in one move; return its path.

    Raises:
        Misconfigured: the directory cannot be written.
    """
    header = {
        "facts": asdict(parcel.facts),
        "tokenizer": {"bytes": len(parcel.tokenizer), "sha256": _sha256(parcel.tokenizer)},
        "encoder": {"bytes": len(parcel.encoder), "sha256": _sha256(parcel.encoder)},
    }
    line = json.dumps(header, sort_keys=True).encode() + b"\n"
    target = directory / NAME
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=directory, prefix=f"{NAME}.", delete=False) as file:
            half = Path(file.name)
            try:
                for part in (MAGIC, line, parcel.tokenizer, parcel.encoder):
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
                half.replace(target)
            except BaseException:
                half.unlink(missing_ok=True)
                raise
        _sync(directory)
    except OSError as error:
        raise Misconfigured(f"{target} cannot be written: {error.strerror}") from error
    return target


def read(directory: Path) -> Parcel | None:
    """Return the parcel in ``directory``; None where there is none.

    Raises:
        Misconfigured: there is one, but it is damaged, of another version or cannot be read; it says so.
    """
    path = directory / NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from error
    if not content.startswith(MAGIC):
        raise Misconfigured(f"{path} is not a model of this version: {_again()}")
    end = content.find(b"\n", len(MAGIC), len(MAGIC) + HEADER_BYTES_MAX)
    try:
        header = cast("dict[str, Any]", json.loads(content[len(MAGIC) : end]))
        facts = Facts(**header["facts"])
        middle = end + 1 + int(header["tokenizer"]["bytes"])
        parts = {"tokenizer": content[end + 1 : middle], "encoder": content[middle:]}
        whole = all(_sha256(part) == header[name]["sha256"] for name, part in parts.items())
    except (ValueError, KeyError, TypeError, AttributeError):
        whole, facts, parts = False, None, {}
    if not whole or facts is None:
        raise Misconfigured(f"{path} is damaged: {_again()}")
    return Parcel(facts, **parts)


def _again() -> str:
    return "delete it, or make it again with `countersign semantic build WHEEL`"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sync(directory: Path) -> None:
    """Make the new name last: without it a power cut may bring back the old one, or none."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
