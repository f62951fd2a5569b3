"""Writes an export: lines from the store, a header before and a signed end after them. In constant memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.audit.boxes import TextKey, unlock
from bot.audit.chain import NO_TICKET, Chain
from bot.audit.keys import VARIABLE, SigningKey
from bot.audit.lines import (
    CLEAR,
    GENESIS,
    HEAD,
    HEADER,
    End,
    Header,
    destroyed_line,
    header_line,
    read_head,
    read_record,
    sha,
    signed_line,
    to_sign,
    words_line,
)
from bot.core.errors import Malformed, Misconfigured
from bot.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of the audit. Times are those of sealing, a second or so after what a record tells."""

    since: datetime | None = None
    until: datetime | None = None
    clear: bool = False
    """With the words, for those whose key was not destroyed."""


@dataclass(slots=True)
class _Frame:
    """What the end says about the lines before it."""

    digest: Any = field(default_factory=hashlib.sha256)
    header: str = ""
    words: int = 0
    hash: str = GENESIS.hex()

    def take(self, lines: Sequence[bytes]) -> None:
        """Count what goes out."""
        for line in lines:
            if line.startswith((HEAD, HEADER, CLEAR)):
                self.digest.update(line)
                self.words += line.startswith(CLEAR)
            else:
                self.hash = line[6:70].decode()


class Exporter:
    """One export."""

    def __init__(self, chain: Chain, key: SigningKey, clock: Clock) -> None:
        """``key``: signs the end; it must have sealed here before, or a reader could not know whose it is."""
        self._chain, self._key, self._clock = chain, key, clock

    async def export(self, wanted: Wanted) -> AsyncIterator[bytes]:
        """Yield the export, some lines at a time.

        Raises:
            Retry: Redis is away.
            Misconfigured: the key here has sealed nothing.
            Malformed: the store is damaged, or retention dropped the beginning meanwhile: run it again.
        """
        signers = await self._chain.signers()
        self._may_sign(signers)
        # Of an empty audit too somebody has to say that it is empty.
        signers |= {self._key.public.id: self._key.public.text}
        first, last, gone = await self._range(wanted)
        header = Header(at=self._now(), clear=wanted.clear, first=first, last=last, gone=gone, keys=signers)
        opening = [header_line(header)]
        frame = _Frame(header=sha(opening[0]))
        if before := await self._chain.head_before(first):
            opening.append(before)
            frame.hash = _hash_of(before)
        frame.take(opening)
        yield b"".join(opening)
        async for lines in self._chain.lines(first, last):
            out = await self._with_words(lines) if wanted.clear else lines
            frame.take(out)
            yield b"".join(out)
        yield self._end(first, last, frame)

    def _end(self, first: int, last: int, frame: _Frame) -> bytes:
        end = End(
            first=first,
            last=last,
            hash=frame.hash,
            header=frame.header,
            words=frame.words,
            frame=frame.digest.hexdigest(),
            at=self._now(),
            key=self._key.public.id,
        )
        return signed_line(end, self._key.sign(to_sign(end)))

    async def _range(self, wanted: Wanted) -> tuple[int, int, int]:
        gone, last = (await self._chain.pruned()).number, (await self._chain.tip()).number
        first = max(gone + 1, await self._chain.since(wanted.since) if wanted.since else 1)
        if wanted.until is not None:
            last = min(last, await self._chain.since(wanted.until) - 1)
        # An empty range still has a place in the chain: right behind the record before it.
        return min(first, max(last, gone) + 1), max(last, gone), gone

    async def _with_words(self, lines: Sequence[bytes]) -> list[bytes]:
        """Put the words behind each record that has some."""
        boxes: list[tuple[int, str, Any] | None] = [_box(line) for line in lines]
        tickets = sorted({box[1] for box in boxes if box is not None})
        keys = await self._chain.text_keys(tickets)
        out: list[bytes] = []
        for line, box in zip(lines, boxes, strict=True):
            out.append(line)
            if box is not None:
                out.append(_words(box, keys))
        return out

    def _may_sign(self, signers: Mapping[str, str]) -> None:
        if signers and self._key.public.id not in signers:
            raise Misconfigured(
                f"the audit key on this machine ({self._key.public.id}) has sealed nothing. Those that have: "
                f"{', '.join(signers)}. Export where the bot runs, or set {VARIABLE}_FILE to its key"
            )

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds")


def _hash_of(head: bytes) -> str:
    read = read_head(head)
    if read is None:
        raise Malformed("a head in the store cannot be read")
    return read[0].hash


def _box(line: bytes) -> tuple[int, str, Any] | None:
    """Return a record's number, whose key locks its words, and the box; None when it has no words."""
    record = read_record(line)
    if record is None:
        return None
    value: dict[str, Any] = json.loads(record.sealed)
    return (record.number, value.get("ticket") or NO_TICKET, value["text"]) if "text" in value else None


def _words(box: tuple[int, str, Any], keys: Mapping[str, TextKey]) -> bytes:
    number, ticket, locked = box
    opened = unlock(keys.get(ticket), number, locked)
    return destroyed_line(number) if opened is None else words_line(number, *opened)
