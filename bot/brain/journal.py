"""A lesson under way: what was read and prepared so far, so that a killed run goes on where it was.

One file beside the history, one line a batch, flushed to the disk. A line that was cut is read again from its
source. Texts in it are cleaned and redacted, as in the history; it goes when the lesson is done.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

from bot.brain.remembering import Remembered, from_json, to_json
from bot.core.errors import Misconfigured

if sys.platform != "win32":
    import fcntl

_FORMAT: Final = "countersign-lesson"
VERSION: Final = 1


class Journal:
    """Of one connector; one run at a time has it open. Every method blocks."""

    def __init__(self, directory: Path, connector: str, source: str) -> None:
        """Open it, and go on if it is about ``source``; else begin anew.

        ``source`` names what is read and how: a file's digest and mapping, or a query.

        Raises:
            Misconfigured: another run has it open, or the directory cannot be written.
        """
        self._path = lesson_under_way(directory, connector)
        self.cursor = ""
        """Where the next batch begins, as the source calls it; empty at its beginning."""
        self.given = 0
        """Tickets read so far."""
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file: IO[bytes] = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
            self._lock(connector)
            self._begin(source)
        except OSError as error:
            raise Misconfigured(f"{self._path} cannot be written: {error.strerror}") from error

    def add(self, tickets: Sequence[Remembered | None], cursor: str) -> None:
        """Keep a batch, and where the next one begins.

        Raises:
            Misconfigured: the disk is full or away; what was added before is kept.
        """
        self.given += len(tickets)
        self.cursor = cursor
        kept = [to_json(each) for each in tickets if each is not None]
        line = json.dumps({"cursor": cursor, "given": self.given, "tickets": kept}, ensure_ascii=False)
        try:
            self._file.write(line.encode("utf-8", "replace") + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise Misconfigured(f"{self._path} cannot be written: {error.strerror}") from error

    def tickets(self) -> Iterator[Remembered | None]:
        """Yield all that was added, None for each that teaches nothing."""
        self._file.seek(0)
        self._file.readline()
        before = 0
        for line in self._file:
            batch = json.loads(line)
            kept = [from_json(each) for each in batch["tickets"]]
            yield from kept
            yield from (None for _ in range(batch["given"] - before - len(kept)))
            before = batch["given"]

    def close(self, *, done: bool) -> None:
        """Give the file back; ``done``: it is not needed any more."""
        if done:
            self._path.unlink(missing_ok=True)
        self._file.close()

    def _lock(self, connector: str) -> None:
        if sys.platform == "win32":
            return  # two lessons at once are not told apart there
        try:
            fcntl.flock(self._file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise Misconfigured(f"another run is learning for {connector}: wait until it is done") from None

    def _begin(self, source: str) -> None:
        head = json.dumps({"format": _FORMAT, "version": VERSION, "source": source}).encode() + b"\n"
        if self._file.readline() != head:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(head)
            return
        good = self._file.tell()
        for line in self._file:
            batch = _batch(line)
            if batch is None:
                break
            self.cursor, self.given = batch
            good += len(line)
        self._file.seek(good)
        self._file.truncate()


def lesson_under_way(directory: Path, connector: str) -> Path:
    """Return the journal's file; it is there while a lesson is under way or was cut short."""
    return directory / f"lesson-{quote(connector, safe='')}.jsonl"


def _batch(line: bytes) -> tuple[str, int] | None:
    """Return where the batch ends and how many were read by then; None where the line is not whole."""
    if not line.endswith(b"\n"):
        return None
    try:
        batch: Any = json.loads(line)
        for each in batch["tickets"]:
            from_json(each)
        return str(batch["cursor"]), int(batch["given"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
