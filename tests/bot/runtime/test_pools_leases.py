"""A worker keeps, loses and takes over leases; it leaves without losing a job or starting one."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from bot.runtime.jobs import Done, Job, Lease
from bot.runtime.lanes import Lanes
from tests.bot.runtime.conftest import Crew, left, read, until


async def empty(lanes: Lanes) -> bool:
    return left(await lanes.depths()) == 0


class TestLeases:
    async def test_a_long_job_keeps_its_lease_and_runs_once(self, lanes: Lanes, crew: Crew) -> None:
        runs = 0

        async def handle(_: Lease) -> Done:
            nonlocal runs
            runs += 1
            await asyncio.sleep(1.2)
            return Done()

        await lanes.accept(Job("a", "k", b""))
        for _ in range(2):
            crew.hire({"k": handle}, lease_s=0.3)
        await until(lambda: empty(lanes))
        assert runs == 1

    async def test_jobs_of_a_silent_worker_are_taken_over(
        self, lanes: Lanes, crew: Crew, redis: Redis
    ) -> None:
        ran: list[int] = []

        async def handle(lease: Lease) -> Done:
            ran.append(lease.attempt)
            return Done()

        for i in range(5):
            await lanes.accept(Job(f"j{i}", "k", b""))
        await read(lanes, redis)
        crew.hire({"k": handle}, lease_s=0.2)
        await until(lambda: empty(lanes))
        assert ran == [2] * 5

    async def test_a_handler_whose_lease_is_lost_is_cancelled(
        self, lanes: Lanes, crew: Crew, redis: Redis
    ) -> None:
        cancelled = asyncio.Event()

        async def handle(_: Lease) -> Done:
            try:
                await asyncio.sleep(30)
            finally:
                cancelled.set()
            return Done()

        await lanes.accept(Job("a", "k", b""))
        worker = crew.hire({"k": handle}, lease_s=0.3)
        await until(lambda: worker.health.running == 1)
        heir = Lanes(redis, lanes.prefix)
        _, (lease,) = await heir.reclaim("fast", silent_ms=0, cursor="0-0", count=1)
        await asyncio.wait_for(cancelled.wait(), 5)
        await heir.finish(lease)
        assert await empty(lanes)


class TestStopping:
    @pytest.mark.parametrize("round_", range(5))
    async def test_nothing_starts_after_a_stop(
        self, lanes: Lanes, crew: Crew, redis: Redis, round_: int
    ) -> None:
        """Also not what a blocking read still brings in; and all of it is free for others at once."""
        started: list[str] = []

        async def handle(lease: Lease) -> Done:
            started.append(lease.id)
            return Done()

        worker = crew.hire({"k": handle}, lease_s=60)
        await until(lambda: worker.health.last_ok_at is not None)
        await asyncio.sleep(0.01 * round_)
        worker.stop()
        await asyncio.gather(*(lanes.accept(Job(f"j{i}", "k", b"", f"l{i}")) for i in range(20)))
        await crew.go()
        assert started == []
        assert len(await read(lanes, redis)) == 20

    async def test_what_runs_may_end(self, lanes: Lanes, crew: Crew) -> None:
        ended: list[str] = []

        async def handle(lease: Lease) -> Done:
            await asyncio.sleep(0.05)
            ended.append(lease.id)
            return Done()

        for i in range(10):
            await lanes.accept(Job(f"j{i}", "k", b""))
        worker = crew.hire({"k": handle})
        await until(lambda: worker.health.running == 10)
        await crew.go()
        assert len(ended) == 10
        assert await empty(lanes)

    async def test_what_does_not_end_in_time_is_free_for_others_at_once(
        self, lanes: Lanes, crew: Crew, redis: Redis
    ) -> None:
        async def handle(_: Lease) -> Done:
            await asyncio.sleep(60)
            return Done(audit=[b"never"])

        await lanes.accept(Job("a", "k", b"", "l"))
        worker = crew.hire({"k": handle}, grace_s=0.02, lease_s=60)
        await until(lambda: worker.health.running == 1)
        await crew.go()
        (lease,) = await read(lanes, redis)
        assert (lease.id, lease.attempt) == ("a", 1)

    async def test_a_worker_that_left_leaves_no_consumer_behind(
        self, lanes: Lanes, crew: Crew, redis: Redis
    ) -> None:
        worker = crew.hire({})
        await until(lambda: worker.health.last_ok_at is not None)
        await crew.go()
        assert await redis.xinfo_consumers(lanes.stream("fast"), "workers") == []

    async def test_a_bug_in_a_loop_ends_the_run_loudly(
        self, crew: Crew, lanes: Lanes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(_: Lanes) -> tuple[int, int]:
            raise KeyError("tick")

        monkeypatch.setattr(Lanes, "tick", broken)
        worker = crew.hire({})
        _, task = crew.running.pop()
        with pytest.raises(BaseExceptionGroup) as ended:
            await asyncio.wait_for(task, 5)
        assert ended.group_contains(KeyError)
        assert not worker.health.alive
        assert await empty(lanes)
