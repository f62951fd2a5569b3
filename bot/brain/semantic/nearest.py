"""The most alike of many vectors: exact, by brute force, in 32-bit floats.

48,000 x 384 take 74 MB and some milliseconds a query. Half the bits would halve the memory and take minutes:
numpy has no fast multiplication for 16-bit floats, so those are for the disk only.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.weights import Floats

BLOCK_BYTES: Final = 32 << 20
"""Cosines held at once."""

Places = NDArray[np.int32]


def nearest(queries: Floats, pool: Floats, count: int) -> tuple[Places, Floats]:
    """Return, a row a query, the places in ``pool`` of the ``count`` most alike, best first, and the cosines.

    Rows of both have unit length. Fewer columns than ``count`` where the pool is smaller; equally alike ones
    are in their order in the pool.
    """
    count = min(count, len(pool))
    places = np.empty((len(queries), count), np.int32)
    cosines = np.empty((len(queries), count), np.float32)
    step = max(1, BLOCK_BYTES // (4 * max(len(pool), 1)))
    for start in range(0, len(queries), step):
        rows = slice(start, start + step)
        alike = queries[rows] @ pool.T
        places[rows] = _best(alike, count)
        cosines[rows] = np.take_along_axis(alike, places[rows].astype(np.int64), axis=1)
    return places, cosines


def _best(alike: Floats, count: int) -> Places:
    if count < alike.shape[1]:
        some = np.sort(np.argpartition(alike, -count, axis=1)[:, -count:], axis=1)
    else:
        some = np.broadcast_to(np.arange(count), alike.shape)
    order = np.argsort(-np.take_along_axis(alike, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1).astype(np.int32)
