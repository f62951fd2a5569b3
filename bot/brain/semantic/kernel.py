"""Which class a vector belongs to, by regression on its likeness to some landmarks.

Kernel ridge regression over a subset of regressors (Nyström): one solve a fold, no iterations, and answering
multiplies with 1,500 vectors only. It reads the slope of a whole class where neighbours read single lessons;
both together beat either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.weights import Floats

LANDMARKS_MAX: Final = 1500
"""Lessons; twice as many gain half a point where there are few lessons, and take four times as long."""
REACH: Final = 2.0
"""How fast likeness falls with the angle: ``exp(REACH * (cosine - 1))``."""
RIDGE: Final = 0.05
"""How strongly what landmarks say is kept small."""
JITTER: Final = 1e-4
"""Added to the diagonal: two landmarks may be the same text."""
BALANCE: Final = 0.5
"""A lesson of a class of n counts ``n ** -BALANCE``: else rare classes are never said."""
BLOCK: Final = 2048
"""Rows looked at together; bounds the memory, moves no result by more than rounding."""

Places = NDArray[np.int32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sums:
    """What some lessons contribute to the equations. Those of two sets of lessons add up."""

    left: Doubles
    right: Doubles

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.left + other.left, self.right + other.right)

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.left - other.left, self.right - other.right)


class Kernel:
    """The landmarks of one set of lessons; knows nothing of classes."""

    def __init__(self, vectors: Floats) -> None:
        """Take every n-th of ``vectors``; all of them where there are few."""
        count = min(len(vectors), LANDMARKS_MAX)
        self.places = np.linspace(0, len(vectors) - 1, count).astype(np.int64)
        self.landmarks = vectors[self.places]

    def nothing(self, classes: int) -> Sums:
        """Return the contribution of no lessons."""
        count = len(self.landmarks)
        return Sums(np.zeros((count, count)), np.zeros((count, classes)))

    def sums(self, vectors: Floats, labels: Places, weights: Floats) -> Sums:
        """Return the contribution of lessons; ``weights`` has one number a class."""
        count = len(self.landmarks)
        left, right = np.zeros((count, count)), np.zeros((count, len(weights)))
        for rows in _blocks(len(vectors)):
            # In 64 bits: landmarks are so alike that 32 leave nothing but rounding to solve for.
            root = np.sqrt(weights[labels[rows]], dtype=np.float64)[:, None]
            alike = self._alike(vectors[rows]) * root
            wanted = np.zeros((len(alike), len(weights)))
            wanted[np.arange(len(alike)), labels[rows]] = root[:, 0]
            left += alike.T @ alike
            right += alike.T @ wanted
        return Sums(left, right)

    def solved(self, sums: Sums, apart: NDArray[np.bool_] | None = None) -> Floats:
        """Return what each landmark says for each class; those ``apart`` say nothing.

        A lesson that is held out must not be asked about itself: what a landmark says that no lesson is near
        to is hardly more than noise, and nobody would hear it as loudly as the lesson at its very place.
        """
        heard = np.arange(len(self.landmarks)) if apart is None else np.flatnonzero(~apart)
        between = self._alike(self.landmarks[heard])[:, heard].astype(np.float64)
        left = sums.left[np.ix_(heard, heard)] + RIDGE * between + JITTER * np.eye(len(heard))
        said = np.zeros(sums.right.shape, np.float32)
        said[heard] = np.linalg.solve(left, sums.right[heard])
        return said

    def scores(self, vectors: Floats, said: Floats) -> Floats:
        """Return a row for each vector: near 1 for the class it looks like, near 0 for others."""
        found = np.empty((len(vectors), said.shape[1]), np.float32)
        for rows in _blocks(len(vectors)):
            found[rows] = self._alike(vectors[rows]) @ said
        return found

    def _alike(self, vectors: Floats) -> Floats:
        return np.asarray(np.exp(np.float32(REACH) * (vectors @ self.landmarks.T - 1)), np.float32)


def balanced(labels: Places, classes: int) -> Floats:
    """Return a weight a class, 1 on average over the lessons."""
    counts = np.bincount(labels, minlength=classes)
    weights = np.maximum(counts, 1.0) ** -BALANCE
    return np.asarray(weights / max(float((weights * counts).sum() / max(len(labels), 1)), 1e-9), np.float32)


def _blocks(count: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, count, BLOCK))
