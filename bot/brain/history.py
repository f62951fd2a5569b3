"""What was learned: one file of JSON Lines per connector in the data directory, redacted before writing.

A file opens with a header that says its format, how many tickets follow and their SHA-256. It is replaced
whole, by a rename, so that a reader in another process sees the old history or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from bot.brain.words import words
from bot.core.errors import Misconfigured
from bot.core.redaction import redact
from bot.core.tickets import FieldValue, PastTicket, Value

TICKETS_MAX = 20_000
"""Per connector, newest kept: a year of a busy desk, and what 60 MB of memory hold."""
TEXT_CHARS_MAX = 3_000
"""Of one ticket's words: what a requester says first says most, the rest is quoted mail."""
ANSWER_CHARS_MAX = 2_000
"""Of its answer: a longer one is a thread, and no draft for anybody else."""
VERSION: Final = 1
_FORMAT: Final = "countersign-history"


@dataclass(frozen=True, slots=True)
class Remembered:
    """One solved ticket as we keep it: redacted, cut, and with what was set on it."""

    key: str
    url: str
    queue: str
    summary: str
    description: str
    fields: Mapping[str, FieldValue]
    answer: str = ""
    closed_at: str = ""
    """ISO 8601, or empty."""

    @property
    def text(self) -> str:
        """What is compared."""
        return f"{self.summary}\n{self.description}"


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of one lesson."""

    added: int
    """New or changed."""
    skipped: int
    """Without words, without any field, or a copy of another's words."""
    total: int
    """In the file now."""


class History:
    """The files under one directory. Every method blocks: call it in a thread."""

    def __init__(self, directory: Path, *, tickets_max: int = TICKETS_MAX) -> None:
        """``directory`` is made when something is learned; ``tickets_max``: per connector."""
        self._directory = directory
        self._tickets_max = tickets_max

    def learn(self, connector: str, past: Iterable[PastTicket]) -> Learned:
        """Add solved tickets; one that is known by its key is replaced, and the oldest make room.

        Raises:
            Misconfigured: the present file does not read, or the directory cannot be written.
        """
        known = {each.key: each for each in self.load(connector)}
        before = dict(known)
        skipped = 0
        for ticket in past:
            remembered = _remember(ticket)
            if remembered is None:
                skipped += 1
            else:
                known[remembered.key] = remembered
        kept, copies = _newest_of_each_text(known.values(), self._tickets_max)
        self._write(connector, kept)
        added = sum(before.get(each.key) != each for each in kept)
        return Learned(added=added, skipped=skipped + copies, total=len(kept))

    def load(self, connector: str) -> tuple[Remembered, ...]:
        """Return what is known, oldest first; nothing when nothing was ever learned.

        Raises:
            Misconfigured: the file is damaged or of another version; it says what to do.
        """
        path = self.path(connector)
        try:
            head, _, body = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise Misconfigured(f"{path} cannot be read: {error.strerror}") from error
        try:
            _check(json.loads(head), body)
            return tuple(_from_json(json.loads(line)) for line in body.splitlines())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Misconfigured(
                f"{path} does not read ({error}): delete it and run `countersign learn` again"
            ) from error

    def stamp(self, connector: str) -> tuple[int, int, int] | None:
        """Return what changes when the file does (inode, size, time), or None when there is none."""
        try:
            found = self.path(connector).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def path(self, connector: str) -> Path:
        """Return the file of ``connector``, whatever characters its name has."""
        return self._directory / f"history-{quote(connector, safe='')}.jsonl"

    def _write(self, connector: str, tickets: Sequence[Remembered]) -> None:
        lines = [
            json.dumps(_to_json(each), ensure_ascii=False).encode("utf-8", "replace") for each in tickets
        ]
        body = b"".join(line + b"\n" for line in lines)
        head = {
            "format": _FORMAT,
            "version": VERSION,
            "tickets": len(tickets),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        path = self.path(connector)
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._directory, prefix=".history-", delete=False) as made:
                made.write(json.dumps(head).encode() + b"\n" + body)
                made.flush()
                os.fsync(made.fileno())
            Path(made.name).replace(path)
        except OSError as error:
            raise Misconfigured(f"{path} cannot be written: {error.strerror}") from error


def _remember(ticket: PastTicket) -> Remembered | None:
    fields = {name: tuple(value) for name, value in ticket.fields.items() if value}
    texts = redact(
        [], others=[ticket.summary.clean(500), ticket.description.clean(TEXT_CHARS_MAX), _answer(ticket)]
    )
    summary, description, answer = texts.others
    if not fields or not any(words(f"{summary} {description}")):
        return None
    return Remembered(
        key=ticket.key,
        url=ticket.url,
        queue=ticket.queue,
        summary=summary,
        description=description,
        fields=fields,
        answer=answer,
        closed_at=ticket.closed_at.isoformat() if ticket.closed_at else "",
    )


def _answer(ticket: PastTicket) -> str:
    return ticket.answer.clean(ANSWER_CHARS_MAX) if ticket.answer else ""


def _newest_of_each_text(tickets: Iterable[Remembered], count_max: int) -> tuple[list[Remembered], int]:
    """Keep one voice per text: a flood of copies must not outvote a desk."""
    kept: dict[int, Remembered] = {}
    copies = 0
    for ticket in sorted(tickets, key=lambda each: each.closed_at):
        voice = hash(frozenset(words(ticket.text)))
        copies += kept.pop(voice, None) is not None
        kept[voice] = ticket
    return list(kept.values())[-count_max:], copies


def _check(head: Mapping[str, Any], body: bytes) -> None:
    if head["format"] != _FORMAT or head["version"] != VERSION:
        raise ValueError(f"it is {head['format']} {head['version']}, this build reads {_FORMAT} {VERSION}")
    if hashlib.sha256(body).hexdigest() != head["sha256"]:
        raise ValueError("its checksum is wrong")


def _to_json(ticket: Remembered) -> dict[str, Any]:
    fields = {name: [[v.id, v.label] for v in value] for name, value in ticket.fields.items()}
    return {
        "key": ticket.key,
        "url": ticket.url,
        "queue": ticket.queue,
        "summary": ticket.summary,
        "description": ticket.description,
        "fields": fields,
        "answer": ticket.answer,
        "closed_at": ticket.closed_at,
    }


def _from_json(line: Mapping[str, Any]) -> Remembered:
    fields = {
        str(name): tuple(Value(str(id_), str(label)) for id_, label in values)
        for name, values in line["fields"].items()
    }
    closed_at = str(line["closed_at"])
    if closed_at:
        datetime.fromisoformat(closed_at)
    return Remembered(
        key=str(line["key"]),
        url=str(line["url"]),
        queue=str(line["queue"]),
        summary=str(line["summary"]),
        description=str(line["description"]),
        fields=fields,
        answer=str(line["answer"]),
        closed_at=closed_at,
    )
