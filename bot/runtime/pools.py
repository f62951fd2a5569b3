"""One pool of one worker: reads its stream, starts what it read, and holds no more than it has room for."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, Final, cast

from redis.asyncio import Redis

from bot.runtime.jobs import Lease
from bot.runtime.lanes import GROUP, Lanes
from bot.runtime.scripts import outage_told

BLOCK_MS: Final = 500
"""One blocking read. It is never cancelled, or what it had read would wait for its lease to run out; so this
is also how long a stop may take to be noticed. Must stay below the reading client's socket time-out."""
READ_JOBS_MAX: Final = 16
"""Entries per read: one round trip for many, yet little to give back at a stop."""
_SWEEP_S: Final = 1.0
"""Between two looks for jobs whose holder is gone."""


class Pool:
    """The room for ``size`` attempts at a time, and what fills it."""

    def __init__(self, lanes: Lanes, reader: Redis, name: str, size: int, *, lease_s: float) -> None:
        """``reader`` needs ``retries=0``: a read sent twice strands the first one's entries."""
        self.name = name
        self._lanes = lanes
        self._reader = reader
        self._size = size
        self._lease_ms = int(lease_s * 1000)
        self._sweep_s = min(_SWEEP_S, lease_s / 4)
        self._sweep_at = 0.0
        self._cursor = "0-0"
        self._read: tuple[str, list[tuple[str, str]]] = ("", [])
        self._room = asyncio.Event()
        self._room.set()
        self.running: dict[asyncio.Task[None], Lease] = {}
        """By attempt, not by entry: a process that was frozen may take over an entry from itself."""

    async def take(self, stop: asyncio.Event) -> list[Lease]:
        """Wait for room and return the next leases, or nothing after ``BLOCK_MS`` or once ``stop`` is set."""
        await self._wait_for_room(stop)
        if not stop.is_set() and not self._read[1]:
            leases = await self._sweep()
            if leases:
                return leases
            await self._read_entries()
        claim, entries = self._read
        if not entries:
            return []
        if stop.is_set():
            await self.give_back()
            return []
        leases = await self._lanes.start(self.name, entries, claim=claim)
        # Only now: if starting failed half-way, the same claim is tried again and counts once.
        self._read = ("", [])
        return leases

    async def give_back(self) -> None:
        """Return what was read but not started to the stream."""
        _, entries = self._read
        if entries:
            await self._lanes.give_back(self.name, entries)
            self._read = ("", [])

    def add(self, lease: Lease, attempt: asyncio.Task[None]) -> None:
        """Fill a place until ``attempt`` ends."""
        self.running[attempt] = lease
        if len(self.running) >= self._size:
            self._room.clear()
        attempt.add_done_callback(self._leave)

    def _leave(self, attempt: asyncio.Task[None]) -> None:
        del self.running[attempt]
        self._room.set()

    async def _wait_for_room(self, stop: asyncio.Event) -> None:
        if self._room.is_set():
            return
        waits = [asyncio.ensure_future(self._room.wait()), asyncio.ensure_future(stop.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _free(self) -> int:
        return min(READ_JOBS_MAX, self._size - len(self.running))

    async def _sweep(self) -> list[Lease]:
        """Take over jobs of dead workers; each call looks at a part of what is pending."""
        if monotonic() < self._sweep_at:
            return []
        self._cursor, leases = await self._lanes.reclaim(
            self.name, silent_ms=self._lease_ms, cursor=self._cursor, count=self._free()
        )
        if self._cursor == "0-0":
            self._sweep_at = monotonic() + self._sweep_s
        return leases

    async def _read_entries(self) -> None:
        stream = self._lanes.stream(self.name)
        claim = self._lanes.new_claim()
        answer: Any = await outage_told(
            self._reader.xreadgroup(
                GROUP, self._lanes.name, {stream: ">"}, count=self._free(), block=BLOCK_MS
            )
        )
        self._read = (claim, _entries(answer))


def _entries(answer: Any) -> list[tuple[str, str]]:
    """Read XREADGROUP's answer about one stream: ``[[stream, entries]]``, or nothing at a time-out."""
    if not answer:
        return []
    pairs = cast("list[tuple[bytes, dict[bytes, bytes]]]", answer[0][1])
    return [(entry.decode(), fields[b"j"].decode()) for entry, fields in pairs]
