"""The demo's time: the machine's, and as far ahead of it as somebody has pushed it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis.asyncio import Redis

PUSH_S_MAX: Final = 7 * 86_400
"""Of one push. Further than any rule of the demo waits."""
AHEAD_S_MAX: Final = 365 * 86_400
"""Of all pushes together: dates stay such that every fake vendor can write them."""
_EARLIER: Final = """
local jobs = redis.call('ZRANGE', KEYS[1], 0, -1)
for _, job in ipairs(jobs) do redis.call('ZINCRBY', KEYS[1], -tonumber(ARGV[1]), job) end
return #jobs
"""
"""Redis has a time of its own that nobody can push, so what waits there is brought nearer instead."""


class Wheel:
    """A clock that can be pushed forward, never back. Fills ``bot.ports.Clock``."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    @property
    def ahead_s(self) -> float:
        """How many seconds ahead of the machine's time it is."""
        return self._ahead.total_seconds()

    def now(self) -> datetime:
        """Return the demo's present instant, UTC and aware."""
        return datetime.now(UTC) + self._ahead

    def unix(self) -> float:
        """Return the same in Unix seconds."""
        return self.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        """Wait ``seconds`` of the machine's time: pushing shortens what people wait for, not a heartbeat."""
        await asyncio.sleep(max(seconds, 0.0))

    async def push(self, seconds: float, redis: Redis, timers: str) -> int:
        """Go ``seconds`` forward and bring the timers in the sorted set ``timers`` as much nearer.

        Returns how many timers there were. The order in which they come is kept.

        Raises:
            ValueError: it is no way forward, or too far; says so in words.
        """
        if not 0 < seconds <= PUSH_S_MAX or self.ahead_s + seconds > AHEAD_S_MAX:
            raise ValueError("Time can be pushed forward by up to a week at a time, and by a year in all.")
        # First the clock: a timer that comes at once must find that its time has come.
        self._ahead += timedelta(seconds=seconds)
        answer: Any = redis.eval(_EARLIER, 1, timers, str(int(seconds * 1000)))
        return int(await answer)
