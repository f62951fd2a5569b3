"""The ladder: how far to let the bot go, by what came true. Pure: it recommends and changes nothing."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.brain.classify.bounds import lower_bound, upper_bound
from bot.brain.measure.report import Range
from bot.brain.measure.scoring import BOTH_SIDES, exact_range
from bot.core.modes import Mode

LAST: Final = 500
"""Outcomes of a rung that count, newest."""

_STEPS: Final = (Mode.SHADOW, Mode.SUGGEST, Mode.APPROVE, Mode.AUTO)
"""A mode people switched off stays off."""


@dataclass(frozen=True, slots=True, order=True)
class Rung:
    """What a mode can be set for."""

    queue: str
    skill: str
    field: str
    value: str
    """The value that was suggested."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came true of one value that was shown, or in shadow would have been."""

    rung: Rung
    right: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """The last outcomes of one rung."""

    rung: Rung
    hits: int
    count: int
    range: Range
    """Clopper-Pearson, both sides together 95 %."""

    @property
    def precision(self) -> float:
        """Share that was right."""
        return self.hits / self.count


class Move(enum.Enum):
    """What to do with a mode."""

    RAISE = "raise"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One step on the ladder, with what it rests on."""

    evidence: Evidence
    move: Move
    now: Mode
    to: Mode
    automatic: bool
    """It is done and announced. Otherwise it waits for a manager's click, and raising always does."""
    because: str


@dataclass(frozen=True, slots=True)
class Rules:
    """When to move."""

    target: float = 0.95
    """What is promised: to raise, the lower end of the interval has to reach it."""
    floor: float = 0.93
    """What must not be fallen below: two points under the promise, as the alarm of a running field."""
    last: int = LAST
    outcomes_min: int = 100
    """For a raise. With the default target 100 % right of 72 would do; a slow month is not a track record."""
    certain: float = 0.05
    """How often an automatic lowering may be wrong."""
    highest: Mode = Mode.AUTO
    """Nothing above is recommended."""


def evidence(outcomes: Iterable[Outcome], *, last: int = LAST) -> list[Evidence]:
    """Return what is known of each rung, in their order; ``outcomes``: oldest first."""
    found: dict[Rung, list[bool]] = {}
    for each in outcomes:
        found.setdefault(each.rung, []).append(each.right)
    return [_evidence(rung, rights[-last:]) for rung, rights in sorted(found.items())]


def recommend(
    outcomes: Iterable[Outcome], mode_of: Callable[[Rung], Mode], rules: Rules | None = None
) -> list[Recommendation]:
    """Return the steps to take now, lowering first. A rung that should stay where it is has none.

    ``outcomes``: oldest first, and since the mode was last changed: a rung that was lowered climbs on what
    came after. ``mode_of``: the mode it has now.
    """
    rules = rules or Rules()
    steps = [_step(each, mode_of(each.rung), rules) for each in evidence(outcomes, last=rules.last)]
    found = [each for each in steps if each is not None]
    return sorted(found, key=lambda each: (each.move is Move.RAISE, not each.automatic, each.evidence.rung))


def _evidence(rung: Rung, rights: Sequence[bool]) -> Evidence:
    hits, count = sum(rights), len(rights)
    return Evidence(rung, hits, count, exact_range(hits, count))


def _step(known: Evidence, now: Mode, rules: Rules) -> Recommendation | None:
    if now not in _STEPS:
        return None
    place = _STEPS.index(now)
    told = f"{known.hits} of the last {known.count} were right"
    if place > 0 and upper_bound(known.hits, known.count, delta=rules.certain) < rules.floor:
        why = f"{told}: that is below {_percent(rules.floor)}, and not by chance"
        return Recommendation(known, Move.LOWER, now, _STEPS[place - 1], automatic=True, because=why)
    enough = known.count >= rules.outcomes_min
    if place > 0 and enough and known.precision < rules.floor:
        why = f"{told}: that is below {_percent(rules.floor)}, and may be chance"
        return Recommendation(known, Move.LOWER, now, _STEPS[place - 1], automatic=False, because=why)
    may_climb = place + 1 < len(_STEPS) and rules.highest.reaches(_STEPS[place + 1])
    if may_climb and enough and lower_bound(known.hits, known.count, delta=BOTH_SIDES) >= rules.target:
        why = (
            f"{told}: at least {_percent(known.range[0])} of all such are, so {_percent(rules.target)} holds"
        )
        return Recommendation(known, Move.RAISE, now, _STEPS[place + 1], automatic=False, because=why)
    return None


def _percent(share: float) -> str:
    """Return a share in whole per cent, never more than it is."""
    return f"{int(100 * share + 1e-9)} %"
