"""Lanes on fresh keys, workers that end with their test, and a server that may be killed."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from bot.clock import SystemClock
from bot.runtime.embedded import Embedded, open_embedded
from bot.runtime.jobs import Depths, Job, Lease, Patience
from bot.runtime.lanes import Lanes
from bot.runtime.provider import Provider
from bot.runtime.pump import Handler, Worker
from bot.runtime.redis_client import command_client, reading_client
from sandbox.anthropic import AnthropicSandbox
from tests.bot.runtime.errand_office import Office
from tests.bot.runtime.speaking import KEY, provider

QUICK = Patience(attempts_max=3, base_s=0.01, cap_s=0.02, run_s=5.0)


async def until(true: Callable[[], bool | Awaitable[bool]], *, within_s: float = 10.0) -> None:
    """Wait until ``true()``; fails after ``within_s``."""
    async with asyncio.timeout(within_s):
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.005)


def left(depths: Depths) -> int:
    """How many jobs are anywhere but done."""
    inside = sum(pool.queued + pool.running + pool.behind for pool in depths.pools.values())
    return inside + depths.delayed + depths.dead


async def read_one(lanes: Lanes, redis: Redis, pool: str = "fast") -> Lease:
    """Read one entry as a worker would, and start it."""
    return (await read(lanes, redis, pool, 1))[0]


async def read(lanes: Lanes, redis: Redis, pool: str = "fast", count: int = 100) -> list[Lease]:
    """Read what is there and start it; nothing when nothing may run."""
    entries = await read_entries(lanes, redis, pool, count)
    return await lanes.start(pool, entries, claim=lanes.new_claim()) if entries else []


async def read_entries(
    lanes: Lanes, redis: Redis, pool: str = "fast", count: int = 100
) -> list[tuple[str, str]]:
    """Read what is there without starting it."""
    await lanes.ensure_groups()
    group = ("XREADGROUP", "GROUP", "workers", lanes.name, "COUNT", count)
    answer = await ask(redis, *group, "STREAMS", lanes.stream(pool), ">")
    return [(entry.decode(), fields[b"j"].decode()) for entry, fields in answer[0][1]] if answer else []


async def ask(redis: Redis, *command: str | int) -> Any:
    """Send a command for which redis-py's own types say too much or too little."""
    return await cast("Any", redis).execute_command(*command)


async def audit_of(redis: Redis, prefix: str) -> list[str]:
    """Return the audit records, oldest first."""
    return [fields[b"r"].decode() for _, fields in await ask(redis, "XRANGE", f"{prefix}:audit", "-", "+")]


async def keys_of(redis: Redis, pattern: str) -> list[bytes]:
    """Return all keys that match; for small servers only."""
    found: list[bytes] = await ask(redis, "KEYS", pattern)
    return found


class Crew:
    """Workers of one test, stopped when it ends."""

    def __init__(self, redis: Redis, reader: Redis, prefix: str) -> None:
        self._redis, self._reader, self._prefix = redis, reader, prefix
        self.running: list[tuple[Worker, asyncio.Task[None]]] = []

    def hire(
        self,
        handlers: Mapping[str, Handler],
        *,
        patience: Patience = QUICK,
        lease_s: float = 5.0,
        grace_s: float = 5.0,
        size: int = 10,
    ) -> Worker:
        lanes = Lanes(self._redis, self._prefix)
        worker = Worker(
            lanes, self._reader, clock=SystemClock(), patience=patience, lease_s=lease_s, grace_s=grace_s
        )
        task = asyncio.create_task(worker.run(handlers, {"fast": size, "model": 2}))
        self.running.append((worker, task))
        return worker

    async def go(self) -> None:
        for worker, _ in self.running:
            worker.stop()
        ended = await asyncio.gather(*(task for _, task in self.running), return_exceptions=True)
        self.running.clear()
        for end in ended:
            if isinstance(end, BaseException):
                raise end


@pytest.fixture
def office(redis: Redis, prefix: str) -> Office:
    """Return where errands are run."""
    return Office(redis, prefix)


@pytest.fixture
def lanes(redis: Redis, prefix: str) -> Lanes:
    return Lanes(redis, prefix)


@pytest.fixture
async def crew(redis: Redis, reader: Redis, prefix: str) -> AsyncIterator[Crew]:
    crew = Crew(redis, reader, prefix)
    yield crew
    await crew.go()


class Server:
    """A server of its own, for tests that kill it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.now: Embedded | None = None

    @property
    def url(self) -> str:
        assert self.now
        return self.now.url

    async def start(self) -> None:
        self.now = await open_embedded(self.data)

    async def kill(self) -> None:
        """As the kernel does when memory runs out."""
        assert self.now
        child = self.now.child
        assert child
        os.kill(child.pid, signal.SIGKILL)
        await asyncio.to_thread(child.wait)
        while self.now.held:
            self.now.held.pop().close()
        self.now = None


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path / "data")
    await server.start()
    yield server
    if server.now:
        await server.now.stop()


@pytest.fixture
async def own_redis(server: Server) -> AsyncIterator[Redis]:
    client = command_client(server.url)
    yield client
    await client.aclose()


@pytest.fixture
async def own_reader(server: Server) -> AsyncIterator[Redis]:
    client = reading_client(server.url)
    yield client
    await client.aclose()


async def sent_twice(monkeypatch: pytest.MonkeyPatch, redis: Redis) -> None:
    """Send every script call twice, as redis-py does with one whose answer was lost."""
    once = redis.evalsha

    async def twice(sha: str, numkeys: int, *args: str) -> object:
        await once(sha, numkeys, *args)
        return await once(sha, numkeys, *args)

    await ask(redis, "SCRIPT", "FLUSH")
    lanes = Lanes(redis, f"{{warm-{secrets.token_hex(4)}}}")
    await lanes.accept(Job("w", "k", b""))
    await lanes.finish(await read_one(lanes, redis))
    monkeypatch.setattr(redis, "evalsha", twice)


async def ticked(lanes: Lanes) -> bool:
    """Queue what is due; whether that was anything."""
    return (await lanes.tick())[0] > 0


@pytest.fixture
async def vendor() -> AsyncIterator[AnthropicSandbox]:
    sandbox = AnthropicSandbox(api_key=KEY)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def desk(vendor: AnthropicSandbox) -> AsyncIterator[Provider]:
    """What asks the fake Messages API; each call is tried once."""
    made = provider(vendor)
    yield made
    await made.close()
