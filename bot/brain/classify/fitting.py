"""Learning a classifier, and what to believe of it: once without each part, then once with everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.brain.classify import guards
from bot.brain.classify.apart import Held, Task, each_part
from bot.brain.classify.blend import Blend, Family, Judge, learn_blend
from bot.brain.classify.bounds import threshold
from bot.brain.classify.confidence import (
    Matrix,
    Seen,
    Truth,
    gaps,
    judged,
    signs_of_first,
    signs_of_three,
)
from bot.brain.classify.fitted import SUPPORT_MIN, Fitted
from bot.brain.classify.guards import Weights
from bot.brain.classify.labels import numbered
from bot.brain.classify.linear import Cuts, Rows
from bot.brain.classify.shapes import Learned, Standing, Sure, View
from bot.brain.classify.terms import TERMS_MAX, Codes, Kind, Vocabulary, heads_of, learn_terms, singles_of
from bot.brain.classify.votes import Places, Votes
from bot.brain.classify.weighing import CELLS_MAX, weights_of
from bot.brain.lessons import FieldSpec, Lesson
from bot.core.tickets import Value

TARGET = 0.95
"""How often a value shown alone has to be right."""
TARGET_THREE = 0.90
"""How often one of three shown values has to be."""
LESSONS_MIN = 300
"""Of one field: with fewer, confidence is guesswork, and similar tickets say more."""
PIECES_LESSONS_MAX = 8_000
"""Up to so many lessons pieces of words are read as well: two points of accuracy for 5,000, a sixth of one
for 30,000, and half of the time."""
WEIGHTS_MAX = 1 << 26
"""Numbers of one view: 128 MB. Many classes leave room for fewer terms."""
STRANGE_SHARE = 0.005
"""Share of the lessons that the gate for strange texts would keep out."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The lessons as numbers."""

    lessons: Sequence[Lesson]
    sets: Sequence[str]
    folds: Places
    vocabularies: Sequence[Vocabulary]
    rows: Sequence[Rows]
    known: Matrix
    sizes: Matrix


@dataclass(frozen=True, slots=True)
class _Class:
    """One field's lessons."""

    spec: FieldSpec
    classes: tuple[Value, ...]
    labels: Places
    weights: Weights
    judged: npt.NDArray[np.int64]
    """The lessons that it is judged by."""
    support: Matrix
    """By class, how many lessons teach it."""
    priors: Matrix
    """By class, its share of them."""


def fit(
    lessons: Sequence[Lesson],
    fields: Sequence[FieldSpec],
    *,
    target: float = TARGET,
    votes: Votes | None = None,
) -> Fitted:
    """Learn ``fields`` from ``lessons``; seconds to half a minute, so in a process of its own.

    ``target``: how often a value shown alone has to be right; ``votes``: a second opinion that has learned
    nothing yet. The same lessons in the same order give the same bytes. Never raises for what lessons hold: a
    field with too few of them is said nothing about.
    """
    taught, silent = _taught(lessons, fields)
    table = _table(lessons, sum(len(classes) for _, (classes, _) in taught))
    classes = [_weighed(spec, found, table) for spec, found in taught]
    if votes is not None and classes:
        votes = votes.learn(
            [lesson.text for lesson in lessons],
            {each.spec.name: each.labels for each in classes},
            {each.spec.name: len(each.classes) for each in classes},
        )
    beliefs: dict[str, Matrix] = {}
    learned: list[Learned] = []
    cuts: list[list[Cuts]] = []
    for field in classes:
        parent = next((each for each in classes if each.spec.name == field.spec.depends_on in beliefs), None)
        judging = _Judging(table, field, parent, target, votes)
        scores, shares = judging.held_out()
        learned.append(judging.learned(scores, beliefs))
        cuts.append(
            [
                rows.cut(field.labels, field.weights, len(field.classes)).times(share)
                for rows, share in zip(table.rows, shares, strict=True)
            ]
        )
    return Fitted(_views(table, cuts), learned, silent, votes if learned else None)


def parents_first(fields: Sequence[FieldSpec]) -> list[FieldSpec]:
    """Return ``fields`` so that each comes after the one it depends on; a circle stays as it is given."""
    left, found = list(fields), list[FieldSpec]()
    while left:
        waiting = {each.name for each in left}
        ready = [each for each in left if each.depends_on not in waiting - {each.name}] or left[:1]
        found += ready
        left = [each for each in left if each not in ready]
    return found


_Found = tuple[FieldSpec, tuple[tuple[Value, ...], Places]]


def _taught(lessons: Sequence[Lesson], fields: Sequence[FieldSpec]) -> tuple[list[_Found], list[str]]:
    taught: list[_Found] = []
    silent: list[str] = []
    for spec in parents_first(fields):
        classes, labels = numbered([lesson.values.get(spec.name) for lesson in lessons])
        if int((labels >= 0).sum()) < LESSONS_MIN:
            silent.append(spec.name)
        else:
            taught.append((spec, (classes, labels)))
    return taught, silent


def _table(lessons: Sequence[Lesson], classes: int) -> _Table:
    texts = [lesson.text for lesson in lessons]
    kinds = [Kind.WORDS, Kind.HEADS, Kind.STEMS]
    if len(texts) <= PIECES_LESSONS_MAX:
        kinds.append(Kind.PIECES)
    terms_max = min(TERMS_MAX, WEIGHTS_MAX // max(1, classes))
    vocabularies: list[Vocabulary] = []
    rows: list[Rows] = []
    singles = singles_of(Kind.WORDS, texts)
    sets = guards.word_sets(singles)
    known, sizes = np.zeros(len(texts)), np.array([len(each) for each in singles], dtype=np.float64)
    for kind in kinds:
        codes = _codes(kind, singles, texts)
        vocabulary = learn_terms(kind, codes, terms_max=terms_max)
        bags = vocabulary.bags_of(codes, learned=True)
        if kind is Kind.WORDS:
            known = bags.known.astype(np.float64)
        vocabularies.append(vocabulary)
        rows.append(Rows.of(kind, bags, len(vocabulary.codes)))
    return _Table(lessons, sets, guards.folds(sets, classes), vocabularies, rows, known, sizes)


def _codes(kind: Kind, singles: list[Codes], texts: Sequence[str]) -> list[Codes]:
    if kind is Kind.HEADS:
        return heads_of(singles)
    return singles if kind is Kind.WORDS else singles_of(kind, texts)


def _weighed(spec: FieldSpec, found: tuple[tuple[Value, ...], Places], table: _Table) -> _Class:
    classes, labels = found
    weights, judged = guards.votes_of(table.lessons, labels, table.sets)
    support = np.bincount(labels[weights > 0], minlength=len(classes)).astype(np.float64)
    priors = np.asarray((support + 0.5) / (support + 0.5).sum())
    return _Class(spec, classes, labels, weights, np.flatnonzero(judged), support, priors)


def _views(table: _Table, cuts: Sequence[Sequence[Cuts]]) -> list[View]:
    if not cuts:
        return []
    return [
        View(
            vocabulary,
            np.concatenate([each[place].terms for each in cuts], axis=1).astype(np.float16),
            np.concatenate([each[place].bias for each in cuts]),
        )
        for place, vocabulary in enumerate(table.vocabularies)
    ]


@dataclass(frozen=True, slots=True)
class _Judging:
    """Finds out what one field is worth."""

    table: _Table
    field: _Class
    parent: _Class | None
    target: float
    votes: Votes | None

    def learned(self, scores: Matrix, beliefs: dict[str, Matrix]) -> Learned:
        """Return what is kept of the field, but for its weights; what it believes of each lesson is added."""
        field = self.field
        leaning = self._leaning(beliefs)
        plain, belief, standing, held = self._judge(scores, None, leaning)
        voted = None
        if self.votes is not None:
            second = self.votes.held_out(field.spec.name, self.table.folds).astype(np.float64)
            voted, belief, standing, held = self._judge(scores, second, leaning)
        beliefs[field.spec.name] = belief
        judged = field.judged
        return Learned(
            name=field.spec.name,
            depends_on=field.spec.depends_on,
            classes=field.classes,
            support=field.support,
            priors=field.priors,
            family=self._family(np.ones(len(field.labels), dtype=np.bool_)) if self.parent else None,
            plain=plain,
            voted=voted,
            familiar_min=float(np.quantile(self.table.known[judged], STRANGE_SHARE)),
            margin_min=float(np.quantile(scores[judged].max(axis=1), STRANGE_SHARE)),
            standing=standing,
            held=held,
        )

    def held_out(self) -> tuple[Matrix, list[float]]:
        """Return a row of scores for each lesson, by the lessons of other parts, and each view's share in it.

        The shares are learned from the first parts, as many as are enough: all views' scores of many lessons
        and classes would not fit into the memory.
        """
        field, table = self.field, self.table
        scores = np.zeros((len(field.labels), len(field.classes)))
        waiting: list[Held] = []
        shares: list[float] | None = None
        parts = np.unique(table.folds).tolist()
        task = Task(field.labels, field.weights, table.folds, len(field.classes))
        for part, held in zip(parts, each_part(table.rows, task, parts), strict=True):
            waiting.append(held)
            if shares is None:
                if part != parts[-1] and sum(each.said[0].size for each in waiting) < CELLS_MAX:
                    continue
                shares = self._shares(waiting)
            for each in waiting:
                scores[each.rows] = sum(share * view for share, view in zip(shares, each.said, strict=True))
            waiting.clear()
        return scores, shares or [1.0] * len(table.rows)

    def _shares(self, said: Sequence[Held]) -> list[float]:
        """Return what each view's scores are to be multiplied with; the most is 1."""
        counted = np.zeros(len(self.field.labels), dtype=np.bool_)
        counted[self.field.judged] = True
        held = np.concatenate([each.rows for each in said])
        voices = [np.concatenate([each.said[place] for each in said]) for place in range(len(said[0].said))]
        weights = weights_of(voices, np.where(counted[held], self.field.labels[held], -1))
        most = max(weights)
        return [weight / most for weight in weights] if most > 0 else [1.0] * len(weights)

    def _leaning(self, beliefs: Mapping[str, Matrix]) -> Matrix | None:
        """Return how the parent leans, by what the lessons of other folds say goes together."""
        if self.parent is None:
            return None
        believed = beliefs[self.parent.spec.name]
        leaning = np.zeros((len(believed), len(self.field.classes)))
        for fold in np.unique(self.table.folds).tolist():
            held = self.table.folds == fold
            leaning[held] = self._family(~held).leaning(believed[held])
        return leaning

    def _family(self, taken: Truth) -> Family:
        assert self.parent is not None
        counted = taken & (self.field.weights > 0)
        shape = (len(self.parent.classes), len(self.field.classes))
        return Family.of(self.parent.labels[counted], self.field.labels[counted], shape)

    def _judge(
        self, scores: Matrix, votes: Matrix | None, leaning: Matrix | None
    ) -> tuple[Judge, Matrix, Standing, tuple[Sure, ...]]:
        """Return the judge, what it believes of every lesson, and how it did on those that count."""
        field, table, at = self.field, self.table, self.field.judged
        labels, folds = field.labels[at], table.folds[at]
        blend = learn_blend(scores[at], labels, _at(votes, at), _at(leaning, at), field.priors)
        belief = blend.mixed(scores, votes, leaning)
        seen = Seen(
            belief[at],
            blend.swayed(belief[at], field.priors),
            scores[at].max(axis=1),
            gaps(scores[at]),
            table.sizes[at],
            table.known[at],
            field.priors,
            np.zeros_like(belief[at]) if votes is None else votes[at],
        )
        best = belief[at].argmax(axis=1)
        right = best == labels
        three = (belief[at] > belief[at, labels][:, None]).sum(axis=1) < 3  # noqa: PLR2004  # the first three
        judge, first = self._believed(blend, seen, (right, three), folds)
        enough = self.field.support[best] >= SUPPORT_MIN
        shown = enough & (first >= judge.from_one) if judge.from_one is not None else np.zeros_like(right)
        said = zip(first[enough].tolist(), right[enough].tolist(), strict=True)
        return (
            judge,
            belief,
            Standing(
                lessons=len(at),
                classes=len(field.classes),
                accuracy=float(right.mean()),
                threshold=judge.from_one,
                coverage=float(shown.mean()),
                precision=float(right[shown].mean()) if shown.any() else 0.0,
            ),
            tuple(Sure(*each) for each in said),
        )

    def _believed(
        self, blend: Blend, seen: Seen, truth: tuple[Truth, Truth], folds: Places
    ) -> tuple[Judge, Matrix]:
        """Return the judge, and each confidence by curves that did not see it: these set thresholds."""
        right, among = truth
        first, sure = judged(signs_of_first(seen), right, folds)
        three, surely = judged(signs_of_three(seen), among, folds, trees=0)
        enough = self.field.support[seen.probabilities.argmax(axis=1)] >= SUPPORT_MIN
        from_one = threshold(sure[enough], right[enough], self.target)
        rest = ~(enough & (sure >= (2.0 if from_one is None else from_one)))
        from_three = threshold(surely[rest], among[rest], min(TARGET_THREE, self.target))
        return Judge(blend, first, three, from_one, from_three), sure


def _at(rows: Matrix | None, places: npt.NDArray[np.int64]) -> Matrix | None:
    return None if rows is None else rows[places]
