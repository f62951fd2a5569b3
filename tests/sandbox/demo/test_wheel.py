"""Time pushed forward on the demo page: everybody's clock at once, timers in their order, and never back."""

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.runtime.jobs import Job
from bot.runtime.lanes import Lanes
from sandbox.demo.estate import DIRECTOR, DIRECTORS, ROOM, Estate, Shape
from sandbox.demo.wheel import AHEAD_S_MAX, PUSH_S_MAX, Wheel

HOUR = 3600.0


def timer(name: str, hours: float) -> Job:
    return Job(id=name, kind="k", data=b"d", lane="a ticket", pool="fast", delay_ms=int(hours * HOUR * 1000))


async def queued(redis: Redis, prefix: str) -> list[str]:
    """The jobs of the ticket's lane, in their order."""
    lane: Any = redis.lrange(f"{prefix}:lane:a ticket", 0, -1)
    return [each.decode() for each in await lane]


async def test_a_timer_comes_once_its_time_was_pushed_past_and_not_before(redis: Redis, prefix: str) -> None:
    lanes, wheel = Lanes(redis, prefix), Wheel()
    for each in (timer("expires", 8), timer("reminds", 0.5), timer("escalates", 2)):
        await lanes.accept(each)
    assert await wheel.push(1 * HOUR, redis, f"{prefix}:due") == 3
    assert (await lanes.tick())[0] == 1
    assert await queued(redis, prefix) == ["reminds"]
    await wheel.push(8 * HOUR, redis, f"{prefix}:due")
    await lanes.tick()
    assert await queued(redis, prefix) == ["reminds", "escalates", "expires"]
    assert wheel.ahead_s == 9 * HOUR


async def test_what_waits_still_waits_for_the_rest_of_its_time(redis: Redis, prefix: str) -> None:
    lanes, wheel = Lanes(redis, prefix), Wheel()
    await lanes.accept(timer("expires", 8))
    await wheel.push(7 * HOUR, redis, f"{prefix}:due")
    moved, next_ms = await lanes.tick()
    assert moved == 0
    assert 0.99 * HOUR * 1000 < next_ms <= 1 * HOUR * 1000


@pytest.mark.parametrize("seconds", [0, -1, PUSH_S_MAX + 1, float("nan"), float("inf")])
async def test_time_goes_neither_back_nor_out_of_sight(redis: Redis, prefix: str, seconds: float) -> None:
    wheel = Wheel()
    with pytest.raises(ValueError, match="a week at a time"):
        await wheel.push(seconds, redis, f"{prefix}:due")
    assert wheel.ahead_s == 0


async def test_all_pushes_together_have_an_end(redis: Redis, prefix: str) -> None:
    wheel = Wheel()
    pushes = itertools.repeat(PUSH_S_MAX, AHEAD_S_MAX // PUSH_S_MAX)
    for seconds in pushes:
        await wheel.push(seconds, redis, f"{prefix}:due")
    before = wheel.ahead_s
    with pytest.raises(ValueError, match="by a year in all"):
        await wheel.push(PUSH_S_MAX, redis, f"{prefix}:due")
    assert wheel.ahead_s == before


async def test_sleeping_takes_the_machines_time_and_no_pushed_one(redis: Redis, prefix: str) -> None:
    wheel = Wheel()
    await wheel.push(HOUR, redis, f"{prefix}:due")
    async with asyncio.timeout(5):
        await wheel.sleep(0.001)
        await wheel.sleep(-1)
    assert wheel.now() - datetime.now(UTC) == pytest.approx(timedelta(hours=1), abs=timedelta(seconds=5))


async def test_every_fake_vendor_has_the_pushed_time(redis: Redis, prefix: str) -> None:
    estate = Estate(Shape())
    await estate.wheel.push(30 * HOUR, redis, f"{prefix}:due")
    key = estate.jira.world.create_issue("Printer jams")
    number = estate.servicenow.world.create_incident("Printer jams", "", caller="dan")
    said = estate.slack.world.say("U0ALICE", ROOM, "hello")
    record = estate.servicenow.world.record(number)
    opened = datetime.fromisoformat(f"{record['sys_created_on']}+00:00").timestamp()
    for at in (estate.jira.world.issue(key).created.timestamp(), opened, float(said.ts)):
        assert at - time.time() == pytest.approx(30 * HOUR, abs=30)


def test_the_director_is_in_the_room_and_no_approver_from_the_start() -> None:
    world = Estate(Shape()).slack.world
    assert DIRECTOR in world.channels[ROOM].members
    assert world.usergroups[DIRECTORS].users == [DIRECTOR]
    assert DIRECTOR not in world.usergroups["S0MANAGERS"].users
