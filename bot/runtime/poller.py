"""The safety net: asks each system what changed, in case a webhook got lost."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, cast

import structlog
from redis.asyncio import Redis

from bot.core.errors import BotError, Retry
from bot.core.events import TicketTouched
from bot.core.ids import trace_id
from bot.ports import Clock, Connector
from bot.runtime.envelopes import event_job
from bot.runtime.jobs import Accepted
from bot.runtime.lanes import Lanes
from bot.runtime.scripts import outage_told

EVERY_S: Final = 60.0
"""Between two looks. Webhooks are the fast way; this one only has to be sure."""
OVERLAP: Final = timedelta(seconds=120)
"""Looked at again each time: clocks differ, and a search index lags (research: itsm.md §2, §4.5)."""
TICKETS_MAX: Final = 200
"""Per page of a look; a page that is full is followed by the next."""
LIMIT_MAX: Final = 64 * TICKETS_MAX
"""Tickets asked for at once when a page cannot get past one moment; beyond it webhooks have to do."""
HELD_S: Final = 90
"""How long one replica keeps the poll to itself."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def heed_cancel() -> None:
    """Raise a cancellation that got lost inside the Redis client.

    It writes under ``asyncio.wait_for``, which before Python 3.12 swallows a cancel that arrives in the very
    tick in which the write ends (https://github.com/python/cpython/issues/86296). A loop would then go on for
    ever, and with it whoever waits for its end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class Poller:
    """One connector's poll; one replica at a time does it."""

    def __init__(self, connector: Connector, lanes: Lanes, redis: Redis, clock: Clock) -> None:
        self._connector, self._lanes, self._redis, self._clock = connector, lanes, redis, clock
        self._key = f"{lanes.prefix}:poll:{connector.name}"

    async def run(self, every_s: float = EVERY_S) -> None:
        """Poll until cancelled; what fails is tried again at the next turn."""
        mine = False
        try:
            while True:
                try:
                    mine = await self._mine()
                    if mine:
                        await self.once()
                except BotError as error:
                    log.warning("poll_failed", connector=self._connector.name, why=str(error))
                heed_cancel()
                await self._clock.sleep(every_s)
        finally:
            if mine:
                # Or nobody would look until our place runs out: a restart must find at once what it missed.
                with contextlib.suppress(Retry):
                    await outage_told(self._redis.delete(f"{self._key}:holder"))

    async def once(self) -> int:
        """Look once and bring what changed; returns how many tickets that were.

        Raises:
            Retry, Forbidden: the system or Redis is away; the cursor stays where it is.
        """
        cursor = await self._cursor()
        since, limit, fresh = cursor - OVERLAP, TICKETS_MAX, 0
        while True:
            changed = await self._connector.changed_since(since, limit)
            fresh += await self._bring(changed)
            newest = max((event.at for event in changed), default=since)
            if newest > cursor:
                cursor = newest
                await outage_told(self._redis.set(f"{self._key}:cursor", cursor.isoformat()))
            if len(changed) < limit or limit >= LIMIT_MAX:
                return fresh
            # A bulk change: more than a page within one moment, as finely as the vendor tells moments apart.
            since, limit = (newest, TICKETS_MAX) if newest > since else (since, 2 * limit)

    async def _bring(self, changed: Sequence[TicketTouched]) -> int:
        """Bring what changed to its lanes; returns how many of them were news."""
        fresh = 0
        for event in changed:
            job = event_job(event.ref, event, trace_id(event.id))
            fresh += isinstance(await self._lanes.accept(job, dedupe=event.id), Accepted)
        return fresh

    async def _cursor(self) -> datetime:
        """Return where the last look ended; the first one starts now: a backlog is not ours to triage."""
        stored = await outage_told(self._redis.get(f"{self._key}:cursor"))
        if stored is None:
            now = self._clock.now()
            await outage_told(self._redis.set(f"{self._key}:cursor", now.isoformat(), nx=True))
            return now
        return datetime.fromisoformat(cast("bytes", stored).decode())

    async def _mine(self) -> bool:
        """Whether this replica holds the poll, taking it when it is free."""
        key, name = f"{self._key}:holder", self._lanes.name
        if await outage_told(self._redis.set(key, name, nx=True, ex=HELD_S)):
            return True
        if await outage_told(self._redis.get(key)) != name.encode():
            return False
        await outage_told(self._redis.expire(key, HELD_S))
        return True
