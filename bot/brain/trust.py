"""How far a field's answers are to be believed now, by what came true of the latest ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.brain.classify.bounds import RECENT, Rolling, upper_bound
from bot.core.outcomes import How, Outcome

OUTCOMES_MIN = 200
"""Before the desk's own outcomes say more than the history it was fitted on."""
PERSON_SHARE_MAX = 0.2
"""Of the outcomes, by one person: who nods everything through must not make it true."""
PERSON_MIN = 20
"""Outcomes that anybody may give, however few there are."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What the latest outcomes allow."""

    outcomes: int
    """How many that rests on."""
    threshold: float | None
    """From which confidence on an answer is believed; None: from none."""
    failing: bool
    """The promise was broken lately: an alarm for people, and no answer is believed until it holds again."""
    shown_from: float | None = None
    """From which confidence one was believed last: what the promise is held to while none is believed."""

    def believes(self, confidence: float) -> bool:
        """Whether an answer this sure may stand alone."""
        return not self.failing and self.threshold is not None and confidence >= self.threshold


def trust(outcomes: Sequence[Outcome], target: float, *, shown_from: float | None = None) -> Trust | None:
    """Return what ``outcomes``, oldest first, allow; None while there are too few of them to tell.

    ``target``: the precision that is promised; ``shown_from``: the confidence from which answers have been
    believed so far, None where that is not known.
    """
    counted = telling(outcomes)
    if len(counted) < OUTCOMES_MIN:
        return None
    rolling = Rolling(target)
    for each in counted:
        rolling.add(each.guess.confidence, each.right)
    threshold = rolling.threshold()
    floor = shown_from if shown_from is not None else threshold
    failing = floor is not None and _is_broken(counted, floor, target)
    return Trust(len(counted), threshold, failing, floor if threshold is None else threshold)


def telling(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return those of ``outcomes``, oldest first, that say anything, nobody with more than their share."""
    return _fair([each for each in outcomes if _tells(each)])


def _is_broken(outcomes: Sequence[Outcome], floor: float, target: float) -> bool:
    """Whether not even luck explains how often the latest believed answers were wrong."""
    believed = [each.right for each in outcomes[-RECENT:] if each.guess.confidence >= floor]
    return bool(believed) and upper_bound(sum(believed), len(believed)) < target


def _tells(outcome: Outcome) -> bool:
    """Whether it says anything: a ticket that was closed with the field empty does not."""
    return outcome.actual is not None or outcome.how is How.REJECTED


def _fair(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Leave out the oldest of whoever gave more than their share; what nobody in particular gave counts."""
    room = max(PERSON_MIN, int(len(outcomes) * PERSON_SHARE_MAX))
    given: Counter[str] = Counter()
    kept: list[Outcome] = []
    for each in reversed(outcomes):
        given[each.by] += bool(each.by)
        if given[each.by] <= room:
            kept.append(each)
    return kept[::-1]
