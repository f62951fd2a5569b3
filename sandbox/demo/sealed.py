"""Records of the audit that have left the buffer: read back from the chain, words and all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from redis.asyncio import Redis

from bot.audit.boxes import unlock
from bot.audit.chain import NO_TICKET, Chain, between
from bot.audit.lines import read_record
from bot.audit.prose import merged

EMPTY: Final[Mapping[str, Any]] = {
    "ticket": "", "actor": "", "because": "", "proposal": "", "rule": "", "details": {},
}  # fmt: skip
"""What a sealed record leaves out when there is nothing to say."""


class Sealed:
    """The sealed part of the audit, by number."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._chain = Chain(redis, prefix)

    async def records(self, first: int, last: int) -> list[Mapping[str, Any]]:
        """Return records ``first`` to ``last`` as the buffer had them; none that retention has dropped.

        Raises:
            Retry: Redis is away.
            Malformed: somebody changed the store.
        """
        found: list[Mapping[str, Any]] = []
        first = max(first, (await self._chain.pruned()).number + 1)
        while first <= last:
            held = await self._chain.block(first)
            if held is None:
                break
            block, text = held
            for line in between(text.splitlines(keepends=True), block.first, first, last):
                found += await self._read(line)
            first = block.last + 1
        return found

    async def _read(self, line: bytes) -> list[Mapping[str, Any]]:
        """Return the record of a line with its words, where their key still exists; nothing for a head."""
        record = read_record(line)
        if record is None:
            return []
        clear: dict[str, Any] = json.loads(record.sealed)
        box, scope = clear.pop("text", None), str(clear.get("ticket") or NO_TICKET)
        keys = await self._chain.text_keys([scope])
        opened = unlock(keys.get(scope), record.number, box)
        return [{**EMPTY, **merged(clear, json.loads(opened[1]) if opened else {})}]
