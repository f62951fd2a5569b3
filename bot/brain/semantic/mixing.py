"""Two opinions made one: what neighbours had, and what landmarks say."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.weights import Floats

WARMTH: Final = 0.05
"""A neighbour's vote fades with the distance: ``exp((cosine - 1) / WARMTH)``."""
FLOOR: Final = 0.01
"""Added to the share of every class: that no neighbour had it does not rule it out."""
NEAR: Final = (0.1, 0.2, 0.3, 0.4, 0.6, 0.8)
FAR: Final = (2.0, 4.0, 6.0, 9.0, 13.0)
"""How loud neighbours and landmarks are, to be tried."""
TRIED: Final = 5000
"""Lessons it is tried on: two numbers need no more."""

Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Mix:
    """How loud each is: factors of the logarithm of the neighbours' shares, and of the landmarks' scores."""

    near: float = 0.4
    far: float = 6.0

    def of(self, shares: Floats, scores: Floats) -> Floats:
        """Return a row of shares for each lesson; without neighbours there is no opinion: all 0."""
        raised = self.near * np.log(shares + np.float32(FLOOR)) + self.far * scores
        raised = np.exp(raised - raised.max(axis=1, keepdims=True, initial=-np.inf))
        rows = raised / raised.sum(axis=1, keepdims=True)
        return np.asarray(rows * (shares.sum(axis=1, keepdims=True) > 0), np.float32)


def learned(shares: Floats, scores: Floats, labels: Places) -> Mix:
    """Return the mix that the lessons, each held out, surprise least."""
    some = np.flatnonzero((labels >= 0) & (shares.sum(axis=1) > 0))
    some = some[:: max(1, len(some) // TRIED)]
    if not len(some):
        return Mix()
    shares, scores, right = shares[some], scores[some], labels[some]

    def surprise(mix: Mix) -> float:
        return -float(np.log(mix.of(shares, scores)[np.arange(len(right)), right] + 1e-9).mean())

    return min((Mix(near, far) for near, far in product(NEAR, FAR)), key=surprise)


def votes(labels: Places, classes: int, places: Places, cosines: Floats) -> Floats:
    """Return the votes of the lessons at ``places`` (-1: nobody) as shares; all 0 where there are none."""
    there = places >= 0
    best = cosines.max(axis=1, keepdims=True, initial=-1)
    voices = np.exp((cosines - best) / np.float32(WARMTH)) * there
    rows = np.zeros((len(places), classes), np.float32)
    asked = np.broadcast_to(np.arange(len(places))[:, None], places.shape)
    np.add.at(rows, (asked[there], labels[places[there]]), voices[there])
    total = rows.sum(axis=1, keepdims=True)
    return np.asarray(rows / np.where(total > 0, total, 1), np.float32)
