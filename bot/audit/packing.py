"""Keeps the store small: puts old segments together, and drops what has been kept for long enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from bot.audit import kinds
from bot.audit.chain import Block, Chain, packed
from bot.audit.lines import HEAD
from bot.audit.turns import Turns
from bot.core.audit import Record
from bot.core.codec import encode
from bot.core.errors import BotError
from bot.ports import Clock
from bot.runtime.poller import heed_cancel
from bot.runtime.scripts import Script

EVERY_S: Final = 600.0
"""Between two looks. Both jobs can wait: they save memory and nothing else."""
LOOSE_MAX: Final = 64
"""Blocks that may lie loose: one a second when there is little to do, hardly compressed each."""
PACKED_RECORDS: Final = 1_000
"""In one block: large enough to compress well, small enough to be dropped and sent as one."""
AT_ONCE: Final = 100
"""Blocks dropped by one script."""
KEYS_AT_ONCE: Final = 1_000

_PACK = Script("audit_pack")
_PRUNE = Script("audit_prune")
_FORGET = Script("audit_forget")

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Keeper:
    """Packs and drops. Neither changes a line of what is kept."""

    def __init__(
        self, chain: Chain, clock: Clock, *, keep_s: float | None, forwarded: bool, name: str = ""
    ) -> None:
        """``keep_s``: how long records are kept, None: for ever. ``forwarded``: only what was sent may go."""
        self._chain, self._clock = chain, clock
        self._keep_s, self._forwarded = keep_s, forwarded
        self._turns = Turns(chain, "keeper", name)

    async def run(self, every_s: float = EVERY_S) -> None:
        """Look after the store until cancelled; what fails is tried again at the next turn."""
        try:
            while True:
                try:
                    if await self._turns.mine():
                        await self.pack()
                        if self._keep_s is not None:
                            await self.prune(self._keep_s)
                except BotError as error:
                    log.warning("audit_not_kept_small", why=str(error))
                heed_cancel()
                await self._clock.sleep(every_s)
        finally:
            await self._turns.give_up()

    async def pack(self, *, loose_max: int = LOOSE_MAX) -> int:
        """Put neighbouring blocks together, all but the newest; returns how many went.

        Raises:
            Retry: Redis is away. Malformed: the store is damaged.
        """
        went, run = 0, list[Block]()
        for block in (await self._chain.blocks())[: -loose_max or None]:
            if run and block.last - run[0].first >= PACKED_RECORDS:
                went += await self._put_together(run)
                run = []
            run.append(block)
        return went + await self._put_together(run)

    async def prune(self, keep_s: float) -> int:
        """Drop blocks sealed more than ``keep_s`` seconds ago; returns how many. Raises as :meth:`pack`."""
        moment, gone = self._clock.now() - timedelta(seconds=keep_s), 0
        first = await self._chain.since(moment)
        while old := [b for b in await self._chain.blocks(0, AT_ONCE - 1) if b.last < first]:
            if self._forwarded:
                sent = await self._chain.forwarded()
                old = [block for block in old if block.last <= sent]
            if not old or not await self._drop(old):
                break
            gone += len(old)
        while await _FORGET(
            self._chain.redis, self._chain.prefix, (await self._chain.pruned()).number, KEYS_AT_ONCE
        ):
            await self._turns.keep()
        return gone

    async def _put_together(self, run: Sequence[Block]) -> int:
        if len(run) <= 1:
            return 0
        texts: list[bytes] = []
        for block in run:
            found = await self._chain.block(block.first)
            if found is None or found[0] != block:
                return 0
            texts.append(found[1])
            await self._clock.sleep(0)
        whole = Block(run[0].first, run[-1].last, run[-1].at_ms)
        await self._turns.keep()
        members = [block.member for block in run]
        done = await _PACK(
            self._chain.redis, self._chain.prefix, packed(b"".join(texts)), whole.member, *members
        )
        return len(run) if done else 0

    async def _drop(self, old: Sequence[Block]) -> int:
        last = old[-1].last
        found = await self._chain.block(last)
        lines = found[1].splitlines(keepends=True) if found else []
        if not lines or not lines[-1].startswith(HEAD):
            return 0
        record = Record(
            at=self._clock.now(),
            what=kinds.PRUNED,
            ticket="",
            actor="keeper",
            details={"first": old[0].first, "last": last},
        )
        return int(
            await _PRUNE(
                self._chain.redis,
                self._chain.prefix,
                *(last, lines[-1], "1" if self._forwarded else "0", encode(record)),
                *(block.member for block in old),
            )
        )
