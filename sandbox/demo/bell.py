"""One bell for everything the page shows: counters that grow, and a way to wait until one of them has."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass


@dataclass
class Counters:
    """How often each part has changed since the start."""

    tickets: int = 0
    chat: int = 0
    feed: int = 0
    time: int = 0
    lessons: int = 0


class Bell:
    """Rung by the worlds and the feed, heard by every open page."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.closed = False
        """The server is going away: whoever waits stops."""
        self._moved = asyncio.Event()

    def tickets(self) -> None:
        """A ticket changed in one of the systems."""
        self.counters.tickets += 1
        self._ring()

    def chat(self) -> None:
        """Something changed in Slack."""
        self.counters.chat += 1
        self._ring()

    def feed(self) -> None:
        """The bot did something."""
        self.counters.feed += 1
        self._ring()

    def time(self) -> None:
        """Somebody pushed time forward."""
        self.counters.time += 1
        self._ring()

    def lessons(self) -> None:
        """The bot has learned something of the past, or could not."""
        self.counters.lessons += 1
        self._ring()

    def close(self) -> None:
        """Let nobody wait any more."""
        self.closed = True
        self._ring()

    async def wait(self, timeout_s: float) -> None:
        """Return at the next ring, or after ``timeout_s`` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._moved.wait()

    def _ring(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
