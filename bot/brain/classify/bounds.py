"""How sure a share is: exact binomial bounds, the thresholds they allow, and one that moves with outcomes.

All bounds are one-sided Clopper-Pearson: with ``hits`` of ``count`` right, the true share lies below the
bound at most ``DELTA`` of the time, however few there are. A threshold that passes keeps its promise.
"""

from __future__ import annotations

import bisect
import functools
import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

DELTA = 0.05
"""How often a bound may be wrong."""
WINDOW = 1_500
"""Outcomes a rolling threshold looks back on: a frozen one broke its promise under drift, this one held."""
RECENT = 500
"""Outcomes the alarm looks back on."""
LEVELS_MAX = 200
"""Thresholds that are tried on one set of outcomes: trying every single one would find a lucky one."""
_STEPS = 60
"""Halvings of an interval: more than a float can tell apart."""


def lower_bound(hits: int, count: int, *, delta: float = DELTA) -> float:
    """Return the share that the truth is above, but for ``delta``; 0 without outcomes."""
    return _bisected(hits, count, delta) if 0 < hits <= count else 0.0


def upper_bound(hits: int, count: int, *, delta: float = DELTA) -> float:
    """Return the share that the truth is below, but for ``delta``; 1 without outcomes."""
    return 1.0 - lower_bound(count - hits, count, delta=delta)


@functools.lru_cache(maxsize=100_000)
def hits_needed(count: int, target: float, delta: float = DELTA) -> int:
    """Return how many of ``count`` must be right for a lower bound of ``target``; ``count + 1``: too few."""
    if count <= 0 or target <= 0:
        return 0 if target <= 0 else count + 1
    low, high = 0, count + 1
    while low < high:
        middle = (low + high) // 2
        if _at_least(middle, count, target) <= delta:
            high = middle
        else:
            low = middle + 1
    return low


def threshold(
    confidences: Sequence[float] | npt.NDArray[np.floating[Any]],
    right: Sequence[bool] | npt.NDArray[np.bool_],
    target: float,
    *,
    levels: int = LEVELS_MAX,
) -> float | None:
    """Return the lowest confidence from which on the lower bound is at least ``target``; None: none is."""
    scores = np.asarray(confidences, dtype=np.float64)
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], np.cumsum(np.asarray(right, dtype=np.int64)[order])
    count = len(scores)
    ends = (
        np.flatnonzero(np.append(scores[1:] != scores[:-1], True)) if count else np.zeros(0, dtype=np.int64)
    )
    if len(ends) > levels:
        wanted = np.linspace(0, count - 1, levels + 1)[1:]
        ends = np.unique(ends[np.searchsorted(ends, wanted).clip(max=len(ends) - 1)])
    for end in ends[::-1].tolist():
        if int(hits[end]) >= hits_needed(end + 1, target):
            return float(scores[end])
    return None


class Rolling:
    """A threshold over the last outcomes, whoever gave them. Pure: it knows no clock and no store."""

    def __init__(self, target: float, *, window: int = WINDOW, recent: int = RECENT) -> None:
        """``target``: the precision that is promised; ``window``, ``recent``: in outcomes."""
        self.target = target
        self._window, self._recent = window, recent
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._sorted: list[tuple[float, bool]] = []
        self._found: float | None = None
        self._fresh = False

    def __len__(self) -> int:
        """Return how many outcomes it looks back on."""
        return len(self._outcomes)

    def add(self, confidence: float, right: bool) -> None:  # noqa: FBT001  # a pair, as it is stored
        """Take in what came true of a prediction, shown or not; the oldest beyond the window is forgotten."""
        outcome = (confidence if math.isfinite(confidence) else 0.0, right)
        self._outcomes.append(outcome)
        bisect.insort(self._sorted, outcome)
        if len(self._outcomes) > self._window:
            gone = self._outcomes.popleft()
            del self._sorted[bisect.bisect_left(self._sorted, gone)]
        self._fresh = False

    def threshold(self) -> float | None:
        """Return from which confidence on the promise holds; None: from none that was seen."""
        if not self._fresh:
            scores, right = [one for one, _ in self._sorted], [was for _, was in self._sorted]
            self._found, self._fresh = threshold(scores, right, self.target), True
        return self._found

    def recent_bound(self, floor: float = 0.0) -> float | None:
        """Return the lower bound of the last outcomes with a confidence of at least ``floor``; None: no such.

        An alarm compares it with the target, less what is forgiven.
        """
        last = list(self._outcomes)[-self._recent :]
        shown = [right for confidence, right in last if confidence >= floor]
        return lower_bound(sum(shown), len(shown)) if shown else None

    def to_json(self) -> dict[str, Any]:
        """Return all it knows."""
        return {
            "target": self.target,
            "window": self._window,
            "recent": self._recent,
            "outcomes": [[confidence, int(right)] for confidence, right in self._outcomes],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rolling:
        """Return what :meth:`to_json` was given.

        Raises:
            ValueError: it is none of ours; the caller starts an empty one.
        """
        try:
            rolling = cls(float(data["target"]), window=int(data["window"]), recent=int(data["recent"]))
            for confidence, right in data["outcomes"]:
                rolling.add(float(confidence), bool(right))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a rolling threshold: {error!r}") from error
        return rolling


def _bisected(hits: int, count: int, delta: float) -> float:
    low, high = 0.0, hits / count
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _at_least(hits, count, middle) > delta:
            high = middle
        else:
            low = middle
    return low


def _at_least(hits: int, count: int, share: float) -> float:
    """Return the chance of ``hits`` or more out of ``count`` at a true ``share``."""
    if hits <= 0 or share >= 1:
        return 1.0 if hits <= count else 0.0
    if hits > count or share <= 0:
        return 0.0
    if hits <= count * share:  # the shorter tail is summed: it is the exact one
        return 1.0 - _tail(count - hits + 1, count, 1.0 - share)
    return _tail(hits, count, share)


def _tail(hits: int, count: int, share: float) -> float:
    """Sum the chances of ``hits`` and more, falling from the first on: until the next adds nothing."""
    log_first = (
        math.lgamma(count + 1)
        - math.lgamma(hits + 1)
        - math.lgamma(count - hits + 1)
        + hits * math.log(share)
        + (count - hits) * math.log1p(-share)
    )
    odds = share / (1 - share)
    term, total, at = 1.0, 1.0, hits
    while at < count and term > total * 1e-15:
        term *= (count - at) / (at + 1) * odds
        total += term
        at += 1
    return math.exp(log_first + math.log(total))
