"""A second opinion on the classes of texts: what the most alike lessons had, and where the landmarks pull."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.kernel import Kernel, balanced
from bot.brain.semantic.mixing import Mix, learned, votes
from bot.brain.semantic.nearest import nearest
from bot.brain.semantic.remembering import Digests, Embeds, digests_of, no_digests, vectors_of
from bot.brain.semantic.weights import Floats

NEAREST: Final = 20
"""Lessons that vote."""

Places = NDArray[np.int32]


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
class Opinion:
    """What was found out about one field."""

    said: Floats
    """What each landmark says for each class."""
    mix: Mix


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
        self, embedder: Embeds, known: Known | None = None, opinions: Mapping[str, Opinion] | None = None
    ) -> None:
        """Without ``known`` it has learned nothing and has no opinion.

        ``opinions``: by field; what is not given is found when needed.
        """
        self._embedder = embedder
        nothing = np.empty((0, embedder.width), np.float32)
        self.known = known or Known(nothing, no_digests(), Kernel(nothing))
        self._opinions = dict(opinions or {})
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

        Costs some 5 ms a new text.
        """
        digests = digests_of(texts)
        vectors = vectors_of(texts, digests, (self.known.digests, self.known.vectors), self._embedder)
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
        places, cosines = self.apart(mine.some, folds)
        shares = votes(mine.labels, mine.classes, places, cosines)
        scores, said = self.landmarks_held_out(mine, folds)
        mix = learned(shares, scores, mine.labels)
        self._opinions[field] = Opinion(said, mix)
        return mix.of(shares, scores)

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
            opinion = self.opinion(name)
            shares = votes(mine.labels, mine.classes, places, cosines)
            found[name] = opinion.mix.of(shares, self.known.kernel.scores(vectors, opinion.said))
        return found

    def opinion(self, name: str) -> Opinion:
        """Return what there is to say about a field: best after :meth:`held_out`, which weighs it."""
        if name not in self._opinions:
            mine, known = self.known.fields[name], self.known
            labels = mine.labels[mine.some]
            sums = known.kernel.sums(known.vectors[mine.some], labels, balanced(labels, mine.classes))
            self._opinions[name] = Opinion(known.kernel.solved(sums), Mix())
        return self._opinions[name]

    def to_bytes(self) -> bytes:
        """Return all of it but the model, to be read by ``votes_file.from_bytes``."""
        from bot.brain.semantic.votes_file import to_bytes  # noqa: PLC0415  # that module knows this one

        return to_bytes(self)

    def apart(self, some: Places, folds: Places) -> tuple[Places, Floats]:
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

    def landmarks_held_out(self, mine: Labelled, folds: Places) -> tuple[Floats, Floats]:
        """Return the landmarks' scores without a lesson's own fold, and what they say with all of them."""
        vectors, kernel, some = self.known.vectors, self.known.kernel, mine.some
        weights = balanced(mine.labels[some], mine.classes)
        parts = {
            fold: kernel.sums(vectors[here], mine.labels[here], weights)
            for fold in np.unique(folds)
            for here in [some[folds[some] == fold]]
        }
        whole = sum(parts.values(), start=kernel.nothing(mine.classes))
        rows = np.zeros((len(folds), mine.classes), np.float32)
        for fold, part in parts.items():
            here = np.flatnonzero(folds == fold)
            rows[here] = kernel.scores(
                vectors[here], kernel.solved(whole - part, folds[kernel.places] == fold)
            )
        return rows, kernel.solved(whole)
