"""The fits of a classifier's parts, on all cores where there are lessons enough to be worth starting them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.brain.classify.guards import Weights
from bot.brain.classify.linear import Rows
from bot.brain.classify.votes import Numbers, Places
from bot.brain.workers import end_with_parent
from bot.core.errors import Retry

ALONE_MAX: Final = 20_000
"""Lessons up to which this process does it all: others take two seconds to start."""
WORKERS_MAX: Final = 2
"""Processes: each holds the lessons' terms, some 300 MB of 48,000, and a bot has its own work to do."""


@dataclass(frozen=True, slots=True)
class Held:
    """One part of the lessons, which the others judge."""

    rows: npt.NDArray[np.int64]
    said: list[Numbers]
    """By view, a row of scores for each of ``rows``."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be learned of one field."""

    labels: Places
    weights: Weights
    folds: Places
    classes: int

    def held(self, views: Sequence[Rows], part: int) -> Held:
        """Learn from all parts but ``part``, and score that one."""
        rows = np.flatnonzero(self.folds == part)
        weights = np.where(self.folds == part, 0.0, self.weights)
        said = [_said(each, self.labels, weights, rows, self.classes) for each in views]
        return Held(rows, said)


def each_part(
    views: Sequence[Rows], task: Task, parts: Sequence[int], *, workers: int | None = None
) -> Iterator[Held]:
    """Yield what the lessons of other parts say of each part, in the order of ``parts``.

    ``workers``: processes; without, as many as there are cores and lessons for. The same either way.

    Raises:
        Retry: the machine ended a worker, mostly for want of memory.
    """
    count = min(os.cpu_count() or 1, WORKERS_MAX) if workers is None else workers
    if count <= 1 or (workers is None and len(task.labels) <= ALONE_MAX):
        for part in parts:
            yield task.held(views, part)
        return
    # Not by fork: what the caller has open (sockets, threads) is none of a worker's business.
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=spawn, initializer=_begin, initargs=(tuple(views), task))
    try:
        yield from pool.map(_held, parts)
    except BrokenProcessPool as error:
        raise Retry(
            "a worker was ended from outside, for want of memory perhaps: run it again", after_s=0
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _said(rows: Rows, labels: Places, weights: Weights, held: npt.NDArray[np.int64], classes: int) -> Numbers:
    others = rows.without(held)
    return others.scores(others.cut(labels, weights, classes), held)


class _Worker:
    """What a worker was given when it began."""

    views: tuple[Rows, ...] = ()
    task: Task | None = None


def _begin(views: tuple[Rows, ...], task: Task) -> None:
    end_with_parent()
    _Worker.views, _Worker.task = views, task


def _held(part: int) -> Held:
    assert _Worker.task is not None, "it was begun with one"
    return _Worker.task.held(_Worker.views, part)
