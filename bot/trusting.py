"""Keeps up with how far each field's answers are to be believed, and says so when a promise is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from prometheus_client import Gauge

from bot.brain.shift import shift
from bot.brain.trust import Trust, telling, trust
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
        self._shift = Gauge(
            "countersign_shift",
            "How far the latest tickets are from those before them, by what is compared",
            ["connector", "field", "of"],
            registry=meters.registry,
        )
        self._shifted = Gauge(
            "countersign_shift_alarm",
            "1 while that is more than chance makes it, and enough for people to look",
            ["connector", "field", "of"],
            registry=meters.registry,
        )
        self._trusts: Mapping[tuple[str, str], Trust] = {}
        self._alarms: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, connector: str, field: str) -> Trust | None:
        """Return how far answers are to be believed; None while too little is known."""
        return self._trusts.get((connector, field))

    def failing(self, connector: str) -> frozenset[str]:
        """Return the fields whose promise is broken now."""
        held = self._trusts.items()
        return frozenset(field for (of, field), each in held if of == connector and each.failing)

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
            now = trust(latest, self._target, shown_from=before.shown_from if before else None)
            lately = latest[-LATELY:]
            self._right.labels(*place).set(sum(each.right for each in lately) / len(lately))
            if now is not None:
                trusts[place] = now
                self._tell(place, before, now)
            self._compare(place, latest)
        self._trusts = trusts

    def _tell(self, place: tuple[str, str], before: Trust | None, now: Trust) -> None:
        self._failing.labels(*place).set(now.failing)
        was = before is not None and before.failing
        if now.failing and not was:
            log.error("answers_not_believed", connector=place[0], field=place[1], outcomes=now.outcomes)
        elif was and not now.failing:
            log.info("answers_believed_again", connector=place[0], field=place[1], outcomes=now.outcomes)

    def _compare(self, place: tuple[str, str], outcomes: Sequence[Outcome]) -> None:
        """Measure how the desk's work has changed, and say so once when it has."""
        found = shift(telling(outcomes))
        if found is None:
            return
        for of in ("labels", "confidence", "agreement"):
            self._shift.labels(*place, of).set(getattr(found, of))
            self._shifted.labels(*place, of).set(of in found.alarms)
        if set(found.alarms) - set(self._alarms.get(place, ())):
            log.warning("work_has_changed", connector=place[0], field=place[1], alarms=list(found.alarms))
        self._alarms[place] = found.alarms
