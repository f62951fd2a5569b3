"""Follows the bot's audit as it grows and keeps its newest lines for the page."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from typing import Any, Final

from redis.asyncio import Redis

from sandbox.demo.bell import Bell
from sandbox.demo.telling import Line, Teller

LINES_MAX: Final = 500
"""Lines a newly opened page is given; the audit itself keeps everything."""
_IDENT: Final = re.compile(r"\d{1,20}-\d{1,20}")
BATCH: Final = 200
BLOCK_MS: Final = 400
"""How long one read waits; below every client's own patience."""

Entries = list[tuple[bytes, dict[bytes, bytes]]]


class Feed:
    """The newest lines, in order."""

    def __init__(self, teller: Teller, bell: Bell) -> None:
        self.lines: deque[Line] = deque(maxlen=LINES_MAX)
        self._teller, self._bell = teller, bell

    @property
    def totals(self) -> dict[str, int]:
        """Counts over the whole audit, not the kept lines alone."""
        return dict(self._teller.totals)

    def after(self, ident: str) -> list[Line]:
        """Return the lines that came after ``ident``; all that are kept when it is empty or too old."""
        if not ident:
            return list(self.lines)
        return [line for line in self.lines if _place(line["id"]) > _place(ident)]

    async def follow(self, redis: Redis, key: str) -> None:
        """Read the stream ``key`` until cancelled."""
        last = "0-0"
        while True:
            answer: Any = await redis.xread({key: last}, count=BATCH, block=BLOCK_MS)
            entries: Entries = answer[0][1] if answer else []
            for ident, fields in entries:
                last = ident.decode()
                self.lines.append(self._teller.tell(last, json.loads(fields[b"r"])["d"]))
            if entries:
                self._bell.feed()
            else:
                await asyncio.sleep(0)


def last_seen(header: str) -> str:
    """Return the stream id a page says it saw last; empty for anything that is none."""
    return header if _IDENT.fullmatch(header) else ""


def _place(ident: str) -> tuple[int, int]:
    """Return a stream id as numbers, which compare as Redis orders them."""
    ms, _, number = ident.partition("-")
    return int(ms), int(number or 0)
