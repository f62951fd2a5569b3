"""A worker outlives Redis' absences, its amnesia and its restarts, and goes on by itself."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from bot.clock import SystemClock
from bot.runtime.jobs import Done, Job, Lease, Unavailable
from bot.runtime.lanes import Lanes
from bot.runtime.pump import Worker
from tests.bot.runtime.conftest import QUICK, Crew, Server, keys_of, left, until


async def test_after_everything_was_erased_new_jobs_run_again(
    lanes: Lanes, crew: Crew, redis: Redis, prefix: str
) -> None:
    """FLUSHALL, or a fail-over to an empty replica: the groups are gone (NOGROUP)."""
    ran: list[str] = []

    async def handle(lease: Lease) -> Done:
        ran.append(lease.id)
        return Done()

    crew.hire({"k": handle})
    await lanes.accept(Job("before", "k", b"", "l"))
    await until(lambda: ran == ["before"])
    await redis.delete(*await keys_of(redis, f"{prefix}:*"))
    await lanes.accept(Job("a", "k", b"", "l"))
    await until(lambda: ran == ["before", "a"])


async def test_an_attempt_whose_job_was_erased_is_cancelled(
    lanes: Lanes, crew: Crew, redis: Redis, prefix: str
) -> None:
    ended = asyncio.Event()

    async def handle(_: Lease) -> Done:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()
        return Done()

    await lanes.accept(Job("a", "k", b""))
    worker = crew.hire({"k": handle}, lease_s=0.3)
    await until(lambda: worker.health.running == 1)
    await redis.delete(f"{prefix}:job:a")
    await asyncio.wait_for(ended.wait(), 5)


async def produce(lanes: Lanes, count: int) -> list[str]:
    """Accept ``count`` jobs of one lane, however long each takes; returns their ids in order."""
    names = [f"j{i:03}" for i in range(count)]
    for name in names:
        while True:
            try:
                await lanes.accept(Job(name, "k", b"", "l"))
                break
            except Unavailable:
                await asyncio.sleep(0.01)
    return names


async def test_a_restart_in_the_middle_loses_nothing_and_keeps_order(
    server: Server, own_redis: Redis, own_reader: Redis
) -> None:
    lanes = Lanes(own_redis, "{t}")
    ran: list[str] = []

    async def handle(lease: Lease) -> Done:
        await asyncio.sleep(0.002)
        ran.append(lease.id)
        return Done()

    worker = Worker(lanes, own_reader, clock=SystemClock(), patience=QUICK, lease_s=1.0)
    running = asyncio.create_task(worker.run({"k": handle}, {"fast": 5}))
    producing = asyncio.create_task(produce(lanes, 300))
    await until(lambda: len(ran) > 20)
    await server.kill()
    await asyncio.sleep(0.1)
    before = worker.health.last_ok_at
    assert worker.health.alive
    await server.start()
    accepted = await producing
    await until(lambda: _none_left(lanes), within_s=30)
    assert list(dict.fromkeys(ran)) == accepted, "each one, and the first run of each in order"
    assert worker.health.last_ok_at != before
    worker.stop()
    await asyncio.wait_for(running, 10)


async def _none_left(lanes: Lanes) -> bool:
    return left(await lanes.depths()) == 0


async def test_an_end_that_cannot_be_told_is_told_later(
    server: Server, own_redis: Redis, own_reader: Redis
) -> None:
    """The handler ends while Redis is away; its work is not done a second time."""
    lanes = Lanes(own_redis, "{t}")
    runs = 0
    away = asyncio.Event()

    async def handle(_: Lease) -> Done:
        nonlocal runs
        runs += 1
        await away.wait()
        return Done(audit=[b"once"])

    await lanes.accept(Job("a", "k", b""))
    worker = Worker(lanes, own_reader, clock=SystemClock(), lease_s=30)
    running = asyncio.create_task(worker.run({"k": handle}, {"fast": 5}))
    await until(lambda: runs == 1)
    await server.kill()
    away.set()
    await asyncio.sleep(0.05)
    await server.start()
    await until(lambda: _none_left(lanes))
    assert runs == 1
    assert await own_redis.xlen("{t}:audit") == 1
    worker.stop()
    await asyncio.wait_for(running, 10)


async def test_stopping_while_redis_is_away_does_not_hang(
    server: Server, own_redis: Redis, own_reader: Redis
) -> None:
    worker = Worker(Lanes(own_redis, "{t}"), own_reader, clock=SystemClock(), grace_s=0.02)
    running = asyncio.create_task(worker.run({}, {"fast": 1}))
    await until(lambda: worker.health.last_ok_at is not None)
    await server.kill()
    worker.stop()
    await asyncio.wait_for(running, 10)
    await server.start()
