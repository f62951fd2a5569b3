"""A worker process that dies where it is told to. Run as ``python -m``, never imported by a test.

Arguments: URL, prefix, lease in seconds, and optionally where to die and at which job.

Each job is written down twice: in a list outside of the queue when its handler runs (``<prefix>:ran``, at
least once), and in the document of its lane together with its end (exactly once).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from typing_extensions import override

from bot.clock import SystemClock
from bot.core.errors import Retry
from bot.runtime.jobs import Again, Commit, Done, Job, Lease, Outcome, Patience, Settled
from bot.runtime.lanes import Lanes
from bot.runtime.pump import Worker
from bot.runtime.redis_client import command_client, reading_client


class Mortal(Lanes):
    """Lanes with points at which the process ends, as by the kernel."""

    point = ""
    victim = ""

    def die(self, point: str, job_id: str) -> None:
        if (point, job_id) == (self.point, self.victim):
            os.kill(os.getpid(), signal.SIGKILL)

    @override
    async def start(self, pool: str, entries: Sequence[tuple[str, str]], *, claim: str) -> list[Lease]:
        for _, job_id in entries:
            self.die("read", job_id)
        leases = await super().start(pool, entries, claim=claim)
        for lease in leases:
            self.die("started", lease.id)
        return leases

    @override
    async def finish(self, lease: Lease, **more: Any) -> Outcome:
        self.die("before finish", lease.id)
        outcome = await super().finish(lease, **more)
        self.die("after finish", lease.id)
        return outcome

    @override
    async def retry(self, lease: Lease, again: Again, **more: Any) -> Settled:
        self.die("before retry", lease.id)
        settled = await super().retry(lease, again, **more)
        self.die("after retry", lease.id)
        return settled


async def handle(lanes: Mortal, redis: Redis, lease: Lease) -> Done:
    lanes.die("before effect", lease.id)
    await note(redis, f"{lanes.prefix}:ran", lease.id)
    lanes.die("after effect", lease.id)
    key = f"log:{lease.lane or lease.id}"
    version, document = await lanes.load(key)
    if lease.data == b"busy" and not await tried(redis, f"{lanes.prefix}:tried", lease.id):
        raise Retry("not yet", after_s=0.05)
    done = (document or b"") + lease.id.encode() + b"\n"
    if lease.data == b"parent":
        return Done(
            [Job(f"{lease.id}#0", "k", b"", lease.lane)], Commit(key, version, done), [lease.id.encode()]
        )
    return Done(commit=Commit(key, version, done), audit=[lease.id.encode()])


async def note(redis: Redis, key: str, value: str) -> None:
    try:
        await redis.rpush(key, value)
    except (RedisError, OSError) as away:
        raise Retry(str(away), after_s=0.05) from away


async def tried(redis: Redis, key: str, value: str) -> bool:
    """Whether this was asked before."""
    try:
        return not await redis.sadd(key, value)
    except (RedisError, OSError) as away:
        raise Retry(str(away), after_s=0.05) from away


async def main(url: str, prefix: str, lease_s: str, point: str = "", victim: str = "") -> None:
    redis, reader = command_client(url), reading_client(url)
    lanes = Mortal(redis, prefix)
    lanes.point, lanes.victim = point, victim
    # Killed workers count attempts; here that must not end in a dead letter.
    patience = Patience(attempts_max=1000, laned_s=3600, base_s=0.05, cap_s=0.2)
    worker = Worker(
        lanes, reader, clock=SystemClock(), patience=patience, lease_s=float(lease_s), grace_s=2.0
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    print("ready", flush=True)  # noqa: T201  # the test waits for it
    await worker.run({"k": lambda lease: handle(lanes, redis, lease)}, {"fast": 4})
    await redis.aclose()
    await reader.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
