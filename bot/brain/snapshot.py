"""One history as it is at this moment: a table of its lines in memory, the words left in the mapped file.

The file is replaced by a rename, so that what is mapped here stays whole until a newer snapshot is taken.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.brain.history_file import VERSION, read_head, why
from bot.brain.remembering import Remembered, from_json
from bot.core.errors import Misconfigured

DIGEST_BYTES = 8
"""Of a line: enough to tell a changed one from 100,000 others."""

READ_MAX = 200
"""Tickets kept as read: a question asks for the same ones several times."""


class Snapshot:
    """The tickets of one connector, oldest first. Frozen; some 250 bytes of memory a ticket."""

    def __init__(self, content: bytes | mmap.mmap, table: dict[str, tuple[int, int, bytes]]) -> None:
        """Use :meth:`take`."""
        self._content, self._table = content, table
        self._read_last: dict[str, Remembered] = {}

    @classmethod
    def none(cls) -> Snapshot:
        """Return that of a history without a ticket."""
        return cls(b"", {})

    @classmethod
    def take(cls, path: Path, before: Snapshot | None = None) -> Snapshot:
        """Read the file at ``path``; nothing is in it where there is none.

        ``before``: lines that it has need not be taken apart again: 0.2 s for 50,000 of them, else 1 s.

        Raises:
            Misconfigured: the file is damaged or of another version; it says what to do.
        """
        try:
            content = _content(path)
        except FileNotFoundError:
            return cls.none()
        except OSError as error:
            raise Misconfigured(f"{path} cannot be read: {error.strerror}") from error
        known = before.keys() if before else {}
        try:
            return cls(content, dict(_lines(content, known)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Misconfigured(
                f"{path} does not read ({why(error)}): delete it and run `countersign learn` again"
            ) from error

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._table)

    def __iter__(self) -> Iterator[Remembered]:
        """Read each ticket in turn."""
        return (self._read(begin, end) for begin, end, _ in self._table.values())

    def get(self, key: str) -> Remembered | None:
        """Read the ticket ``key``; None where it is not known (any more). Takes 20 µs."""
        read = self._read_last.get(key)
        if read is not None:
            return read
        found = self._table.get(key)
        if found is None:
            return None
        if len(self._read_last) >= READ_MAX:
            self._read_last = {}  # anew, never changed while another thread looks into it
        read = self._read_last[key] = self._read(found[0], found[1])
        return read

    def keys(self) -> dict[bytes, str]:
        """Return the key of each line, by its digest."""
        return {digest: key for key, (_, _, digest) in self._table.items()}

    def gone_since(self, before: Snapshot) -> list[str]:
        """Return the keys that were there ``before`` and are not now."""
        return [key for key in before.keys().values() if key not in self._table]

    def fresh_since(self, before: Snapshot) -> list[str]:
        """Return the keys that are new, or say something else than ``before``."""
        old = before.keys()
        return [key for key, (_, _, digest) in self._table.items() if digest not in old]

    def _read(self, begin: int, end: int) -> Remembered:
        return from_json(json.loads(self._content[begin:end]))


def _content(path: Path) -> bytes | mmap.mmap:
    with path.open("rb") as file:
        if sys.platform == "win32" or not path.stat().st_size:
            return file.read()  # there a mapped file cannot be replaced, and nowhere can nothing be mapped
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _lines(
    content: bytes | mmap.mmap, known: dict[bytes, str]
) -> Iterator[tuple[str, tuple[int, int, bytes]]]:
    end = content.find(b"\n") + 1
    head = read_head(content[:end])
    whole = hashlib.sha256()
    if head["version"] == VERSION:
        begin, end = end, content.find(b"\n", end) + 1
        whole.update(content[begin:end])
    while 0 < end < len(content):
        begin, end = end, content.find(b"\n", end) + 1 or len(content)
        line = content[begin:end]
        whole.update(line)
        digest = hashlib.blake2b(line, digest_size=DIGEST_BYTES).digest()
        yield known.get(digest) or _key(line), (begin, end, digest)
    if whole.hexdigest() != head["sha256"]:
        raise ValueError("its checksum is wrong")


def _key(line: bytes) -> str:
    told: Any = json.loads(line)
    return from_json(told).key
