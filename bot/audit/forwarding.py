"""Sends every sealed line on, in order, at least once. The chain is the outbox; Redis keeps a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from bot.audit.chain import Chain, between
from bot.audit.collectors import Collector
from bot.audit.lines import HEAD
from bot.audit.turns import Turns
from bot.core.errors import BotError, Malformed, Reject, Retry
from bot.ports import Clock
from bot.runtime.backoff import backoff_s
from bot.runtime.poller import heed_cancel
from bot.runtime.scripts import Script

EVERY_S: Final = 1.0
BATCH_BYTES: Final = 512 * 1024
"""At which a batch is closed, at the next head: a batch is whole segments, so the collector can check it."""
WAIT_CAP_S: Final = 60.0
REFUSED_S: Final = 60.0
"""Between two tries after a no: a person has to mend something."""

_FORWARD = Script("audit_forward")

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Forwarder:
    """One replica at a time sends; another goes on where it stopped."""

    def __init__(self, chain: Chain, collector: Collector, clock: Clock, *, name: str = "") -> None:
        self._chain, self._collector, self._clock = chain, collector, clock
        self._turns = Turns(chain, "forwarder", name)
        self.trouble = ""
        """Why nothing goes out, for /readyz; empty when all is well."""

    async def run(self, every_s: float = EVERY_S) -> None:
        """Send until cancelled. What fails is sent again, however long that takes; nothing is skipped."""
        failures = 0
        try:
            while True:
                wait_s = every_s
                try:
                    if await self._turns.mine():
                        while await self.send_once():
                            await self._turns.keep()
                    failures, self.trouble = 0, ""
                except BotError as error:
                    failures += 1
                    wait_s = self._failed(error, failures)
                heed_cancel()
                await self._clock.sleep(wait_s)
        finally:
            await self._turns.give_up()
            await self._collector.close()

    async def send_once(self) -> int:
        """Send one batch and move the cursor; returns how many records that were, 0 when there are none.

        Raises:
            Retry: Redis or the collector is away. Reject: the collector says no, or the store is damaged.
        """
        sent = await self._chain.forwarded()
        first = max(sent, (await self._chain.pruned()).number) + 1
        if first > (await self._chain.tip()).number:
            return 0
        found = await self._chain.block(first)
        if found is None:
            raise Malformed(f"record {first} of the audit is not in the store and cannot be forwarded")
        block, text = found
        lines = between(text.splitlines(keepends=True), block.first, first, block.last)
        batch = _whole_segments(lines)
        last = first + sum(not line.startswith(HEAD) for line in batch) - 1
        # Retention was faster than the first forwarding ever: the collector starts at the head it left.
        opening = [await self._chain.head_before(first)] if first > sent + 1 else []
        await self._collector.send([*opening, *batch], batch=f"{first}-{last}")
        await _FORWARD(self._chain.redis, self._chain.prefix, sent, last)
        return last - first + 1

    async def behind(self) -> int:
        """Return how many sealed records have not been sent. Raises as :meth:`send_once`."""
        return (await self._chain.tip()).number - await self._chain.forwarded()

    def _failed(self, error: BotError, failures: int) -> float:
        """Remember and tell why; returns how long to wait, in seconds."""
        self.trouble = str(error)
        wait_s = backoff_s(failures, base_s=1.0, cap_s=WAIT_CAP_S)
        if isinstance(error, Reject):
            log.error("audit_not_forwarded", why=str(error))
            return max(wait_s, REFUSED_S)
        log.warning("audit_not_forwarded", why=str(error), tries=failures)
        return max(wait_s, error.after_s) if isinstance(error, Retry) else wait_s


def _whole_segments(lines: Sequence[bytes]) -> list[bytes]:
    """Return the first lines, up to the head at which they are enough."""
    size, batch = 0, list[bytes]()
    for line in lines:
        batch.append(line)
        size += len(line)
        if size >= BATCH_BYTES and line.startswith(HEAD):
            break
    return batch
