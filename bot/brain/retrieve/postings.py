"""Which texts hold a term, and how often: runs of places in flat arrays, found by a table of offsets.

Five bytes a posting (place, count), four a text (its length as a vector), four a bucket. A bucket is the
upper bits of a term's hash. Everything is frozen after building and may lie in a mapped file that several
processes share.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bot.brain.retrieve.terms import Terms

COUNT_MAX = 255
"""Counts above are kept as this: the logarithm of it is what weighs."""
BITS_MIN, BITS_SMALL, BITS_MAX = 17, 21, 22
_SPREAD = np.uint32(0x9E3779B1)
_WEIGHTS = np.concatenate([[0.0], 1 + np.log(np.arange(1, COUNT_MAX + 1))]).astype(np.float32)
SLICE = 1 << 22
"""Postings taken through a merge at a time."""

Places = NDArray[np.uint32]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each bucket occurs in each text of a batch: sorted by bucket, then by text."""

    buckets: NDArray[np.uint32]
    texts: Places
    """Place within the batch."""
    counts: NDArray[np.uint8]
    size: int
    """Texts in the batch."""


def bucketed(terms: Terms, bits: int) -> NDArray[np.uint32]:
    """Return the bucket of each term, of ``2 ** bits``."""
    return (terms.hashes * _SPREAD) >> np.uint32(32 - bits)


def count(terms: Terms, size: int, bits: int) -> Counted:
    """Count ``terms`` of ``size`` texts into ``2 ** bits`` buckets."""
    buckets = bucketed(terms, bits)
    keys, counts = np.unique(
        (buckets.astype(np.uint64) << np.uint64(32)) | terms.texts.astype(np.uint64), return_counts=True
    )
    return Counted(
        (keys >> np.uint64(32)).astype(np.uint32),
        (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32),
        np.minimum(counts, COUNT_MAX).astype(np.uint8),
        size,
    )


def bits_for(terms: int, size: int) -> int:
    """Return how many bits tell ``terms`` different terms of ``size`` texts apart well enough.

    64 buckets a term, as long as that is no more than 64 a text or eight megabytes: in a small index every
    bucket that two terms share can be seen in the results, in a large one it drowns.
    """
    most = max(BITS_SMALL, (max(size, 1) * 64 - 1).bit_length())
    return min(BITS_MAX, most, max(BITS_MIN, (max(terms, 1) * 64 - 1).bit_length()))


def rarity(holders: NDArray[np.int64], size: int) -> Floats:
    """Return how much a term tells that ``holders`` of ``size`` texts hold.

    Never nothing, so that texts of common words only can be compared; measured best on knowledge articles.
    """
    return (np.log((1 + size) / (1 + holders)) + 1).astype(np.float32)


def weights(counts: NDArray[np.uint8]) -> Floats:
    """Return the logarithmic weight of each count."""
    return _WEIGHTS[counts]


@dataclass(frozen=True, slots=True)
class Postings:
    """Frozen postings of ``len(norms)`` texts."""

    bits: int
    offsets: NDArray[np.uint32]
    places: Places
    counts: NDArray[np.uint8]
    norms: Floats
    """Length of each text as a vector; 1 for a text without terms."""

    NAMES: ClassVar = ("offsets", "places", "counts", "norms")

    @classmethod
    def of(cls, bits: int, arrays: Mapping[str, NDArray[Any]]) -> Postings:
        """Take what :meth:`arrays` gave.

        Raises:
            ValueError: they do not fit each other.
        """
        made = cls(bits, *(arrays[name] for name in cls.NAMES))
        ends = len(made.places) == len(made.counts) == int(made.offsets[-1])
        if len(made.offsets) != (1 << bits) + 1 or not ends:
            raise ValueError("its postings do not fit their offsets")
        return made

    @property
    def size(self) -> int:
        """How many texts."""
        return len(self.norms)

    def holders(self, buckets: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return how many texts hold each bucket."""
        at = buckets.astype(np.int64)
        return (self.offsets[at + 1] - self.offsets[at]).astype(np.int64)

    def run(self, bucket: int) -> tuple[Places, NDArray[np.uint8]]:
        """Return the places that hold ``bucket``, ascending, and how often each does."""
        begin, end = int(self.offsets[bucket]), int(self.offsets[bucket + 1])
        return self.places[begin:end], self.counts[begin:end]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what has to be kept."""
        return {name: getattr(self, name) for name in self.NAMES}


def freeze(batches: Sequence[Counted], bits: int) -> Postings:
    """Lay the postings of ``batches`` out by bucket. Needs 9 bytes a posting besides the result's 5."""
    holders = np.zeros(1 << bits, np.int64)
    for batch in batches:
        holders += np.bincount(batch.buckets, minlength=1 << bits)
    offsets = np.concatenate([[0], np.cumsum(holders)]).astype(np.int64)
    places = np.empty(int(offsets[-1]), np.uint32)
    counts = np.empty(int(offsets[-1]), np.uint8)
    nexts, first = offsets[:-1].copy(), 0
    for batch in batches:
        runs = np.bincount(batch.buckets, minlength=1 << bits)
        begins = np.cumsum(runs) - runs
        at = (nexts - begins)[batch.buckets] + np.arange(len(batch.buckets))
        places[at] = batch.texts + np.uint32(first)
        counts[at] = batch.counts
        nexts += runs
        first += batch.size
    return _packed(bits, offsets, places, counts, first)


def merged(old: Postings, fresh: Counted, keep: Mask) -> Postings:
    """Return ``old`` without the texts that ``keep`` leaves out, followed by those of ``fresh``."""
    renumber = (np.cumsum(keep) - 1).astype(np.uint32)
    kept = int(keep.sum())
    buckets, places, counts = list[NDArray[np.uint32]](), list[Places](), list[NDArray[np.uint8]]()
    starts = old.offsets.astype(np.int64)
    for first, last in _ranges(starts):
        begin, end = int(old.offsets[first]), int(old.offsets[last])
        stays = keep[old.places[begin:end]]
        new = slice(*np.searchsorted(fresh.buckets, [first, last]))
        bucket = np.concatenate([_buckets(starts, first, last)[stays], fresh.buckets[new]])
        order = np.argsort(bucket, kind="stable")
        place = np.concatenate([renumber[old.places[begin:end][stays]], fresh.texts[new] + np.uint32(kept)])
        number = np.concatenate([old.counts[begin:end][stays], fresh.counts[new]])
        buckets.append(bucket[order])
        places.append(place[order])
        counts.append(number[order])
    holders = sum((np.bincount(each, minlength=1 << old.bits) for each in buckets), np.zeros(1, np.int64))
    offsets = np.concatenate([[0], np.cumsum(holders)]).astype(np.int64)
    place, number = np.concatenate(places), np.concatenate(counts)
    return _packed(old.bits, offsets, place, number, kept + fresh.size)


def _packed(
    bits: int, offsets: NDArray[np.int64], places: Places, counts: NDArray[np.uint8], size: int
) -> Postings:
    assert len(places) < 1 << 32, "an index of 50 million tickets needs wider offsets"
    return Postings(bits, offsets.astype(np.uint32), places, counts, _norms(offsets, places, counts, size))


def _norms(offsets: NDArray[np.int64], places: Places, counts: NDArray[np.uint8], size: int) -> Floats:
    idf = rarity(np.diff(offsets), size)
    squares = np.zeros(size, np.float64)
    for first, last in _ranges(offsets):
        begin, end = int(offsets[first]), int(offsets[last])
        weighed = weights(counts[begin:end]) * np.repeat(idf[first:last], np.diff(offsets[first : last + 1]))
        squares += np.bincount(places[begin:end], weighed * weighed, minlength=size)
    return np.where(squares > 0, np.sqrt(squares), 1.0).astype(np.float32)


def _ranges(offsets: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Cut all buckets into ranges of about ``SLICE`` postings each."""
    cuts = np.searchsorted(offsets, np.arange(0, int(offsets[-1]), SLICE))
    edges = [0, *sorted({int(cut) for cut in cuts} - {0}), len(offsets) - 1]
    return [(first, last) for first, last in itertools.pairwise(edges) if first < last]


def _buckets(offsets: NDArray[np.int64], first: int, last: int) -> NDArray[np.uint32]:
    return np.repeat(np.arange(first, last, dtype=np.uint32), np.diff(offsets[first : last + 1]))
