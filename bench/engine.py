"""The queue against the least that could stand in its place: bare XADD, and XREADGROUP with XACK and XDEL.

Both sides run in this process against one embedded server, in turns, so their ratio means something on any
machine; the figures alone do not. Neither bare side has order, dedupe, leases, retries or a commit.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from itertools import repeat
from pathlib import Path
from time import perf_counter
from typing import Any, cast

from redis.asyncio import Redis

from bench.table import Row, middle, ms, percentile
from bot.clock import SystemClock
from bot.runtime.acceptor import Acceptor
from bot.runtime.embedded import open_embedded
from bot.runtime.jobs import Done, Job, Lease
from bot.runtime.lanes import Lanes
from bot.runtime.pump import Worker
from bot.runtime.redis_client import command_client, reading_client

CALLERS = 50
"""Requests under way at a time."""
LANES = 200
BODY = bytes(1333)
"""As long as a Slack event with one message."""


async def run(*, quick: bool) -> list[Row]:
    """Measure; ``quick`` takes a tenth of the work."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        server = await open_embedded(Path(folder))
        redis, reader = command_client(server.url), reading_client(server.url)
        try:
            return await _measured(redis, reader, jobs=1000 if quick else 10_000, rounds=3 if quick else 5)
        finally:
            await redis.aclose()
            await reader.aclose()
            await server.stop()


async def _measured(redis: Redis, reader: Redis, *, jobs: int, rounds: int) -> list[Row]:
    await _bare_enqueue(redis, 200)
    enqueue: dict[str, list[float]] = {"bare": [], "one by one": [], "together": []}
    drain: dict[str, list[float]] = {"bare": [], "lanes": []}
    for number in range(rounds):
        lanes = Lanes(redis, f"{{bench{number}}}")
        enqueue["bare"].append(await _bare_enqueue(redis, jobs))
        drain["bare"].append(await _bare_drain(redis, jobs))
        enqueue["one by one"].append(await _enqueue(lanes.accept, _jobs("a", jobs // 2)))
        enqueue["together"].append(await _enqueue(Acceptor(lanes).accept, _jobs("b", jobs - jobs // 2)))
        drain["lanes"].append(await _drain(lanes, reader, jobs))
        await cast("Any", redis).flushdb()
    bare_in, bare_out = middle(enqueue["bare"]), middle(drain["bare"])
    alone = await _latencies(Lanes(redis, "{latency}"), jobs // 10)
    return [
        _rate("enqueue: bare XADD", bare_in, None),
        _rate("enqueue: accept, one by one", middle(enqueue["one by one"]), bare_in),
        _rate("enqueue: accept, group commit", middle(enqueue["together"]), bare_in),
        _rate("drain: bare XREADGROUP, XACK, XDEL", bare_out, None),
        _rate("drain: worker, no-op handler, commit", middle(drain["lanes"]), bare_out),
        Row(
            measure="accept alone, p50 / p99",
            value=" / ".join(ms(percentile(alone, p)) for p in (50, 99)),
        ),
    ]


def _rate(measure: str, per_s: float, baseline: float | None) -> Row:
    return Row(measure=measure, value=f"{per_s:,.0f}/s", ratio=None if baseline is None else per_s / baseline)


def _jobs(name: str, count: int) -> list[Job]:
    return [Job(f"{name}{i}", "k", BODY, f"lane{i % LANES}") for i in range(count)]


async def _in_parallel(calls: Iterable[Callable[[], Awaitable[object]]]) -> float:
    """Make all calls, ``CALLERS`` at a time; returns calls per second."""
    waiting, made = iter(calls), 0

    async def caller() -> None:
        nonlocal made
        for call in waiting:
            await call()
            made += 1

    start = perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return made / (perf_counter() - start)


async def _enqueue(accept: Callable[[Job], Awaitable[object]], jobs: list[Job]) -> float:
    return await _in_parallel(partial(accept, job) for job in jobs)


async def _bare_enqueue(redis: Redis, count: int) -> float:
    await redis.delete("bare")
    return await _in_parallel(repeat(lambda: redis.xadd("bare", {"b": BODY}), count))


async def _bare_drain(redis: Redis, count: int) -> float:
    await redis.xgroup_create("bare", "g", id="0", mkstream=True)
    start, done = perf_counter(), 0
    while done < count:
        answer: Any = await redis.xreadgroup("g", "c", {"bare": ">"}, count=16)
        entries = [entry for entry, _ in answer[0][1]]
        await asyncio.gather(*(_bare_end(redis, entry) for entry in entries))
        done += len(entries)
    return count / (perf_counter() - start)


async def _bare_end(redis: Redis, entry: bytes) -> None:
    async with redis.pipeline(transaction=False) as both:
        # In a pipeline these only queue; `execute` is what is awaited.
        _ = both.xack("bare", "g", entry)
        _ = both.xdel("bare", entry)
        await both.execute()


async def _drain(lanes: Lanes, reader: Redis, count: int) -> float:
    done, all_done = 0, asyncio.Event()

    async def handle(_: Lease) -> Done:
        nonlocal done
        done += 1
        if done == count:
            all_done.set()
        return Done()

    worker = Worker(lanes, reader, clock=SystemClock())
    start = perf_counter()
    running = asyncio.create_task(worker.run({"k": handle}, {"fast": CALLERS}))
    await all_done.wait()
    taken = perf_counter() - start
    worker.stop()
    await running
    return count / taken


async def _latencies(lanes: Lanes, count: int) -> list[float]:
    taken: list[float] = []
    for job in _jobs("l", count):
        start = perf_counter()
        await lanes.accept(job)
        taken.append(perf_counter() - start)
    return taken
