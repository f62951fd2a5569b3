"""Files a desk exports, as they come: which characters, which separator, where each row begins."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from bot.core.errors import Misconfigured

CELL_CHARS_MAX: Final = 2 << 20
"""One cell; a mail thread with its attachments pasted in is the largest there is."""
CHUNK: Final = 1 << 20
HEADER_CHARS_SHOWN: Final = 400
SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab"}

Row = tuple[int, dict[str, Any]]
"""The line it begins on, and its cells by column."""


@dataclass(frozen=True, slots=True)
class Export:
    """One file, looked through once."""

    path: Path
    encoding: str
    """A codec that drops a byte-order mark."""
    digest: str
    """SHA-256 of the bytes, in hexadecimal."""
    notes: tuple[str, ...] = ()
    """What was guessed, for whoever can tell whether it is true."""

    def rows(self) -> Iterator[Row]:
        """Yield the rows.

        Raises:
            Misconfigured: one cannot be read; names the line, and the header of a table.
        """
        return _json_rows(self) if self.path.name.endswith(".jsonl") else _csv_rows(self)


def look_at(path: Path) -> Export:
    """Find out how ``path`` is written; reads it once.

    Raises:
        Misconfigured: it is not there, ends in something else, is empty, or holds no text.
    """
    if not path.name.endswith((".csv", ".csv.gz", ".jsonl")):
        raise Misconfigured(f"{path}: the file's name must end in .csv, .csv.gz or .jsonl")
    try:
        with _bytes(path) as file:
            return _looked_through(path, file)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Misconfigured(f"{path}: not readable as gzip, pack it again: {error}") from error
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from error


def _looked_through(path: Path, file: gzip.GzipFile | io.BufferedReader) -> Export:
    digest, line, utf8 = hashlib.sha256(), 1, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    first = b""
    while chunk := file.read(CHUNK):
        first = first or chunk
        digest.update(chunk)
        if utf8:
            try:
                decoder.decode(chunk)
                line += chunk.count(b"\n")
            except UnicodeDecodeError as error:
                # What the decoder kept of the chunk before holds no line end.
                line += error.object[: error.start].count(b"\n")
                utf8 = False
    if utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            utf8 = False
    if not first.strip():
        raise Misconfigured(f"{path} is empty")
    encoding, notes = _encoding(path, first, line, utf8=utf8)
    return Export(path, encoding, digest.hexdigest(), notes)


def _encoding(path: Path, first: bytes, line: int, *, utf8: bool) -> tuple[str, tuple[str, ...]]:
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", ()
    if b"\x00" in first[:CHUNK].partition(b"\n")[0]:
        raise Misconfigured(
            f"{path}:1: not readable: its bytes are no text. Save it as UTF-8, or UTF-16 with BOM"
        )
    if utf8:
        return "utf-8-sig", ()
    if path.name.endswith(".jsonl"):
        raise Misconfigured(f"{path}:{line}: not readable as UTF-8, and JSON Lines must be")
    return "cp1252", (f"{path.name} is not UTF-8 (line {line}): read as Windows-1252",)


def _csv_rows(export: Export) -> Iterator[Row]:
    path = export.path
    csv.field_size_limit(CELL_CHARS_MAX)
    begun, header = 1, ""
    with _text(export) as file:
        try:
            header = _first_line(file)
            reader = csv.reader(file, delimiter=separator(header), strict=True)
            columns = _columns(path, next(reader))
            begun = reader.line_num + 1
            for cells in reader:
                if cells:
                    yield begun, _row(path, begun, columns, cells)
                begun = reader.line_num + 1
        except csv.Error as error:
            told = (
                "a quote that is opened here is not closed" if "unexpected end" in str(error) else str(error)
            )
            raise Misconfigured(f"{path}:{begun}: not readable as CSV: {told}{_shown(header)}") from error
        except UnicodeDecodeError as error:
            told = f"not readable as {export.encoding}: {error.reason}"
            raise Misconfigured(f"{path}:{begun}: {told}; save it as UTF-8{_shown(header)}") from error


def _columns(path: Path, cells: list[str]) -> list[str]:
    columns = [cell.strip() for cell in cells]
    twice = [name for at, name in enumerate(columns) if name and name in columns[:at]]
    if twice:
        have = ", ".join(map(repr, columns))
        raise Misconfigured(f"{path}:1: the header names {twice[0]!r} twice; it has {have}")
    return columns


def _row(path: Path, line: int, columns: list[str], cells: list[str]) -> dict[str, Any]:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        have = ", ".join(map(repr, columns))
        raise Misconfigured(
            f"{path}:{line}: more cells than the header has columns ({len(cells)} for {len(columns)}): a "
            f"separator inside of a cell needs quotes around the cell. The columns are {have}"
        )
    # Spreadsheets leave empty cells out at the end of a row.
    return dict(zip(columns, [*cells, *[""] * (len(columns) - len(cells))], strict=False))


def _first_line(file: IO[str]) -> str:
    """Return the header's first line and go back to its start."""
    line = file.readline(CELL_CHARS_MAX)
    file.seek(0)
    return line


def separator(header: str) -> str:
    """Return what separates the columns of ``header``: whichever stands most often outside of quotes."""
    outside = "".join(header.split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def _shown(header: str) -> str:
    plain = header.strip()
    return f". The header is: {plain[:HEADER_CHARS_SHOWN]}" if plain else ""


def _json_rows(export: Export) -> Iterator[Row]:
    path, line = export.path, 0
    with _text(export) as file:
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
        except (json.JSONDecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Misconfigured(f"{path}:{max(line, 1)}: not readable as JSON: {_why(error)}") from error


def _why(error: Exception) -> str:
    """Say what is wrong with a line of JSON, not what stands in it."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else "not text"


def _bytes(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb")


def _text(export: Export) -> IO[str]:
    return io.TextIOWrapper(_bytes(export.path), encoding=export.encoding, newline="")
