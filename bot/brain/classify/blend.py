"""Scores of the words, votes of a second opinion and what the parent's value leaves: one probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.brain.classify.confidence import Curve, Matrix, log_votes, softmax, surprise, warmest
from bot.brain.classify.votes import Places

SMOOTHING = 5.0
"""Lessons that a parent's value borrows from all others, in counting what goes with it."""
LEANS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much the parent may say, to be tried; 0 where it says nothing new."""
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
"""How much a second opinion may say, to be tried."""
NEVER = -30.0
"""The logarithm of what cannot be."""


@dataclass(frozen=True, slots=True)
class Blend:
    """How much each says, found on lessons that were held out."""

    warmth: float
    votes: float = 0.0
    parent: float = 0.0

    def mixed(self, scores: Matrix, votes: Matrix | None, leaning: Matrix | None) -> Matrix:
        """Return probabilities, a row each; a second opinion without votes is not heard."""
        logs = scores * self.warmth
        if votes is not None and self.votes:
            logs = _normal(logs) + self.votes * log_votes(votes)
        if leaning is not None and self.parent:
            logs = _normal(logs) + self.parent * leaning
        return softmax(logs)


@dataclass(frozen=True, slots=True)
class Judge:
    """How a blend of one kind has done, and from where on it is believed."""

    blend: Blend
    first: Curve
    three: Curve
    from_one: float | None
    """The confidence from which the first value is right often enough; None: it never is."""
    from_three: float | None


def learn_blend(scores: Matrix, labels: Places, votes: Matrix | None, leaning: Matrix | None) -> Blend:
    """Return the blend that makes the truth least surprising."""

    def loss(blend: Blend) -> float:
        return surprise(np.log(blend.mixed(scores, votes, leaning) + 1e-12), labels)

    blend = Blend(warmest(lambda warmth: loss(Blend(warmth)), 0.3, 30.0))
    if votes is not None:
        share = min(SHARES, key=lambda share: loss(Blend(blend.warmth, share)))
        warmth = warmest(lambda warmth: loss(Blend(warmth, share)), 0.3, 30.0)
        blend = Blend(warmth, min(SHARES, key=lambda share: loss(Blend(warmth, share))))
    if leaning is not None:
        lean = min(LEANS, key=lambda lean: loss(Blend(blend.warmth, blend.votes, lean)))
        warmth = warmest(lambda warmth: loss(Blend(warmth, blend.votes, lean)), 0.3, 30.0)
        blend = Blend(warmth, blend.votes, lean)
    return blend


@dataclass(frozen=True, slots=True)
class Family:
    """Which values go with which value of the parent."""

    counts: Matrix
    """Lessons, a row for each class of the parent, a column for each of the child."""

    @classmethod
    def of(cls, parents: Places, children: Places, shape: tuple[int, int]) -> Family:
        """Count lessons that have both; the shape: classes of the parent, classes of the child."""
        counts = np.zeros(shape)
        both = (parents >= 0) & (children >= 0)
        np.add.at(counts, (parents[both], children[both]), 1.0)
        return cls(counts)

    def leaning(self, parents: Matrix) -> Matrix:
        """Return what the parent's probabilities say for each child, beyond what its frequency says."""
        whole = self.counts.sum(axis=0) + 0.5
        overall = whole / whole.sum()
        given = self.counts + SMOOTHING * overall
        given /= given.sum(axis=1, keepdims=True)
        return np.asarray(np.log(parents @ given + 1e-9) - np.log(overall))

    def strange(self, parent: int) -> Matrix:
        """Return ``NEVER`` for each child that was not seen under ``parent``; nothing if none was."""
        row = self.counts[parent]
        return np.where(row > 0, 0.0, NEVER) if row.any() else np.zeros(len(row))


def _normal(logs: Matrix) -> Matrix:
    raised = logs - logs.max(axis=1, keepdims=True)
    return np.asarray(raised - np.log(np.exp(raised).sum(axis=1, keepdims=True)))
