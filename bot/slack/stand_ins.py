"""Whom people named in the App Home to decide in their place while they are away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from pydantic import TypeAdapter
from redis.asyncio import Redis

from bot.core.ids import SlackUserId
from bot.runtime.scripts import outage_told


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """One person's choice; nobody passes on what was passed to them."""

    of: SlackUserId
    """Who is away, and whose voice it is."""
    by: SlackUserId
    """Who decides in their place."""
    until: datetime
    """From this moment on it is over."""


_STAND_IN: Final = TypeAdapter(StandIn)


class StandIns:
    """Kept in Redis for all replicas; every method may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._key = redis, f"{prefix}:stand_ins"

    async def set(self, stand_in: StandIn) -> None:
        """Put ``stand_in`` in force; it replaces the same person's earlier one."""
        await outage_told(self._redis.hset(self._key, stand_in.of, _STAND_IN.dump_json(stand_in)))

    async def clear(self, of: SlackUserId) -> bool:
        """Take it back; False when there was none."""
        return bool(await outage_told(self._redis.hdel(self._key, of)))

    async def in_force(self, now: datetime) -> Mapping[SlackUserId, StandIn]:
        """Return everybody who is represented at ``now``."""
        found = cast("list[bytes]", await outage_told(self._redis.hvals(self._key)))
        known = (_STAND_IN.validate_json(each) for each in found)
        return {each.of: each for each in known if now < each.until}
