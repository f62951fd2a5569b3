"""The history of policies: what was in force when, however often the bot was started in between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.runtime import policies
from bot.runtime.jobs import Unavailable
from bot.runtime.policies import Kept, Policies
from bot.runtime.redis_client import command_client
from tests.making import T0, after

OLD, NEW = "version: 1\n", "version: 1\nlanguage: fr\n"


@pytest.fixture
def kept(redis: Redis, prefix: str) -> Policies:
    return Policies(redis, prefix)


async def test_nothing_is_known_of_the_time_before_the_first_load(kept: Policies) -> None:
    assert await kept.in_force(T0) is None
    assert await kept.first() is None
    await kept.loaded(OLD, T0)
    assert await kept.in_force(T0 - timedelta(milliseconds=1)) is None
    assert await kept.in_force(T0) == Kept(text=OLD, loaded_at=T0)


async def test_each_policy_holds_until_the_next_one_is_loaded(kept: Policies) -> None:
    await kept.loaded(OLD, T0)
    await kept.loaded(NEW, after(10))
    await kept.loaded(OLD, after(20))
    assert await kept.in_force(after(9)) == Kept(text=OLD, loaded_at=T0)
    assert await kept.in_force(after(10)) == Kept(text=NEW, loaded_at=after(10))
    assert await kept.in_force(after(19.9)) == Kept(text=NEW, loaded_at=after(10))
    assert await kept.in_force(after(10_000)) == Kept(text=OLD, loaded_at=after(20))
    assert await kept.first() == Kept(text=OLD, loaded_at=T0)


async def test_a_start_with_the_same_policy_changes_nothing(
    kept: Policies, redis: Redis, prefix: str
) -> None:
    for minute in range(5):
        await kept.loaded(OLD, after(minute))
    assert await kept.in_force(after(60)) == Kept(text=OLD, loaded_at=T0)
    assert await redis.zcard(f"{prefix}:policies") == 1


async def test_a_call_that_is_sent_twice_is_one_load(kept: Policies, redis: Redis, prefix: str) -> None:
    await kept.loaded(OLD, T0)
    assert await kept.loaded(NEW, after(1))
    assert not await kept.loaded(NEW, after(1)), "nothing to be recorded"
    assert await redis.zcard(f"{prefix}:policies") == 2


async def test_no_file_at_all_is_a_policy_too(kept: Policies) -> None:
    await kept.loaded("", T0)
    await kept.loaded(NEW, after(1))
    assert await kept.in_force(T0) == Kept(text="", loaded_at=T0)


async def test_what_two_policies_are_called_differs_and_stays(kept: Policies) -> None:
    await kept.loaded(OLD, T0)
    found = await kept.in_force(T0)
    assert found is not None
    assert found.fingerprint == Kept(text=OLD, loaded_at=after(5)).fingerprint
    assert found.fingerprint != Kept(text=NEW, loaded_at=T0).fingerprint


async def test_only_so_many_are_remembered_and_no_text_is_left_behind(
    kept: Policies, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "LOADS_MAX", 3)
    for minute in range(6):
        await kept.loaded(f"version: 1 # {minute}\n", after(minute))
    assert await redis.zcard(f"{prefix}:policies") == 3
    assert await redis.hlen(f"{prefix}:policies:texts") == 3
    assert await kept.in_force(after(2)) is None
    oldest = await kept.first()
    assert oldest is not None
    assert oldest.text == "version: 1 # 3\n"


async def test_a_text_that_came_back_is_not_forgotten_with_its_first_load(
    kept: Policies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "LOADS_MAX", 2)
    for minute, text in enumerate((OLD, NEW, OLD)):
        await kept.loaded(text, after(minute))
    assert await kept.in_force(after(5)) == Kept(text=OLD, loaded_at=after(2))


async def test_when_redis_is_away_the_caller_is_told_to_come_again() -> None:
    away = command_client("redis://127.0.0.1:1")
    with pytest.raises(Unavailable):
        await Policies(away, "{away}").loaded(OLD, T0)
    await away.aclose()
