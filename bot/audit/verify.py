"""Checks an export, offline, on its bytes alone, and names the first thing that is wrong. It blocks.

The loop over records hashes slices of lines and compares; nothing is parsed until something does not fit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, BinaryIO, Final, NoReturn

from bot.audit import boxes, kinds, suspects
from bot.audit.findings import Broken, Checked, Fault, Finding
from bot.audit.keys import PREFIX, PublicKey, public_key
from bot.audit.lines import (
    CLEAR,
    END,
    GENESIS,
    HEAD,
    LINE_BYTES_MAX,
    NO_HEAD,
    SEALED_AT,
    End,
    Head,
    Header,
    read_end,
    read_head,
    read_header,
    read_record,
    read_words,
    sha,
    to_sign,
)
from bot.core.errors import Misconfigured
from bot.core.foreign import thing

_BOXED: Final = b',"text":{"key":"'
"""In a record that has words; quotes inside a JSON string are escaped, so no text can look like it."""


def verify(file: BinaryIO, keys: Sequence[PublicKey] = ()) -> Checked:
    """Check the export in ``file``; ``keys``: whose seals count, when that is not left to the file."""
    checker = _Checker(file, {key.id: key for key in keys})
    try:
        checker.run()
    except Broken as broken:
        checker.found.finding = broken.finding
    return checker.found


class _Checker:
    """One check. ``number`` is the record that has to come next, ``line`` how many lines were read."""

    def __init__(self, file: BinaryIO, pinned: Mapping[str, PublicKey]) -> None:
        self.found = Checked(pinned=bool(pinned))
        self._file, self._pinned, self._keys = file, pinned, dict(pinned)
        self._line = 0
        self._number, self._hash, self._earlier = 1, GENESIS, GENESIS
        self._headed: int = 0
        self._before: str = NO_HEAD
        """The last record that a head covers, and the hash of that head's line."""
        self._opening = b""
        """The line of the first record since the last head."""
        self._last = b""
        """The line of the last record, as long as its words may follow."""
        self._words_seen = 0
        self._frame = hashlib.sha256()
        self._header = Header("", clear=False, first=1, last=0, gone=0, keys={})
        self._header_hash = ""

    def run(self) -> None:
        """Read everything; raises ``Broken`` at the first thing that is wrong."""
        self._read_header()
        while True:
            line = self._records()
            if line.startswith(HEAD):
                self._read_head(line)
            elif line.startswith(CLEAR):
                self._read_words(line)
            elif line.startswith(END) and (end := read_end(line)) is not None:
                self._read_end(*end)
                return
            else:
                self._suspect(line)

    # -- lines, kind by kind -------------------------------------------------------------------------------

    def _records(self) -> bytes:
        """Pass over records as long as each follows from the one before; return the first other line."""
        number, before, earlier, line, good = self._number, self._hash, self._earlier, b"", b""
        start, clear = number, self._header.clear
        for line in iter(partial(self._file.readline, LINE_BYTES_MAX), b""):
            digest = sha256(before + line[SEALED_AT:-2]).digest()
            if not line.startswith(b'{"h":"%b","r":{"n":%d,' % (digest.hex().encode(), number)):
                break
            if line[-2:] != b"}\n" or (clear and good and _BOXED in good):
                break
            good = line
            if not self._opening:
                self._opening = line
            earlier, before, number = before, digest, number + 1
        else:
            line = b""
        passed = number - start
        self._number, self._hash, self._earlier = number, before, earlier
        self._line += passed + 1
        self.found.records += passed
        if good:
            self._last = good
        if not line.endswith(b"\n"):
            self._suspect(line)
        if clear and not line.startswith(CLEAR) and _BOXED in self._last:
            self._unsaid(line)
        return line

    def _read_header(self) -> None:
        line = self._file.readline(LINE_BYTES_MAX)
        self._line = 1
        header = read_header(line)
        if header is None:
            if not line:
                self._broken(Fault.CUT, "the file is empty", record=0)
            if read_header(self._file.readline(LINE_BYTES_MAX)) is not None:
                self._broken(Fault.REORDERED, "this line stands before the header", record=0)
            self._broken(Fault.MISSING, "this is not the header an export starts with", record=0)
        self._header, self._header_hash = header, sha(line)
        self._frame.update(line)
        self.found.gone, self.found.first = header.gone, header.first
        self._take_keys(header)
        if header.first > 1:
            self._read_anchor()

    def _take_keys(self, header: Header) -> None:
        for ident, text in header.keys.items():
            try:
                key = public_key(text) if text.startswith(PREFIX) else None
            except Misconfigured:
                key = None
            if key is None or key.id != ident:
                self._broken(
                    Fault.EDITED, f"the header's key {ident!r} is not a public key of that name", record=0
                )
            if not self._pinned:
                self._keys[ident] = key

    def _read_anchor(self) -> None:
        """Start behind records that are not in this export, at the head that ended them."""
        line = self._file.readline(LINE_BYTES_MAX)
        self._line += 1
        read = read_head(line)
        first = self._header.first
        if read is None or read[0].last != first - 1:
            self._broken(
                Fault.MISSING, f"the head that ends right before record {first} is not here", record=first
            )
        head = read[0]
        self._check_seal(head, read[1], f"the head before record {first}")
        self._number = first
        self._hash = self._earlier = bytes.fromhex(head.hash)
        self._headed, self._before = head.last, sha(line)
        self._frame.update(line)

    def _read_head(self, line: bytes) -> None:
        read = read_head(line)
        after = self._number - 1
        if read is None:
            self._broken(Fault.EDITED, f"the head after record {after} is not as it was sealed", record=after)
        head = read[0]
        covers = f"the head of records {head.first} to {head.last}"
        self._check_seal(head, read[1], covers)
        if head.last <= self._headed:
            self._broken(Fault.INSERTED, f"{covers} stands here a second time", record=head.first)
        if head.last != after:
            self._misplaced(head, covers)
        if head.first != self._headed + 1:
            gone = head.first - 1
            self._broken(Fault.MISSING, f"the head that ends with record {gone} is not here", record=gone)
        if head.hash != self._hash.hex() or head.before != self._before:
            self._broken(
                Fault.FORGED,
                f"records {head.first} to {head.last} fit each other, but are not those that this head seals",
                record=head.first,
            )
        self._check_announced(head)
        self._headed, self._before, self._opening, self._last = head.last, sha(line), b"", b""
        self.found.until = head.at
        self.found.heads += 1
        self.found.signers[head.key] = self._keys[head.key].text
        self._frame.update(line)

    def _check_seal(self, what: Head | End, signature: bytes, name: str) -> None:
        key = self._keys.get(what.key)
        if key is None:
            whose = "is not one of those you gave" if self._pinned else "is not in the header"
            self._broken(
                Fault.FOREIGN, f"{name} is sealed with key {what.key}, which {whose}", record=what.first
            )
        if not key.holds(signature, to_sign(what)):
            self._broken(
                Fault.FORGED,
                f"the signature of {name} does not hold: it was edited or made without the key",
                record=what.first,
            )

    def _check_announced(self, head: Head) -> None:
        """A key's first segment starts with the record that announces it; who puts a key in later shows."""
        if self._header.first > 1 or head.key in self.found.signers:
            return
        told = _value(self._opening)
        public = self._keys[head.key]
        if told.get("what") != kinds.KEY_ANNOUNCED or told.get("details") != {
            "key": public.id,
            "public": public.text,
        }:
            self._broken(
                Fault.FORGED,
                f"key {head.key} seals records {head.first} to {head.last} and was never announced",
                record=head.first,
            )

    def _read_words(self, line: bytes) -> None:
        """Words in clear come right after their record, once, and are those that were sealed."""
        read, number = read_words(line), self._number - 1
        if read is None:
            self._broken(
                Fault.EDITED, f"the words of record {number} are not as they were exported", record=number
            )
        if not self._last or read[0] != number or not self._header.clear:
            self._stray(read[0])
        box = _value(self._last).get("text")
        if box is None:
            self._broken(Fault.INSERTED, f"record {number} has no words", record=number)
        if read[1] and not boxes.committed(box, read[1], read[2]):
            self._broken(
                Fault.EDITED, f"the words of record {number} are not those that were sealed", record=number
            )
        self.found.words += bool(read[1])
        self._words_seen += 1
        self._frame.update(line)
        self._last = b""

    def _stray(self, number: int) -> NoReturn:
        if number == self._number:
            if suspects.follows(self._file, number, self._hash):
                self._broken(Fault.REORDERED, f"the words of record {number} stand before it", record=number)
            self._broken(Fault.MISSING, f"record {number} is not here; its words are", record=number)
        self._broken(Fault.INSERTED, f"words of record {number} do not belong here", record=number)

    def _unsaid(self, line: bytes) -> NoReturn:
        """Where the words of the last record had to come, there is something else."""
        number = self._number - 1
        if line == self._last:
            self._broken(Fault.INSERTED, f"record {number} stands here a second time", record=number)
        for later in iter(partial(self._file.readline, LINE_BYTES_MAX), b""):
            if (words := read_words(later)) is not None and words[0] == number:
                says = f"this stands between record {number} and its words"
                self._broken(Fault.REORDERED, says, record=number)
        self._broken(Fault.MISSING, f"the words of record {number} are not here", record=number)

    def _read_end(self, end: End, signature: bytes) -> None:
        after = self._number - 1
        self._check_seal(end, signature, "the closing line")
        if end.last > after:
            self._absent(end.last)
        if self._headed != after:
            if self._file.readline(LINE_BYTES_MAX).startswith(HEAD):
                self._broken(Fault.REORDERED, "the closing line stands before the last head", record=after)
            says = f"the head of records {self._headed + 1} to {after} is not here"
            self._broken(Fault.MISSING, says, record=after)
        if end.header != self._header_hash:
            self._broken(
                Fault.EDITED, "the header is not the one this export was made with", record=0, line=1
            )
        if end.words != self._words_seen or end.frame != self._frame.hexdigest():
            self._broken(
                Fault.EDITED, "heads or words in clear are not those this export was made with", record=0
            )
        if (end.first, end.last, end.hash) != (self._header.first, after, self._hash.hex()):
            self._broken(Fault.FORGED, "the closing line belongs to another export", record=0)
        if self._file.readline(1):
            self._line += 1
            self._broken(Fault.INSERTED, "there is something after the closing line", record=0)

    # -- what does not fit ---------------------------------------------------------------------------------

    def _suspect(self, line: bytes) -> NoReturn:
        """Say what is wrong with a line that is neither the next record nor another that may stand here."""
        place = suspects.Place(self._number, self._hash, self._earlier, self._header.last, self._line)
        raise Broken(suspects.judged(line, place, self._file))

    def _misplaced(self, head: Head, covers: str) -> NoReturn:
        if head.last < self._number - 1:
            self._broken(
                Fault.REORDERED, f"{covers} stands after record {self._number - 1}", record=head.last
            )
        if suspects.follows(self._file, self._number, self._hash):
            self._broken(
                Fault.REORDERED,
                f"{covers} stands before record {self._number}, which comes later",
                record=self._number,
            )
        self._absent(head.last)

    def _absent(self, last: int) -> NoReturn:
        number = self._number
        says = (
            f"record {number} is not here" if last == number else f"records {number} to {last} are not here"
        )
        self._broken(Fault.MISSING, says, record=number)

    def _broken(self, fault: Fault, says: str, *, record: int, line: int = 0) -> NoReturn:
        raise Broken(Finding(fault, line or self._line, record, says))


def _value(line: bytes) -> Mapping[str, Any]:
    """Return a record as JSON; empty when it is none: before its head is checked it may be anybody's."""
    record = read_record(line)
    try:
        value: Any = json.loads(record.sealed) if record else {}
    except (ValueError, RecursionError):
        return {}
    return thing(value)
