"""The ladder of one connector: which modes were moved, what was offered, and what became of it.

An aggregate of its own, beside tickets: its own state, events, orders and lane (design of ``bot/decide``).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NewType, TypeAlias

from bot.core.effects import Whisper
from bot.core.events import CardPlace, Clicker
from bot.core.fingerprint import fingerprint
from bot.core.ids import EffectId, EventId
from bot.core.modes import Mode
from bot.core.rungs import LadderRules, Moved, Rung, effective
from bot.core.untrusted import Untrusted

StepId = NewType("StepId", str)
"""``s`` and 31 hex digits; it rides on every button."""
SEEN_MAX = 256
"""Event ids kept, for what is replayed from inside, which comes within minutes."""
AGAIN = 100
"""New outcomes before what was refused is offered again."""
STEPS_MAX = 300
"""Steps kept; the oldest that are over go first. The audit keeps them all."""


class Move(enum.Enum):
    """What to do with a mode."""

    RAISE = "raise"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What came true of the last suggestions of one value."""

    rung: Rung
    label: str
    """The value as people read it. A vendor's word: escape it."""
    hits: int
    count: int
    low: float
    high: float
    """Clopper-Pearson interval, both sides together 95 %."""

    @property
    def precision(self) -> float:
        """Share that was right; 0 of nothing."""
        return self.hits / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One step on the ladder that the figures speak for."""

    evidence: Evidence
    move: Move
    now: Mode
    to: Mode
    automatic: bool
    """Below the floor, and not by chance: it is done and announced. A raise never is."""
    new: int
    """Outcomes since somebody said no to a step of this rung; all of them when nobody did."""

    @property
    def rung(self) -> Rung:
        """What it is about."""
        return self.evidence.rung

    def is_like(self, other: Advice) -> bool:
        """Whether both speak for the same step, whatever their figures."""
        return (self.rung, self.move, self.now, self.to) == (other.rung, other.move, other.now, other.to)


class StepStatus(enum.Enum):
    """Where a step stands."""

    OFFERED = "offered"
    """A manager is asked."""
    TAKEN = "taken"
    """The mode was moved."""
    KEPT = "kept"
    """A manager said no."""
    WITHDRAWN = "withdrawn"
    """The figures do not speak for it any more, or nobody answered in time."""
    UNDONE = "undone"
    """The mode was moved, and moved back by a manager."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A move of a mode: offered to a manager, or made by the bot itself and announced."""

    id: StepId
    advice: Advice
    """With the figures it was offered or made on."""
    status: StepStatus
    at: datetime
    approvers: tuple[str, ...] = ()
    """Who could decide when it was offered, for where its card goes."""
    by: str = ""
    """Who decided, as the audit names them; empty: nobody, the bot itself did."""
    by_name: Untrusted = field(default_factory=lambda: Untrusted(""))
    decided_at: datetime | None = None
    places: tuple[CardPlace, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """From when on the outcomes of a rung count."""

    rung: Rung
    since: datetime | None = None
    """Its mode was moved then; what came true before says nothing about the new one."""
    refused_at: datetime | None = None
    """Somebody said no, or nobody answered: not asked again until enough has come true since."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a rung stands, for those who count."""

    now: Mode
    limit: Mode
    since: datetime | None = None
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """All the bot knows about the modes it moved in one connector; replaced whole, never mutated."""

    connector: str
    kind: str = ""
    """Of the connector: half of the names of its verbs."""
    held: tuple[Moved, ...] = ()
    marks: tuple[Mark, ...] = ()
    steps: tuple[Step, ...] = ()
    """Oldest first."""
    seen: tuple[EventId, ...] = ()

    @property
    def lane(self) -> str:
        """Where everything that happens to it is put in order; also its document's key."""
        return lane_of(self.connector)

    def held_for(self, rung: Rung) -> Moved | None:
        """Return the mode that holds in place of the file's, if any does."""
        return next((each for each in self.held if each.rung == rung), None)

    def mark_of(self, rung: Rung) -> Mark:
        """Return from when on the outcomes of ``rung`` count."""
        return next((each for each in self.marks if each.rung == rung), Mark(rung=rung))

    def step(self, ident: StepId) -> Step | None:
        """Return a step; None when it is not kept, or never was."""
        return next((each for each in self.steps if each.id == ident), None)

    def offered(self) -> tuple[Step, ...]:
        """Return the steps that wait for a manager."""
        return tuple(each for each in self.steps if each.status is StepStatus.OFFERED)

    def stand(self, rung: Rung, base: Mode, rules: LadderRules) -> Stand:
        """Return where ``rung`` stands while the file says ``base``."""
        mark = self.mark_of(rung)
        now = effective(base, self.held_for(rung), rules)
        return Stand(now, rules.limit(base), mark.since, mark.refused_at)

    # -- copies --------------------------------------------------------------------------------------------

    def having_seen(self, event: EventId) -> Ladder:
        """Return a copy that remembers ``event``."""
        return replace(self, seen=(*self.seen, event)[-SEEN_MAX:])

    def holding(self, rung: Rung, held: Moved | None) -> Ladder:
        """Return a copy in which ``held`` holds for ``rung``; None: the file does."""
        kept = tuple(each for each in self.held if each.rung != rung)
        return replace(self, held=(*kept, held) if held is not None else kept)

    def marking(self, mark: Mark) -> Ladder:
        """Return a copy with ``mark`` in place of the rung's former one."""
        kept = tuple(each for each in self.marks if each.rung != mark.rung)
        return replace(self, marks=(*kept, mark))

    def put(self, step: Step) -> Ladder:
        """Return a copy with ``step`` in its place, or as the newest; too many old ones are dropped."""
        known = any(each.id == step.id for each in self.steps)
        steps = [step if each.id == step.id else each for each in self.steps] + ([] if known else [step])
        needed = {each.step for each in self.held}
        over = [each for each in steps if each.status is not StepStatus.OFFERED and each.id not in needed]
        gone = {each.id for each in over[: max(0, len(steps) - STEPS_MAX)]}
        return replace(self, steps=tuple(each for each in steps if each.id not in gone))


def lane_of(connector: str) -> str:
    """Return the lane, and document key, of a connector's ladder."""
    return f"ladder:{connector}"


def step_id(event: EventId, rung: Rung) -> StepId:
    """Name the step about ``rung`` that ``event`` leads to; a replay names the same one."""
    return StepId("s" + fingerprint([event, rung.queue, rung.skill, rung.field, rung.value])[:31])


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Somebody counted what came true; these are all the steps the figures speak for."""

    id: EventId
    at: datetime
    kind: str
    """Of the connector."""
    advice: tuple[Advice, ...]

    def advice_like(self, step: Step) -> Advice | None:
        """Return what speaks for ``step`` now, if anything does."""
        return next((each for each in self.advice if each.is_like(step.advice)), None)


class StepAnswer(enum.Enum):
    """What a manager pressed."""

    TAKE = "take"
    KEEP = "keep"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAnswered:
    """Somebody pressed a button under a step."""

    id: EventId
    at: datetime
    step: StepId
    by: Clicker
    answer: StepAnswer
    advice: tuple[Advice, ...] = ()
    """What the figures of this rung speak for at this moment."""
    place: CardPlace | None = None
    """The message that was clicked; None: at the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """The card of a step is up."""

    id: EventId
    at: datetime
    step: StepId
    places: tuple[CardPlace, ...]


Climb: TypeAlias = Measured | StepAnswered | StepShown


# -- orders ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShowStep:
    """Make the card of a step show it as it stands: post it, or bring every copy up to date."""

    id: EffectId
    step: StepId


@dataclass(frozen=True, slots=True)
class CallOff:
    """End what waits for people in a mode that does not put it to them any more."""

    id: EffectId


Order: TypeAlias = ShowStep | CallOff | Whisper
