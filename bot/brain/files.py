"""Past tickets from a file a desk exports: CSV, gzipped CSV or JSON Lines, columns named by the caller."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from bot.core.errors import Misconfigured
from bot.core.tickets import PastTicket, Value
from bot.core.untrusted import Untrusted

KNOWN: Final = ("text", "summary", "description", "answer", "key", "url", "queue", "closed_at")
"""Columns with a meaning of their own; every other name in a mapping is a field of the ticket system."""

CELL_CHARS_MAX = 2 << 20
"""One cell; a mail thread with its attachments pasted in is the largest there is."""


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
    if path.suffix == ".jsonl":
        rows = _json_rows(path)
    elif path.name.endswith((".csv", ".csv.gz")):
        rows = _csv_rows(path)
    else:
        raise Misconfigured(f"{path}: the file's name must end in .csv, .csv.gz or .jsonl")
    wanted: dict[str, str] | None = None
    for line, row in rows:
        if wanted is None:
            wanted = _wanted(path, columns, row)
        yield _ticket(path, line, {name: _cell(path, line, row, column) for name, column in wanted.items()})


def _wanted(path: Path, columns: Mapping[str, str], row: Mapping[str, Any]) -> dict[str, str]:
    own = {name: name for name in row if name in KNOWN or not columns}
    wanted = {**own, **columns}
    if path.suffix != ".jsonl":
        for name, column in wanted.items():
            if column not in row:
                have = ", ".join(map(repr, row))
                raise Misconfigured(f"{path} has no column {column!r} (for {name!r}); it has {have}")
    if not {"text", "summary", "description"} & wanted.keys():
        raise Misconfigured(f"{path}: say which column holds the words, for example --map text=Body")
    if not wanted.keys() - set(KNOWN):
        raise Misconfigured(f"{path}: say which columns hold fields, for example --map category=Category")
    return wanted


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(CELL_CHARS_MAX)
    with _open(path) as file:
        reader = csv.DictReader(file, strict=True)
        try:
            for row in reader:
                if None in row:
                    raise Misconfigured(f"{path}:{reader.line_num}: more cells than the header has columns")
                yield reader.line_num, row
        except (csv.Error, UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
            raise Misconfigured(
                f"{path}:{reader.line_num + 1}: not readable as UTF-8 CSV: {error}"
            ) from error


def _json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    line = 0
    with _open(path) as file:
        try:
            for line, text in enumerate(file, start=1):
                if not text.strip():
                    continue
                row = json.loads(text)
                if not isinstance(row, dict):
                    raise Misconfigured(
                        f"{path}:{line}: one JSON object per line, this is {type(row).__name__}"
                    )
                yield line, row
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise Misconfigured(f"{path}:{max(line, 1)}: not readable as UTF-8 JSON: {error}") from error


def _open(path: Path) -> IO[str]:
    try:
        if path.name.endswith(".gz"):
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from error


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


def _ticket(path: Path, line: int, cells: Mapping[str, str | list[str]]) -> PastTicket:
    def one(name: str) -> str:
        cell = cells.get(name, "")
        return cell if isinstance(cell, str) else "\n".join(cell)

    fields = {
        name: tuple(Value(id=v, label=v) for v in ([cell] if isinstance(cell, str) else cell) if v)
        for name, cell in cells.items()
        if name not in KNOWN
    }
    summary, text = one("summary"), "\n".join(filter(None, (one("text"), one("description"))))
    return PastTicket(
        key=one("key") or f"{path.name}:{line}",
        url=one("url"),
        queue=one("queue"),
        summary=Untrusted(summary),
        description=Untrusted(text),
        fields={name: value for name, value in fields.items() if value},
        closed_at=_moment(path, line, one("closed_at")),
        answer=Untrusted(one("answer")) if one("answer") else None,
    )


def _moment(path: Path, line: int, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misconfigured(
            f"{path}:{line}: closed_at {text!r} is not a date; write 2026-11-20T14:05:00Z"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
