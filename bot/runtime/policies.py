"""Which policy was in force when: the text of each, kept with the moments at which it was loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from redis.asyncio import Redis

from bot.core.fingerprint import fingerprint
from bot.runtime.scripts import outage_told

LOADS_MAX: Final = 500
"""Changes of policy that are remembered: one a day for over a year. A start with the same text is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One policy, from the moment it was loaded until the next one."""

    text: str
    """As ``Config.text`` has it; empty: there was no file, and the built-in rules held."""
    loaded_at: datetime

    @property
    def fingerprint(self) -> str:
        """What tells it from others, short enough to be read out."""
        return _name(self.text)


class Policies:
    """Kept in Redis for all replicas; every method may raise ``Unavailable``.

    Where replicas start with different files, the one that was loaded last counts, here as in an operator's
    mind; each replica goes on deciding by its own until it is restarted.
    """

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis: Any = redis
        self._loads, self._texts = f"{prefix}:policies", f"{prefix}:policies:texts"

    async def loaded(self, text: str, at: datetime) -> str:
        """Remember that ``text`` is in force from ``at`` on; returns its fingerprint.

        When it was in force already nothing happens, and nothing is returned.
        """
        before = await self.in_force(at)
        if before is not None and before.text == text:
            return ""
        # The text first: a load without its text would be a riddle, the reverse is only a waste.
        await outage_told(self._redis.hset(self._texts, _name(text), text))
        moment = int(at.timestamp() * 1000)
        await outage_told(self._redis.zadd(self._loads, {f"{moment}|{_name(text)}": moment}))
        await self._prune()
        return _name(text)

    async def in_force(self, at: datetime) -> Kept | None:
        """Return the policy that held at ``at``; None where nothing was recorded for that time."""
        rows = await outage_told(
            self._redis.zrevrangebyscore(self._loads, int(at.timestamp() * 1000), "-inf", start=0, num=1)
        )
        return None if not rows else await self._read(cast("bytes", rows[0]).decode())

    async def first(self) -> Kept | None:
        """Return the oldest policy that is remembered."""
        rows = await outage_told(self._redis.zrange(self._loads, 0, 0))
        return None if not rows else await self._read(cast("bytes", rows[0]).decode())

    async def _read(self, load: str) -> Kept | None:
        moment, _, name = load.partition("|")
        text = cast("bytes | None", await outage_told(self._redis.hget(self._texts, name)))
        if text is None:
            return None
        return Kept(text=text.decode(), loaded_at=datetime.fromtimestamp(int(moment) / 1000, UTC))

    async def _prune(self) -> None:
        """Forget the oldest loads, and texts that no load names any more."""
        if await outage_told(self._redis.zcard(self._loads)) <= LOADS_MAX:
            return
        await outage_told(self._redis.zremrangebyrank(self._loads, 0, -LOADS_MAX - 1))
        rows = cast("list[bytes]", await outage_told(self._redis.zrange(self._loads, 0, -1)))
        used = {row.decode().partition("|")[2] for row in rows}
        known = cast("list[bytes]", await outage_told(self._redis.hkeys(self._texts)))
        unused = [name for name in known if name.decode() not in used]
        if unused:
            await outage_told(self._redis.hdel(self._texts, *unused))


def _name(text: str) -> str:
    return fingerprint(text)[:12]
