"""Stands for a model where what a text means has to be known exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.brain.semantic.embedder import unit
from bot.brain.semantic.weights import Floats


class Points:
    """A text is ``class:number``, its vector a direction of the class, with noise."""

    def __init__(self, spread: float = 0.2, stamp: str = "points") -> None:
        self.stamp, self.width, self._spread = stamp, 16, spread
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        rows = np.zeros((len(texts), self.width), np.float32)
        for place, text in enumerate(texts):
            kind, _, number = text.partition(":")
            rng = np.random.default_rng([int(kind or 15), int(number or 0)])
            rows[place] = rng.standard_normal(self.width) * self._spread
            rows[place, int(kind or 15)] += 1
        return unit(rows)
