"""Who was in which approver group when Slack was last asked: for those who decide while Slack is away."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from bot.core.foreign import thing, things
from bot.runtime.scripts import outage_told


class Memberships:
    """Kept in Redis for all replicas; every method may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._key = redis, f"{prefix}:memberships"

    async def keep(self, group: str, members: Iterable[str], at: datetime) -> None:
        """Remember that exactly ``members`` (Slack user ids) were in ``group`` at that moment.

        A group that nobody knows any more is kept as one without members.
        """
        known = json.dumps({"members": sorted(members), "at": at.isoformat()})
        await outage_told(self._redis.hset(self._key, group, known))

    async def last(self, group: str) -> tuple[frozenset[str], datetime] | None:
        """Return who was in ``group`` and when that was known; None when nobody ever asked.

        How old an answer may be is for the caller to say.
        """
        found = cast("bytes | None", await outage_told(self._redis.hget(self._key, group)))
        if found is None:
            return None
        known = thing(json.loads(found))
        members = frozenset(str(each) for each in things(known.get("members")))
        return members, datetime.fromisoformat(str(known["at"]))
