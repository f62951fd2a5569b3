"""Who was in a group is remembered with the time, for all replicas; what is said once stays said."""

from __future__ import annotations

from redis.asyncio import Redis

from bot.runtime.memberships import Memberships
from bot.runtime.once import Once
from tests.making import ALICE, BOB, MANAGERS, T0, after


async def test_the_newest_answer_about_a_group_is_kept_with_its_time(redis: Redis, prefix: str) -> None:
    memory = Memberships(redis, prefix)
    await memory.keep(MANAGERS, [ALICE, BOB], T0)
    await memory.keep(MANAGERS, [BOB], after(1))
    assert await Memberships(redis, prefix).last(MANAGERS) == (frozenset({BOB}), after(1))


async def test_a_group_nobody_asked_about_is_not_the_same_as_an_empty_one(redis: Redis, prefix: str) -> None:
    memory = Memberships(redis, prefix)
    await memory.keep("jira/Ops leads", [], T0)
    assert await memory.last("jira/Ops leads") == (frozenset(), T0)
    assert await memory.last("jira/ops leads") is None
    assert await Memberships(redis, f"{prefix}2").last("jira/Ops leads") is None


async def test_one_of_several_siblings_says_it_and_may_say_it_again(redis: Redis, prefix: str) -> None:
    here, there = Once(redis, prefix), Once(redis, prefix)
    assert await here.claim("bulk|settled", "job 1")
    assert not await there.claim("bulk|settled", "job 2")
    assert await there.claim("bulk|settled", "job 1"), "the first one failed half-way and is tried again"
    assert await here.claim("bulk|expired", "job 2")


async def test_what_was_said_is_known_to_all_and_to_nobody_before(redis: Redis, prefix: str) -> None:
    once = Once(redis, prefix)
    assert not await once.is_said("ping|U0ALICE")
    await once.said("ping|U0ALICE")
    assert await Once(redis, prefix).is_said("ping|U0ALICE")
    assert not await once.is_said("ping|U0BOB")


async def test_what_was_noted_last_is_what_all_read(redis: Redis, prefix: str) -> None:
    once = Once(redis, prefix)
    assert await once.last("drawn|C1|1.1") == ""
    await once.note("drawn|C1|1.1", "a")
    await once.note("drawn|C1|1.1", "b")
    assert await Once(redis, prefix).last("drawn|C1|1.1") == "b"
    assert await once.last("drawn|C1|1.2") == ""
