"""Scores of the words, votes of a second opinion and what the parent's value leaves: one probability."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bot.brain.classify.confidence import Curve, Matrix, log_votes, softmax
from bot.brain.classify.votes import Places
from bot.brain.classify.weighing import weights_of

SMOOTHING = 5.0
"""Lessons that a parent's value borrows from all others, in counting what goes with it."""
NEVER = -30.0
"""The logarithm of what cannot be."""
LEAST = 1e-12
"""No probability is taken for less."""


@dataclass(frozen=True, slots=True)
class Blend:
    """How much each says, found on lessons that were held out."""

    warmth: float
    votes: float = 0.0
    parent: float = 0.0
    own: float = 1.0
    common: float = 0.0
    """How much a value's frequency says beside the above, which make little of it for the rare values' sake:
    what is said first goes without it, how sure that is does not."""

    def mixed(self, scores: Matrix, votes: Matrix | None, leaning: Matrix | None) -> Matrix:
        """Return probabilities, a row each; a second opinion without votes is not heard."""
        logs = scores * self.warmth
        if votes is not None and self.votes:
            logs = _normal(logs) + self.votes * log_votes(votes)
        if leaning is not None and self.parent:
            logs = _normal(logs) + self.parent * leaning
        return softmax(logs)

    def swayed(self, belief: Matrix, priors: Matrix) -> Matrix:
        """Return ``belief`` as it is with each value's frequency taken into account in full."""
        return softmax(self.own * np.log(belief + LEAST) + self.common * np.log(priors))


@dataclass(frozen=True, slots=True)
class Judge:
    """How a blend of one kind has done, and from where on it is believed."""

    blend: Blend
    first: Curve
    three: Curve
    from_one: float | None
    """The confidence from which the first value is right often enough; None: it never is."""
    from_three: float | None


def learn_blend(
    scores: Matrix, labels: Places, votes: Matrix | None, leaning: Matrix | None, priors: Matrix
) -> Blend:
    """Return the blend that makes the truth least surprising."""
    heard = {"warmth": scores}
    if votes is not None:
        heard["votes"] = log_votes(votes)
    if leaning is not None:
        heard["parent"] = leaning
    blend = Blend(**dict(zip(heard, weights_of(list(heard.values()), labels), strict=True)))
    belief = np.log(blend.mixed(scores, votes, leaning) + LEAST)
    own, common = weights_of([belief, np.broadcast_to(np.log(priors), belief.shape)], labels)
    return replace(blend, own=own, common=common)


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
