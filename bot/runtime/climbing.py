"""Counts what came true, once an hour for each connector, and brings what that speaks for to its ladder."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog
from redis.asyncio import Redis

from approvals.policy import Rulebook, Where
from bot.brain.measure.ladder import Row, recommend, rows
from bot.core.errors import Retry
from bot.core.ids import EventId
from bot.core.ladder import Advice, Ladder, Measured, Stand
from bot.core.outcomes import Outcome
from bot.core.rungs import Rung
from bot.ports import Clock
from bot.runtime.ladders import Ladders, climb_job
from bot.runtime.lanes import Lanes
from bot.runtime.outcomes import Outcomes
from bot.runtime.scripts import outage_told

LOOK_S: Final = 3600.0
"""Between two counts of one connector, by whichever replica comes first."""
TRY_S: Final = 60.0
"""Between two tries to be that replica."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Climber:
    """Looks at outcomes and decides nothing. Methods may raise ``Unavailable``."""

    def __init__(
        self, redis: Redis, lanes: Lanes, book: Rulebook, clock: Clock, kinds: Mapping[str, str]
    ) -> None:
        """``redis``: what ``lanes`` is on. ``kinds``: connector to its kind, of those that are set up."""
        self._redis, self._lanes, self._book, self._clock = redis, lanes, book, clock
        self._outcomes = Outcomes(redis, lanes.prefix)
        self.ladders = Ladders(lanes)
        self.kinds = kinds

    async def run(self) -> None:
        """Count once an hour until cancelled; where the ladder is switched off, never."""
        while self._book.ladder.enabled:
            try:
                for connector in self.kinds:
                    if await self._is_due(connector):
                        await self.look(connector)
            except Retry as away:
                log.info("ladder_not_counted", why=str(away))
            await self._clock.sleep(min(TRY_S, LOOK_S))

    async def look(self, connector: str) -> None:
        """Count now, and say what that speaks for, where there is anything to say or to withdraw."""
        advice, ladder = await self.advice(connector), await self.ladders.of(connector)
        if not advice and not ladder.offered():
            return
        now = self._clock.now()
        ident = EventId(f"ladder:{connector}:{now.isoformat()}")
        event = Measured(id=ident, at=now, kind=self.kinds[connector], advice=tuple(advice))
        await self._lanes.accept(climb_job(connector, event))

    async def advice(self, connector: str, of: Rung | None = None) -> list[Advice]:
        """Return what the figures speak for at this moment. ``of``: about this rung alone."""
        ladder, outcomes = await self._counted(connector, of)
        rules = self._book.ladder
        found = await asyncio.to_thread(recommend, outcomes, lambda rung: self._stand(ladder, rung), rules)
        return [each for each in found if of is None or each.rung == of]

    async def table(self, connector: str) -> list[Row]:
        """Return every rung anything came true of, for those who read."""
        ladder, outcomes = await self._counted(connector, None)
        return await asyncio.to_thread(
            rows, outcomes, lambda rung: self._stand(ladder, rung), self._book.ladder
        )

    # -- inside --------------------------------------------------------------------------------------------

    async def _is_due(self, connector: str) -> bool:
        """Whether an hour has passed since anybody counted; then it is our turn."""
        key = f"{self._lanes.prefix}:ladder:counted:{connector}"
        taken = self._redis.set(key, self._lanes.name, nx=True, px=max(1, int(LOOK_S * 1000)))
        return bool(await outage_told(taken))

    async def _counted(self, connector: str, of: Rung | None) -> tuple[Ladder, list[Outcome]]:
        """Return the ladder and what came true in its connector, oldest first."""
        ladder, found = await self.ladders.of(connector), list[Outcome]()
        for kind in await self._outcomes.kinds():
            same = of is None or (kind.queue, kind.skill, kind.field) == (of.queue, of.skill, of.field)
            if kind.connector == connector and kind.skill in self._book.skills and same:
                found += await self._outcomes.of(kind)
        return ladder, sorted(found, key=lambda each: each.at)

    def _stand(self, ladder: Ladder, rung: Rung) -> Stand:
        where = Where(connector=ladder.connector, queue=rung.queue, by=f"skill:{rung.skill}")
        return ladder.stand(rung, self._book.mode(where), self._book.ladder)
