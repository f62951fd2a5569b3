"""The ladder at a terminal: what came true, what that speaks for, which modes were moved, the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from redis.asyncio import Redis

from approvals.blocks import is_person
from approvals.policy import Rulebook
from bot.brain.measure.ladder import Row
from bot.core.effects import Whisper
from bot.core.errors import Misconfigured
from bot.core.events import Clicker
from bot.core.ids import EventId, SlackUserId
from bot.core.ladder import Ladder, Step, StepAnswer, StepAnswered, StepStatus
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.decide.climbing import climb, managers
from bot.operating import Operator
from bot.ports import Clock
from bot.runtime.climbing import Climber
from bot.runtime.ladders import climb_job
from bot.runtime.lanes import Lanes
from bot.runtime.memberships import Memberships

REMEMBERED: Final = timedelta(hours=24)
"""How old Slack's word on a group may be, as for approvals at a terminal."""
WAIT_S: Final = 10.0
"""How long a command waits to see what became of it. A bot that runs needs milliseconds to decide."""
LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Listed:
    """One connector."""

    ladder: Ladder
    rows: Sequence[Row]
    """What came true, value by value."""

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine."""
        steps = [each for each in self.ladder.steps if each.status in {StepStatus.OFFERED, StepStatus.TAKEN}]
        return {
            "connector": self.ladder.connector,
            "rungs": [row.as_json() for row in self.rows],
            "steps": [_step(each) for each in steps],
        }


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a command, for the person who gave it."""

    words: str
    done: bool


class Rail:
    """Where operators look at the ladders. Every method may raise ``Unavailable``."""

    def __init__(
        self, redis: Redis, lanes: Lanes, book: Rulebook, clock: Clock, kinds: Mapping[str, str]
    ) -> None:
        """``kinds``: connector to its kind, of those that are set up."""
        self._lanes, self._book, self._clock = lanes, book, clock
        self._climber = Climber(redis, lanes, book, clock, kinds)
        self._memory = Memberships(redis, lanes.prefix)

    async def listed(self) -> list[Listed]:
        """Return every connector on which anything came true, or a mode was ever moved."""
        known = {each.connector for each in await self._climber.ladders.all()}
        found = [
            Listed(await self._climber.ladders.of(name), await self._climber.table(name))
            for name in sorted(known | set(self._climber.kinds))
        ]
        return [each for each in found if each.rows or each.ladder.steps]

    async def undo(self, named: str, by: Operator, *, wait_s: float = WAIT_S) -> Told:
        """Take the step whose id is, or begins with, ``named`` back, and tell what became of it.

        Raises:
            Misconfigured: no single step is meant, or ``by`` is no operator; says what to do.
        """
        ladder, step = await self._find(named)
        user = self._book.operators.get(by.login)
        if not user:
            raise Misconfigured(
                f"{by.login!r} is not an operator, so nothing happened. Add to countersign.yaml:\n"
                f"operators:\n  {by.login}: U…   # the person's Slack user id"
            )
        now = self._clock.now()
        event = StepAnswered(
            id=EventId(f"cli:{step.id}:{now.isoformat()}"),
            at=now,
            step=step.id,
            by=await self._clicker(ladder, step, SlackUserId(user), by),
            answer=StepAnswer.UNDO,
        )
        await self._lanes.accept(climb_job(ladder.connector, event))
        return await self._became(ladder, event, wait_s)

    # -- inside --------------------------------------------------------------------------------------------

    async def _find(self, named: str) -> tuple[Ladder, Step]:
        found = [
            (ladder, step)
            for ladder in await self._climber.ladders.all()
            for step in ladder.steps
            if named and step.id.startswith(named) and step.status is StepStatus.TAKEN
        ]
        if len(found) != 1:
            raise Misconfigured(
                f"{len(found)} moves of a mode are called {named!r}. See: countersign ladder list"
            )
        return found[0]

    async def _clicker(self, ladder: Ladder, step: Step, user: SlackUserId, by: Operator) -> Clicker:
        who = managers(self._book, ladder, step.advice).who
        groups = [each for each in who if not is_person(each) and await self._was_in(user, each)]
        return Clicker(
            id=user, name=Untrusted(f"{by.login} (CLI)"), groups=frozenset(groups), operator=by.recorded
        )

    async def _was_in(self, user: SlackUserId, group: str) -> bool:
        known = await self._memory.last(group)
        return known is not None and user in known[0] and self._clock.now() - known[1] <= REMEMBERED

    async def _became(self, before: Ladder, event: StepAnswered, wait_s: float) -> Told:
        for _ in range(max(1, round(wait_s / LOOK_S))):
            after = await self._climber.ladders.of(before.connector)
            if event.id in after.seen:
                step = after.step(event.step)
                if step is not None and step.status is StepStatus.UNDONE and step.decided_at == event.at:
                    return Told(f"taken back: {step.advice.now.value} again", done=True)
                return Told(self._refusal(after, event), done=False)
            await self._clock.sleep(LOOK_S)
        return Told(
            f"Queued: no bot took it within {wait_s:g} s. It will be decided as soon as one runs. "
            "See: countersign ladder list",
            done=False,
        )

    def _refusal(self, after: Ladder, event: StepAnswered) -> str:
        """Say why it did not count. A refusal changes nothing: asked once more, it is the same."""
        again = replace(after, seen=tuple(each for each in after.seen if each != event.id))
        as_click = replace(event, by=replace(event.by, operator=""))
        for order in climb(again, as_click, self._book).orders:
            if isinstance(order, Whisper):
                return say(self._book.language, order.says, **order.words)
        return "It did not count; why stands in the audit: countersign audit export"


def _step(step: Step) -> dict[str, Any]:
    advice = step.advice
    return {
        "id": step.id,
        "status": step.status.value,
        "queue": advice.rung.queue,
        "skill": advice.rung.skill,
        "field": advice.rung.field,
        "value": advice.evidence.label,
        "from": advice.now.value,
        "to": advice.to.value,
        "at": (step.decided_at or step.at).isoformat(),
        "by": step.by or "the bot",
    }
