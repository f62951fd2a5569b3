"""A second opinion on the classes of texts: what the most alike lessons had, and where the landmarks pull."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.kernel import Kernel, balanced
from bot.brain.semantic.nearest import nearest
from bot.brain.semantic.weights import Floats

NEAREST: Final = 20
"""Lessons that vote."""
WARMTH: Final = 0.05
"""A vote fades with the distance: ``exp((cosine - 1) / WARMTH)``."""
FLOOR: Final = 0.01
"""Added to the share of every class: that no neighbour had it does not rule it out."""
BY_NEAREST: Final = 0.4
BY_KERNEL: Final = 0.7
"""Exponents of the two opinions, which are multiplied."""
DIGEST_BYTES: Final = 16

Places = NDArray[np.int32]
Digests = NDArray[np.uint8]


class Embeds(Protocol):
    """What is needed of an ``Embedder``."""

    @property
    def stamp(self) -> str:
        """Which model it is."""
        ...

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one row of unit length for each text."""
        ...


@dataclass(frozen=True, slots=True)
class Labelled:
    """One field of the lessons."""

    classes: int
    labels: Places
    """A number below ``classes`` for each lesson, -1 where it has none."""

    @property
    def some(self) -> Places:
        """Return the lessons that have the field."""
        return np.flatnonzero(self.labels >= 0).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Known:
    """All that was learned."""

    vectors: Floats
    digests: Digests
    """Of each text, so that learning again computes no vector twice."""
    kernel: Kernel
    fields: Mapping[str, Labelled] = field(default_factory=dict[str, Labelled])


class NeighbourVotes:
    """Implements ``classify.Votes``. Frozen once it has learned; safe to ask from several threads."""

    def __init__(
        self, embedder: Embeds, known: Known | None = None, said: Mapping[str, Floats] | None = None
    ) -> None:
        """Without ``known`` it has learned nothing and has no opinion.

        ``said``: by field, what each landmark says for each class; what is not given is found when needed.
        """
        self._embedder = embedder
        nothing = np.empty((0, embedder.width), np.float32)
        self.known = known or Known(nothing, np.empty((0, DIGEST_BYTES), np.uint8), Kernel(nothing))
        self._said = dict(said or {})
        self._seen: tuple[bytes, Places, Floats] | None = None
        """The neighbours of the last folds: fields of the same lessons share them."""

    @property
    def stamp(self) -> str:
        """Return which model the vectors are from."""
        return self._embedder.stamp

    def learn(
        self, texts: Sequence[str], labels: Mapping[str, Places], sizes: Mapping[str, int]
    ) -> NeighbourVotes:
        """Return votes that know ``texts``; vectors of texts that these votes know are taken over.

        Costs some 5 ms a new text, and a second or two a field for 48,000 lessons.
        """
        digests = _digests(texts)
        vectors = self._vectors(texts, digests)
        kernel = Kernel(vectors)
        known = {name: Labelled(sizes[name], mine.astype(np.int32)) for name, mine in labels.items()}
        return NeighbourVotes(self._embedder, Known(vectors, digests, kernel, known))

    def held_out(self, field: str, folds: Places) -> Floats:
        """Return a row a lesson, by the lessons of other folds alone; all 0 where there is none.

        Costs a comparison of every lesson with every other once for all fields that all lessons have: half a
        minute for 48,000.
        """
        mine = self.known.fields[field]
        rows = np.zeros((len(mine.labels), mine.classes), np.float32)
        if not len(mine.some):
            return rows
        places, cosines = self._apart(mine.some, folds)
        by_nearest = _shares(mine, places, cosines)
        by_kernel = self._held_out(field, mine, folds)
        return _mixed(by_nearest, by_kernel)

    def vote(self, texts: Sequence[str]) -> Mapping[str, Floats]:
        """Return, by field, a row a text; all 0 for a field that no lesson has. Never raises on any text."""
        vectors = self._embedder.embed(texts)
        everywhere: tuple[Places, Floats] | None = None
        found: dict[str, Floats] = {}
        for name, mine in self.known.fields.items():
            some = mine.some
            if not len(some):
                found[name] = np.zeros((len(texts), mine.classes), np.float32)
                continue
            if len(some) < len(mine.labels):
                places, cosines = nearest(vectors, self.known.vectors[some], NEAREST)
                places = some[places]
            else:
                everywhere = everywhere or nearest(vectors, self.known.vectors, NEAREST)
                places, cosines = everywhere
            by_kernel = self.known.kernel.shares(vectors, self.said(name))
            found[name] = _mixed(_shares(mine, places, cosines), by_kernel)
        return found

    def said(self, name: str) -> Floats:
        """Return what each landmark says for each class of a field."""
        if name not in self._said:
            mine, known = self.known.fields[name], self.known
            labels = mine.labels[mine.some]
            sums = known.kernel.sums(known.vectors[mine.some], labels, balanced(labels, mine.classes))
            self._said[name] = known.kernel.solved(sums)
        return self._said[name]

    def to_bytes(self) -> bytes:
        """Return all of it but the model, to be read by ``votes_file.from_bytes``."""
        from bot.brain.semantic.votes_file import to_bytes  # noqa: PLC0415  # that module knows this one

        return to_bytes(self)

    def _vectors(self, texts: Sequence[str], digests: Digests) -> Floats:
        """Return the vectors as they will be read back from the disk, so that a restart changes nothing."""
        have = {digest.tobytes(): place for place, digest in enumerate(self.known.digests)}
        places = [have.get(digest.tobytes(), -1) for digest in digests]
        missing = [place for place, known in enumerate(places) if known < 0]
        vectors = np.empty((len(texts), self._embedder.width), np.float32)
        old = [place for place, known in enumerate(places) if known >= 0]
        vectors[old] = self.known.vectors[[places[place] for place in old]]
        fresh = self._embedder.embed([texts[place] for place in missing])
        vectors[missing] = fresh.astype(np.float16).astype(np.float32)
        return vectors

    def _apart(self, some: Places, folds: Places) -> tuple[Places, Floats]:
        """Return the neighbours of every lesson among ``some`` in other folds; -1 where there are too few."""
        key = hashlib.sha256(some.tobytes() + folds.tobytes()).digest()
        if self._seen is not None and self._seen[0] == key:
            return self._seen[1:]
        vectors = self.known.vectors
        places = np.full((len(folds), NEAREST), -1, np.int32)
        cosines = np.full((len(folds), NEAREST), -1, np.float32)
        for fold in np.unique(folds):
            asked, others = np.flatnonzero(folds == fold), some[folds[some] != fold]
            if len(others):
                near, alike = nearest(vectors[asked], vectors[others], NEAREST)
                places[asked, : near.shape[1]] = others[near]
                cosines[asked, : near.shape[1]] = alike
        self._seen = key, places, cosines
        return places, cosines

    def _held_out(self, name: str, mine: Labelled, folds: Places) -> Floats:
        vectors, kernel, some = self.known.vectors, self.known.kernel, mine.some
        weights = balanced(mine.labels[some], mine.classes)
        parts = {
            fold: kernel.sums(vectors[here], mine.labels[here], weights)
            for fold in np.unique(folds)
            for here in [some[folds[some] == fold]]
        }
        whole = sum(parts.values(), start=kernel.nothing(mine.classes))
        self._said[name] = kernel.solved(whole)
        rows = np.zeros((len(folds), mine.classes), np.float32)
        for fold, part in parts.items():
            here = np.flatnonzero(folds == fold)
            rows[here] = kernel.shares(vectors[here], kernel.solved(whole - part, folds[kernel.places] == fold))
        return rows


def _shares(mine: Labelled, places: Places, cosines: Floats) -> Floats:
    """Return the votes of the lessons at ``places`` as shares; all 0 where there are none."""
    there = places >= 0
    votes = np.exp((cosines - cosines.max(axis=1, keepdims=True, initial=-1)) / np.float32(WARMTH)) * there
    rows = np.zeros((len(places), mine.classes), np.float32)
    voters = np.broadcast_to(np.arange(len(places))[:, None], places.shape)
    np.add.at(rows, (voters[there], mine.labels[places[there]]), votes[there])
    total = rows.sum(axis=1, keepdims=True)
    return np.asarray(rows / np.where(total > 0, total, 1), np.float32)


def _mixed(by_nearest: Floats, by_kernel: Floats) -> Floats:
    """Multiply two opinions; nobody who has no neighbour has an opinion."""
    rows = (by_nearest + FLOOR) ** BY_NEAREST * (by_kernel + 1e-6) ** BY_KERNEL
    rows /= rows.sum(axis=1, keepdims=True)
    return np.asarray(rows * (by_nearest.sum(axis=1, keepdims=True) > 0), np.float32)


def _digests(texts: Sequence[str]) -> Digests:
    joined = b"".join(
        hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=DIGEST_BYTES).digest()
        for text in texts
    )
    return np.frombuffer(joined, np.uint8).reshape(len(texts), DIGEST_BYTES)
