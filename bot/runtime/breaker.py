"""The circuit breaker: an endpoint that keeps failing is left alone for a while, by all replicas together.

Its state is one hash on Redis and its moves one script, so that ten replicas do not each pay three time-outs.
"""

from __future__ import annotations

import math
import secrets
from typing import Final

from redis.asyncio import Redis

from bot.ports import Clock
from bot.runtime.jobs import Unavailable
from bot.runtime.scripts import Script
from bot.writers import Away

FAILURES_MAX: Final = 3
"""In a row; then it is left alone, so that its time-out is not paid for per ticket."""
REST_S: Final = 30.0
"""How long it is left alone at least; a longer ``Retry-After`` counts, up to ``REST_MAX_S``."""
REST_MAX_S: Final = 600.0
PROBE_S: Final = 150.0
"""After a rest one call tries it, the others wait; should that call die, another may after this time, which
is longer than any answer's deadline."""


class Breaker:
    """One breaker per name."""

    def __init__(self, redis: Redis, prefix: str, clock: Clock) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._prefix, self._clock = redis, prefix, clock
        self._move = Script("breaker")

    async def enter(self, name: str) -> str:
        """Ask to use ``name``; returns a token to tell how it went with. After a rest, one call gets through.

        Raises:
            Away: it rests; ``after_s`` says how much longer.
            Unavailable: Redis is away; while nobody counts, nobody is asked.
        """
        token = secrets.token_hex(8)
        waits = await self._tell(name, "enter", token, _ms(PROBE_S))
        if waits:
            raise Away(f"the model at {name!r} failed too often and is left alone", after_s=waits / 1000)
        return token

    async def failed(self, name: str, token: str, *, rest_s: float) -> None:
        """Say that it failed; ``rest_s``: how long it asked to be left alone, if at all."""
        rest = min(max(rest_s, REST_S), REST_MAX_S)
        await self._note(name, "failed", token, FAILURES_MAX, _ms(rest))

    async def worked(self, name: str, token: str) -> None:
        """Say that it answered, whatever: it is there."""
        await self._note(name, "worked", token)

    async def left(self, name: str, token: str) -> None:
        """Say that it was not asked after all, or not heard to the end: nothing is known."""
        await self._note(name, "left", token)

    async def _note(self, name: str, what: str, token: str, *more: int) -> None:
        """Tell it if it can be told: an answer that is there is not lost because Redis is away."""
        try:
            await self._tell(name, what, token, *more)
        except Unavailable:
            return

    async def _tell(self, name: str, what: str, token: str, *more: int) -> int:
        now = _ms(self._clock.now().timestamp())
        answer: int = await self._move(self._redis, self._prefix, name, what, token, now, *more)
        return answer


def _ms(seconds: float) -> int:
    return math.ceil(seconds * 1000)
