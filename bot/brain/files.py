"""Past tickets from a file a desk exports: CSV, gzipped CSV or JSON Lines, columns named by the caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.brain.exports import Export, look_at
from bot.core.errors import Misconfigured
from bot.core.tickets import PastTicket, Value
from bot.core.untrusted import Untrusted

KNOWN: Final = ("text", "summary", "description", "answer", "key", "url", "queue", "closed_at", "person")
"""Columns with a meaning of their own; every other name in a mapping is a field of the ticket system.
``person`` is whoever asked: only a pseudonym of it is kept."""

LABEL_CHARS_MAX: Final = 200
"""Of a field's value; a longer one is prose in the wrong column, and is cut."""

_MOMENTS: Final = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d/%b/%y %I:%M %p", "%d/%b/%Y %H:%M")
"""Beside ISO 8601: how German spreadsheets and Jira's own export write. Days and months in figures with
slashes are refused: nobody can tell which is which."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A ticket of a file."""

    ticket: PastTicket
    person: str = ""
    """Whoever asked, as the file calls them; empty where it does not say."""
    line: int = 0
    """Where its row begins."""


def parse_map(text: str) -> dict[str, str]:
    """Read ``text=Body,category=Category`` into name to column; an empty text gives no mapping.

    Raises:
        Misconfigured: a pair without ``=``, an empty side, or one name twice.
    """
    columns: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, column = (part.strip() for part in pair.partition("="))
        if not (equals and name and column):
            raise Misconfigured(f"--map {pair!r}: write NAME=COLUMN, for example text=Body,category=Category")
        if name in columns:
            raise Misconfigured(f"--map names {name!r} twice; keep one of them")
        columns[name] = column
    return columns


def read_past(path: Path, columns: Mapping[str, str]) -> Iterator[PastTicket]:
    """Yield the tickets of ``path``. Names that ``columns`` leaves out are looked for under themselves.

    Without a mapping every column that is not one of ``KNOWN`` is taken for a field.

    Raises:
        Misconfigured: no such file, another ending, a column that is not there, or a bad row (with its line).
    """
    for each in read_sourced(look_at(path), columns):
        yield each.ticket


def read_sourced(export: Export, columns: Mapping[str, str], *, skip: int = 0) -> Iterator[Sourced]:
    """Yield as :func:`read_past`, with what else the file says; ``skip``: so many rows are passed over.

    Raises:
        Misconfigured: as :func:`read_past`.
    """
    wanted: dict[str, str] | None = None
    for count, (line, row) in enumerate(export.rows()):
        if wanted is None:
            wanted = _wanted(export.path, columns, row)
        if count >= skip:
            cells = {name: _cell(export.path, line, row, column) for name, column in wanted.items()}
            yield _sourced(export.path, line, cells, wanted)
    if wanted is None:
        raise Misconfigured(f"{export.path} has a header and no rows")


def _wanted(path: Path, columns: Mapping[str, str], row: Mapping[str, Any]) -> dict[str, str]:
    own = {name: name for name in row if name and (name in KNOWN or not columns)}
    wanted = {**own, **columns}
    have = ", ".join(map(repr, row))
    if path.suffix != ".jsonl":
        for name, column in wanted.items():
            if column not in row:
                raise Misconfigured(f"{path} has no column {column!r} (for {name!r}); it has {have}")
    if not {"text", "summary", "description"} & wanted.keys():
        raise Misconfigured(
            f"{path}: say which column holds the words, for example --map text=Body; it has {have}"
        )
    if not wanted.keys() - set(KNOWN):
        raise Misconfigured(
            f"{path}: say which columns hold fields, for example --map category=Category; it has {have}"
        )
    return wanted


def _cell(path: Path, line: int, row: Mapping[str, Any], column: str) -> str | list[str]:
    value = row.get(column)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (bool, int, float)):
        return str(value)
    if isinstance(value, list):
        items: list[Any] = [*value]
        if all(isinstance(each, str) for each in items):
            return items
    raise Misconfigured(f"{path}:{line}: {column!r} must be text, a number or a list of texts")


def _sourced(
    path: Path, line: int, cells: Mapping[str, str | list[str]], wanted: Mapping[str, str]
) -> Sourced:
    def one(name: str) -> str:
        cell = cells.get(name, "")
        return cell if isinstance(cell, str) else "\n".join(cell)

    fields = {name: _values(cell) for name, cell in cells.items() if name not in KNOWN}
    ticket = PastTicket(
        key=one("key") or f"{path.name}:{line}",
        url=one("url"),
        queue=one("queue"),
        summary=Untrusted(one("summary")),
        description=Untrusted("\n".join(filter(None, (one("text"), one("description"))))),
        fields={name: value for name, value in fields.items() if value},
        closed_at=_moment(path, line, one("closed_at"), wanted),
        answer=Untrusted(one("answer")) if one("answer") else None,
    )
    return Sourced(ticket, one("person"), line)


def _values(cell: str | list[str]) -> tuple[Value, ...]:
    """Return each value once, its spaces in order: two spaces and one are the same label to who picked it."""
    labels = (Untrusted(each).line(LABEL_CHARS_MAX) for each in ([cell] if isinstance(cell, str) else cell))
    return tuple(Value(id=label, label=label) for label in dict.fromkeys(labels) if label)


def _moment(path: Path, line: int, text: str, wanted: Mapping[str, str]) -> datetime | None:
    if not text:
        return None
    moment = _read_moment(text)
    if moment is None:
        raise Misconfigured(
            f"{path}:{line}: closed_at {text[:40]!r} (column {wanted['closed_at']!r}) is not a date; "
            "write 2026-11-20T14:05:00Z"
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _MOMENTS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
