"""Follows the bot's audit as it grows and keeps its newest lines for the page."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.core.errors import BotError
from sandbox.demo.bell import Bell
from sandbox.demo.sealed import Sealed
from sandbox.demo.telling import Line, Teller

LINES_MAX: Final = 500
"""Lines a newly opened page is given; the audit itself keeps everything."""
_IDENT: Final = re.compile(r"\d{1,20}-\d{1,20}")
BLOCK_MS: Final = 400
"""How long one read waits; below every client's own patience."""
AWAY_S: Final = 0.2

Entries = list[tuple[bytes, dict[bytes, bytes]]]


class Feed:
    """The newest lines, in order."""

    def __init__(self, teller: Teller, bell: Bell) -> None:
        self.lines: deque[Line] = deque(maxlen=LINES_MAX)
        self._teller, self._bell = teller, bell
        self._told, self._last = 0, "0-0"
        """The number of the last record told, and where the buffer was read to."""

    @property
    def totals(self) -> dict[str, int]:
        """Counts over the whole audit, not the kept lines alone."""
        return dict(self._teller.totals)

    def after(self, ident: str) -> list[Line]:
        """Return the lines that came after ``ident``; all that are kept when it is empty or too old."""
        if not ident:
            return list(self.lines)
        return [line for line in self.lines if _place(line["id"]) > _place(ident)]

    async def follow(self, redis: Redis, prefix: str) -> None:
        """Tell every record as it is written, until cancelled."""
        while True:
            try:
                await self.take(redis, prefix)
                await redis.xread({f"{prefix}:audit": self._last}, count=1, block=BLOCK_MS)
            except (BotError, RedisError):
                # The embedded server is started again when it dies; nothing is lost meanwhile.
                await asyncio.sleep(AWAY_S)

    async def take(self, redis: Redis, prefix: str) -> None:
        """Tell what was written since the last time, whether it still lies in the buffer or is sealed by now.

        Records are sealed about once a second and leave the buffer then. So each look asks at once, in one
        transaction, how many are sealed, how many wait, and which of those are new: a gap shows in the count.
        """
        sealed, waiting, fresh = await self._look(redis, prefix)
        # The very first record that is sealed announces the key; it never lies in the buffer.
        first = (sealed or 1) + waiting - len(fresh) + 1
        if self._told + 1 < first and self._told < sealed:
            for record in await Sealed(redis, prefix).records(self._told + 1, min(first - 1, sealed)):
                self._tell(self._told + 1, record)
        for number, (ident, fields) in enumerate(fresh, first):
            self._last = ident.decode()
            self._tell(number, json.loads(fields[b"r"])["d"])

    async def _look(self, redis: Redis, prefix: str) -> tuple[int, int, Entries]:
        # The pipeline is not awaited command by command, as the client's own methods are.
        at_once: Any = redis.pipeline(transaction=True)
        at_once.hget(f"{prefix}:audit:head", "n")
        at_once.xlen(f"{prefix}:audit")
        at_once.xrange(f"{prefix}:audit", min=f"({self._last}")
        sealed, waiting, fresh = await at_once.execute()
        return int(sealed or 0), int(waiting), fresh

    def _tell(self, number: int, record: Mapping[str, Any]) -> None:
        self._told = number
        self.lines.append(self._teller.tell(f"{number}-0", record))
        self._bell.feed()


def last_seen(header: str) -> str:
    """Return the line's id a page says it saw last; empty for anything that is none."""
    return header if _IDENT.fullmatch(header) else ""


def _place(ident: str) -> tuple[int, int]:
    """Return a line's id as numbers, which compare as the lines are ordered."""
    ms, _, number = ident.partition("-")
    return int(ms), int(number or 0)
