"""How alike two texts are by their words, each weighed by how few of the desk's texts hold it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.brain.retrieve.postings import Counted, Floats, count, rarity, weights
from bot.brain.retrieve.terms import read

BITS = 20
"""A million buckets, four megabytes: at 100,000 answers one term in three shares its own."""


class Rarities:
    """How many texts hold each word and pair of words. No texts are kept. Safe for one writer."""

    def __init__(self) -> None:
        """Nothing was seen yet: all words weigh the same."""
        self._holders = np.zeros(1 << BITS, np.int32)
        self._size = 0

    def add(self, text: str) -> None:
        """Count a text."""
        self._holders[_counted(text).buckets] += 1
        self._size += 1

    def remove(self, text: str) -> None:
        """Count a text no more that was counted before."""
        self._holders[_counted(text).buckets] -= 1
        self._size -= 1

    def alike(self, one: str, other: str) -> float:
        """Return the cosine of two texts, 0 to 1."""
        a, b = _counted(one), _counted(other)
        return _cosine(a, self._weighed(a), b, self._weighed(b))

    def _weighed(self, counted: Counted) -> Floats:
        holders: NDArray[np.int64] = self._holders[counted.buckets].astype(np.int64)
        return np.asarray(weights(counted.counts) * rarity(holders, self._size), np.float32)


def alike(one: str, other: str) -> float:
    """Return how alike two texts are where no others are known to weigh words by: their cosine, 0 to 1."""
    a, b = _counted(one), _counted(other)
    return _cosine(a, weights(a.counts), b, weights(b.counts))


def _counted(text: str) -> Counted:
    return count(read([text]).words_and_pairs(), 1, BITS)


def _cosine(one: Counted, mine: Floats, other: Counted, theirs: Floats) -> float:
    _, at, there = np.intersect1d(one.buckets, other.buckets, assume_unique=True, return_indices=True)
    length = float(np.sqrt((mine @ mine) * (theirs @ theirs)))
    return min(float(mine[at] @ theirs[there]) / length, 1.0) if length else 0.0
