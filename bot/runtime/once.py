"""Things that are to be said once, although the job that says them may be run again, or has siblings."""

from __future__ import annotations

from typing import Final, cast

from redis.asyncio import Redis

from bot.core.fingerprint import fingerprint
from bot.runtime.scripts import outage_told

KEPT_S: Final = 26 * 3600
"""Longer than a job is tried again."""


class Once:
    """Kept in Redis for all replicas; every method may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._prefix = redis, f"{prefix}:once"

    async def claim(self, topic: str, by: str) -> bool:
        """Whether ``by`` is the one to say ``topic``: the first who asked, and again when it asks again."""
        key = self._key(topic)
        if await outage_told(self._redis.set(key, by, nx=True, ex=KEPT_S)):
            return True
        return cast("bytes | None", await outage_told(self._redis.get(key))) == by.encode()

    async def is_said(self, topic: str) -> bool:
        """Whether ``topic`` was said; see :meth:`said`."""
        return bool(await outage_told(self._redis.exists(self._key(topic))))

    async def said(self, topic: str) -> None:
        """Remember that ``topic`` was said."""
        await outage_told(self._redis.set(self._key(topic), b"", ex=KEPT_S))

    async def last(self, topic: str) -> str:
        """Return what was noted about ``topic``; empty when nothing was, or long ago."""
        found = cast("bytes | None", await outage_told(self._redis.get(self._key(topic))))
        return found.decode() if found is not None else ""

    async def note(self, topic: str, what: str) -> None:
        """Note ``what`` about ``topic``, in place of what was noted before."""
        await outage_told(self._redis.set(self._key(topic), what, ex=KEPT_S))

    def _key(self, topic: str) -> str:
        # Topics hold people's ids and sentences: a key shows neither.
        return f"{self._prefix}:{fingerprint(topic)[:32]}"
