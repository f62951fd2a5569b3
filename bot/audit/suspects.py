"""Tells what happened to a line that does not fit: edited, missing, reordered, inserted or cut. Blocks.

Looking ahead is the price of a right name, and it is paid once: at the first thing that is wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from bot.audit.findings import Fault, Finding
from bot.audit.lines import END, LINE_BYTES_MAX, RecordLine, chained, read_record


@dataclass(frozen=True, slots=True)
class Place:
    """Where the checker stands."""

    number: int
    """The record that has to come next."""
    before: bytes
    """Hash of the record before it."""
    earlier: bytes
    """Hash of the one before that."""
    last: int
    """The last record the header promises."""
    line: int


def judged(line: bytes, place: Place, file: BinaryIO) -> Finding:
    """Say what is wrong with ``line``, reading on in ``file`` as far as that takes."""
    if not line.endswith(b"\n"):
        return _cut(line, place)
    if line.startswith(END):
        return Finding(Fault.EDITED, place.line, 0, "the closing line is not as it was written")
    if line.endswith(b"\r\n"):
        says = "its line ends were changed; copy the file as it is, without converting it"
        return Finding(Fault.EDITED, place.line, place.number, f"record {place.number}: {says}")
    record = read_record(line)
    rest = _records(file, place.line)
    following = next(rest, None)
    if following is not None and _fits(following[1], place.number, place.before):
        return _in_between(record, place, rest)
    if record is None or _is_edited(record, place, following):
        says = f"record {place.number} is not as it was sealed"
        return Finding(Fault.EDITED, place.line, place.number, says)
    if record.number < place.number:
        return _again(record, place)
    if following is not None:
        rest = itertools.chain((following,), rest)
    return _ahead(record, place, rest)


def follows(file: BinaryIO, number: int, before: bytes) -> bool:
    """Whether record ``number`` comes later in ``file``."""
    return any(_fits(record, number, before) for _, record in _records(file, 0))


def _cut(line: bytes, place: Place) -> Finding:
    if not line:
        says = f"the file ends after record {place.number - 1}, without a closing line"
        return Finding(Fault.CUT, place.line, place.number, says)
    if len(line) >= LINE_BYTES_MAX:
        says = f"this line is longer than {LINE_BYTES_MAX} bytes: it is no line of an export"
        return Finding(Fault.EDITED, place.line, place.number, says)
    return Finding(Fault.CUT, place.line, place.number, "the file ends in the middle of this line")


def _in_between(record: RecordLine | None, place: Place, rest: Iterator[tuple[int, RecordLine]]) -> Finding:
    """The right record is the very next line, so this one is too many, or the two changed places."""
    number = place.number
    if record is None:
        says = f"this line, before record {number}, is none of an export: it was changed or put in"
        return Finding(Fault.EDITED, place.line, number, says)
    again = any(each.number == record.number for _, each in rest)
    if record.number <= number or record.number > place.last or again:
        says = f"a record {record.number} that does not belong here stands before record {number}"
        return Finding(Fault.INSERTED, place.line, record.number, says)
    says = f"record {record.number} stands before record {number}, which comes after it"
    return Finding(Fault.REORDERED, place.line, number, says)


def _is_edited(record: RecordLine, place: Place, following: tuple[int, RecordLine] | None) -> bool:
    """Whether this is the record that belongs here, changed: by its number, or because the next knows it."""
    if record.number == place.number:
        return True
    known = following is not None and _fits(following[1], place.number + 1, record.hash)
    return known and chained(place.before, record.sealed) != record.hash


def _again(record: RecordLine, place: Place) -> Finding:
    """A number that was there before."""
    last = place.number - 1
    if record.number == last and chained(place.earlier, record.sealed) == record.hash:
        says = f"there are two records {last}, and both fit what comes before: one of them was put in"
        return Finding(Fault.INSERTED, place.line, last, says)
    says = f"record {record.number} stands here a second time"
    return Finding(Fault.INSERTED, place.line, record.number, says)


def _ahead(record: RecordLine, place: Place, rest: Iterator[tuple[int, RecordLine]]) -> Finding:
    """A number that should come later: is the right record behind it, or nowhere?"""
    number = place.number
    for at, each in rest:
        if _fits(each, number, place.before):
            says = f"record {record.number} stands before record {number}, which is on line {at}"
            return Finding(Fault.REORDERED, place.line, number, says)
    gap = (
        f"record {number} is"
        if record.number == number + 1
        else f"records {number} to {record.number - 1} are"
    )
    return Finding(Fault.MISSING, place.line, number, f"{gap} not here; record {record.number} is")


def _fits(record: RecordLine, number: int, before: bytes) -> bool:
    return record.number == number and chained(before, record.sealed) == record.hash


def _records(file: BinaryIO, line: int) -> Iterator[tuple[int, RecordLine]]:
    """Yield the records behind line ``line``, each with the line it is on."""
    for at, text in enumerate(iter(lambda: file.readline(LINE_BYTES_MAX), b""), line + 1):
        record = read_record(text)
        if record is not None:
            yield at, record
