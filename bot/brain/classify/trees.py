"""Corrections to a logistic mix: small boosted trees, for what two signs mean only together.

Each tree asks the same three questions of every row and has an answer for each of the eight outcomes, so
sixty trees are three small arrays, and a row is judged in microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.brain.classify.votes import Places

TREES = 60
DEPTH = 3
RATE = 0.12
"""How much of each tree's correction is taken: slow learners follow less noise."""
BINS = 24
"""Levels that a sign is cut into."""
PULL = 8.0
"""Weight that each answer is pulled to nothing with: answers from few rows stay small."""
PLACES = np.array([1 << question for question in range(DEPTH)], dtype=np.int64)
"""What each question adds to the number of an outcome."""
ROWS_MAX = 8_000
"""Rows that are looked at, spread evenly: more change no answer and take as much longer."""

Matrix = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trees:
    """Questions and answers of all trees."""

    signs: Places
    """By tree and question, the sign it asks about."""
    cuts: Matrix
    """By tree and question, the value it asks whether the sign is above."""
    answers: Matrix
    """By tree and outcome, what is added."""

    def __call__(self, rows: Matrix) -> Matrix:
        """Return what is to be added to each row's logit."""
        if not len(self.signs):
            return np.zeros(len(rows))
        above = rows[:, self.signs] > self.cuts
        outcome: npt.NDArray[np.int64] = above.astype(np.int64) @ PLACES
        return np.asarray(self.answers[np.arange(len(self.signs)), outcome].sum(axis=1))


NONE = Trees(np.zeros((0, DEPTH), dtype=np.int32), np.zeros((0, DEPTH)), np.zeros((0, 1 << DEPTH)))


def grow(rows: Matrix, logits: Matrix, right: npt.NDArray[np.bool_], *, trees: int = TREES) -> Trees:
    """Return trees that correct ``logits`` to what was ``right``; the same for the same rows."""
    step = -(-len(rows) // ROWS_MAX)
    rows, logits, truth = rows[::step], logits[::step].copy(), right[::step].astype(np.float64)
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in rows.T]
    levels: Cells = np.zeros(rows.T.shape, dtype=np.int64)
    for sign, edge in enumerate(edges):
        levels[sign] = np.searchsorted(edge, rows[:, sign])
    signs = np.zeros((trees, DEPTH), dtype=np.int32)
    cuts, answers = np.zeros((trees, DEPTH)), np.zeros((trees, 1 << DEPTH))
    for tree in range(trees):
        chance = 1 / (1 + np.exp(-logits))
        slope, bend = truth - chance, chance * (1 - chance)
        leaf = np.zeros(len(rows), dtype=np.int64)
        for depth in range(DEPTH):
            sign, level = _best(levels + leaf * BINS, slope, bend, 1 << depth)
            signs[tree, depth] = sign
            cuts[tree, depth] = edges[sign][level] if level < len(edges[sign]) else np.inf
            leaf += (levels[sign] > level).astype(np.int64) << depth
        pulled = np.bincount(leaf, slope, 1 << DEPTH) / (np.bincount(leaf, bend, 1 << DEPTH) + PULL)
        answers[tree] = RATE * pulled
        logits += answers[tree][leaf]
    return Trees(signs, cuts, answers)


def _best(cells: Cells, slope: Matrix, bend: Matrix, leaves: int) -> tuple[int, int]:
    """Return the sign and the level whose cut explains most, in all leaves together.

    ``cells``: by sign and row, the row's leaf and level as one number.
    """
    slopes = np.array([np.bincount(each, slope, leaves * BINS) for each in cells])
    bends = np.array([np.bincount(each, bend, leaves * BINS) for each in cells])
    shape = (len(cells), leaves, BINS)
    below, under = slopes.reshape(shape).cumsum(axis=2), bends.reshape(shape).cumsum(axis=2)
    above, over = below[:, :, -1:] - below, under[:, :, -1:] - under
    best = int((below**2 / (under + PULL) + above**2 / (over + PULL)).sum(axis=1).argmax())
    return best // BINS, best % BINS
