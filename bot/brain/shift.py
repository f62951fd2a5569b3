"""Whether a desk's work has changed: the latest outcomes of a field held against those before them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pvariance
from typing import Final

from bot.core.outcomes import Outcome

LATEST: Final = 300
"""Outcomes that count as now: some days of a busy desk, and enough that a share is known to 3 points."""
BEFORE_MIN: Final = 300
"""Outcomes before these that they are held against; with fewer nothing is said."""
STABILITY_MAX: Final = 0.25
"""Population stability index from which a mix of values has changed: the mark that credit scoring uses."""
CHANGE_MAX: Final = 0.05
"""Of the mean confidence or of the share that came true, from which people should know."""
LUCK: Final = 3.0
"""Standard deviations of chance that a change must exceed as well: each field is looked at twice a minute."""
RARE: Final = 5
"""A value with fewer outcomes than this, then or now, is counted with the other rare ones."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far now is from before."""

    labels: float
    """Population stability index of what was right in the end, less what chance alone would make it; 0 or
    more, and the same whatever the number of values."""
    confidence: float
    """By how much the guesses are surer, -1 to 1."""
    agreement: float
    """By how much more of them came true, -1 to 1."""
    alarms: tuple[str, ...]
    """Which of ``labels``, ``confidence`` and ``agreement`` people should look at. More agreement is none."""


def shift(outcomes: Sequence[Outcome]) -> Shift | None:
    """Compare the latest of ``outcomes``, oldest first, with the others; None while there are too few.

    ``outcomes``: those that tell anything, see ``trust.telling``.
    """
    before, now = outcomes[:-LATEST], outcomes[-LATEST:]
    if len(before) < BEFORE_MIN:
        return None
    labels = _stability(_labels(before), _labels(now))
    sure = [[each.guess.confidence for each in part] for part in (before, now)]
    right = [[float(each.right) for each in part] for part in (before, now)]
    confidence, agreement = (fmean(late) - fmean(early) for early, late in (sure, right))
    alarms = {
        "labels": labels > STABILITY_MAX,
        "confidence": abs(confidence) >= CHANGE_MAX and abs(confidence) > LUCK * _error(*sure),
        "agreement": agreement <= -CHANGE_MAX and -agreement > LUCK * _error(*right),
    }
    return Shift(labels, confidence, agreement, tuple(name for name, alarm in alarms.items() if alarm))


def _labels(outcomes: Sequence[Outcome]) -> Counter[str]:
    return Counter(each.actual.id for each in outcomes if each.actual is not None)


def _stability(before: Counter[str], now: Counter[str]) -> float:
    if not before or not now:
        return 0.0
    common = [each for each in before if min(before[each], now[each]) >= RARE]
    pairs = [(before[each], now[each]) for each in common]
    rest = (before.total() - sum(b for b, _ in pairs), now.total() - sum(n for _, n in pairs))
    if any(rest):
        pairs.append(rest)
    # Half a ticket more in each, so that a value which came up or died out has a finite weight.
    total_b, total_n = (total + len(pairs) / 2 for total in (before.total(), now.total()))
    shares = [((b + 0.5) / total_b, (n + 0.5) / total_n) for b, n in pairs]
    index = sum((n - b) * math.log(n / b) for b, n in shares)
    chance = (len(pairs) - 1) * (1 / total_b + 1 / total_n)
    return max(0.0, index - chance)


def _error(early: Sequence[float], late: Sequence[float]) -> float:
    """Return the standard error of the difference of two means."""
    return math.sqrt(pvariance(early) / len(early) + pvariance(late) / len(late))
