"""The worker: takes leases from its pools, runs handlers, and tells Redis how every attempt ended."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias, TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot.core.errors import Ambiguous, Held, Reject, Retry
from bot.ports import Clock
from bot.runtime.backoff import backoff_s
from bot.runtime.jobs import Again, Done, Job, Lease, Outcome, Patience, Receipt, Settled, Unavailable
from bot.runtime.lanes import TICK_JOBS_MAX, Lanes
from bot.runtime.pools import Pool

Handler: TypeAlias = Callable[[Lease], Awaitable[Done]]
"""Runs one attempt. At least once, so it must bear a repeat; it may be cancelled at any await."""

Heirs: TypeAlias = Callable[[Lease, str], Sequence[Job]]
"""What has to be done because a job will never be: told the job and why."""

LEASE_S: Final = 15.0
"""How long a worker may be silent before its jobs are started elsewhere."""
GRACE_S: Final = 20.0
"""How long a stop waits for attempts under way; below the 30 s after which container platforms kill."""
HELD_S: Final = 100 * 365 * 24 * 3600.0
"""How long a job waits that people hold back: as long as they like."""
_TICK_S: Final = 0.25
"""Timers are late by this much at most."""
_REAP_S: Final = 600.0
_GONE_S: Final = 3600.0
"""A consumer that was silent for an hour and holds nothing belonged to a process that is gone."""
_AWAY_CAP_S: Final = 2.0
"""Longest wait between two looks whether Redis is back."""

Ended = TypeVar("Ended", Outcome, Settled, Receipt)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """What /readyz wants to know."""

    alive: bool
    """Reading; false before ``run``, from ``stop`` on, and after a crash."""
    last_ok_at: datetime | None
    """When Redis last answered one of our loops; they ask several times a second."""
    running: int
    """Attempts under way."""


class Worker:
    """Runs jobs until it is stopped. Outlives Redis' absences, and goes on by itself."""

    def __init__(
        self,
        lanes: Lanes,
        reader: Redis,
        *,
        clock: Clock,
        patience: Patience | None = None,
        lease_s: float = LEASE_S,
        grace_s: float = GRACE_S,
    ) -> None:
        """``reader``: a client for blocking reads, see ``redis_client.reading_client``."""
        self._lanes = lanes
        self._reader = reader
        self._clock = clock
        self._patience = patience or Patience()
        self._lease_s = lease_s
        self._grace_s = grace_s
        self._handlers: Mapping[str, Handler] = {}
        self._heirs: Heirs = _nobody
        self._pools: list[Pool] = []
        self._stop = asyncio.Event()
        self._drained = asyncio.Event()
        self._reading = False
        self._last_ok_at: datetime | None = None

    @property
    def health(self) -> Health:
        """Say how we are."""
        running = sum(len(pool.running) for pool in self._pools)
        return Health(self._reading and not self._stop.is_set(), self._last_ok_at, running)

    def stop(self) -> None:
        """Start nothing more; ``run`` returns once all that runs has ended or was handed over."""
        self._stop.set()

    async def run(
        self, handlers: Mapping[str, Handler], pools: Mapping[str, int], heirs: Heirs | None = None
    ) -> None:
        """Work until ``stop``. ``handlers``: by kind; ``pools``: how many attempts at a time in each.

        ``heirs``: what a job that we give up on leaves to do.
        """
        self._handlers, self._heirs = handlers, heirs or _nobody
        self._pools = [
            Pool(self._lanes, self._reader, name, size, lease_s=self._lease_s) for name, size in pools.items()
        ]
        self._reading = True
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._keep(self._beat, self._drained))
                loops.create_task(self._keep(self._tick, self._stop))
                loops.create_task(self._keep(self._reap, self._stop))
                readers = [loops.create_task(self._read(pool)) for pool in self._pools]
                await asyncio.wait(readers)
                await self._drain()
                self._drained.set()
        finally:
            self._reading = False
            for attempt in self._attempts():
                attempt.cancel()

    # -- loops -----------------------------------------------------------------------------------------

    async def _keep(self, step: Callable[[], Awaitable[None]], end: asyncio.Event) -> None:
        """Repeat ``step`` until ``end``, whatever state Redis is in."""
        failures = 0
        while not end.is_set():
            try:
                await step()
            except (Unavailable, ResponseError) as error:
                failures += 1
                await self._recover(error, failures)
            else:
                failures = 0

    async def _recover(self, error: Exception, failures: int) -> None:
        if "NOGROUP" in str(error):
            # FLUSHALL, a fresh server, or a fail-over to a replica that had not heard of the group yet.
            try:
                await self._lanes.ensure_groups()
            except Unavailable:
                log.warning("groups_not_created")
            else:
                return
        elif failures == 1:
            log.warning("redis_failed", error=type(error).__name__, why=str(error))
        await self._clock.sleep(backoff_s(failures, base_s=0.05, cap_s=_AWAY_CAP_S))

    async def _pause(self, seconds: float, end: asyncio.Event) -> None:
        """Wait, but not beyond ``end``."""
        try:
            async with asyncio.timeout(seconds):
                await end.wait()
        except TimeoutError:
            return

    async def _read(self, pool: Pool) -> None:
        async def step() -> None:
            leases = await pool.take(self._stop)
            self._seen()
            for lease in leases:
                self._launch(pool, lease)

        await self._keep(step, self._stop)
        try:
            await pool.give_back()
        except (Unavailable, ResponseError):
            log.warning("entries_left_to_their_lease", pool=pool.name)

    def _launch(self, pool: Pool, lease: Lease) -> None:
        attempt = asyncio.create_task(self._attempt(lease), name=f"job {lease.id}")
        pool.add(lease, attempt)
        attempt.add_done_callback(_report)

    async def _tick(self) -> None:
        moved, next_ms = await self._lanes.tick()
        self._seen()
        if moved < TICK_JOBS_MAX:
            await self._pause(_TICK_S if next_ms < 0 else min(_TICK_S, next_ms / 1000), self._stop)

    async def _beat(self) -> None:
        await self._pause(self._lease_s / 3, self._drained)
        for pool in self._pools:
            held = dict(pool.running)
            if not held:
                continue
            answers = await self._lanes.beat(pool.name, list(held.values()))
            for (attempt, lease), kept in zip(held.items(), answers, strict=True):
                if not kept and attempt.cancel("lease lost"):
                    log.warning("lease_lost", job=lease.id, kind=lease.kind)

    async def _reap(self) -> None:
        for pool in self._pools:
            await self._lanes.reap(pool.name, silent_s=_GONE_S)
        await self._pause(_REAP_S, self._stop)

    def _seen(self) -> None:
        self._last_ok_at = self._clock.now()

    # -- the end ---------------------------------------------------------------------------------------

    def _attempts(self) -> list[asyncio.Task[None]]:
        return [attempt for pool in self._pools for attempt in pool.running]

    async def _drain(self) -> None:
        """Let attempts end for a while, then hand the rest over and leave."""
        under_way = self._attempts()
        if under_way:
            await asyncio.wait(under_way, timeout=self._grace_s)
        try:
            for pool in self._pools:
                for attempt, lease in list(pool.running.items()):
                    # First the fence, then the cancel: what the attempt still tries to write is refused.
                    await self._lanes.hand_over(lease)
                    attempt.cancel("handed over")
            for pool in self._pools:
                await self._lanes.reap(pool.name, silent_s=0.0, only=self._lanes.name)
        except (Unavailable, ResponseError):
            log.warning("not_handed_over", jobs=len(self._attempts()))

    # -- one attempt -----------------------------------------------------------------------------------

    async def _attempt(self, lease: Lease) -> None:
        """Run one attempt and tell Redis how it ended, however long Redis is away meanwhile."""
        if lease.attempt > self._patience.attempts_max:
            await self._bury(
                lease, f"started {lease.attempt - 1} times and never ended: the worker died of it"
            )
            return
        try:
            await self._carry_out(lease)
        except Retry as later:
            within_s = HELD_S if isinstance(later, Held) else self._within_s(lease)
            terms = Again(delay_s=later.after_s, why=str(later), counts=False, within_s=within_s)
            await self._again(lease, terms)
        except (Reject, Ambiguous) as no:
            await self._bury(lease, f"{type(no).__name__}: {no}")
        except asyncio.CancelledError:
            if _cancelled_from_outside():
                raise
            await self._failed(lease, "a task the handler waited for was cancelled")
        except Exception as error:  # noqa: BLE001  # the boundary: a handler may fail in any way
            self._log_failure(lease, error)
            await self._failed(lease, f"{type(error).__name__}: {error}")

    async def _carry_out(self, lease: Lease) -> None:
        handler = self._handlers.get(lease.kind)
        if handler is None:
            # Perhaps a newer replica knows it; we keep trying for as long as for any failure.
            raise LookupError(f"no handler for jobs of kind {lease.kind!r}")
        for _ in range(self._patience.conflicts_max):
            async with asyncio.timeout(self._patience.run_s):
                done = await handler(lease)
            if await self._finish(lease, done) is not Outcome.CONFLICT:
                return
        raise Retry("somebody else keeps committing this document", after_s=self._patience.base_s)

    async def _finish(self, lease: Lease, done: Done) -> Outcome:
        outcome = await self._surely(
            lambda: self._lanes.finish(lease, spawn=done.spawn, commit=done.commit, audit=done.audit)
        )
        if outcome is Outcome.LOST:
            log.warning("finish_refused", job=lease.id, kind=lease.kind)
        return outcome

    async def _failed(self, lease: Lease, why: str) -> None:
        if lease.attempt >= self._patience.attempts_max:
            await self._bury(lease, why)
            return
        patience = self._patience
        wait_s = backoff_s(lease.attempt, base_s=patience.base_s, cap_s=patience.cap_s)
        await self._again(lease, Again(delay_s=wait_s, why=why, within_s=self._within_s(lease)))

    async def _again(self, lease: Lease, terms: Again) -> None:
        heirs = self._heirs(lease, terms.why)
        if await self._surely(lambda: self._lanes.retry(lease, terms, heirs=heirs)) is Settled.DEAD:
            log.error("job_dead", job=lease.id, kind=lease.kind, lane=lease.lane)

    async def _bury(self, lease: Lease, why: str) -> None:
        heirs = self._heirs(lease, why)
        await self._surely(lambda: self._lanes.bury(lease, why=why, heirs=heirs))
        log.error("job_dead", job=lease.id, kind=lease.kind, lane=lease.lane, attempt=lease.attempt)

    def _within_s(self, lease: Lease) -> float:
        hurried = bool(lease.lane) and lease.pool not in self._patience.unhurried
        return self._patience.laned_s if hurried else self._patience.loose_s

    def _log_failure(self, lease: Lease, error: Exception) -> None:
        """Name the error and its place. Its words may quote a ticket: they stay in Redis, beside the job."""
        place = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
        log.warning(
            "attempt_failed",
            job=lease.id,
            kind=lease.kind,
            attempt=lease.attempt,
            error=type(error).__name__,
            at=f"{place.filename}:{place.lineno}" if place else "",
        )

    async def _surely(self, call: Callable[[], Awaitable[Ended]]) -> Ended:
        """Repeat ``call`` until Redis answers; its scripts bear that."""
        failures = 0
        while True:
            try:
                return await call()
            except Unavailable:
                failures += 1
                await self._clock.sleep(backoff_s(failures, base_s=0.05, cap_s=_AWAY_CAP_S))


def _nobody(_lease: Lease, _why: str) -> Sequence[Job]:
    return ()


def _cancelled_from_outside() -> bool:
    """Tell a cancel meant for this attempt from one that leaked out of something the handler waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _report(attempt: asyncio.Task[None]) -> None:
    """An attempt that could not even be settled is our bug; its lease runs out and it is tried again."""
    if not attempt.cancelled() and (error := attempt.exception()):
        log.error("attempt_lost", attempt=attempt.get_name(), error=type(error).__name__)
