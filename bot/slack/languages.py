"""Which language people chose, where that is not the one their Slack speaks."""

from __future__ import annotations

from typing import cast

from redis.asyncio import Redis

from bot.core.ids import SlackUserId
from bot.core.words import LANGUAGES
from bot.runtime.scripts import outage_told


class Languages:
    """Kept in Redis for all replicas; every method may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._key = redis, f"{prefix}:languages"

    async def choose(self, who: SlackUserId, language: str) -> None:
        """Speak ``language`` with this person; one we do not speak goes back to what their Slack says."""
        if language in LANGUAGES:
            await outage_told(self._redis.hset(self._key, who, language))
        else:
            await outage_told(self._redis.hdel(self._key, who))

    async def chosen(self, who: str) -> str:
        """Return what this person chose; empty where nothing was chosen."""
        found = cast("bytes | None", await outage_told(self._redis.hget(self._key, who)))
        language = found.decode() if found else ""
        return language if language in LANGUAGES else ""
