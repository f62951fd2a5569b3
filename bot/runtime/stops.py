"""The kill switch: who is stopped, and why. Looked up before every write, so all replicas obey at once."""

from __future__ import annotations

from typing import cast

from redis.asyncio import Redis

from bot.runtime.scripts import outage_told

EVERYTHING = "*"


class Stops:
    """Stops by scope: everything, ``connector:<name>`` or ``skill:<name>``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._key = redis, f"{prefix}:stops"

    async def stop(self, scope: str, why: str) -> None:
        """Stop ``scope``; approvals stay pending, nothing executes."""
        await outage_told(self._redis.hset(self._key, scope, why))

    async def resume(self, scope: str) -> bool:
        """Lift a stop; False when there was none."""
        return bool(await outage_told(self._redis.hdel(self._key, scope)))

    async def all(self) -> dict[str, str]:
        """Return every stop in force: scope to reason."""
        found = cast("dict[bytes, bytes]", await outage_told(self._redis.hgetall(self._key)))
        return {scope.decode(): why.decode() for scope, why in found.items()}

    async def why(self, *, connector: str, skill: str) -> str | None:
        """Return the reason that holds for ``connector`` or ``skill``, or None when neither is stopped."""
        stops = await self.all()
        scopes = (EVERYTHING, f"connector:{connector}", f"skill:{skill}")
        return next((stops[scope] for scope in scopes if scope in stops), None)
