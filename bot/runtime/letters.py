"""Dead letters: jobs we gave up on, kept until a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from redis.asyncio import Redis

from bot.runtime.jobs import DeadLetter
from bot.runtime.scripts import Script

PAGE: Final = 100


class DeadLetters:
    """List, show, replay and drop them. Every call may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """Work on the same keys as ``Lanes`` with this prefix."""
        self._redis = redis
        self._prefix = prefix
        self._look = Script("look")
        self._act = Script("letters")

    async def list(self, *, first: int = 0, count: int = PAGE) -> list[DeadLetter]:
        """Return ``count`` letters from the ``first`` oldest on, without their data."""
        rows = await self._look(self._redis, self._prefix, first, first + count - 1)
        return [_letter(row) for row in rows]

    async def show(self, job_id: str) -> tuple[DeadLetter, bytes] | None:
        """Return one letter with its data, or None when no such letter is kept."""
        row = await self._look(self._redis, self._prefix, 0, 0, job_id)
        return (_letter(row[0][:-1]), cast("bytes", row[0][-1])) if row else None

    async def replay(self, ids: Sequence[str] | None = None) -> int:
        """Queue letters again with a fresh count of attempts; None for all. Returns how many.

        Each goes to the end of its lane, and letters of one lane keep their order.
        """
        return await self._each("replay", ids)

    async def drop(self, ids: Sequence[str] | None = None) -> int:
        """Remove letters and their data for good; None for all. Returns how many."""
        return await self._each("drop", ids)

    async def _each(self, verb: str, ids: Sequence[str] | None) -> int:
        if ids is not None and not ids:
            # The script takes no ids for all of them; an empty choice must not become that.
            return 0
        return int(await self._act(self._redis, self._prefix, verb, *(ids or ())))


def _letter(row: list[bytes]) -> DeadLetter:
    job_id, kind, lane, pool, attempts, why, accepted_ms, died_us, data_bytes = row
    return DeadLetter(
        id=job_id.decode(),
        kind=kind.decode(),
        lane=lane.decode(),
        pool=pool.decode(),
        attempts=int(attempts),
        why=why.decode(errors="replace"),
        accepted_ms=int(accepted_ms),
        died_ms=int(float(died_us)) // 1000,
        data_bytes=int(data_bytes),
    )
