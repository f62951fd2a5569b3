"""The learning itself: one straight cut per class through the space of terms. Only fitting comes here."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.brain.classify.guards import Weights
from bot.brain.classify.terms import Bags, Kind
from bot.brain.classify.votes import Numbers, Places

SOFTNESS = 0.4
"""The solver's C; measured best between 0.2 and 0.8 on all three sets of tickets."""
LIFT = 0.45
"""How far a rare class is lifted: its lessons weigh (mean size / its size) to this power. 0 forgets the rare,
1 drowns the common; 0.25 to 0.5 won accuracy as well as macro-F1 on every set."""
LIFT_MAX = 5.0
"""A class of one lesson is lifted no further."""
ROUNDS_MAX = 1_000
"""Of the solver; it has settled after some twenty."""
SETTLED = 1e-2
"""The solver's tolerance: scores differ by 0.0001 from those of a hundredth of it, for three quarters of the
time."""
SETTLED_MANY = 0.1
"""The same for words and stems of ``MANY`` lessons and more: what they say is found early, for a quarter less
time. Heads lose three points by it."""
MANY = 10_000
ABSENT = -2.0
"""The score of a class that the lessons at hand do not have: below any that was learned."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """What a fit returns: a score is a text's bag times ``terms``, plus ``bias``."""

    terms: Numbers
    """A row for each term, a column for each class."""
    bias: Numbers

    def times(self, weight: float) -> Cuts:
        """Return cuts whose scores are ``weight`` times these."""
        return Cuts(self.terms * np.float32(weight), self.bias * np.float32(weight))


@dataclass(frozen=True, slots=True)
class Rows:
    """Bags as a sparse matrix."""

    matrix: Any
    often: npt.NDArray[np.int64]
    """By term, how many rows have it."""
    kind: Kind

    @classmethod
    def of(cls, kind: Kind, bags: Bags, terms: int) -> Rows:
        """Return ``bags`` over a vocabulary of ``terms``."""
        # Answering, too, imports this module, and must not pay for it.
        from scipy import sparse  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  # it has none

        cells = (bags.weights, bags.columns.astype(np.int32), bags.offsets)
        matrix = sparse.csr_matrix(cells, shape=(len(bags), terms))
        return cls(matrix, np.bincount(bags.columns, minlength=terms), kind)

    def without(self, held: npt.NDArray[np.int64]) -> Rows:
        """Return all rows as whoever has only the others would read them.

        Terms that too few of the others have are unknown then. Were they read all the same, held-out texts
        would seem a tenth less clear than those that are asked about later, and some of them too easy.
        """
        from scipy import sparse  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  # as above

        matrix = self.matrix
        left = self.often - np.bincount(matrix[held].indices, minlength=len(self.often))
        known = left >= self.kind.lessons_min
        data = matrix.data * known[matrix.indices]
        sizes = np.diff(matrix.indptr)
        some = np.flatnonzero(sizes)
        lengths = np.sqrt(np.add.reduceat(data * data, matrix.indptr[some])) if len(some) else data
        data /= np.repeat(np.maximum(lengths, np.float32(1e-9)), sizes[some])
        cells = (data, matrix.indices, matrix.indptr)
        return Rows(sparse.csr_matrix(cells, shape=matrix.shape), self.often, self.kind)

    def scores(self, cuts: Cuts, rows: npt.NDArray[np.int64]) -> Numbers:
        """Return a score for each of ``rows`` and each class."""
        return np.asarray(self.matrix[rows] @ cuts.terms + cuts.bias, dtype=np.float32)

    def cut(self, labels: Places, weights: Weights, classes: int) -> Cuts:
        """Learn from the rows that weigh something, and give the same for the same."""
        # 60 MB and a second: only fitting may. Neither has types of its own.
        from sklearn.exceptions import (  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
            ConvergenceWarning,
        )
        from sklearn.svm import LinearSVC  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

        rows = np.flatnonzero((weights > 0) & (labels >= 0))
        terms = np.zeros((self.matrix.shape[1], classes), dtype=np.float32)
        bias = np.full(classes, ABSENT, dtype=np.float32)
        present = np.unique(labels[rows])
        if len(present) < 2 or not len(terms):  # noqa: PLR2004  # nothing to tell apart
            bias[present] = 1.0
            return Cuts(terms, bias)
        hasty = self.kind is not Kind.HEADS and len(rows) >= MANY
        tolerance = SETTLED_MANY if hasty else SETTLED
        solver: Any = LinearSVC(C=SOFTNESS, tol=tolerance, max_iter=ROUNDS_MAX, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a cut that is a little off is still one
            solver.fit(self.matrix[rows], labels[rows], sample_weight=_lifted(labels[rows], weights[rows]))
        coefficients = np.asarray(solver.coef_, dtype=np.float64)
        constants = np.asarray(solver.intercept_, dtype=np.float64)
        if len(present) == 2:  # noqa: PLR2004  # of two, the solver gives the second alone
            coefficients, constants = (
                np.vstack((-coefficients, coefficients)),
                np.append(-constants, constants),
            )
        terms[:, present], bias[present] = coefficients.T, constants
        return Cuts(terms, bias)


def _lifted(labels: Places, weights: Weights) -> Weights:
    sizes = np.bincount(labels, weights)
    mean = sizes[sizes > 0].mean()
    lift = np.minimum((mean / np.maximum(sizes, mean * 1e-6)) ** LIFT, LIFT_MAX)
    return np.asarray(weights * lift[labels])
