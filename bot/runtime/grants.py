"""Standing permissions: how often a change was approved, and which shapes need no card any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from pydantic import TypeAdapter
from redis.asyncio import Redis

from bot.core.grants import Grant
from bot.core.ids import ProposalId, Shape
from bot.runtime.scripts import outage_told

COUNTED_S: Final = 180 * 24 * 3600
"""What was approved half a year ago is no reason to stop asking today."""
_GRANT: Final = TypeAdapter(Grant)


class Grants:
    """Kept in Redis for all replicas; every method may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._key, self._prefix = redis, f"{prefix}:grants", prefix

    async def count(self, shape: Shape, proposal: ProposalId) -> None:
        """Remember that ``proposal`` was approved unedited and done; counting it twice counts once."""
        key = f"{self._prefix}:equal:{shape}"
        await outage_told(self._redis.sadd(key, proposal))
        await outage_told(self._redis.expire(key, COUNTED_S))

    async def equal(self, shape: Shape, proposal: ProposalId) -> int:
        """Return how many equal changes were approved and done, ``proposal`` among them."""
        key = f"{self._prefix}:equal:{shape}"
        known = await outage_told(self._redis.scard(key))
        counted = cast("int", await outage_told(self._redis.sismember(key, proposal)))
        return known + (0 if counted else 1)

    async def set(self, grant: Grant) -> None:
        """Put ``grant`` in force."""
        await outage_told(self._redis.hset(self._key, grant.shape, _GRANT.dump_json(grant)))

    async def get(self, shape: Shape) -> Grant | None:
        """Return the permission for ``shape``, if there is one."""
        found = await outage_told(self._redis.hget(self._key, shape))
        return _GRANT.validate_json(found) if found is not None else None

    async def among(self, shapes: Iterable[Shape]) -> tuple[Grant, ...]:
        """Return the permissions there are for any of ``shapes``."""
        wanted = list(dict.fromkeys(shapes))
        if not wanted:
            return ()
        found = cast("list[bytes | None]", await outage_told(self._redis.hmget(self._key, wanted)))
        return tuple(_GRANT.validate_json(each) for each in found if each is not None)

    async def all(self) -> tuple[Grant, ...]:
        """Return every permission in force, newest first."""
        found = cast("list[bytes]", await outage_told(self._redis.hvals(self._key)))
        return tuple(sorted((_GRANT.validate_json(each) for each in found), key=lambda g: g.at, reverse=True))

    async def revoke(self, shape: Shape) -> bool:
        """Take a permission back, and begin counting afresh; False when there was none."""
        gone = await outage_told(self._redis.hdel(self._key, shape))
        await outage_told(self._redis.delete(f"{self._prefix}:equal:{shape}"))
        return bool(gone)
