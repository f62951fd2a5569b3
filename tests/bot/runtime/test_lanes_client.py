"""Clients fail in words, and a server that promises too little is named."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.core.errors import Misconfigured
from bot.runtime.jobs import Job, Unavailable
from bot.runtime.lanes import Lanes
from bot.runtime.redis_client import command_client, reading_client, warnings_about
from bot.runtime.scripts import outage_told
from tests.bot.runtime.conftest import Server, ask


async def test_our_own_server_gives_no_reason_to_warn(redis: Redis) -> None:
    assert await warnings_about(redis) == []


async def test_what_a_server_does_not_promise_is_said_with_the_remedy(
    server: Server, own_redis: Redis
) -> None:
    await ask(own_redis, "CONFIG", "SET", "appendonly", "no")
    await ask(own_redis, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    durable, evicting = await warnings_about(own_redis)
    assert "set appendonly yes" in durable
    assert "set maxmemory-policy noeviction (it is allkeys-lru)" in evicting
    assert server.now


async def test_a_replica_is_named_and_its_refusal_is_an_outage(server: Server, own_redis: Redis) -> None:
    await ask(own_redis, "REPLICAOF", "127.0.0.1", "1")
    (warning,) = await warnings_about(own_redis)
    assert "point REDIS_URL at the primary" in warning
    with pytest.raises(Unavailable):
        await Lanes(own_redis, "{t}").accept(Job("a", "k", b""))
    await ask(own_redis, "REPLICAOF", "NO", "ONE")
    assert server.now


async def test_a_full_server_is_an_outage_and_takes_jobs_again_later(
    server: Server, own_redis: Redis
) -> None:
    lanes = Lanes(own_redis, "{t}")
    await ask(own_redis, "CONFIG", "SET", "maxmemory", "1mb")
    with pytest.raises(Unavailable):
        await lanes.accept(Job("a", "k", bytes(100)))
    assert await own_redis.exists("{t}:job:a", "{t}:q:fast") == 0, "refused as a whole"
    await ask(own_redis, "CONFIG", "SET", "maxmemory", "0")
    await lanes.accept(Job("a", "k", bytes(100)))
    assert server.now


async def test_nobody_there_is_an_outage(tmp_path: Path) -> None:
    client = command_client(f"unix://{tmp_path}/none.sock")
    with pytest.raises(Unavailable, match="Redis is away"):
        await warnings_about(client)
    with pytest.raises(Unavailable):
        await Lanes(client, "{t}").accept(Job("a", "k", b""))
    await client.aclose()


@pytest.mark.parametrize("url", ["localhost:6379", "http://redis", "", "redis://h?db=x"])
def test_a_url_that_cannot_be_read_is_refused_by_name(url: str) -> None:
    for make in (command_client, reading_client):
        with pytest.raises(Misconfigured, match="REDIS_URL"):
            _ = make(url)


def test_only_the_client_for_commands_repeats_itself() -> None:
    """A blocking read sent twice would strand what the first one read."""
    retries = [
        make("redis://localhost").connection_pool.connection_kwargs["retry"].get_retries()
        for make in (command_client, reading_client)
    ]
    assert retries[0] > 0
    assert retries[1] == 0


async def test_a_server_that_forgot_its_scripts_is_taught_again(redis: Redis, lanes: Lanes) -> None:
    await lanes.accept(Job("a", "k", b""))
    await ask(redis, "SCRIPT", "FLUSH")
    await lanes.accept(Job("b", "k", b""))
    assert (await lanes.depths()).pools["fast"].queued == 2


@pytest.mark.parametrize("end", ["an answer", "an outage"])
async def test_a_cancel_that_a_client_swallows_is_raised_all_the_same(end: str) -> None:
    async def swallows() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        if end == "an outage":
            raise RedisConnectionError("timeout while reading")
        return end

    task = asyncio.create_task(outage_told(swallows()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancel_of_long_ago_cancels_no_later_call() -> None:
    async def lives_on() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return await outage_told(asyncio.sleep(0, "heard"))

    task = asyncio.create_task(lives_on())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "heard"
