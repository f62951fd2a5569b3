"""From scores to how often such a score was right: learned on lessons that had not taught the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bot.brain.classify.trees import NONE, TREES, Trees, grow
from bot.brain.classify.votes import Numbers, Places

Matrix = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

TINY = 1e-6
"""No probability is taken for more certain than this."""
_RIDGE = 1.0
"""Pull of each coefficient to nothing, in lessons: a few hundred outcomes must not follow their noise."""
PARTS = 5
"""Of the rows, each judged by a curve of the others."""
_ROUNDS = 30
"""Newton steps at most; it has settled after ten."""
BLOCK_MIN = 25
"""Outcomes that one level of the curve rests on at least: a share of fewer is luck."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known about predictions beside their probabilities, a row each."""

    probabilities: Matrix
    swayed: Matrix
    """The same, with each value's frequency taken into account in full."""
    margins: Matrix
    """The best raw score: below 0, no class claims the text."""
    gaps: Matrix
    """How far it is above the second best."""
    sizes: Matrix
    """Words."""
    known: Matrix
    """Share of the words that were learned, by weight."""
    priors: Matrix
    """By class, its share of the lessons."""
    votes: Matrix
    """As the probabilities, from the second opinion; all 0 without one."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Signs to confidence: a logistic mix of the signs, corrected by trees, bent to what came true."""

    mean: Matrix
    scale: Matrix
    mix: Matrix
    """By sign; the last is the constant."""
    trees: Trees
    """What is added for signs that mean more together."""
    levels: Matrix
    shares: Matrix
    """How often predictions of that level were right; between levels, a straight line."""

    def __call__(self, signs: Matrix) -> Matrix:
        """Return a confidence for each row, 0 to 1."""
        return np.asarray(np.interp(self.logits(signs), self.levels, self.shares))

    def logits(self, signs: Matrix) -> Matrix:
        """Return a level for each row: the higher, the likelier right."""
        scaled = (signs - self.mean) / self.scale
        return np.asarray(scaled @ self.mix[:-1] + self.mix[-1] + self.trees(signs))


def softmax(scores: Matrix) -> Matrix:
    """Return rows of probabilities."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def gaps(scores: Matrix) -> Matrix:
    """Return how far each row's best score is above its second best; of one score alone, nothing."""
    if scores.shape[1] < 2:  # noqa: PLR2004  # there is no second
        return np.zeros(len(scores))
    two = np.partition(scores, -2, axis=1)[:, -2:]
    return np.asarray(two[:, 1] - two[:, 0])


def signs_of_first(seen: Seen) -> Matrix:
    """Return what tells whether the first value is right."""
    rows = np.arange(len(seen.probabilities))
    best = seen.probabilities.argmax(axis=1)
    first, second, _ = _top(seen.probabilities)
    voted, swayed = seen.votes[rows, best], seen.swayed[rows, best]
    return np.column_stack(
        (
            *_common(seen, first),
            np.log(swayed + TINY),
            np.log(1 - swayed + 1e-4),
            np.log((seen.swayed.max(axis=1) + TINY) / (swayed + TINY)),
            first - second,
            seen.gaps,
            np.log(seen.priors[best] + TINY),
            voted,
            seen.votes.max(axis=1) - voted,
        )
    )


def signs_of_three(seen: Seen) -> Matrix:
    """Return what tells whether one of the first three is right."""
    first, second, third = _top(seen.probabilities)
    return np.column_stack((*_common(seen, first + second + third), first, first - third))


def _common(seen: Seen, mass: Matrix) -> tuple[Matrix, ...]:
    p = seen.probabilities
    entropy = -(p * np.log(p + TINY)).sum(axis=1) / max(1.0, float(np.log(p.shape[1])))
    return (
        np.log(mass + TINY),
        np.log(1 - mass + 1e-4),
        entropy,
        seen.margins,
        np.log1p(seen.sizes),
        seen.known,
    )


def _top(probabilities: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    padded = np.pad(probabilities, ((0, 0), (0, max(0, 3 - probabilities.shape[1]))))
    ordered = -np.partition(-padded, 2, axis=1)[:, :3]
    ordered.sort(axis=1)
    return ordered[:, 2], ordered[:, 1], ordered[:, 0]


def _learned(signs: Matrix, right: Truth, *, trees: int) -> Curve:
    """Return a curve that is not bent yet."""
    mean, scale = signs.mean(axis=0), signs.std(axis=0)
    scale = np.where(scale > TINY, scale, 1.0)
    mix = _newton(np.column_stack(((signs - mean) / scale, np.ones(len(signs)))), right.astype(np.float64))
    flat = Curve(mean, scale, mix, NONE, np.zeros(1), np.zeros(1))
    logits = flat.logits(signs)
    grown = grow(signs, logits, right, trees=trees) if right.any() and not right.all() else NONE
    return Curve(mean, scale, mix, grown, np.zeros(1), np.zeros(1))


def judged(signs: Matrix, right: Truth, folds: Places, *, trees: int = TREES) -> tuple[Curve, Matrix]:
    """Return the curve, and a confidence for each row by curves that have not seen its fold.

    Each of those is bent by what the others said of the rows they had not seen, and so is the one returned:
    what has learned a row by heart is too sure of it. That one is the mean of the others.
    """
    folds = folds % PARTS
    logits, curves = np.zeros(len(signs)), list[Curve]()
    for fold in np.unique(folds).tolist():
        held = folds == fold
        if not held.all():
            curves.append(_learned(signs[~held], right[~held], trees=trees))
            logits[held] = curves[-1].logits(signs[held])
    found = np.zeros(len(signs))
    for fold in np.unique(folds).tolist():
        held = folds == fold
        if not held.all():
            found[held] = np.interp(logits[held], *_rising(logits[~held], right[~held]))
    whole = _mean(curves) if curves else _learned(signs, right, trees=trees)
    levels, shares = _rising(logits, right)
    return replace(whole, levels=levels, shares=shares), found


def _mean(curves: Sequence[Curve]) -> Curve:
    """Return the curve whose logits are the mean of all: less than any of them it follows the luck of few."""
    count = len(curves)
    slopes = [each.mix[:-1] / each.scale for each in curves]
    constants = [each.mix[-1] - slope @ each.mean for each, slope in zip(curves, slopes, strict=True)]
    mix = np.append(np.mean(slopes, axis=0), np.mean(constants))
    parts = [each.trees for each in curves]
    trees = Trees(
        np.concatenate([each.signs for each in parts]),
        np.concatenate([each.cuts for each in parts]),
        np.concatenate([each.answers for each in parts]) / count,
    )
    zero = np.zeros(len(mix) - 1)
    return Curve(zero, zero + 1.0, mix, trees, np.zeros(1), np.zeros(1))


def _newton(signs: Matrix, right: Matrix) -> Matrix:
    """Return the mix of signs that makes what came true most likely, pulled a little to nothing."""
    mix = np.zeros(signs.shape[1])
    share = (right.sum() + 1) / (len(right) + 2)
    mix[-1] = np.log(share / (1 - share))
    pull = np.full(signs.shape[1], _RIDGE)
    pull[-1] = 1e-3
    for _ in range(_ROUNDS):
        odds = 1 / (1 + np.exp(-np.clip(signs @ mix, -30, 30)))
        slope = signs.T @ (right - odds) - pull * mix
        bend = (signs * (odds * (1 - odds) + TINY)[:, None]).T @ signs + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        mix += step * min(1.0, 5.0 / (TINY + float(np.abs(step).max())))
        if float(np.abs(step).max()) < TINY:
            break
    return mix


def _rising(levels: Matrix, right: Truth) -> tuple[Matrix, Matrix]:
    """Return a rising curve through the outcomes: neighbours that fall are pooled, and so are too few."""
    order = np.argsort(levels, kind="stable")
    centres, hits, counts = list[float](), list[float](), list[float]()
    for at in range(0, len(order), BLOCK_MIN):
        block = order[at : at + BLOCK_MIN]
        centres.append(float(levels[block].sum()))
        hits.append(float(right[block].sum()))
        counts.append(float(len(block)))
        while len(hits) > 1 and hits[-2] * counts[-1] >= hits[-1] * counts[-2]:
            for values in (centres, hits, counts):
                values[-2:] = [values[-2] + values[-1]]
    total = np.array(counts)
    return np.array(centres) / total, (np.array(hits) + 0.5) / (total + 1)


def log_votes(votes: Numbers | Matrix) -> Matrix:
    """Return votes as logarithms; no opinion is the same for all."""
    return np.log(np.asarray(votes, dtype=np.float64) + 0.01)
