"""Keeps up with how far each field's answers are to be believed, and says so when a promise is broken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
from prometheus_client import Gauge

from bot.brain.trust import Trust, trust
from bot.core.errors import Retry
from bot.core.outcomes import Outcome
from bot.ports import Clock
from bot.runtime.meters import Meters
from bot.runtime.outcomes import OUTCOMES_MAX, Outcomes

LOOK_S: Final = 30.0
"""Between two looks: what people decide moves a threshold within a minute."""
LATELY: Final = 500
"""Outcomes that the share of right guesses is taken over."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Watch:
    """Looks at what came true, over all queues and skills of a connector, field by field."""

    def __init__(self, outcomes: Outcomes, clock: Clock, meters: Meters, target: float) -> None:
        """``target``: how often a value shown alone has to be right. One watch a process."""
        self._outcomes, self._clock, self._target = outcomes, clock, target
        self._right = Gauge(
            "countersign_guesses_right",
            "Share of the latest guesses that came true",
            ["connector", "field"],
            registry=meters.registry,
        )
        self._failing = Gauge(
            "countersign_field_failing",
            "1 while a field's answers are wrong more often than promised, and are not believed",
            ["connector", "field"],
            registry=meters.registry,
        )
        self._trusts: Mapping[tuple[str, str], Trust] = {}

    def of(self, connector: str, field: str) -> Trust | None:
        """Return how far answers are to be believed; None while too little is known."""
        return self._trusts.get((connector, field))

    async def run(self) -> None:
        """Look twice a minute until cancelled."""
        while True:
            try:
                await self.look()
            except Retry as away:
                # What was known stays: an outage neither proves nor disproves anything.
                log.info("outcomes_not_read", why=str(away))
            await self._clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Look now.

        Raises:
            Retry: Redis is away.
        """
        found: dict[tuple[str, str], list[Outcome]] = {}
        for kind in await self._outcomes.kinds():
            found.setdefault((kind.connector, kind.field), []).extend(await self._outcomes.of(kind))
        trusts: dict[tuple[str, str], Trust] = {}
        for place, outcomes in found.items():
            latest = sorted(outcomes, key=lambda each: each.at)[-OUTCOMES_MAX:]
            before = self._trusts.get(place)
            now = trust(latest, self._target, shown_from=before.threshold if before else None)
            lately = latest[-LATELY:]
            self._right.labels(*place).set(sum(each.right for each in lately) / len(lately))
            if now is not None:
                trusts[place] = now
                self._tell(place, before, now)
        self._trusts = trusts

    def _tell(self, place: tuple[str, str], before: Trust | None, now: Trust) -> None:
        self._failing.labels(*place).set(now.failing)
        was = before is not None and before.failing
        if now.failing and not was:
            log.error("answers_not_believed", connector=place[0], field=place[1], outcomes=now.outcomes)
        elif was and not now.failing:
            log.info("answers_believed_again", connector=place[0], field=place[1], outcomes=now.outcomes)
