"""The safety net: what no webhook told is found, once, however much changed and whoever polls."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from bot.core.errors import Retry
from bot.core.events import TicketTouched
from bot.core.ids import EventId
from bot.core.tickets import TicketRef
from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.jobs import FAST
from bot.runtime.lanes import Lanes
from bot.runtime.poller import OVERLAP, TICKETS_MAX, Poller
from tests.bot.records import Records
from tests.bot.runtime.conftest import until
from tests.bot.workbench import Hands, Workbench
from tests.making import T0


@pytest.fixture
def bench(redis: Redis, prefix: str) -> Workbench:
    return Workbench(redis, prefix)


def poller(bench: Workbench) -> Poller:
    return Poller(bench.records, bench.lanes, bench.redis, bench.clock)


def change(number: int, at: datetime, version: int = 1) -> TicketTouched:
    ref = TicketRef("jira", str(number))
    return TicketTouched(id=EventId(f"jira:poll:{number}:{version}"), at=at, ref=ref, what="poll")


async def test_the_first_look_starts_now_because_a_backlog_is_not_ours(bench: Workbench) -> None:
    bench.records.changes = [change(1, T0 - timedelta(days=1))]
    assert await poller(bench).once() == 0
    assert not await bench.leases(FAST)


async def test_what_changed_since_is_brought_to_its_lane_once(bench: Workbench) -> None:
    one = poller(bench)
    await one.once()
    bench.clock.passes(minutes=1)
    bench.records.changes = [change(1, T0 + timedelta(seconds=30))]
    assert await one.once() == 1
    assert await one.once() == 0, "the overlap is seen through"
    (lease,) = await bench.leases(FAST)
    assert lease.lane == "ticket:jira:1"


async def test_a_later_change_of_the_same_ticket_is_news(bench: Workbench) -> None:
    one = poller(bench)
    await one.once()
    bench.records.changes = [change(1, T0)]
    assert await one.once() == 1
    bench.records.changes = [change(1, T0 + timedelta(minutes=3), version=2)]
    assert await one.once() == 1


async def test_what_the_search_index_showed_late_is_found_by_the_overlap(bench: Workbench) -> None:
    one = poller(bench)
    await one.once()
    bench.records.changes = [change(1, T0 + timedelta(minutes=5))]
    await one.once()
    bench.records.changes.append(change(2, T0 + timedelta(minutes=5) - OVERLAP))
    assert await one.once() == 1


async def test_more_than_a_page_is_brought_in_one_look(bench: Workbench) -> None:
    one = poller(bench)
    await one.once()
    bench.records.changes = [change(n, T0 + timedelta(seconds=n)) for n in range(2 * TICKETS_MAX + 50)]
    assert await one.once() == 2 * TICKETS_MAX + 50
    assert await one.once() == 0


async def test_a_bulk_change_within_one_moment_does_not_stop_the_poll(bench: Workbench) -> None:
    """As somebody closes five hundred tickets: each look would otherwise return the same page for ever."""
    one = poller(bench)
    await one.once()
    moment = T0 + timedelta(seconds=1)
    bench.records.changes = [change(n, moment) for n in range(2 * TICKETS_MAX + 50)]
    bench.records.changes.append(change(9999, T0 + timedelta(seconds=2)))
    assert await one.once() == 2 * TICKETS_MAX + 51


async def test_a_look_that_fails_loses_nothing(bench: Workbench) -> None:
    one = poller(bench)
    await one.once()
    bench.records.changes = [change(1, T0 + timedelta(minutes=1))]
    bench.records.unsearchable.append(Retry("away", after_s=1))
    with pytest.raises(Retry):
        await one.once()
    assert await one.once() == 1


async def test_another_replica_goes_on_where_the_last_one_stood(bench: Workbench) -> None:
    await poller(bench).once()
    bench.records.changes = [change(1, T0 + timedelta(minutes=1))]
    assert await poller(bench).once() == 1
    assert await poller(bench).once() == 0


class Ticking(Hands):
    """A clock whose every wait is a moment of real time, so that others get their turn."""

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.002)


class Watched(Records):
    """Remembers when it was asked what changed."""

    looks = 0

    @override
    async def changed_since(self, moment: datetime, limit: int) -> tuple[TicketTouched, ...]:
        self.looks += 1
        return await super().changed_since(moment, limit)


async def test_one_replica_at_a_time_polls_and_another_takes_over(bench: Workbench, redis: Redis) -> None:
    systems = [Watched(), Watched()]
    tasks: list[asyncio.Task[None]] = []
    for system in systems:
        lanes = Lanes(redis, bench.lanes.prefix, pools=ALL_POOLS)
        tasks.append(asyncio.create_task(Poller(system, lanes, redis, Ticking()).run(every_s=1)))
    await until(lambda: max(s.looks for s in systems) > 3)
    holder = systems.index(max(systems, key=lambda s: s.looks))
    assert systems[1 - holder].looks == 0
    await ended(tasks[holder])
    await until(lambda: systems[1 - holder].looks > 0)
    await ended(tasks[1 - holder])


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
