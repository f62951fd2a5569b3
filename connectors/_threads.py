"""A small pool of threads for libraries that block, shared by the connectors.

A vendor that hangs fills its own pool and nobody else's; what does not fit in the queue is turned away at
once, so that waiting work never grows without end.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from bot.core.errors import Retry

T = TypeVar("T")

WAITING_MAX = 256
"""Calls that may wait for a thread; more than a pool works off in its callers' time limits."""
BUSY_S = 1.0
"""How long a caller who was turned away should wait, in seconds."""


class Threads:
    """Runs blocking calls of one connector, at most ``size_max`` at a time."""

    def __init__(self, name: str, size_max: int = 8) -> None:
        """Name the threads after ``name``; none is started before it is needed."""
        self._name = name
        self._pool = ThreadPoolExecutor(max_workers=size_max, thread_name_prefix=f"connector-{name}")
        self._places = threading.BoundedSemaphore(size_max + WAITING_MAX)

    async def run(self, call: Callable[[], T], *, timeout_s: float) -> T:
        """Return what ``call`` returns; its exceptions pass through.

        A call whose caller is cancelled before it began never begins. One that has begun cannot be stopped:
        it ends in its thread, under the time limits of its own sockets, and its outcome is dropped.

        Raises:
            Retry: it was not started: the queue is full, ``timeout_s`` went by in it, or the pool was closed.
            TimeoutError: it was started and has not come back: what it did is unknown.
        """
        if not self._places.acquire(blocking=False):
            raise Retry(f"{self._name}: too many calls are waiting already", after_s=BUSY_S)
        try:
            future = self._pool.submit(call)
        except RuntimeError as closed:
            self._places.release()
            raise Retry(f"{self._name}: shutting down", after_s=BUSY_S) from closed
        future.add_done_callback(self._leave)
        await self._wait(future, timeout_s)
        if future.cancel():  # true also where ``close`` called it off before
            raise Retry(f"{self._name}: no thread was free within {timeout_s:g} s", after_s=BUSY_S)
        if future.done():
            return future.result()
        raise TimeoutError(f"{self._name}: no answer within {timeout_s:g} s")

    def close(self) -> None:
        """Take no more calls and forget those that wait; those under way end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _wait(self, future: Future[T], timeout_s: float) -> None:
        """Wait without cancelling: whether ``future`` may still be called off is for ``run`` to find out."""
        waiter = asyncio.wrap_future(future)
        # Looked at even when nobody waits any more, or the loop complains about a lost exception.
        waiter.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        try:
            await asyncio.wait({waiter}, timeout=timeout_s)
        except asyncio.CancelledError:
            future.cancel()
            raise

    def _leave(self, _future: Future[T]) -> None:
        self._places.release()


class PerThread(Generic[T]):
    """One ``T`` per thread, made when the thread first asks: sessions do not like to be shared."""

    def __init__(self, make: Callable[[], T], dispose: Callable[[T], None]) -> None:
        """``make`` runs in the thread that asks; ``dispose`` in the one that closes."""
        self._make, self._dispose = make, dispose
        self._local = threading.local()
        self._made: list[T] = []
        self._lock = threading.Lock()

    def get(self) -> T:
        """Return this thread's own."""
        mine: T | None = getattr(self._local, "mine", None)
        if mine is None:
            mine = self._make()
            self._local.mine = mine
            with self._lock:
                self._made.append(mine)
        return mine

    def close(self) -> None:
        """Dispose of all of them."""
        with self._lock:
            made, self._made = self._made, []
        for each in made:
            self._dispose(each)
