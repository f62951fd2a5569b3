"""The whole audit as a test reads it: what is sealed by now, and what still waits for that."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from redis.asyncio import Redis

from bot.core.audit import Record
from bot.core.codec import decode
from sandbox.demo.sealed import Sealed

_RECORD = TypeAdapter(Record)
OWN = "audit."
"""How the kinds of records begin that the sealing itself writes."""


class AuditReader:
    """Reads on from where it was; several bots may come and go meanwhile."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis, self._prefix = redis, prefix
        self._sealed: list[Record] = []
        self._read = 0

    async def records(self) -> list[Record]:
        """Every record there is, oldest first; not those that tell of the sealing itself."""
        # In one transaction: between two looks a record could move from one part to the other.
        at_once: Any = self._redis.pipeline(transaction=True)
        at_once.hget(f"{self._prefix}:audit:head", "n")
        at_once.xrange(f"{self._prefix}:audit")
        last, rows = await at_once.execute()
        if last is not None and int(last) > self._read:
            fresh = await Sealed(self._redis, self._prefix).records(self._read + 1, int(last))
            self._sealed += [_RECORD.validate_python(each, strict=False) for each in fresh]
            self._read = int(last)
        waiting: list[Record] = [decode(fields[b"r"]) for _, fields in rows]
        return [each for each in (*self._sealed, *waiting) if not each.what.startswith(OWN)]
