"""A worker runs each job to an end: done, again later, or dead."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.core.errors import Ambiguous, Refused, Retry
from bot.runtime.jobs import Commit, Done, Job, Lease, Patience
from bot.runtime.lanes import Lanes
from bot.runtime.pump import Worker
from tests.bot.runtime.conftest import QUICK, Crew, audit_of, left, read, until


async def empty(lanes: Lanes) -> bool:
    return left(await lanes.depths()) == 0


async def test_lanes_keep_their_order_under_concurrency(lanes: Lanes, crew: Crew) -> None:
    ran: dict[str, list[int]] = defaultdict(list)
    at_work: set[str] = set()

    async def handle(lease: Lease) -> Done:
        assert lease.lane not in at_work, "two jobs of one lane at a time"
        at_work.add(lease.lane)
        await asyncio.sleep(0.001)
        ran[lease.lane].append(int(lease.data))
        at_work.discard(lease.lane)
        return Done()

    for i in range(300):
        await lanes.accept(Job(f"j{i}", "k", str(i).encode(), f"l{i % 7}"))
    for _ in range(3):
        crew.hire({"k": handle})
    await until(lambda: empty(lanes))
    assert sum(map(len, ran.values())) == 300
    assert all(numbers == sorted(numbers) for numbers in ran.values())


async def test_never_more_at_a_time_than_there_is_room_for(lanes: Lanes, crew: Crew) -> None:
    now, most = 0, 0

    async def handle(_: Lease) -> Done:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.002)
        now -= 1
        return Done()

    for i in range(60):
        await lanes.accept(Job(f"j{i}", "k", b""))
    crew.hire({"k": handle}, size=4)
    await until(lambda: empty(lanes))
    assert most == 4


async def test_a_slow_pool_does_not_delay_another(lanes: Lanes, crew: Crew) -> None:
    gate, ran = asyncio.Event(), asyncio.Event()

    async def slow(_: Lease) -> Done:
        await gate.wait()
        return Done()

    async def quick(_: Lease) -> Done:
        ran.set()
        return Done()

    for i in range(10):
        await lanes.accept(Job(f"s{i}", "slow", b"", pool="model"))
    crew.hire({"slow": slow, "quick": quick})
    await lanes.accept(Job("q", "quick", b""))
    await asyncio.wait_for(ran.wait(), 5)
    gate.set()
    await until(lambda: empty(lanes))


async def test_what_a_handler_answers_is_stored_with_the_end_of_its_job(
    lanes: Lanes, crew: Crew, redis: Redis, prefix: str
) -> None:
    async def first(lease: Lease) -> Done:
        version, _ = await lanes.load("t")
        return Done([Job(f"{lease.id}#0", "second", b"")], Commit("t", version, b"doc"), [b"seen"])

    async def second(_: Lease) -> Done:
        return Done(audit=[b"followed"])

    await lanes.accept(Job("a", "first", b""))
    crew.hire({"first": first, "second": second})
    await until(lambda: empty(lanes))
    assert await lanes.load("t") == (1, b"doc")
    assert await audit_of(redis, prefix) == ["seen", "followed"]


async def test_who_loses_a_race_decides_again_and_no_count_is_lost(lanes: Lanes, crew: Crew) -> None:
    """Twenty jobs in no lane add one to the same document, all at once."""

    async def add(_: Lease) -> Done:
        version, document = await lanes.load("t")
        await asyncio.sleep(0.001)
        return Done(commit=Commit("t", version, str(int(document or 0) + 1).encode()))

    for i in range(20):
        await lanes.accept(Job(f"j{i}", "k", b""))
    crew.hire({"k": add}, patience=Patience(base_s=0.01, conflicts_max=3))
    await until(lambda: empty(lanes))
    assert await lanes.load("t") == (20, b"20")


async def test_retry_waits_as_asked_and_does_not_count(lanes: Lanes, crew: Crew) -> None:
    attempts: list[int] = []

    async def handle(lease: Lease) -> Done:
        attempts.append(lease.attempt)
        if len(attempts) < 8:
            raise Retry("vendor says 429", after_s=0.01)
        return Done()

    await lanes.accept(Job("a", "k", b""))
    crew.hire({"k": handle})
    await until(lambda: empty(lanes))
    assert attempts == [1] * 8, "more often than the attempts a failure has"


@pytest.mark.parametrize("error", [Refused("field 'x' is unknown"), Ambiguous("the line was cut")])
async def test_what_must_not_be_sent_again_is_dead_at_once(
    lanes: Lanes, crew: Crew, error: Exception
) -> None:
    calls = 0

    async def handle(_: Lease) -> Done:
        nonlocal calls
        calls += 1
        raise error

    await lanes.accept(Job("a", "k", b"", "l"))
    await lanes.accept(Job("b", "other", b"", "l"))
    ran = asyncio.Event()

    async def other(_: Lease) -> Done:
        ran.set()
        return Done()

    crew.hire({"k": handle, "other": other})
    await asyncio.wait_for(ran.wait(), 5)
    (letter,) = await lanes.dead.list()
    assert letter.why == f"{type(error).__name__}: {error}"
    assert calls == 1


async def test_a_failure_is_tried_a_bounded_number_of_times_and_its_words_are_not_logged(
    lanes: Lanes, crew: Crew
) -> None:
    calls = 0

    async def handle(_: Lease) -> Done:
        nonlocal calls
        calls += 1
        raise RuntimeError("the ticket says: my password is 1234")

    await lanes.accept(Job("a", "k", b"my password is 1234"))
    with capture_logs() as logs:
        crew.hire({"k": handle})
        await until(lambda: _dead(lanes, 1))
    assert calls == QUICK.attempts_max
    assert "password" not in str(logs)
    failures = [entry for entry in logs if entry["event"] == "attempt_failed"]
    assert {entry["error"] for entry in failures} == {"RuntimeError"}
    assert "test_pools_worker.py" in failures[0]["at"]


async def _dead(lanes: Lanes, count: int) -> bool:
    return (await lanes.depths()).dead == count


async def test_a_replayed_letter_runs(lanes: Lanes, crew: Crew) -> None:
    broken = True

    async def handle(_: Lease) -> Done:
        if broken:
            raise Refused("no")
        return Done()

    await lanes.accept(Job("a", "k", b""))
    crew.hire({"k": handle})
    await until(lambda: _dead(lanes, 1))
    broken = False
    await lanes.dead.replay()
    await until(lambda: empty(lanes))


async def test_a_kind_nobody_handles_is_kept_as_a_letter(lanes: Lanes, crew: Crew) -> None:
    await lanes.accept(Job("a", "from a newer version", b""))
    crew.hire({})
    await until(lambda: _dead(lanes, 1))
    assert "no handler" in (await lanes.dead.list())[0].why


async def test_an_attempt_that_takes_too_long_is_cancelled_and_counts(lanes: Lanes, crew: Crew) -> None:
    cancelled = 0

    async def handle(_: Lease) -> Done:
        nonlocal cancelled
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled += 1
            raise
        return Done()

    await lanes.accept(Job("a", "k", b""))
    crew.hire({"k": handle}, patience=Patience(attempts_max=2, base_s=0.01, run_s=0.02))
    await until(lambda: _dead(lanes, 1))
    assert cancelled == 2


async def test_a_cancel_that_leaks_out_of_a_handler_is_a_failure_not_a_lost_job(
    lanes: Lanes, crew: Crew
) -> None:
    async def handle(_: Lease) -> Done:
        raise asyncio.CancelledError

    await lanes.accept(Job("a", "k", b""))
    crew.hire({"k": handle})
    await until(lambda: _dead(lanes, 1))


async def test_a_job_that_kills_its_workers_is_buried_in_the_end(
    lanes: Lanes, crew: Crew, redis: Redis
) -> None:
    """Nobody is left to report the failure, so the starts are counted."""
    ran = False

    async def handle(_: Lease) -> Done:
        nonlocal ran
        ran = True
        return Done()

    await lanes.accept(Job("a", "k", b""))
    for _ in range(QUICK.attempts_max):
        await read(lanes, redis)
        await lanes.reclaim("fast", silent_ms=0, cursor="0-0", count=1)
    crew.hire({"k": handle}, lease_s=0.1)
    await until(lambda: _dead(lanes, 1))
    assert not ran
    assert "the worker died of it" in (await lanes.dead.list())[0].why


@pytest.mark.parametrize("error", [Refused("no"), LookupError("no")], ids=["at once", "after its tries"])
async def test_what_a_dead_job_leaves_to_do_is_queued(lanes: Lanes, reader: Redis, error: Exception) -> None:
    ran = asyncio.Event()

    async def dies(_: Lease) -> Done:
        raise error

    async def inherits(lease: Lease) -> Done:
        assert lease.data == b"dies: a"
        ran.set()
        return Done()

    def heirs(lease: Lease, why: str) -> list[Job]:
        assert "no" in why
        return [Job("heir", "inherits", f"{lease.kind}: {lease.id}".encode())] if lease.kind == "dies" else []

    await lanes.accept(Job("a", "dies", b""))
    worker = Worker(lanes, reader, clock=SystemClock(), patience=QUICK)
    running = asyncio.create_task(worker.run({"dies": dies, "inherits": inherits}, {"fast": 2}, heirs))
    await asyncio.wait_for(ran.wait(), 5)
    worker.stop()
    await running
    assert [letter.id for letter in await lanes.dead.list()] == ["a"]


async def test_a_timer_fires_once_and_about_in_time(lanes: Lanes, crew: Crew) -> None:
    fired: list[float] = []
    loop = asyncio.get_running_loop()

    async def handle(_: Lease) -> Done:
        fired.append(loop.time())
        return Done()

    for _ in range(2):
        crew.hire({"k": handle})
    start = loop.time()
    await lanes.accept(Job("t", "k", b"", delay_ms=200))
    await until(lambda: empty(lanes))
    assert len(fired) == 1
    assert 0.19 <= fired[0] - start < 2


async def test_health_is_what_a_probe_needs(lanes: Lanes, crew: Crew) -> None:
    worker = crew.hire({})
    await until(lambda: worker.health.alive and worker.health.last_ok_at is not None)
    before = worker.health.last_ok_at
    assert before is not None
    await until(lambda: (worker.health.last_ok_at or before) > before)
    worker.stop()
    assert not worker.health.alive
    assert await empty(lanes)
