"""Seals the buffer: what was decided, in order, into the chain. Any worker may; one at a time does."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import structlog
from redis.asyncio import Redis

from bot.audit import kinds, prose
from bot.audit.boxes import TextKey, lock
from bot.audit.chain import NO_TICKET, Chain, Tip, milliseconds, moment_of
from bot.audit.keys import SigningKey
from bot.audit.lines import (
    LINE_BYTES_MAX,
    NO_HEAD,
    Head,
    body,
    chained,
    record_line,
    sha,
    signed_line,
    to_sign,
)
from bot.audit.turns import Turns
from bot.core.audit import Record
from bot.core.codec import decode
from bot.core.errors import BotError, Malformed
from bot.ports import Clock
from bot.runtime.poller import heed_cancel
from bot.runtime.scripts import Script

EVERY_S: Final = 1.0
"""For how long a record may lie in the buffer, words and all."""
RECORDS_MAX: Final = 500
"""In one segment: the script that writes it blocks Redis for a few milliseconds."""
BREATH: Final = 25
"""Records between two breaths: about a millisecond in which no click is answered."""
TRIES_MAX: Final = 20
"""Lost races before a turn is given up; each means that somebody else sealed."""
_SEAL = Script("audit_seal")
CLEAR_BYTES_MAX: Final = 64 * 1024
"""Of the readable part of one record; ours have a few hundred."""
WORDS_BYTES_MAX: Final = LINE_BYTES_MAX // 2
"""Of the words of one record, before they are locked and written in base64; longer ones leave a hash."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Sealer:
    """Takes records from the buffer and puts them into the chain."""

    def __init__(self, redis: Redis, prefix: str, key: SigningKey, clock: Clock, *, name: str = "") -> None:
        """``name``: of this replica, unique; empty: it waits for no turn (the command line)."""
        self.chain, self._key, self._clock = Chain(redis, prefix), key, clock
        self._turns = Turns(self.chain, "sealer", name)
        self.trouble = ""
        """Why nothing is sealed, for /readyz; empty when all is well."""

    async def run(self, every_s: float = EVERY_S) -> None:
        """Seal until cancelled; what fails is tried again at the next turn."""
        log.info("audit_key", public_key=self._key.public.text, fingerprint=self._key.public.fingerprint)
        try:
            while True:
                try:
                    if await self._turns.mine():
                        await self.drain()
                    self.trouble = ""
                except BotError as error:
                    self.trouble = str(error)
                    log.warning("audit_not_sealed", why=str(error))
                heed_cancel()
                await self._clock.sleep(every_s)
        finally:
            await self._turns.give_up()

    async def drain(self) -> int:
        """Seal all that is in the buffer now; returns how many records that took.

        What is written meanwhile waits for the next turn: sealed at once, each would have a head of its own.
        Raises as :meth:`seal_once`.
        """
        sealed, count = 0, RECORDS_MAX
        while count >= RECORDS_MAX:
            count = await self.seal_once()
            sealed += count
            heed_cancel()
            await self._turns.keep()
        return sealed

    async def seal_once(self) -> int:
        """Seal one segment; returns how many records it holds, 0 when the buffer was empty.

        Raises:
            Retry: Redis is away. Whether it was sealed is seen the next time; nothing is lost or doubled.
            Malformed: others kept sealing.
        """
        for _ in range(TRIES_MAX):
            tip = await self.chain.tip()
            buffer = f"{self.chain.prefix}:audit"
            entries = await self.chain.ask("XRANGE", buffer, "-", "+", "COUNT", RECORDS_MAX)
            if not entries:
                return 0
            draft = await self._drafted(tip, entries)
            if await self._commit(tip, draft, [entry for entry, _ in entries]):
                return len(draft.hashes)
        raise Malformed("the audit was not sealed: others kept sealing in between. It is tried again")

    async def _drafted(self, tip: Tip, entries: Sequence[Any]) -> _Draft:
        now = self._clock.now()
        records = [_read(fields.get(b"r", b""), now) for _, fields in entries]
        tickets = sorted({_scope(record) for record in records})
        draft = _Draft(tip, dict(await self.chain.text_keys(tickets)))
        if self._key.public.id not in await self.chain.signers():
            draft.add(self._announcement())
        for at, record in enumerate(records):
            draft.add(record)
            if at % BREATH == BREATH - 1:
                await self._clock.sleep(0)
        return draft

    def _announcement(self) -> Record:
        public = self._key.public
        return Record(
            at=self._clock.now(),
            what=kinds.KEY_ANNOUNCED,
            ticket="",
            actor="sealer",
            details={"key": public.id, "public": public.text},
        )

    async def _commit(self, tip: Tip, draft: _Draft, entries: Sequence[bytes]) -> bool:
        # A clock that was set back must not make the chain's time go back: it is searched by time.
        at_ms = max(milliseconds(self._clock.now()), tip.at_ms)
        first, last = tip.number + 1, tip.number + len(draft.hashes)
        digest = draft.hashes[-1]
        head = Head(first, last, tip.before or NO_HEAD, digest.hex(), moment_of(at_ms), self._key.public.id)
        line = signed_line(head, self._key.sign(to_sign(head)))
        texts: list[str | bytes | int] = []
        for ticket, (key, number) in draft.used.items():
            texts += [ticket, key.stored if key else b"", number]
        answer = await _SEAL(
            self.chain.redis,
            self.chain.prefix,
            *(tip.before, first, last, digest.hex(), sha(line), at_ms),
            *(draft.packed(line), self._key.public.id, self._key.public.text),
            *(len(draft.used), len(entries)),
            *texts,
            *entries,
        )
        return bool(answer == b"done")


class _Draft:
    """A segment in the making. Made anew when somebody else was faster: numbers and hashes would differ."""

    def __init__(self, tip: Tip, keys: dict[str, TextKey]) -> None:
        self.hashes: list[bytes] = []
        self.used: dict[str, tuple[TextKey | None, int]] = {}
        """Ticket to the key its words have now (None: destroyed) and the last record that holds some."""
        self._keys, self._number, self._hash = keys, tip.number, tip.hash
        self._packer = zlib.compressobj(6)
        self._pieces: list[bytes] = []

    def add(self, record: Record) -> None:
        """Seal one record after those before it."""
        number = self._number + 1
        record = self._shredded(record, number) if record.what == kinds.SHREDDED else record
        clear, words = prose.split(record)
        sealed: dict[str, Any] = {"n": number, **clear, "ocsf": kinds.kind(record.what).ocsf()}
        if len(body(clear)) > CLEAR_BYTES_MAX:
            # No record of ours is so long. Whatever made it so is kept as it would keep words.
            sealed, words = (
                {"n": number, "what": record.what[:100], "ocsf": sealed["ocsf"]},
                {**clear, **words},
            )
        if words:
            text = body(words)
            if len(text) > WORDS_BYTES_MAX:
                text = body({"too_long_bytes": len(text), "sha256": sha(text)})
            sealed["text"] = lock(self._text_key(_scope(record), number), number, text)
        line = body(sealed)
        self._number, self._hash = number, chained(self._hash, line)
        self.hashes.append(self._hash)
        self._pieces.append(self._packer.compress(record_line(self._hash, line)))

    def packed(self, head: bytes) -> bytes:
        """Return the block: the lines so far and their head."""
        return b"".join((*self._pieces, self._packer.compress(head), self._packer.flush()))

    def _text_key(self, ticket: str, number: int) -> TextKey:
        key = self._keys.get(ticket) or TextKey.new()
        self._keys[ticket] = key
        self.used[ticket] = (key, number)
        return key

    def _shredded(self, record: Record, number: int) -> Record:
        """Destroy the key to the words so far, in the very commit that seals the record that says so."""
        ticket = _scope(record)
        key = self._keys.pop(ticket, None)
        self.used[ticket] = (None, number)
        return replace(record, details={**record.details, "key": key.id if key else "none"})


def _scope(record: Record) -> str:
    return record.ticket or NO_TICKET


def _read(raw: bytes, now: datetime) -> Record:
    """Return the record of one buffer entry; one that cannot be read is sealed as it is, encrypted."""
    try:
        record = decode(raw)
    except Malformed as error:
        why = str(error)
    else:
        if isinstance(record, Record):
            return record
        why = "it is not a record"
    log.error("audit_record_unreadable", why=why)
    details = {"why": why, "was": sha(raw), "raw": raw.decode("utf-8", "backslashreplace")}
    return Record(at=now, what=kinds.UNREADABLE, ticket="", actor="sealer", details=details)
