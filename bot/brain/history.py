"""What was learned: one file of JSON Lines per connector in the data directory, redacted before writing.

A file opens with a header that says its format, how many tickets follow and the SHA-256 of the rest; the
second line says which lines are templates and what was forgotten. It is replaced whole, by a rename, so that
a reader in another process sees the old history or the new one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bot.brain.history_file import VERSION, Kept, first_line, from_file, to_file, why
from bot.brain.journal import lesson_under_way
from bot.brain.lessons import Lesson
from bot.brain.remembering import Remembered, lesson_of, one_spelling, remember
from bot.brain.templates import Counting, Templates
from bot.brain.words import words
from bot.core.errors import Misconfigured
from bot.core.tickets import PastTicket

if sys.platform != "win32":
    import fcntl

TICKETS_MAX: Final = 100_000
"""Per connector, newest kept: some years of a busy desk."""
RETENTION: Final = timedelta(days=3 * 365)
"""How long after it was closed (or learned, where that is unknown) a ticket is kept."""
SALT_BYTES: Final = 32
_NUMBER = re.compile(r"(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of one lesson."""

    added: int
    """New or changed."""
    skipped: int
    """Without words or fields, a copy of another's words, forgotten, or older than we keep."""
    total: int
    """In the file now."""


class History:
    """The files under one directory. Every method blocks: call it in a thread."""

    def __init__(
        self, directory: Path, *, tickets_max: int = TICKETS_MAX, retention: timedelta = RETENTION
    ) -> None:
        """``directory`` is made when something is learned; ``tickets_max``: per connector."""
        self._directory = directory
        self._tickets_max = tickets_max
        self._retention = retention
        self._salted = b""

    @property
    def directory(self) -> Path:
        """Where the files are."""
        return self._directory

    def learn(self, connector: str, past: Iterable[PastTicket], *, now: datetime | None = None) -> Learned:
        """Add solved tickets; one that is known by its key is replaced, and the oldest make room.

        ``now``: what is older than the retention time goes; without, nothing does.

        Raises:
            Misconfigured: the present file does not read, or the directory cannot be written.
        """
        made = (remember(each, self.pseudonym(each.person)) for each in past)
        return self.keep(connector, made, now=now)

    def keep(
        self, connector: str, tickets: Iterable[Remembered | None], *, now: datetime | None = None
    ) -> Learned:
        """Add what was made of tickets already; None is one that teaches nothing. Raises as :meth:`learn`."""
        with self._alone():
            return self._keep(connector, tickets, now)

    def forget(self, connector: str, key: str) -> int:
        """Remove the ticket ``key``, in any case, and never learn it again; return how many were removed.

        Raises:
            Misconfigured: as :meth:`learn`.
        """
        with self._alone():
            old = self._read(connector)
            kept = tuple(each for each in old.tickets if each.key.casefold() != key.strip().casefold())
            forgotten = old.forgotten | {self._mark(connector, key)}
            self._write(connector, replace(old, tickets=kept, forgotten=forgotten))
            # A lesson that was cut short may hold it as well; what it had read is read again.
            lesson_under_way(self._directory, connector).unlink(missing_ok=True)
            return len(old.tickets) - len(kept)

    def load(self, connector: str) -> tuple[Remembered, ...]:
        """Return what is known, oldest first; nothing when nothing was ever learned.

        Raises:
            Misconfigured: the file is damaged or of another version; it says what to do.
        """
        return self._read(connector).tickets

    def count(self, connector: str) -> int:
        """Return how many tickets are known, by the header alone; 0 where it does not read."""
        try:
            return int(json.loads(first_line(self.path(connector)))["tickets"])
        except (ValueError, KeyError, TypeError):
            return 0

    def lessons(self, connector: str) -> list[Lesson]:
        """Return what is known as lessons, oldest first. Raises as :meth:`load`."""
        return one_spelling(lesson_of(each) for each in self.load(connector))

    def templates(self, connector: str) -> Templates:
        """Return the template lines found so far, to strip a question of as well. Raises as :meth:`load`."""
        return self._read(connector).templates

    def pseudonym(self, person: str) -> str:
        """Return what ``person`` is called here: the same for the same name, and telling nobody which.

        Raises:
            Misconfigured: the directory cannot be written.
        """
        plain = " ".join(person.casefold().split())
        return _keyed(self._salt(), plain) if plain else ""

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

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        """Keep other processes and threads from adding to what is about to be replaced."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory = os.open(self._directory, os.O_RDONLY) if sys.platform != "win32" else -1
        except OSError as error:
            raise Misconfigured(f"{self._directory} cannot be written: {error.strerror}") from error
        try:
            if sys.platform != "win32":
                fcntl.flock(directory, fcntl.LOCK_EX)
            yield
        finally:
            if sys.platform != "win32":
                os.close(directory)

    def _keep(self, connector: str, tickets: Iterable[Remembered | None], now: datetime | None) -> Learned:
        old = self._read(connector)
        before = {each.key: each for each in old.tickets}
        counting = Counting()
        merged, given, seen = dict(before), 0, 0
        for each in tickets:
            given += 1
            if each is not None and not (old.forgotten and self._mark(connector, each.key) in old.forgotten):
                counting.add(each.queue, each.description)
                merged[each.key] = each
                seen += 1
        templates = old.templates.joined(counting.found())
        stripped = [
            replace(each, description=templates.strip(each.queue, each.description))
            for each in merged.values()
        ]
        voices, copies = _newest_of_each_text(stripped)
        young = [each for each in voices if not self._is_over(each, now)]
        kept = [_dated(each, before.get(each.key), now) for each in young[-self._tickets_max :]]
        self._write(connector, Kept(tuple(kept), templates, old.forgotten))
        added = sum(before.get(each.key) != each for each in kept)
        return Learned(added, given - seen + copies + len(voices) - len(young), len(kept))

    def _is_over(self, ticket: Remembered, now: datetime | None) -> bool:
        since = ticket.closed_at or ticket.learned_on
        return bool(now and since) and _moment(since) + self._retention < (now or _moment(since))

    def _read(self, connector: str) -> Kept:
        path = self.path(connector)
        try:
            with path.open("rb") as file:
                return from_file(file)
        except FileNotFoundError:
            return Kept()
        except OSError as error:
            raise Misconfigured(f"{path} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Misconfigured(
                f"{path} does not read ({why(error)}): delete it and run `countersign learn` again"
            ) from error

    def _write(self, connector: str, kept: Kept) -> None:
        """Replace the file, unless it says the same already: who watches it would read it again."""
        path = self.path(connector)
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._directory, prefix=".history-", delete=False) as made:
                head = to_file(made, kept)
                os.fsync(made.fileno())
            if first_line(path) == head:
                Path(made.name).unlink()
            else:
                Path(made.name).replace(path)
        except OSError as error:
            raise Misconfigured(f"{path} cannot be written: {error.strerror}") from error

    def _mark(self, connector: str, key: str) -> str:
        return _keyed(self._salt(), f"{connector}\n{key.strip().casefold()}")

    def _salt(self) -> bytes:
        """Return this installation's salt, made when it is first needed."""
        if self._salted:
            return self._salted
        path = self._directory / "salt"
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                try:
                    os.write(file, secrets.token_bytes(SALT_BYTES))
                    os.fsync(file)
                finally:
                    os.close(file)
            salt = path.read_bytes()
        except OSError as error:
            raise Misconfigured(f"{path} cannot be read or written: {error.strerror}") from error
        if len(salt) != SALT_BYTES:
            raise Misconfigured(f"{path} is damaged: delete it; people then get new pseudonyms")
        self._salted = salt
        return salt


def _keyed(salt: bytes, text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=10, key=salt).hexdigest()


def _newest_of_each_text(tickets: Iterable[Remembered]) -> tuple[list[Remembered], int]:
    """Keep one voice per text, oldest first: a flood of copies must not outvote a desk."""
    kept: dict[bytes, Remembered] = {}
    copies = 0
    for ticket in sorted(tickets, key=lambda each: (each.closed_at, _natural(each.key))):
        said = " ".join(sorted(set(words(ticket.text))))
        voice = hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).digest()
        copies += kept.pop(voice, None) is not None
        kept[voice] = ticket
    return list(kept.values()), copies


def _natural(key: str) -> list[tuple[int, int, str]]:
    """Return ``key`` for sorting: OPS-9 before OPS-10, and line 9 of a file before its line 10."""
    parts = _NUMBER.split(key)
    return [(0, int(part), part) if at % 2 else (1, 0, part) for at, part in enumerate(parts)]


def _dated(ticket: Remembered, before: Remembered | None, now: datetime | None) -> Remembered:
    """Say when it was learned; what has not changed was learned when it was."""
    today = now.date().isoformat() if now else ticket.learned_on
    if before is not None and replace(ticket, learned_on=before.learned_on) == before:
        return replace(before, learned_on=before.learned_on or today)
    return replace(ticket, learned_on=today)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


__all__ = ["RETENTION", "TICKETS_MAX", "VERSION", "History", "Learned", "Remembered"]
