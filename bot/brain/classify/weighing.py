"""How much each of several voices should say: the weights that make the truth least surprising."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.brain.classify.votes import Places

CELLS_MAX = 1_000_000
"""Lessons times classes that are looked at, spread evenly: a few weights need no more."""
PULL = 1e-4
"""Of each weight to nothing: voices that say the same must not be played off against each other."""
ROUNDS = 40
"""Newton steps at most; it has settled after ten."""
ENOUGH = 1e-7
"""A step that takes less surprise away is the last."""
SHORTEST = 1e-4
"""Of a step, as a share: shorter ones lead nowhere."""

Floats = npt.NDArray[np.float64]


def weights_of(voices: Sequence[npt.NDArray[Any]], labels: Places) -> list[float]:
    """Return a weight of at least 0 for each of ``voices``: scores by row and class, the higher the likelier.

    A row without a class, a label below 0, says nothing. Without any that has one, all weights are 1.
    """
    rows = np.flatnonzero(labels >= 0)
    if not len(rows) or voices[0].shape[1] < 2:  # noqa: PLR2004  # one class alone is no surprise
        return [1.0] * len(voices)
    rows = rows[:: -(-len(rows) * voices[0].shape[1] // CELLS_MAX)]
    heard = np.stack([voice[rows] for voice in voices], axis=2).astype(np.float64)
    left = list(range(len(voices)))
    while True:
        weights = _newton(heard[:, :, left], labels[rows])
        if len(left) == 1 or weights.min() >= 0:
            break
        del left[int(weights.argmin())]  # whoever has to be talked against has nothing to say
    found = [0.0] * len(voices)
    for place, weight in zip(left, weights.tolist(), strict=True):
        found[place] = max(weight, 0.0)
    return found


def _newton(heard: Floats, labels: Places) -> Floats:
    """Return the least surprising weights, by steps that are halved until they help."""
    rows, count = np.arange(len(labels)), int(heard.shape[2])
    truth: Floats = heard[rows, labels]
    weights: Floats = np.full(count, 1.0 / count, dtype=np.float64)
    chances, surprise = _surprise(heard, weights, truth)
    for _ in range(ROUNDS):
        expected: Floats = np.asarray(np.einsum("rc,rcv->rv", chances, heard))
        slope: Floats = np.mean(truth - expected, axis=0) - PULL * weights
        flat = (heard * chances[:, :, None]).reshape(-1, count)
        spread: Floats = flat.T @ heard.reshape(-1, count) - expected.T @ expected
        bend: Floats = spread / len(rows) + PULL * np.eye(count)
        step: Floats = np.asarray(np.linalg.solve(bend, slope), dtype=np.float64)
        share, before = 1.0, surprise
        while share > SHORTEST:
            there: Floats = weights + share * step
            tried, found = _surprise(heard, there, truth)
            if found < before:
                weights, chances, surprise = there, tried, found
                break
            share /= 2
        if before - surprise < ENOUGH:
            break
    return weights


def _surprise(heard: Floats, weights: Floats, truth: Floats) -> tuple[Floats, float]:
    """Return the chances of all classes and how unlikely the truth was."""
    logs = heard @ weights
    best = logs.max(axis=1)
    chances = np.exp(logs - best[:, None])
    sums = chances.sum(axis=1)
    mean = float((np.log(sums) + best - truth @ weights).mean())
    return chances / sums[:, None], mean + PULL / 2 * float(weights @ weights)
