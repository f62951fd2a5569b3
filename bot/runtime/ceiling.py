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
        # Its end first: a crash in between must not leave a count for ever.
        await outage_told(self._redis.set(key, 0, ex=KEPT_S, nx=True))
        return await outage_told(self._redis.incr(key)) <= most
