"""The file of a history: JSON Lines behind a header that says how many, and the SHA-256 of the rest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Final

from bot.brain.remembering import Remembered, from_json, to_json
from bot.brain.templates import Templates
from bot.core.tickets import Value

VERSION: Final = 2
"""Version 1 had no second line, no people and no days; it is read, and rewritten by the next lesson."""
_FORMAT: Final = "countersign-history"
_UNKNOWN: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Kept:
    """All of a file."""

    tickets: tuple[Remembered, ...] = ()
    templates: Templates = field(default_factory=Templates)
    forgotten: frozenset[str] = frozenset()
    """Marks of keys that are not learned any more."""


def to_file(file: IO[bytes], kept: Kept) -> bytes:
    """Write all of it; return the header."""
    file.write(_head(len(kept.tickets), _UNKNOWN))
    digest = hashlib.sha256()
    for line in _lines(kept):
        digest.update(line)
        file.write(line)
    head = _head(len(kept.tickets), digest.hexdigest())
    file.seek(0)
    file.write(head)
    file.flush()
    return head


def _head(tickets: int, sha256: str) -> bytes:
    head = {"format": _FORMAT, "version": VERSION, "tickets": tickets, "sha256": sha256}
    return json.dumps(head).encode() + b"\n"


def _lines(kept: Kept) -> Iterator[bytes]:
    about = {
        "templates": {queue: sorted(lines) for queue, lines in sorted(kept.templates.lines.items())},
        "forgotten": sorted(kept.forgotten),
    }
    for line in (about, *map(to_json, kept.tickets)):
        yield json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def from_file(file: IO[bytes]) -> Kept:
    """Read what :func:`to_file` wrote, also of version 1.

    Raises:
        ValueError, KeyError, TypeError, AttributeError, RecursionError: it is something else, or damaged.
    """
    head = read_head(file.readline())
    digest = hashlib.sha256()
    about: Any = {}
    if head["version"] == VERSION:
        line = file.readline()
        digest.update(line)
        about = json.loads(line)
    tickets: list[Remembered] = []
    shared: dict[tuple[Value, ...], tuple[Value, ...]] = {}
    for line in file:
        digest.update(line)
        ticket = from_json(json.loads(line))
        fields = {name: shared.setdefault(value, value) for name, value in ticket.fields.items()}
        tickets.append(replace(ticket, fields=fields))
    if digest.hexdigest() != head["sha256"]:
        raise ValueError("its checksum is wrong")
    templates = {
        str(queue): frozenset(map(str, lines)) for queue, lines in about.get("templates", {}).items()
    }
    return Kept(tuple(tickets), Templates(templates), frozenset(map(str, about.get("forgotten", ()))))


def read_head(line: bytes) -> dict[str, Any]:
    """Return the header in ``line``; raises as :func:`from_file`."""
    head: Any = json.loads(line)
    if head["format"] != _FORMAT or head["version"] not in {1, VERSION}:
        raise ValueError(f"it is {head['format']} {head['version']}, this build reads {_FORMAT} {VERSION}")
    return {**head}


def why(error: Exception) -> str:
    """Say what is wrong with the file, not what stands in it."""
    return "a line is no JSON" if isinstance(error, json.JSONDecodeError) else str(error)


def first_line(path: Path) -> bytes:
    """Return the header of the file at ``path``, or nothing where there is none."""
    try:
        with path.open("rb") as file:
            return file.readline()
    except FileNotFoundError:
        return b""
