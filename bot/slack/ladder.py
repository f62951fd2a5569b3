"""A click under a step on the ladder: who it was and what the figures say now, brought to its lane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from approvals.blocks import is_person
from approvals.ladder_card import StepClick, parse_step
from approvals.policy import Rulebook
from bot.core.errors import Malformed
from bot.core.fingerprint import fingerprint
from bot.core.ids import EventId
from bot.core.ladder import Ladder, Step, StepAnswer, StepAnswered
from bot.decide.climbing import managers
from bot.ports import Clock
from bot.runtime.climbing import Climber
from bot.runtime.ladders import climb_job
from bot.runtime.lanes import Lanes
from bot.slack.people import People


class LadderClicks:
    """Turns what was stored into events; decides nothing. May raise ``Retry``."""

    def __init__(self, climber: Climber, people: People, lanes: Lanes, book: Rulebook, clock: Clock) -> None:
        """``book``: for who is looked up; the ladder's lane decides by its own."""
        self._climber, self._people, self._lanes = climber, people, lanes
        self._book, self._clock = book, clock

    async def clicked(self, payload: Mapping[str, Any]) -> None:
        """Bring a click to its ladder's lane.

        Raises:
            Malformed: it is not a click on a step of a connector that is set up here.
        """
        click = parse_step(payload)
        if click.connector not in self._climber.kinds:
            raise Malformed("a step of a connector that is not set up here")
        ladder = await self._climber.ladders.of(click.connector)
        step = ladder.step(click.step)
        event = StepAnswered(
            # Not the trigger itself, a secret for three seconds: ids are logged.
            id=EventId(f"slack:{fingerprint(click.trigger)[:32]}"),
            at=self._clock.now(),
            step=click.step,
            by=await self._people.clicker(click.by, self._groups(ladder, step, click), live=True),
            answer=click.answer,
            advice=await self._advice(step, click),
            place=click.place,
        )
        await self._lanes.accept(climb_job(click.connector, event))

    async def _advice(self, step: Step | None, click: StepClick) -> tuple[Any, ...]:
        """Count afresh before a mode moves: what stands on the card may have been overtaken."""
        if step is None or click.answer is not StepAnswer.TAKE:
            return ()
        return tuple(await self._climber.advice(click.connector, step.advice.rung))

    def _groups(self, ladder: Ladder, step: Step | None, click: StepClick) -> list[str]:
        """Return which groups matter; none for who is named in person, whatever became of the groups."""
        who = managers(self._book, ladder, step.advice).who if step is not None else ()
        return [] if click.by.id in who else sorted(each for each in who if not is_person(each))
