"""Several scores of the same texts into one, and the best of very many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.brain.retrieve.postings import Floats, Mask

BLOCK = 16
"""Scores whose maximum stands for them while looking for the best."""
VARIANCE_MIN = 1e-12
"""Below this all scores are the same, but for rounding."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Scores from elsewhere (vectors), to be summed with the index's own."""

    scores: Floats
    """Cosine by place; texts behind its end, added since, have none."""
    weight: float = 1.5
    """Of its spread-free score against 1 for words and 1 for pieces."""


def fitting(beside: Beside, mask: Mask | None, count: int) -> Floats:
    """Return the scores of ``beside`` for ``count`` places, 0 for what may not be seen or has none yet."""
    found = np.zeros(count, np.float32)
    found[: len(beside.scores)] = beside.scores[:count]
    if mask is not None:
        found[~mask] = 0.0
    return found


def shares(scores: Sequence[Floats], mask: Mask | None, weight: float) -> list[float]:
    """Return what each part weighs: one over the spread of its scores; all parts together weigh 1."""
    if len(scores) == 1:
        return [1.0]
    count = len(scores[0]) if mask is None else int(mask.sum())
    spreads = [_deviation(each, count) for each in scores]
    raw = [1 / spread if spread > 0 else 0.0 for spread in spreads]
    if weight:
        raw[-1] *= weight
    total = sum(raw)
    return [each / total for each in raw] if total else [1 / len(raw)] * len(raw)


def _deviation(scores: Floats, count: int) -> float:
    """Return the standard deviation over ``count`` texts; those not allowed have 0 and add nothing."""
    mean = float(scores.sum(dtype=np.float64)) / count
    variance = float(scores @ scores) / count - mean * mean
    return float(np.sqrt(variance)) if variance > VARIANCE_MIN else 0.0


def mixed(scores: Sequence[Floats], shares: Sequence[float]) -> Floats:
    """Return the mean of ``scores`` weighted by ``shares``."""
    if len(scores) == 1:
        return scores[0]
    total = np.zeros(len(scores[0]), np.float32)
    for each, share in zip(scores, shares, strict=True):
        total += each * np.float32(share)
    return total


def best(scores: Floats, count: int) -> NDArray[np.uint32]:
    """Return the places of the ``count`` highest scores above 0, ascending; looks at blocks' maxima first."""
    if len(scores) > count * BLOCK:
        width = len(scores) // BLOCK
        # Each block's scores lie ``width`` apart, so that all maxima are taken side by side.
        maxima = scores[: BLOCK * width].reshape(BLOCK, width).max(axis=0)
        tops = np.argpartition(-maxima, count - 1)[:count]
        inside = (tops[:, None] + np.arange(0, BLOCK * width, width)).ravel()
        places = np.concatenate([inside, np.arange(BLOCK * width, len(scores))])
    else:
        places = np.arange(len(scores))
    places = places[scores[places] > 0]
    if len(places) > count:
        places = places[np.argpartition(-scores[places], count)[:count]]
    return np.sort(places).astype(np.uint32)
