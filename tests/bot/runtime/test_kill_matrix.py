"""Kill -9 at every step of a job's life, start again, and compare: nothing lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.runtime.jobs import Job
from bot.runtime.lanes import Lanes
from tests.bot.runtime.conftest import ask, audit_of, left, read_one, until

ROOT = Path(__file__).parents[3]
LEASE_S = 0.6
VICTIM = "j3"
POINTS = [
    *("read", "started", "before effect", "after effect"),
    *("before finish", "after finish", "before retry", "after retry"),
]


class Processes:
    """Worker processes; none outlives its test."""

    def __init__(self, url: str, prefix: str) -> None:
        self._args = [url, prefix, str(LEASE_S)]
        self.all: list[subprocess.Popen[bytes]] = []

    async def hire(self, point: str = "", victim: str = "") -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.bot.runtime.mortal", *self._args, point, victim]
        worker = await asyncio.to_thread(
            subprocess.Popen,
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
        self.all.append(worker)
        assert worker.stdout
        assert await asyncio.to_thread(worker.stdout.readline) == b"ready\n"
        return worker

    def end(self) -> None:
        for worker in self.all:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
            if worker.stdout:
                worker.stdout.close()


@pytest.fixture
def processes(redis_url: str, prefix: str) -> Iterator[Processes]:
    made = Processes(redis_url, prefix)
    yield made
    made.end()


async def put(lanes: Lanes) -> dict[str, list[str]]:
    """Six jobs in a lane, the fourth of which wants a second try, and three loose ones with follow-ups."""
    for i in range(6):
        await lanes.accept(Job(f"j{i}", "k", b"busy" if f"j{i}" == VICTIM else b"", "lane"))
    for i in range(3):
        await lanes.accept(Job(f"p{i}", "k", b"parent"))
    return {"lane": [f"j{i}" for i in range(6)]} | {
        name: [name] for i in range(3) for name in (f"p{i}", f"p{i}#0")
    }


async def none_left(lanes: Lanes) -> bool:
    return left(await lanes.depths()) == 0


async def check(lanes: Lanes, redis: Redis, expected: dict[str, list[str]]) -> None:
    for key, ids in expected.items():
        _, document = await lanes.load(f"log:{key}")
        assert (document or b"").decode().split() == ids, f"{key}: each once, in order"
    assert Counter(await audit_of(redis, lanes.prefix)) == Counter(
        job for ids in expected.values() for job in ids
    )


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_at_any_step_loses_and_doubles_nothing(
    point: str, lanes: Lanes, redis: Redis, processes: Processes
) -> None:
    expected = await put(lanes)
    first = await processes.hire(point, VICTIM)
    assert await asyncio.to_thread(first.wait, 10) == -signal.SIGKILL, "it died where it was told to"
    assert not await none_left(lanes)
    second = await processes.hire()
    await until(lambda: none_left(lanes), within_s=15)
    await check(lanes, redis, expected)
    ran = Counter(row.decode() for row in await ask(redis, "LRANGE", f"{lanes.prefix}:ran", 0, -1))
    # One run more for the wish of a second try, and at most one more for the kill.
    assert ran.pop(VICTIM) <= 3
    assert max(ran.values()) <= 2
    second.terminate()
    assert await asyncio.to_thread(second.wait, 10) == 0


async def test_a_frozen_worker_wakes_up_to_find_its_jobs_done(
    lanes: Lanes, redis: Redis, processes: Processes
) -> None:
    """SIGSTOP for longer than the lease, then SIGCONT: what it still writes is refused."""
    expected = await put(lanes)
    frozen = await processes.hire()
    await asyncio.sleep(0.01)
    frozen.send_signal(signal.SIGSTOP)
    await asyncio.sleep(LEASE_S * 1.5)
    await processes.hire()
    await until(lambda: none_left(lanes), within_s=15)
    frozen.send_signal(signal.SIGCONT)
    await lanes.accept(Job("j6", "k", b"", "lane"))
    await until(lambda: none_left(lanes), within_s=15)
    expected["lane"].append("j6")
    await check(lanes, redis, expected)


async def test_a_zombie_that_holds_a_lease_is_overtaken(
    lanes: Lanes, redis: Redis, processes: Processes
) -> None:
    expected = await put(lanes)
    zombie = await read_one(lanes, redis)
    assert zombie.lane
    await processes.hire()
    await until(lambda: none_left(lanes), within_s=15)
    await check(lanes, redis, expected)
    assert (await lanes.finish(zombie)).value == "lost"


async def test_sigterm_leaves_nothing_behind(lanes: Lanes, redis: Redis, processes: Processes) -> None:
    expected = await put(lanes)
    first = await processes.hire()
    first.terminate()
    assert await asyncio.to_thread(first.wait, 10) == 0
    assert sum(pool.running for pool in (await lanes.depths()).pools.values()) == 0
    await processes.hire()
    await until(lambda: none_left(lanes), within_s=15)
    await check(lanes, redis, expected)
