"""One kind of term (words, or pieces of words): frozen postings, live texts, and a query's walk over both.

A walk takes a query's rarest terms first and stops when it has passed ``BUDGET`` postings: that finds the
candidates. What common terms add is then looked up for the candidates alone. So a query costs the same at a
million texts as at a hundred thousand, and its best hits have their exact cosine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.brain.retrieve.live import Live
from bot.brain.retrieve.postings import (
    Counted,
    Floats,
    Mask,
    Postings,
    bucketed,
    count,
    rarity,
    weights,
)
from bot.brain.retrieve.terms import Terms

BUDGET = 100_000
"""Postings walked for one query at most, unless its rarest term alone has more."""
TERMS_MAX = 256
"""The weightiest terms of a query: further ones move no ranking and would make a long ticket a slow one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query's terms, the weightiest ones, as a vector of unit length."""

    buckets: NDArray[np.uint32]
    weights: Floats
    holders: NDArray[np.int64]
    """Frozen texts that hold each."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk found."""

    scores: Floats
    """Of every text, frozen then live; of a frozen one without ``left``."""
    left: Asked
    """Terms too common to walk."""


class Part:
    """Frozen and live texts. Not safe for threads: its index holds a lock."""

    def __init__(self, frozen: Postings) -> None:
        """``frozen``: from :func:`freeze` or a file."""
        self.frozen = frozen
        self._live = Live(frozen.bits)

    def add(self, terms: Terms) -> None:
        """Add the terms of one text."""
        self._live.add(count(terms, 1, self.frozen.bits))

    def holders(self, terms: Terms) -> NDArray[np.int64]:
        """Return how many texts hold each of ``terms``, in their order."""
        buckets = bucketed(terms, self.frozen.bits)
        return self.frozen.holders(buckets) + self._live.holders(buckets)

    def ask(self, terms: Terms) -> Asked:
        """Weigh the terms of a query."""
        counted = count(terms, 1, self.frozen.bits)
        frozen = self.frozen.holders(counted.buckets)
        holders = frozen + self._live.holders(counted.buckets)
        weighed = weights(counted.counts) * rarity(holders, self.frozen.size + len(self._live))
        length = float(np.sqrt(weighed @ weighed)) or 1.0
        known = np.flatnonzero(holders)
        best = known[np.argsort(-weighed[known], kind="stable")[:TERMS_MAX]]
        return Asked(counted.buckets[best], weighed[best] / np.float32(length), frozen[best])

    def alike(self, one: Terms, other: Terms) -> float:
        """Return the cosine of two texts that need not be held, each term weighed by how rare it is here."""
        a, b = (count(terms, 1, self.frozen.bits) for terms in (one, other))
        mine, theirs = self._rare(a), self._rare(b)
        _, at, there = np.intersect1d(a.buckets, b.buckets, assume_unique=True, return_indices=True)
        length = float(np.sqrt((mine @ mine) * (theirs @ theirs)))
        return min(float(mine[at] @ theirs[there]) / length, 1.0) if length else 0.0

    def _rare(self, counted: Counted) -> Floats:
        holders = self.frozen.holders(counted.buckets) + self._live.holders(counted.buckets)
        return weights(counted.counts) * rarity(holders, self.frozen.size + len(self._live))

    def walk(self, asked: Asked) -> Walk:
        """Score all texts; terms over the budget are left."""
        order = np.argsort(asked.holders, kind="stable")
        passed = np.cumsum(asked.holders[order])
        walked = order[: max(1, int(np.searchsorted(passed, BUDGET, side="right")))]
        left = order[len(walked) :]
        live = self._live.scores(asked.buckets, asked.weights, self.frozen)
        return Walk(np.concatenate([self._add_up(_some(asked, walked)), live]), _some(asked, left))

    def complete(self, walk: Walk, candidates: NDArray[np.uint32]) -> Floats:
        """Return the exact cosines of ``candidates``, which ascend."""
        found = walk.scores[candidates]
        frozen = candidates[: int(np.searchsorted(candidates, self.frozen.size))]
        if len(frozen):
            for bucket, weight in self._weighed(walk.left):
                places, counts = self.frozen.run(bucket)
                at = np.minimum(np.searchsorted(places, frozen), len(places) - 1)
                more = np.where(places[at] == frozen, weights(counts[at]), np.float32(0.0)) * weight
                found[: len(frozen)] += more / self.frozen.norms[frozen]
        return np.clip(found, 0.0, 1.0)

    def left(self, keep: Mask) -> Counted:
        """Return the live texts that ``keep`` names, to be merged with the frozen ones."""
        return self._live.counted(keep[self.frozen.size :])

    def _add_up(self, asked: Asked) -> Floats:
        """Return the cosine of each frozen text with ``asked``; all runs in one go, as a query has many."""
        weighed = self._weighed(asked)
        if not weighed:
            return np.zeros(self.frozen.size, np.float32)
        runs = [self.frozen.run(bucket) for bucket, _ in weighed]
        each = np.repeat(np.array([weight for _, weight in weighed]), [len(places) for places, _ in runs])
        products = weights(np.concatenate([counts for _, counts in runs])) * each
        places = np.concatenate([places for places, _ in runs])
        sums = np.bincount(places, products, minlength=self.frozen.size)
        return (sums / self.frozen.norms).astype(np.float32)

    def _weighed(self, asked: Asked) -> list[tuple[int, np.float32]]:
        """Return terms with their weight times their rarity among the frozen texts, as those are weighed."""
        both = asked.weights * rarity(asked.holders, self.frozen.size)
        held = asked.holders > 0
        return list(zip(asked.buckets[held].tolist(), both[held], strict=True))


def _some(asked: Asked, which: NDArray[np.intp]) -> Asked:
    return Asked(asked.buckets[which], asked.weights[which], asked.holders[which])
