"""Forms that could not be taken, kept for a while: whoever filled one in opens it again as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from redis.asyncio import Redis

from bot.core.fingerprint import fingerprint
from bot.core.foreign import thing
from bot.runtime.scripts import outage_told

KEPT_S: Final = 8 * 3600
"""A working day: as long as a conversation is remembered."""


class Drafts:
    """Kept in Redis for all replicas; every method may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._prefix = redis, prefix

    async def keep(self, view: str, draft: Mapping[str, Any]) -> str:
        """Remember ``draft``, plain JSON, of the form ``view``; return the name to ask for it by."""
        name = fingerprint(["draft", view])[:32]
        await outage_told(self._redis.set(self._key(name), json.dumps(dict(draft)), ex=KEPT_S))
        return name

    async def find(self, name: str) -> Mapping[str, Any] | None:
        """Return what was kept under ``name``; None: nothing was, or too long ago."""
        found = cast("bytes | None", await outage_told(self._redis.get(self._key(name))))
        return thing(json.loads(found)) if found is not None else None

    async def claim(self, source: str, view: str) -> bool:
        """Whether the form ``view`` may be sent for ``source``: the first may, and when it asks again."""
        key = self._key(fingerprint(["sent", source])[:32])
        if await outage_told(self._redis.set(key, view, nx=True, ex=KEPT_S)):
            return True
        return cast("bytes | None", await outage_told(self._redis.get(key))) == view.encode()

    async def is_claimed(self, source: str) -> bool:
        """Whether some form was sent for ``source`` already."""
        return bool(await outage_told(self._redis.exists(self._key(fingerprint(["sent", source])[:32]))))

    def _key(self, name: str) -> str:
        return f"{self._prefix}:draft:{name}"
