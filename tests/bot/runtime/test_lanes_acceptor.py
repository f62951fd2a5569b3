"""Accepts that arrive together travel together; what Redis did not confirm is never called accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from bot.runtime.acceptor import BATCH_JOBS_MAX, WAITING_JOBS_MAX, Acceptor
from bot.runtime.jobs import Accepted, Busy, Duplicate, Job, Receipt, Unavailable
from bot.runtime.lanes import Batch, Lanes
from tests.bot.runtime.conftest import Server, left, read_one


def watch(lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record the size of every batch that is really sent."""
    sizes: list[int] = []
    send: Callable[[Batch], Awaitable[list[Receipt]]] = lanes.accept_all

    async def counted(batch: Batch) -> list[Receipt]:
        sizes.append(len(batch))
        return await send(batch)

    monkeypatch.setattr(lanes, "accept_all", counted)
    return sizes


def jobs(count: int) -> list[Job]:
    return [Job(f"j{i}", "k", b"", "l") for i in range(count)]


async def test_one_round_trip_carries_what_arrived_in_one_tick(
    lanes: Lanes, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = watch(lanes, monkeypatch)
    acceptor = Acceptor(lanes)
    receipts = await asyncio.gather(*(acceptor.accept(job) for job in jobs(BATCH_JOBS_MAX + 5)))
    assert receipts == [Accepted(job.id) for job in jobs(BATCH_JOBS_MAX + 5)]
    assert sizes == [BATCH_JOBS_MAX, 5]
    assert (await read_one(lanes, redis)).id == "j0", "the lane has the order of arrival"


async def test_duplicates_within_one_batch_are_told_apart(lanes: Lanes) -> None:
    acceptor = Acceptor(lanes)
    first, second, third = await asyncio.gather(
        acceptor.accept(Job("a", "k", b""), dedupe="d"),
        acceptor.accept(Job("b", "k", b""), dedupe="d"),
        acceptor.accept(Job("c", "k", b"")),
    )
    assert (first, second, third) == (Accepted("a"), Duplicate("a"), Accepted("c"))


async def test_a_caller_that_hangs_up_costs_nobody_else_anything(lanes: Lanes) -> None:
    acceptor = Acceptor(lanes)
    calls = [asyncio.create_task(acceptor.accept(job)) for job in jobs(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(ends[1], asyncio.CancelledError)
    assert (ends[0], ends[2]) == (Accepted("j0"), Accepted("j2"))
    assert left(await lanes.depths()) == 3


async def test_too_many_waiting_are_refused_before_anything_is_sent(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = watch(lanes, monkeypatch)
    acceptor = Acceptor(lanes)
    calls = [asyncio.create_task(acceptor.accept(job)) for job in jobs(WAITING_JOBS_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Busy) as refused:
        await acceptor.accept(Job("one too many", "k", b""))
    assert refused.value.after_s > 0
    await asyncio.gather(*calls)
    assert sum(sizes) == WAITING_JOBS_MAX
    assert isinstance(await acceptor.accept(Job("later", "k", b"")), Accepted)


async def test_large_bodies_are_refused_by_their_weight(lanes: Lanes) -> None:
    acceptor = Acceptor(lanes)
    body = bytes(5 * 1024 * 1024)
    calls = [asyncio.create_task(acceptor.accept(Job(f"b{i}", "k", body))) for i in range(13)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await acceptor.accept(Job("heavy", "k", body))
    await asyncio.gather(*calls)
    await lanes.dead.drop()


async def test_a_job_nobody_reads_fails_its_caller_alone(lanes: Lanes) -> None:
    acceptor = Acceptor(lanes)
    good = asyncio.create_task(acceptor.accept(Job("a", "k", b"")))
    with pytest.raises(ValueError, match="nobody reads"):
        await acceptor.accept(Job("b", "k", b"", pool="typo"))
    assert await good == Accepted("a")


async def test_while_redis_is_away_everybody_is_told_and_afterwards_all_is_well(
    server: Server, own_redis: Redis
) -> None:
    acceptor = Acceptor(Lanes(own_redis, "{t}"))
    assert await acceptor.accept(Job("before", "k", b"")) == Accepted("before")
    await server.kill()
    ends = await asyncio.gather(*(acceptor.accept(job) for job in jobs(5)), return_exceptions=True)
    assert all(isinstance(end, Unavailable) and end.after_s > 0 for end in ends)
    assert len({id(end) for end in ends}) == 5, "an error each, or their tracebacks pile up on one"
    await server.start()
    assert await acceptor.accept(Job("after", "k", b"")) == Accepted("after")
    assert await acceptor.accept(Job("before", "k", b"")) == Duplicate("before"), "it outlived the kill"
