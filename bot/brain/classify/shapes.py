"""What is kept of a fit: by field, and by way of reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.brain.classify.blend import Family, Judge
from bot.brain.classify.confidence import Matrix
from bot.brain.classify.terms import Bags, Vocabulary
from bot.core.tickets import Value

BATCH = 256
"""Tickets scored at once: the weights of their terms fit into a few megabytes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a field did on lessons it was not taught: what was promised is promised from these."""

    lessons: int
    classes: int
    accuracy: float
    threshold: float | None
    """The confidence from which the first value is shown alone; None: never."""
    coverage: float
    """Share of the lessons above it."""
    precision: float
    """Share of those that were right; 0 without any."""


class Sure(NamedTuple):
    """One answer to a lesson that was held out."""

    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Learned:
    """One field."""

    name: str
    depends_on: str
    classes: tuple[Value, ...]
    support: Matrix
    priors: Matrix
    family: Family | None
    plain: Judge
    voted: Judge | None
    """The same with a second opinion."""
    familiar_min: float
    """Share of known words below which a text is out of our depth: nearly all lessons had more."""
    margin_min: float
    """The same for the best raw score."""
    standing: Standing
    held: tuple[Sure, ...] = ()
    """What it said of the lessons it was held to, in their order; only right after a fit, never on disk."""


@dataclass(frozen=True, slots=True)
class View:
    """A vocabulary and what its terms say about all fields' classes, side by side."""

    vocabulary: Vocabulary
    terms: npt.NDArray[np.float16]
    bias: npt.NDArray[Any]

    def scores(self, bags: Bags) -> Matrix:
        """Return a row of scores for each text."""
        found = np.tile(self.bias, (len(bags), 1))
        for begin in range(0, len(bags), BATCH):
            first, last = bags.offsets[begin], bags.offsets[min(begin + BATCH, len(bags))]
            offsets = bags.offsets[begin : begin + BATCH + 1] - first
            filled = np.flatnonzero(np.diff(offsets))
            if len(filled):
                said = self.terms[bags.columns[first:last]].astype(np.float32)
                said *= bags.weights[first:last, None]
                found[begin + filled] += np.add.reduceat(said, offsets[filled], axis=0)
        return found
