"""An inverted index over past tickets: which are most alike, in milliseconds, in a few tens of megabytes."""

from __future__ import annotations

import heapq
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.brain.words import BUCKETS, terms

COMMON_SHARE = 0.2
"""A term in a larger share of all tickets tells nothing apart and has the longest list to walk."""
COMMON_MIN = 50
"""Below so many tickets no term counts as common: every share is a large one there."""
TERMS_MAX = 80
"""The weightiest terms of a query: further ones move no ranking and would make a long ticket a slow one."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One past ticket by its place in what was indexed."""

    place: int
    score: float
    """Cosine, 0 to 1."""


class Index:
    """Frozen after building: TF-IDF postings in three flat arrays, a bucket's run found by offset."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Count ``texts`` twice: first how many hold each term, then what each weighs."""
        counted = [_pack(terms(text)) for text in texts]
        self._size = len(counted)
        frequency = array("I", bytes(4 * BUCKETS))
        for buckets, _ in counted:
            for bucket in buckets:
                frequency[bucket] += 1
        self._idf = self._inverse(frequency)
        self._offsets = array("I", bytes(4 * (BUCKETS + 1)))
        total = 0
        for bucket in range(BUCKETS):
            self._offsets[bucket] = total
            total += frequency[bucket] if self._idf[bucket] else 0
        self._offsets[BUCKETS] = total
        self._places = array("I", bytes(4 * total))
        self._weights = array("f", bytes(4 * total))
        self._fill(counted)

    def __len__(self) -> int:
        """Return how many tickets it holds."""
        return self._size

    def nearest(self, text: str, count: int) -> list[Hit]:
        """Return the ``count`` most alike, best first; only those that share a telling term."""
        query = self._weigh(terms(text).items())
        strongest = heapq.nlargest(TERMS_MAX, query, key=lambda pair: pair[1])
        scores = [0.0] * self._size
        for bucket, weight in strongest:
            begin, end = self._offsets[bucket], self._offsets[bucket + 1]
            for place, other in zip(self._places[begin:end], self._weights[begin:end], strict=True):
                scores[place] += weight * other
        best = heapq.nlargest(count, range(self._size), key=scores.__getitem__)
        return [Hit(place, min(scores[place], 1.0)) for place in best if scores[place] > 0]

    def _inverse(self, frequency: array[int]) -> array[float]:
        common = max(COMMON_MIN, self._size * COMMON_SHARE)
        return array("f", (math.log(1 + self._size / n) if 0 < n <= common else 0.0 for n in frequency))

    def _weigh(self, counts: Iterable[tuple[int, int]]) -> list[tuple[int, float]]:
        raw = [(bucket, (1 + math.log(n)) * self._idf[bucket]) for bucket, n in counts if self._idf[bucket]]
        norm = math.sqrt(sum(weight * weight for _, weight in raw))
        return [(bucket, weight / norm) for bucket, weight in raw] if norm else []

    def _fill(self, counted: Sequence[tuple[array[int], array[int]]]) -> None:
        nexts = array("I", self._offsets)
        for place, (buckets, numbers) in enumerate(counted):
            for bucket, weight in self._weigh(zip(buckets, numbers, strict=True)):
                at = nexts[bucket]
                self._places[at], self._weights[at] = place, weight
                nexts[bucket] = at + 1


def alike(one: str, other: str) -> float:
    """Return how alike two texts are without a history to weigh words by: cosine of their counts, 0 to 1."""
    a, b = terms(one), terms(other)
    norm = math.sqrt(_square(a) * _square(b))
    return sum(n * b[bucket] for bucket, n in a.items()) / norm if norm else 0.0


def _square(counts: Counter[int]) -> int:
    return sum(n * n for n in counts.values())


def _pack(counts: Counter[int]) -> tuple[array[int], array[int]]:
    return array("I", counts.keys()), array("I", counts.values())
