"""Group commit for the edge: requests that arrive together are stored together, in one round trip."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from redis.exceptions import ResponseError

from bot.runtime.jobs import DEDUPE_S, Busy, Job, Receipt, Unavailable
from bot.runtime.lanes import Lanes
from bot.runtime.scripts import AWAY_S

BATCH_JOBS_MAX: Final = 64
"""Per round trip: beyond this a larger batch saves nothing and makes everybody else wait."""
WAITING_JOBS_MAX: Final = 1024
"""Waiting to be stored. A healthy Redis clears it within 0.1 s; a longer queue only hides that it is away."""
WAITING_BYTES_MAX: Final = 64 * 1024 * 1024
"""Of their payloads together: a dozen of the largest bodies there may be, and no more memory than that."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class _Waiting:
    """One request and the answer it waits for."""

    __slots__ = ("answer", "dedupe", "dedupe_ttl_s", "job")

    def __init__(self, job: Job, dedupe: str, dedupe_ttl_s: float) -> None:
        self.job = job
        self.dedupe = dedupe
        self.dedupe_ttl_s = dedupe_ttl_s
        self.answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()


class Acceptor:
    """Gathers concurrent accepts: while one batch is on its way, the next one fills."""

    def __init__(self, lanes: Lanes) -> None:
        """Accept into ``lanes``."""
        self._lanes = lanes
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._sender: asyncio.Task[None] | None = None

    async def accept(self, job: Job, *, dedupe: str = "", dedupe_ttl_s: float = DEDUPE_S) -> Receipt:
        """Store and queue ``job``; as ``Lanes.accept``, shared with whoever asks at the same time.

        It returns only what Redis has confirmed.

        Raises:
            Busy: too many wait already, nothing was sent. Answer 503 with Retry-After ``after_s``.
            Unavailable: Redis did not confirm. Answer 503; the vendor's repeat will be recognised if it had.
        """
        if len(self._waiting) >= WAITING_JOBS_MAX or self._waiting_bytes > WAITING_BYTES_MAX:
            raise Busy("too many requests wait to be stored", after_s=AWAY_S)
        self._lanes.check(job)
        mine = _Waiting(job, dedupe, dedupe_ttl_s)
        self._waiting.append(mine)
        self._waiting_bytes += len(job.data)
        if self._sender is None:
            self._sender = asyncio.create_task(self._send_all())
        return await mine.answer

    async def _send_all(self) -> None:
        # The task starts after the current loop tick, so what arrives in it is in the first batch already.
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_JOBS_MAX], self._waiting[BATCH_JOBS_MAX:]
                self._waiting_bytes -= sum(len(one.job.data) for one in batch)
                await self._send(batch)
        finally:
            self._sender = None

    async def _send(self, batch: list[_Waiting]) -> None:
        try:
            jobs = [(one.job, one.dedupe, one.dedupe_ttl_s) for one in batch]
            receipts = await self._lanes.accept_all(jobs)
        except (Unavailable, ResponseError) as no:
            log.warning("accept_failed", jobs=len(batch), why=str(no))
            # Each caller gets its own error: a shared one would collect the tracebacks of all of them.
            for one in batch:
                _fail(one, Unavailable(f"nothing was stored: {no}", after_s=AWAY_S))
            return
        except asyncio.CancelledError:
            for one in batch + self._waiting:
                one.answer.cancel()
            raise
        for one, receipt in zip(batch, receipts, strict=True):
            # A caller that hung up has cancelled its wait; its job is stored all the same.
            if not one.answer.done():
                one.answer.set_result(receipt)


def _fail(one: _Waiting, error: Exception) -> None:
    if not one.answer.done():
        one.answer.set_exception(error)
