"""Dead letters are kept, told apart, put back in order, and gone when dropped."""

from __future__ import annotations

from redis.asyncio import Redis

from bot.runtime.jobs import Accepted, Again, Job, Settled
from bot.runtime.lanes import Lanes
from tests.bot.runtime.conftest import left, read, read_one, ticked, until


def job(name: str, *, lane: str = "") -> Job:
    return Job(name, "k", b"", lane)


async def die(lanes: Lanes, redis: Redis, *names: str, lane: str = "l", kind: str = "k") -> None:
    for name in names:
        await lanes.accept(Job(name, kind, b"data of " + name.encode(), lane))
    for name in names:
        lease = await read_one(lanes, redis)
        assert lease.id == name
        assert await lanes.bury(lease, why=f"{name} is broken") is Settled.DEAD


async def test_a_dead_letter_says_what_and_why_without_its_data(lanes: Lanes, redis: Redis) -> None:
    await die(lanes, redis, "a", kind="jira.delivery")
    (letter,) = await lanes.dead.list()
    assert (letter.id, letter.kind, letter.lane, letter.pool) == ("a", "jira.delivery", "l", "fast")
    assert (letter.attempts, letter.why, letter.data_bytes) == (1, "a is broken", 9)
    assert letter.accepted_ms <= letter.died_ms
    assert not hasattr(letter, "data")


async def test_showing_one_brings_its_data(lanes: Lanes, redis: Redis) -> None:
    await die(lanes, redis, "a", "b")
    shown = await lanes.dead.show("b")
    assert shown is not None
    assert (shown[0].id, shown[1]) == ("b", b"data of b")
    assert await lanes.dead.show("never") is None


async def test_a_living_job_is_no_dead_letter(lanes: Lanes, redis: Redis) -> None:
    await lanes.accept(Job("a", "k", b""))
    assert await lanes.dead.show("a") is None
    assert await lanes.dead.replay(["a"]) == 0
    assert await lanes.dead.drop(["a"]) == 0
    assert (await read_one(lanes, redis)).id == "a"


async def test_a_dead_job_lets_its_lane_go_on(lanes: Lanes, redis: Redis) -> None:
    await lanes.accept(Job("a", "k", b"", "l"))
    await lanes.accept(Job("b", "k", b"", "l"))
    await lanes.bury(await read_one(lanes, redis), why="no")
    assert (await read_one(lanes, redis)).id == "b"


async def test_replayed_letters_keep_the_order_of_their_lane(lanes: Lanes, redis: Redis) -> None:
    """Named in another order, and dead within the same millisecond."""
    names = [f"j{i}" for i in range(12)]
    await die(lanes, redis, *names)
    assert await lanes.dead.replay(list(reversed(names))) == 12
    assert await lanes.dead.list() == []
    for name in names:
        (lease,) = await read(lanes, redis)
        assert (lease.id, lease.attempt) == (name, 1)
        await lanes.finish(lease)
    assert left(await lanes.depths()) == 0


async def test_a_replayed_letter_stands_behind_what_came_since(lanes: Lanes, redis: Redis) -> None:
    await die(lanes, redis, "a")
    await lanes.accept(Job("b", "k", b"", "l"))
    assert await lanes.dead.replay(["a", "a"]) == 1
    assert (await read_one(lanes, redis)).id == "b"


async def test_replaying_all_and_replaying_none_are_not_the_same(lanes: Lanes, redis: Redis) -> None:
    await die(lanes, redis, "a", "b")
    assert await lanes.dead.replay([]) == 0
    assert await lanes.dead.drop([]) == 0
    assert len(await lanes.dead.list()) == 2
    assert await lanes.dead.replay() == 2


async def test_a_replayed_letter_gets_its_whole_patience_again(lanes: Lanes, redis: Redis) -> None:
    await die(lanes, redis, "a")
    await lanes.dead.replay()
    lease = await read_one(lanes, redis)
    assert await lanes.retry(lease, Again(delay_s=0.5, within_s=1)) is Settled.RETRY


async def test_a_dropped_letter_is_gone_with_its_data(lanes: Lanes, redis: Redis, prefix: str) -> None:
    await die(lanes, redis, "a", "b")
    assert await lanes.dead.drop(["a"]) == 1
    assert [letter.id for letter in await lanes.dead.list()] == ["b"]
    assert await redis.exists(f"{prefix}:job:a") == 0
    assert await lanes.accept(Job("a", "k", b"")) == Accepted("a")
    assert await lanes.dead.drop() == 1


async def test_letters_come_in_pages(lanes: Lanes, redis: Redis) -> None:
    await die(lanes, redis, *"abcde")
    assert [letter.id for letter in await lanes.dead.list(first=1, count=2)] == ["b", "c"]


async def test_what_is_given_up_leaves_its_heirs_and_what_is_not_does_not(lanes: Lanes, redis: Redis) -> None:
    await lanes.accept(job("a", lane="l"))
    await lanes.accept(job("b", lane="l"))
    first = await read_one(lanes, redis)
    again = Again(delay_s=0.05, within_s=9)
    assert await lanes.retry(first, again, heirs=[job("heir", lane="l")]) is Settled.RETRY
    await until(lambda: ticked(lanes))
    lease = await read_one(lanes, redis)
    late = Again(delay_s=2, within_s=1)
    assert await lanes.retry(lease, late, heirs=[job("heir", lane="l")]) is Settled.DEAD
    assert await lanes.bury(first, why="no", heirs=[job("bastard")]) is Settled.LOST
    lease = await read_one(lanes, redis)
    assert lease.id == "b"
    assert await lanes.bury(lease, why="no", heirs=[job("other")]) is Settled.DEAD
    assert sorted(each.id for each in await read(lanes, redis)) == ["heir", "other"]
