"""How many changes one connector gets in an hour, whoever asks: what a runaway cannot exceed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from redis.asyncio import Redis

from bot.runtime.scripts import outage_told

KEPT_S: Final = 2 * 3600
"""A count is needed for its own hour only; one more, for clocks that disagree."""


class Ceiling:
    """Counts changes by connector and hour, for all replicas together."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._prefix = redis, prefix

    async def take(self, connector: str, most: int, now: datetime) -> bool:
        """Count one more change; False when this hour has had ``most`` already."""
        key = f"{self._prefix}:acted:{connector}:{now:%Y%m%d%H}"
        count = await outage_told(self._redis.incr(key))
        if count == 1:
            await outage_told(self._redis.expire(key, KEPT_S))
        return count <= most
