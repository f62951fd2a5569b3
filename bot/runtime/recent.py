"""What was done last, the newest first: a bounded list of names, for those who look back or set back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, cast

from redis.asyncio import Redis

from bot.core.ids import ProposalId
from bot.runtime.scripts import outage_told

KEPT_MAX: Final = 500
"""Names; what each was stands in its ticket's dossier, and all of it in the audit."""


class Recent:
    """Kept in Redis for all replicas; every method may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._key = redis, f"{prefix}:recent"

    async def note(self, proposal: ProposalId, at: datetime) -> None:
        """Remember that ``proposal`` was carried out; the same again changes nothing."""
        await outage_told(self._redis.zadd(self._key, {proposal: at.timestamp()}, nx=True))
        await outage_told(self._redis.zremrangebyrank(self._key, 0, -KEPT_MAX - 1))

    async def newest(self, limit: int) -> tuple[ProposalId, ...]:
        """Return up to ``limit`` of them."""
        client: Any = self._redis  # its types leave the scores' function open
        asked = client.zrange(self._key, 0, limit - 1, desc=True)
        found = cast("list[bytes]", await outage_told(asked))
        return tuple(ProposalId(each.decode()) for each in found)
