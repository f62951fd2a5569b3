"""What an operator does from the command line, on the Redis that the replicas share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bot.app import PREFIX
from bot.core.errors import Misconfigured
from bot.runtime.embedded import open_embedded
from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.lanes import Lanes
from bot.runtime.redis_client import command_client
from bot.runtime.stops import Stops
from bot.settings import Environment, read_settings

ALL = "all"
SHOWN_BYTES_MAX = 20_000
"""Of a dead letter's payload, printed for a person who asked for it."""


@asynccontextmanager
async def reached(environ: Mapping[str, str]) -> AsyncIterator[Redis]:
    """Connect to the Redis that the replicas share; without ``REDIS_URL`` to the embedded one.

    A bot on this machine has that server running; otherwise it is started for as long as this lasts.

    Raises:
        Misconfigured: settings cannot be used, or no server can be started here.
        Unavailable: the embedded server does not come up.
    """
    settings = read_settings(Environment(environ))
    server = None
    url = settings.redis_url
    if not url:
        server = await open_embedded(settings.data)
        url = server.url
    redis = command_client(url)
    try:
        yield redis
    finally:
        await redis.aclose()
        if server is not None:
            await server.stop()


async def operate(environ: Mapping[str, str], config: Path | None, verb: str, *args: str) -> Any:
    """Connect, do one thing, and disconnect.

    Raises:
        Misconfigured: settings cannot be used, or there is nothing of that name; says what to do.
        Unavailable: Redis does not answer.
    """
    del config  # the file says nothing about where Redis is
    async with reached(environ) as redis:
        lanes, stops = Lanes(redis, PREFIX, pools=ALL_POOLS), Stops(redis, PREFIX)
        return await _VERBS[verb](lanes, stops, *args)


async def _dead_list(lanes: Lanes, _stops: Stops) -> list[dict[str, Any]]:
    return [asdict(letter) for letter in await lanes.dead.list()]


async def _dead_show(lanes: Lanes, _stops: Stops, ident: str) -> dict[str, Any]:
    found = await lanes.dead.show(ident)
    if found is None:
        raise Misconfigured(f"no dead letter is called {ident}. See: countersign dead list")
    letter, data = found
    return asdict(letter) | {"data": data[:SHOWN_BYTES_MAX].decode("utf-8", "replace")}


async def _dead_replay(lanes: Lanes, _stops: Stops, ident: str) -> int:
    return await lanes.dead.replay(None if ident == ALL else [ident])


async def _dead_drop(lanes: Lanes, _stops: Stops, ident: str) -> int:
    return await lanes.dead.drop(None if ident == ALL else [ident])


async def _stop(_lanes: Lanes, stops: Stops, scope: str, why: str) -> None:
    await stops.stop(scope, why)


async def _resume(_lanes: Lanes, stops: Stops, scope: str) -> bool:
    return await stops.resume(scope)


_VERBS: Mapping[str, Any] = {
    "dead_list": _dead_list,
    "dead_show": _dead_show,
    "dead_replay": _dead_replay,
    "dead_drop": _dead_drop,
    "stop": _stop,
    "resume": _resume,
}
