"""Texts that came after the freezing: few, counted, and walked as a whole on every query."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.brain.retrieve.postings import Counted, Floats, Postings, rarity, weights

ROOM = 1 << 12
Number = TypeVar("Number", bound=np.generic)


class Live:
    """Counted texts in one growing array. Not safe for threads: its index holds a lock."""

    def __init__(self, bits: int) -> None:
        """``bits`` as of the frozen postings beside it."""
        self._bits = bits
        self._buckets = np.empty(ROOM, np.uint32)
        self._texts = np.empty(ROOM, np.uint32)
        self._counts = np.empty(ROOM, np.uint8)
        self._used, self._size = 0, 0
        self._holders = np.zeros(0, np.uint32)
        self._table: Floats | None = None
        self._unit: Floats | None = None
        """Weights of all terms, until the next text changes how rare they are."""

    def __len__(self) -> int:
        """Return how many texts it holds."""
        return self._size

    def add(self, counted: Counted) -> None:
        """Add the one text of ``counted``."""
        end = self._used + len(counted.buckets)
        while end > len(self._buckets):
            self._buckets, self._texts = _doubled(self._buckets), _doubled(self._texts)
            self._counts = _doubled(self._counts)
        here = slice(self._used, end)
        self._buckets[here], self._counts[here] = counted.buckets, counted.counts
        self._texts[here] = self._size
        if not len(self._holders):
            self._holders = np.zeros(1 << self._bits, np.uint32)
        self._holders[counted.buckets] += 1
        self._used, self._size, self._unit = end, self._size + 1, None

    def holders(self, buckets: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return how many of its texts hold each bucket."""
        return self._holders[buckets].astype(np.int64) if self._size else np.zeros(len(buckets), np.int64)

    def scores(self, asked: NDArray[np.uint32], weighed: Floats, frozen: Postings) -> Floats:
        """Return the cosine of each text with a query of unit length.

        ``asked``: the query's buckets, ``weighed``: their weights times their rarity; ``frozen``: the
        postings beside it, for how rare a term is in both together.
        """
        if not self._size:
            return np.zeros(0, np.float32)
        if self._table is None or self._unit is None:
            self._table, self._unit = np.zeros(1 << self._bits, np.float32), self._unit_vectors(frozen)
        self._table[asked] = weighed
        products = self._table[self._buckets[: self._used]] * self._unit
        self._table[asked] = 0.0
        sums = np.bincount(self._texts[: self._used], products, minlength=self._size)
        return sums.astype(np.float32)

    def _unit_vectors(self, frozen: Postings) -> Floats:
        buckets, texts = self._buckets[: self._used], self._texts[: self._used]
        idf = rarity(frozen.holders(buckets) + self._holders[buckets], frozen.size + self._size)
        mine = weights(self._counts[: self._used]) * idf
        norms = np.sqrt(np.bincount(texts, mine * mine, minlength=self._size))
        return (mine / np.where(norms > 0, norms, 1.0)[texts]).astype(np.float32)

    def counted(self, keep: NDArray[np.bool_]) -> Counted:
        """Return the texts that ``keep`` names, as a batch."""
        texts = self._texts[: self._used]
        stays = keep[texts]
        renumber = (np.cumsum(keep) - 1).astype(np.uint32)
        buckets, places = self._buckets[: self._used][stays], renumber[texts[stays]]
        order = np.lexsort((places, buckets))
        return Counted(
            buckets[order], places[order], self._counts[: self._used][stays][order], int(keep.sum())
        )


def _doubled(array: NDArray[Number]) -> NDArray[Number]:
    return np.concatenate([array, np.empty_like(array)])
