"""Cleaning and redacting many tickets on all cores, in order: nine tenths of what learning costs."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Final

from bot.brain.remembering import Remembered, remember_all
from bot.brain.workers import end_with_parent
from bot.core.errors import Retry
from bot.core.tickets import PastTicket

BATCH: Final = 500
"""Tickets of one errand."""
ALONE_MAX: Final = 4
"""Batches done in this process before others are started: for few tickets they would start too late."""
WORKERS_MAX: Final = 4
"""Processes: with more, reading and writing in this one is what takes the time."""
AHEAD: Final = 2
"""Batches that wait per worker: they bound what is in memory."""

Batch = Sequence[tuple[PastTicket, str]]
"""Tickets, and the pseudonym of whoever asked."""


def prepared(
    tickets: Iterable[tuple[PastTicket, str]], *, workers: int | None = None
) -> Iterator[list[Remembered | None]]:
    """Yield what is kept of ``tickets``, in batches of ``BATCH`` and in their order.

    ``workers``: processes; without, one a core, ``WORKERS_MAX`` at most. One means this process.

    Raises:
        Retry: the machine ended a worker, mostly for want of memory.
    """
    batches = _batches(iter(tickets))
    count = min(os.cpu_count() or 1, WORKERS_MAX) if workers is None else workers
    for batch in batches if count <= 1 else islice(batches, ALONE_MAX):
        yield remember_all(batch)
    first = next(batches, None)
    if first is None:
        return
    # Not by fork: what the caller has open (sockets, threads) is none of a worker's business.
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=spawn, initializer=end_with_parent)
    try:
        yield from _in_order(pool, chain([first], batches), AHEAD * count)
    except BrokenProcessPool as error:
        raise Retry(
            "a worker was ended from outside, for want of memory perhaps: run it again", after_s=0
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, batches: Iterator[Batch], ahead: int
) -> Iterator[list[Remembered | None]]:
    waiting: deque[Future[list[Remembered | None]]] = deque()
    for batch in batches:
        waiting.append(pool.submit(remember_all, batch))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _batches(tickets: Iterator[tuple[PastTicket, str]]) -> Iterator[Batch]:
    while batch := list(islice(tickets, BATCH)):
        yield batch
