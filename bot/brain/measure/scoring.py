"""Figures from outcomes: how often right, how honest, how much could be left to the brain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from bot.brain.classify.bounds import lower_bound, upper_bound
from bot.brain.measure.outcomes import Outcome
from bot.brain.measure.report import Bin, ClassRow, Mixup, Range

BINS: Final = 15
RESAMPLED: Final = 2_000
SEED: Final = 20_261_121
PAIRS: Final = 12
"""Mix-ups that are listed, largest first."""
BOTH_SIDES: Final = 0.025
"""What each side of a 95 % interval may be wrong by."""


def share(hits: int, count: int) -> float:
    """Return ``hits`` of ``count``; 0 of nothing."""
    return hits / count if count else 0.0


def precision(hits: int, count: int) -> float | None:
    """Return ``hits`` of ``count``; None of nothing: who said nothing was neither right nor wrong."""
    return hits / count if count else None


def exact_range(hits: int, count: int) -> Range:
    """Return the Clopper-Pearson interval, both sides together 95 %; everything is possible of nothing."""
    if not count:
        return 0.0, 1.0
    return lower_bound(hits, count, delta=BOTH_SIDES), upper_bound(hits, count, delta=BOTH_SIDES)


def bootstrap(hits: int, count: int) -> Range:
    """Return the percentile bootstrap interval of a share, the same for the same figures.

    Drawing ``count`` outcomes with replacement and counting the right ones is one binomial draw.
    """
    if not count:
        return 0.0, 1.0
    drawn = np.random.default_rng(SEED).binomial(count, hits / count, RESAMPLED) / count
    low, high = np.quantile(drawn, (BOTH_SIDES, 1 - BOTH_SIDES))
    return float(low), float(high)


def macro_f1(truths: Sequence[str], said: Sequence[str]) -> float:
    """Return the mean F1 of every value that was true or said; saying nothing is "" and no value."""
    scores = [_f1(*counts) for name, counts in _counted(truths, said).items() if name]
    return float(np.mean(scores)) if scores else 0.0


def reliability(outcomes: Sequence[Outcome]) -> tuple[tuple[Bin, ...], float]:
    """Return 15 bins of confidence, empty ones left out, and the expected calibration error over them."""
    spoke = [each for each in outcomes if each.ranked]
    if not spoke:
        return (), 0.0
    sure = np.array([each.confidence for each in spoke])
    right = np.array([each.right for each in spoke], dtype=np.float64)
    places = np.clip(np.ceil(sure * BINS).astype(np.int64) - 1, 0, BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    sums, hits = np.bincount(places, sure, BINS), np.bincount(places, right, BINS)
    bins = tuple(
        Bin(int(counts[at]), float(sums[at] / counts[at]), float(hits[at] / counts[at]))
        for at in range(BINS)
        if counts[at]
    )
    return bins, float(np.abs(sums - hits).sum() / len(spoke))


def by_class(outcomes: Sequence[Outcome], labels: Mapping[str, str]) -> tuple[ClassRow, ...]:
    """Return a row for each value that was true or said, the commonest first."""
    truths, said = [each.truth for each in outcomes], [_first(each) for each in outcomes]
    counted = {name: counts for name, counts in _counted(truths, said).items() if name}
    covered = Counter(each.truth for each in outcomes if each.alone)
    alone = Counter(_first(each) for each in outcomes if each.alone)
    alone_hits = Counter(each.truth for each in outcomes if each.alone and each.right)
    rows = [
        ClassRow(
            name=labels.get(name, name),
            n=true,
            precision=precision(hits, claimed),
            recall=share(hits, true),
            f1=_f1(hits, true, claimed),
            coverage=share(covered[name], true),
            alone=alone[name],
            alone_right=precision(alone_hits[name], alone[name]),
            alone_range=exact_range(alone_hits[name], alone[name]),
        )
        for name, (hits, true, claimed) in counted.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.n, row.name)))


def confusion(outcomes: Sequence[Outcome], labels: Mapping[str, str]) -> tuple[Mixup, ...]:
    """Return the commonest mistakes."""
    pairs = Counter((each.truth, _first(each)) for each in outcomes if each.ranked and not each.right)
    ordered = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:PAIRS]
    return tuple(
        Mixup(labels.get(truth, truth), labels.get(said, said), count) for (truth, said), count in ordered
    )


def _first(outcome: Outcome) -> str:
    return outcome.ranked[0] if outcome.ranked else ""


def _counted(truths: Sequence[str], said: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Return, by value, how often it was rightly said, true, and said."""
    hits = Counter(truth for truth, each in zip(truths, said, strict=True) if truth == each)
    true, claimed = Counter(truths), Counter(said)
    return {name: (hits[name], true[name], claimed[name]) for name in sorted({*true, *claimed})}


def _f1(hits: int, true: int, claimed: int) -> float:
    return 2 * hits / (true + claimed) if true + claimed else 0.0
