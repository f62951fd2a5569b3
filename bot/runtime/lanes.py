"""Ordered lanes on Redis Streams: accept, start, finish, retry, timers. One script per promise.

A job of a lane is in a stream only while it is the lane's head, so any number of workers may read the
streams and each lane still runs in order. Whoever starts a job raises its fence; only the newest holder can
finish it. Nothing here knows what a job means.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot.core.errors import Misconfigured
from bot.runtime.jobs import (
    DEDUPE_S,
    DONE_KEPT_S,
    POOLS,
    Accepted,
    Again,
    Commit,
    Depths,
    Duplicate,
    Job,
    Lease,
    Outcome,
    PoolDepth,
    Receipt,
    Settled,
)
from bot.runtime.letters import DeadLetters
from bot.runtime.scripts import Script, outage_told

GROUP: Final = "workers"
WHY_CHARS_MAX: Final = 500
"""Of an error kept with a job: enough for a person, too little for a ticket's text."""
_PREFIX: Final = re.compile(r"\{[^{}:]+\}")
TICK_JOBS_MAX: Final = 200
"""Timers queued by one script call; a backlog of thousands must not stall everybody else."""

RETRY_MIN_S: Final = 0.05
"""A handler that asks for no wait at all would otherwise keep Redis and us spinning."""
RETRY_MAX_S: Final = 30 * 24 * 3600.0
"""No vendor's wait is believed beyond that."""
_SCRIPTS: Final = (
    *("accept", "cancel", "commit"),
    *("audit_add", "stop", "start", "reclaim", "settle", "unread", "beat", "tick", "reap", "depths"),
)

Batch = Sequence[tuple[Job, str, float]]
"""Jobs with their dedupe keys and the keys' lives in seconds."""


class Lanes:
    """The queue of one tenant. Every method may raise ``Unavailable``; calling it again is then safe."""

    def __init__(self, redis: Redis, prefix: str, *, pools: Sequence[str] = POOLS) -> None:
        """``prefix`` is one Cluster hash tag, such as ``{countersign}``; all keys begin with it."""
        if not _PREFIX.fullmatch(prefix):
            raise Misconfigured(f"the key prefix {prefix!r} must be one hash tag, such as {{countersign}}")
        self.prefix = prefix
        self.pools = tuple(pools)
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        """Who we are to Redis: one name per process start, so that no two ever share a lease."""
        self.dead = DeadLetters(redis, prefix)
        self._redis = redis
        self._calls = itertools.count(1)
        self._run = {name: Script(name) for name in _SCRIPTS}

    # -- in --------------------------------------------------------------------------------------------

    async def accept(self, job: Job, *, dedupe: str = "", dedupe_ttl_s: float = DEDUPE_S) -> Receipt:
        """Store and queue ``job``. When this returns, Redis has confirmed it.

        ``dedupe``: a second accept with the same key within ``dedupe_ttl_s`` is a Duplicate. So is one with
        the same job id, for as long as the job lives and ``DONE_KEPT_S`` longer.
        """
        return (await self.accept_all([(job, dedupe, dedupe_ttl_s)]))[0]

    async def accept_all(self, batch: Batch) -> list[Receipt]:
        """Accept several jobs in one round trip: all of them, or none."""
        args = [arg for job, dedupe, ttl_s in batch for arg in self._wire(job, dedupe, ttl_s)]
        answers: list[bytes] = await self._call("accept", *args)
        return [
            Duplicate(first.decode()) if first else Accepted(job.id)
            for (job, _, _), first in zip(batch, answers, strict=True)
        ]

    async def cancel_timer(self, job_id: str) -> bool:
        """Remove a job that still waits for its time. False: it is unknown, queued, running or ended."""
        return bool(await self._call("cancel", job_id))

    # -- documents -------------------------------------------------------------------------------------

    async def load(self, key: str) -> tuple[int, bytes | None]:
        """Return a document and its version; ``(0, None)`` when there is none."""
        found = await outage_told(self._redis.hmget(f"{self.prefix}:doc:{key}", "v", "d"))
        version, document = cast("list[bytes | None]", found)
        return int(version or 0), document

    async def find(self, name: str, field: str) -> str | None:
        """Return what the look-up ``name`` holds under ``field``."""
        value = await outage_told(self._redis.hget(f"{self.prefix}:idx:{name}", field))
        return None if value is None else cast("bytes", value).decode()

    async def find_all(self, name: str) -> dict[str, str]:
        """Return the whole look-up ``name``."""
        rows = await outage_told(self._redis.hgetall(f"{self.prefix}:idx:{name}"))
        return {k.decode(): v.decode() for k, v in cast("dict[bytes, bytes]", rows).items()}

    async def first(self, name: str, value: str, *, keep_s: int) -> str:
        """Return what was said of ``name`` first, in the last ``keep_s`` seconds; else ``value``."""
        key = f"{self.prefix}:first:{name}"
        if await outage_told(self._redis.set(key, value, nx=True, ex=keep_s)):
            return value
        found = cast("bytes | None", await outage_told(self._redis.get(key)))
        return found.decode() if found is not None else value

    async def commit(
        self,
        commit: Commit | None = None,
        *,
        lease: Lease | None = None,
        spawn: Sequence[Job] = (),
        audit: Sequence[bytes] = (),
    ) -> Outcome:
        """Write in the middle of a job, or outside of one: all of it or nothing.

        With ``lease`` it is refused (LOST) once the job belongs to somebody else; the job itself goes on.
        """
        return await self._commit("fenced" if lease else "free", lease, commit, (spawn, audit))

    async def finish(
        self,
        lease: Lease,
        *,
        spawn: Sequence[Job] = (),
        commit: Commit | None = None,
        audit: Sequence[bytes] = (),
    ) -> Outcome:
        """End the job and write what it led to: all of it or nothing. On CONFLICT the job goes on."""
        return await self._commit("finish", lease, commit, (spawn, audit))

    async def _commit(
        self,
        mode: str,
        lease: Lease | None,
        commit: Commit | None,
        more: tuple[Sequence[Job], Sequence[bytes]],
    ) -> Outcome:
        spawn, audit = more
        write = commit or Commit(key="", expected_version=0, document=b"")
        lookups = [
            part
            for name, fields in write.index.items()
            for field, value in fields.items()
            for part in (name, field, value)
        ]
        answer: bytes = await self._call(
            "commit",
            mode,
            *(self._held(lease) if lease else ("", "", "", "", "")),
            DONE_KEPT_S * 1000,
            write.key,
            write.expected_version,
            write.document,
            self.new_claim(),
            write.keep_s * 1000,
            len(lookups) // 3,
            len(audit),
            *lookups,
            *audit,
            *(arg for job in spawn for arg in self._wire(job, "", 0)),
        )
        return Outcome(answer.decode())

    # -- the worker's side -----------------------------------------------------------------------------

    async def ensure_groups(self) -> None:
        """Create the consumer groups that are missing, at 0: what was queued before is read too."""
        for pool in self.pools:
            try:
                await outage_told(self._redis.xgroup_create(self.stream(pool), GROUP, id="0", mkstream=True))
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    async def start(self, pool: str, entries: Sequence[tuple[str, str]], *, claim: str) -> list[Lease]:
        """Start the jobs of entries just read, each ``(entry id, job id)``.

        ``claim`` comes from ``new_claim``, one per read; repeating the call with it starts nothing twice.
        """
        flat = [part for entry in entries for part in entry]
        rows = await self._call("start", pool, GROUP, self.name, claim, *flat)
        return [_lease(pool, row) for row in rows]

    async def reclaim(self, pool: str, *, silent_ms: int, cursor: str, count: int) -> tuple[str, list[Lease]]:
        """Take over up to ``count`` jobs whose holder was silent for ``silent_ms``; also the next cursor."""
        token = self.new_claim()
        after, rows = await self._call("reclaim", pool, GROUP, self.name, token, silent_ms, cursor, count)
        return cast("bytes", after).decode(), [_lease(pool, row) for row in rows]

    async def retry(self, lease: Lease, again: Again, *, heirs: Sequence[Job] = ()) -> Settled:
        """Try again later; DEAD where that would be too late, and then ``heirs`` are accepted with it."""
        delay_s = min(max(again.delay_s, RETRY_MIN_S), RETRY_MAX_S)
        terms = (int(delay_s * 1000), not again.counts, int(again.within_s * 1000))
        return await self._settle(lease, "retry", again.why, terms, heirs)

    async def bury(self, lease: Lease, *, why: str, heirs: Sequence[Job] = ()) -> Settled:
        """Give up: keep the job as a dead letter, let its lane move on, and accept what it leaves to do."""
        return await self._settle(lease, "dead", why, (0, False, 0), heirs)

    async def hand_over(self, lease: Lease) -> Settled:
        """Put an unfinished job back for whoever reads next; the attempt does not count."""
        return await self._settle(lease, "back", "", (0, True, 0), ())

    async def give_back(self, pool: str, entries: Sequence[tuple[str, str]]) -> int:
        """Put entries back that were read but not started; returns how many were still ours."""
        flat = [part for entry in entries for part in entry]
        return int(await self._call("unread", pool, GROUP, self.name, *flat))

    async def beat(self, pool: str, leases: Sequence[Lease]) -> list[bool]:
        """Renew leases of one pool; False for each that is lost."""
        flat = [part for lease in leases for part in (lease.entry, lease.id, lease.generation)]
        return [bool(kept) for kept in await self._call("beat", pool, GROUP, self.name, *flat)]

    async def reap(self, pool: str, *, silent_s: float, only: str = "") -> int:
        """Forget consumers that hold nothing and were silent for ``silent_s``; ``only``: just this one."""
        return int(await self._call("reap", pool, GROUP, int(silent_s * 1000), only))

    async def tick(self) -> tuple[int, int]:
        """Queue what is due; returns how many, and the ms until the next one or -1."""
        moved, next_ms = await self._call("tick", TICK_JOBS_MAX)
        return int(moved), int(next_ms)

    async def depths(self) -> Depths:
        """Say how much waits where."""
        delayed, overdue, dead, rows = await self._call("depths", GROUP, *self.pools)
        pools: Mapping[str, PoolDepth] = {
            pool: PoolDepth(queued=int(q), running=int(r), behind=int(b), oldest_ms=int(o))
            for pool, (q, r, b, o) in zip(self.pools, rows, strict=True)
        }
        return Depths(pools=pools, delayed=int(delayed), overdue=int(overdue), dead=int(dead))

    async def add_record(self, record: bytes) -> None:
        """Add one record to the audit that belongs to no commit; a lost answer does not double it."""
        await self._call("audit_add", record, self.new_claim())

    async def set_stop(self, scope: str, known: str, record: bytes) -> bool:
        """Set a stop, or lift it where ``known`` is empty, and add the record; False: there was none to lift.

        A lost answer does not double it, and never leaves one without the other.
        """
        return bool(await self._call("stop", scope, known, record, self.new_claim()))

    # -- wire ------------------------------------------------------------------------------------------

    async def _settle(
        self, lease: Lease, verb: str, why: str, terms: tuple[int, bool, int], heirs: Sequence[Job]
    ) -> Settled:
        delay_ms, free, within_ms = terms
        answer: bytes = await self._call(
            "settle",
            *self._held(lease),
            *(verb, delay_ms, why[:WHY_CHARS_MAX], int(free), within_ms),
            *(arg for job in heirs for arg in self._wire(job, "", 0)),
        )
        return Settled(answer.decode())

    async def _call(self, script: str, *args: str | bytes | int) -> Any:
        return await self._run[script](self._redis, self.prefix, *args)

    def _wire(self, job: Job, dedupe: str, ttl_s: float) -> tuple[str | bytes | int, ...]:
        if job.pool not in self.pools:
            raise ValueError(
                f"job {job.id}: nobody reads pool {job.pool!r}; there are {', '.join(self.pools)}"
            )
        life_ms = max(1, int(ttl_s * 1000))
        return (job.id, job.kind, job.data, job.lane, job.pool, job.delay_ms, dedupe, life_ms)

    def _held(self, lease: Lease) -> tuple[str | int, ...]:
        return (lease.pool, GROUP, lease.entry, lease.id, lease.generation)

    def check(self, job: Job) -> None:
        """Refuse a job that nobody would ever read, with a ValueError: it is our own bug."""
        if job.pool not in self.pools:
            raise ValueError(f"job {job.id}: nobody reads pool {job.pool!r}, only {', '.join(self.pools)}")

    def stream(self, pool: str) -> str:
        """Return the key of a pool's stream."""
        return f"{self.prefix}:q:{pool}"

    def new_claim(self) -> str:
        """Name one call, so that the same call sent twice is known as such."""
        return f"{self.name}/{next(self._calls)}/"


def _lease(pool: str, row: list[Any]) -> Lease:
    entry, job_id, kind, data, lane, attempt, generation, accepted_ms = row
    return Lease(
        id=job_id.decode(),
        kind=kind.decode(),
        data=data,
        lane=lane.decode(),
        pool=pool,
        attempt=int(attempt),
        accepted_ms=int(accepted_ms),
        entry=entry.decode(),
        generation=int(generation),
    )
