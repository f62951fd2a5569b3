"""A chain of our own: records of every shape, sealed for real, and exports of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.audit.chain import Chain
from bot.audit.export import Exporter, Wanted
from bot.audit.findings import Checked
from bot.audit.keys import PublicKey, SigningKey
from bot.audit.sealer import Sealer
from bot.audit.verify import verify
from bot.core.audit import Record
from bot.core.codec import encode
from tests.bot.workbench import Hands
from tests.making import T0

KEY = SigningKey.new()


def record(number: int = 1, **changes: Any) -> Record:
    """A record as the bot makes it; every third has words."""
    whole: dict[str, Any] = {
        "at": T0 + timedelta(seconds=number),
        "what": "proposal.rejected" if number % 3 == 0 else "write.started",
        "ticket": f"jira:{10_000 + number % 4}",
        "actor": "slack:U0ALICE",
        "because": f"Bob Smith asked for it, number {number}" if number % 3 == 0 else "",
        "event": f"jira:delivery:{number}",
        "digest": f"{number:064x}",
        "details": {"request": f"{number:032x}", "tokens_in": number},
    }
    return Record(**{**whole, **changes})


class Archive:
    """Buffer, chain, sealer and exports of one test."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self.redis, self.prefix, self.clock = redis, prefix, Hands()
        self.chain = Chain(redis, prefix)

    def sealer(self, key: SigningKey = KEY, name: str = "") -> Sealer:
        return Sealer(self.redis, self.prefix, key, self.clock, name=name)

    async def writes(self, *records: Record) -> None:
        """Let ``records`` reach the buffer, as a commit would."""
        for each in records:
            await self.raw(encode(each))

    async def raw(self, data: bytes) -> None:
        await self.chain.ask("XADD", f"{self.prefix}:audit", "*", "r", data)

    async def sealed(self, count: int, *, each: int = 5, start: int = 1) -> None:
        """Seal ``count`` records, ``each`` to a segment, a minute apart."""
        sealer = self.sealer()
        for number in range(start, start + count):
            await self.writes(record(number))
            if number % each == 0 or number == start + count - 1:
                await sealer.drain()
                self.clock.passes(minutes=1)

    async def export(self, key: SigningKey = KEY, **wanted: Any) -> bytes:
        exporter = Exporter(self.chain, key, self.clock)
        return b"".join([part async for part in exporter.export(Wanted(**wanted))])


def checked(export: bytes, keys: Sequence[PublicKey] = ()) -> Checked:
    """What a reader with nothing but the file finds."""
    return verify(BytesIO(export), keys)


@pytest.fixture
def archive(redis: Redis, prefix: str) -> Archive:
    return Archive(redis, prefix)
