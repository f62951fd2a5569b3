"""One budget of calls for all replicas: the generic cell rate algorithm, in one script."""

from __future__ import annotations

from redis.asyncio import Redis

from bot.runtime.scripts import Script


class Limiter:
    """Spaces calls out so that all replicas together stay below a vendor's limit."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._prefix, self._take = redis, prefix, Script("limit")

    async def wait_s(self, name: str, *, per_minute: int, burst: int) -> float:
        """Take one call of ``name``; 0 when it may go now, else how many seconds to wait before asking again.

        ``burst``: how many may go at once after a quiet while.

        Raises:
            Unavailable: Redis is away.
        """
        every_ms = max(1, 60_000 // per_minute)
        answer: int = await self._take(self._redis, self._prefix, name, every_ms, every_ms * burst)
        return answer / 1000
