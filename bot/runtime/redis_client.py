"""Redis clients that fail the way the rest of the house expects, and a look at what the server promises."""

from __future__ import annotations

from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff

from bot.core.errors import Misconfigured
from bot.runtime.pools import BLOCK_MS
from bot.runtime.scripts import outage_told

TIMEOUT_S: Final = 5.0
CONNECTIONS_MAX: Final = 64
"""Beyond that a call waits for a free one; a Redis has 10,000 by default, for all replicas together."""
RETRIES: Final = 3
OLDEST: Final = (6, 2)


def command_client(url: str) -> Redis:
    """Return the client for everything that does not block.

    It repeats a call whose answer was lost. That is right only because every write is a script that bears it.
    """
    retry = Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.5), RETRIES)
    return _client(url, retry, TIMEOUT_S)


def reading_client(url: str) -> Redis:
    """Return the client for blocking reads.

    It repeats nothing: a second read would strand what the first one got.
    """
    return _client(url, Retry(NoBackoff(), 0), TIMEOUT_S + BLOCK_MS / 1000)


def _client(url: str, retry: Retry, timeout_s: float) -> Redis:
    try:
        options: dict[str, Any] = dict(parse_url(url))
    except ValueError as wrong:
        raise Misconfigured(f"REDIS_URL cannot be read: {wrong}") from wrong
    options |= {
        "retry": retry,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": TIMEOUT_S,
        # Answers look alike on every server from 6.2 on, and no handshake is needed that some refuse.
        "protocol": 2,
        # Otherwise each new connection looks its own version up on disk, in the event loop.
        "driver_info": None,
    }
    return Redis.from_pool(BlockingConnectionPool(CONNECTIONS_MAX, TIMEOUT_S, **options))


async def warnings_about(redis: Redis) -> list[str]:
    """Say, in words, what this server does not promise. Empty when all is well.

    Raises:
        Unavailable: it does not answer.
    """
    asked = redis.info()  # pyright: ignore[reportUnknownMemberType]  # redis-py leaves its **kwargs untyped
    info = await outage_told(asked)
    found: list[str] = []
    version = str(info.get("redis_version", "0.0"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        found.append(f"Redis {version} is too old: 6.2 or newer, or Valkey, is needed")
    if not info.get("aof_enabled"):
        found.append(
            "Redis keeps no append-only file, so a restart can lose accepted tickets and approvals: "
            "set appendonly yes, and appendfsync everysec or always"
        )
    policy = info.get("maxmemory_policy")
    if policy != "noeviction":
        found.append(
            f"Redis throws keys away when memory is short: set maxmemory-policy noeviction (it is {policy})"
        )
    if info.get("role") != "master":
        found.append(
            f"this Redis is a {info.get('role')}, which takes no writes: point REDIS_URL at the primary"
        )
    return found
