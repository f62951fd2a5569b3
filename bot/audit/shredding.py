"""Destroys the words about one ticket, for good, and says so in the chain, which stays whole."""

from __future__ import annotations

import secrets
from typing import Final

from redis import exceptions as errors

from bot.audit import kinds
from bot.audit.chain import NO_TICKET, Chain
from bot.audit.sealer import Sealer
from bot.core.audit import Record
from bot.core.codec import encode
from bot.core.errors import Misconfigured
from bot.ports import Clock
from bot.runtime.scripts import Script

WAIT_S: Final = 10.0
"""For a running worker to do it; it seals every second."""
STEP_S: Final = 0.2

_ADD = Script("audit_add")


class Shredder:
    """One operator's request. The sealer carries it out, in order with what is written about the ticket."""

    def __init__(self, chain: Chain, clock: Clock, sealer: Sealer | None) -> None:
        """``sealer``: where this machine has the key; else a running worker has to do it."""
        self._chain, self._clock, self._sealer = chain, clock, sealer

    async def shred(self, ticket: str, *, by: str, why: str) -> bool:
        """Destroy the words about ``ticket``; False: it is asked for, and no worker has done it yet.

        ``ticket``: ``<connector>:<vendor id>``, or ``-`` for what has no ticket. ``by``: who answers for it.

        Raises:
            Misconfigured: the audit has no words about it.
            Retry: Redis is away.
        """
        newest = await self._chain.ask("XREVRANGE", f"{self._chain.prefix}:audit", "+", "-", "COUNT", 1)
        known = not newest or await self._sealed(newest[0][0])
        if known and ticket not in await self._chain.text_keys([ticket]):
            raise Misconfigured(
                f"the audit holds no words about {ticket!r}. Write the connector's name, a colon and the "
                "vendor's own id, as the records have it: jira:10001"
            )
        record = Record(
            at=self._clock.now(),
            what=kinds.SHREDDED,
            ticket="" if ticket == NO_TICKET else ticket,
            actor=by,
            because=why,
        )
        entry = await _ADD(self._chain.redis, self._chain.prefix, encode(record), secrets.token_hex(16))
        return await self._sealed(entry)

    async def forget_history(self) -> bool:
        """Make Redis write its append-only file anew: the old one still has the key. False: it will not."""
        try:
            await self._chain.ask("BGREWRITEAOF")
        except errors.ResponseError:
            # Forbidden by whoever runs it, or under way already; it is also done by itself as the file grows.
            return False
        return True

    async def _sealed(self, entry: bytes) -> bool:
        """Seal, or wait until somebody has sealed, as far as ``entry`` of the buffer; False: nobody did."""
        if self._sealer is not None:
            await self._sealer.drain()
        waited = 0.0
        while await self._chain.ask("XRANGE", f"{self._chain.prefix}:audit", entry, entry):
            if waited >= WAIT_S:
                return False
            await self._clock.sleep(STEP_S)
            waited += STEP_S
        return True
