"""What was learned, ready to be asked: numbers only, and nothing but numpy to read them with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.brain.classify import storage
from bot.brain.classify.blend import NEVER, Judge
from bot.brain.classify.confidence import Matrix, Seen, gaps, signs_of_first, signs_of_three
from bot.brain.classify.labels import Names, targets
from bot.brain.classify.shapes import Learned, Standing, Sure, View
from bot.brain.classify.terms import Bags
from bot.brain.classify.votes import Votes
from bot.brain.lessons import TOP_MAX, Asked, Prediction, Show
from bot.core.tickets import Value

SUPPORT_MIN = 10
"""Lessons of a value before it is ever shown alone."""
VOTES = "votes"
"""The second opinion's part of the file."""


class Fitted:
    """A classifier of one connector. Frozen, and safe to ask from several threads."""

    def __init__(
        self,
        views: Sequence[View],
        learned: Sequence[Learned],
        silent: Sequence[str],
        votes: Votes | None = None,
    ) -> None:
        """``learned``: parents before children; ``silent``: fields with too few lessons to say anything."""
        self._views, self._learned, self._silent = tuple(views), tuple(learned), tuple(silent)
        self._votes = votes
        self._names = {each.name: Names(each.classes) for each in learned}

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it was asked to learn, parents before children."""
        return (*(each.name for each in self._learned), *self._silent)

    @property
    def standings(self) -> Mapping[str, Standing]:
        """By field that says anything, how it did."""
        return {each.name: each.standing for each in self._learned}

    @property
    def held(self) -> Mapping[str, Sequence[Sure]]:
        """By field that says anything, its answers to the lessons it was held to; none once it was kept."""
        return {each.name: each.held for each in self._learned}

    def predict(self, asked: Asked) -> Mapping[str, Prediction]:
        """Return a prediction for each of ``fields``. Never raises, whatever the text."""
        return self.predict_all([asked])[0]

    def predict_all(self, asked: Sequence[Asked]) -> list[Mapping[str, Prediction]]:
        """As :meth:`predict` for many, faster."""
        found: list[dict[str, Prediction]] = [
            {name: Prediction(name, familiar=0.0) for name in self._silent} for _ in asked
        ]
        if not asked or not self._learned:
            return list[Mapping[str, Prediction]](found)
        texts = [each.text for each in asked]
        bags = [view.vocabulary.bags(texts) for view in self._views]
        scores = sum(
            (view.scores(each) for view, each in zip(self._views, bags, strict=True)), start=np.zeros(1)
        )
        votes = self._second_opinion(texts)
        beliefs: dict[str, Matrix] = {}
        begin = 0
        for field in self._learned:
            end = begin + len(field.classes)
            reading = _Reading(field, scores[:, begin:end], votes.get(field.name), bags[0])
            beliefs[field.name] = self._field(reading, asked, beliefs, found)
            begin = end
        return list[Mapping[str, Prediction]](found)

    def to_bytes(self) -> bytes:
        """Return all of it as a file that is data and never code; the same for the same lessons."""
        extra = {VOTES: self._votes.to_bytes()} if self._votes else {}
        return storage.pack(self._views, self._learned, self._silent, extra)

    @classmethod
    def from_bytes(cls, data: bytes, *, votes: Callable[[bytes], Votes | None] | None = None) -> Fitted:
        """Return what :meth:`to_bytes` gave; without ``votes`` to open it, the second opinion is left out.

        Raises:
            Misconfigured: it is cut, changed or of another version; the caller uses the one before.
        """
        views, learned, silent, extra = storage.unpack(data)
        second = votes(extra[VOTES]) if votes is not None and VOTES in extra else None
        return cls(views, learned, silent, second)

    def _second_opinion(self, texts: Sequence[str]) -> Mapping[str, Matrix]:
        if self._votes is None:
            return {}
        return {name: each.astype(np.float64) for name, each in self._votes.vote(texts).items()}

    def _field(
        self,
        reading: _Reading,
        asked: Sequence[Asked],
        beliefs: Mapping[str, Matrix],
        found: Sequence[dict[str, Prediction]],
    ) -> Matrix:
        """Predict one field for all who ask; return what it believes, known values in their place."""
        field, judge = reading.field, reading.judge
        leaning, never = self._parents(field, asked, beliefs)
        belief = judge.blend.mixed(reading.scores, reading.heard, leaning)
        wishes, masks = _wishes(field, asked)
        with_never = belief * np.exp(never)
        with_never /= np.maximum(with_never.sum(axis=1, keepdims=True), np.exp(NEVER))
        open_now = with_never * masks
        mass = open_now.sum(axis=1)
        open_now = np.divide(open_now, mass[:, None], out=np.zeros_like(open_now), where=mass[:, None] > 0)
        shown = _judged(reading, open_now, mass)
        for place, wish in enumerate(wishes):
            found[place][field.name] = _prediction(field, wish, open_now[place], shown[place])
        return self._believed(field, asked, open_now)

    def _parents(
        self, field: Learned, asked: Sequence[Asked], beliefs: Mapping[str, Matrix]
    ) -> tuple[Matrix | None, Matrix]:
        """Return how the parent leans, and which values cannot be under a parent that is known."""
        never = np.zeros((len(asked), len(field.classes)))
        if field.family is None or field.depends_on not in beliefs:
            return None, never
        believed = beliefs[field.depends_on]
        names = self._names[field.depends_on]
        for place, each in enumerate(asked):
            known = each.known.get(field.depends_on)
            parent = names.place(known) if known is not None else None
            if parent is not None:
                never[place] = field.family.strange(parent)
        leaning = field.family.leaning(believed)
        leaning[~believed.any(axis=1)] = 0.0
        return leaning, never

    def _believed(self, field: Learned, asked: Sequence[Asked], belief: Matrix) -> Matrix:
        belief = belief.copy()
        for place, each in enumerate(asked):
            known = each.known.get(field.name)
            if known is not None:
                belief[place] = 0.0
                one = self._names[field.name].place(known)
                if one is not None:
                    belief[place, one] = 1.0
        return belief


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the texts say about one field."""

    field: Learned
    scores: Matrix
    votes: Matrix | None
    bags: Bags

    @property
    def judge(self) -> Judge:
        """The one that knows how this kind of reading has done."""
        return self.field.voted if self.field.voted and self.votes is not None else self.field.plain

    @property
    def heard(self) -> Matrix | None:
        """The votes, if their judge is there."""
        return self.votes if self.field.voted else None


@dataclass(frozen=True, slots=True)
class _Shown:
    confidence: float
    top3: float
    familiar: float
    one: bool
    three: bool


def _wishes(field: Learned, asked: Sequence[Asked]) -> tuple[list[Mapping[int, Value]], Matrix]:
    """Return, for each who asks, what each class means to them, and which classes that leaves."""
    every = dict(enumerate(field.classes))
    masks = np.ones((len(asked), len(field.classes)))
    seen: dict[int, Mapping[int, Value]] = {}
    wishes: list[Mapping[int, Value]] = []
    for place, each in enumerate(asked):
        allowed: Collection[Value] | None = each.allowed.get(field.name)
        if allowed is None:
            wishes.append(every)
            continue
        if id(allowed) not in seen:
            seen[id(allowed)] = targets(field.classes, allowed)
        wish = seen[id(allowed)]
        masks[place] = 0.0
        masks[place, list(wish)] = 1.0
        wishes.append(wish)
    return wishes, masks


def _judged(reading: _Reading, belief: Matrix, mass: Matrix) -> list[_Shown]:
    """Return how far to trust each row of beliefs; what lies outside of the allowed counts against it."""
    field, judge = reading.field, reading.judge
    margins = reading.scores.max(axis=1)
    votes = reading.heard if reading.heard is not None else np.zeros_like(belief)
    known, sizes = reading.bags.known.astype(np.float64), reading.bags.sizes.astype(np.float64)
    swayed = judge.blend.swayed(belief, field.priors)
    seen = Seen(belief, swayed, margins, gaps(reading.scores), sizes, known, field.priors, votes)
    familiar = np.minimum(reading.bags.known / max(field.familiar_min, 1e-6), 1.0)
    trust = mass * familiar * (reading.bags.sizes > 0)
    first, three = judge.first(signs_of_first(seen)) * trust, judge.three(signs_of_three(seen)) * trust
    ours = (familiar >= 1.0) & (margins >= field.margin_min) & (reading.bags.sizes > 0)
    one = ours & (first >= judge.from_one) if judge.from_one is not None else np.zeros_like(ours)
    some = ours & (three >= judge.from_three) if judge.from_three is not None else np.zeros_like(ours)
    return [
        _Shown(*each)
        for each in zip(
            first.tolist(),
            three.tolist(),
            reading.bags.known.tolist(),
            one.tolist(),
            some.tolist(),
            strict=True,
        )
    ]


def _prediction(field: Learned, wish: Mapping[int, Value], belief: Matrix, shown: _Shown) -> Prediction:
    shares: dict[Value, float] = {}
    support: dict[Value, int] = {}
    for place in np.argsort(-belief, kind="stable")[: 2 * TOP_MAX].tolist():
        if belief[place] > 0 and place in wish:
            value = wish[place]
            shares[value] = shares.get(value, 0.0) + float(belief[place])
            support[value] = support.get(value, 0) + int(field.support[place])
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])[:TOP_MAX]
    if not ranked:
        return Prediction(field.name, familiar=shown.familiar)
    often = support[ranked[0][0]]
    show = Show.ONE if shown.one and often >= SUPPORT_MIN else Show.THREE if shown.three else Show.NOTHING
    return Prediction(
        field=field.name,
        ranked=tuple(ranked),
        confidence=shown.confidence,
        top3=max(shown.top3, shown.confidence),
        familiar=shown.familiar,
        show=show,
        support=often,
    )
