"""What became of suggestions, in Redis for all replicas: by kind for measuring, by ticket for learning."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, cast

from pydantic import TypeAdapter
from redis.asyncio import Redis

from bot.core.effects import Learn
from bot.core.outcomes import Outcome
from bot.core.tickets import TicketRef
from bot.runtime.scripts import Script, outage_told

OUTCOMES_MAX: Final = 1_500
"""Of one kind: what a rolling threshold looks back on (measured: it keeps its promise under drift)."""
LESSONS_MAX: Final = 20_000
"""Tickets that wait to be learned from; a brain that was away for longer learns from its history again."""
_OUTCOME: Final = TypeAdapter(Outcome)


@dataclass(frozen=True, slots=True)
class Kind:
    """Which suggestions are counted together."""

    connector: str
    skill: str
    queue: str
    field: str


@dataclass(frozen=True, slots=True)
class Taught:
    """A ticket to be read again and learned from."""

    ref: TicketRef
    fields: tuple[str, ...] | None
    """Those that people have judged; None: all of them, the ticket is closed."""


class Outcomes:
    """Every method may raise ``Unavailable``; calling it again is safe."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis: Any = redis
        """``Any``: redis-py leaves the types of sorted sets open."""
        self._prefix = prefix
        self._remember = Script("remember")

    async def remember(self, order: Learn) -> None:
        """Keep the outcomes, and that the ticket can be learned from."""
        fields = None if order.whole else sorted({each.guess.field for each in order.outcomes})
        triples: list[str | bytes | int] = []
        for each in order.outcomes:
            kind = Kind(order.ref.connector, each.guess.skill, each.queue, each.guess.field)
            triples += [_name(kind), int(each.at.timestamp() * 1000), _OUTCOME.dump_json(each)]
        await self._remember(
            self._redis,
            self._prefix,
            f"{order.ref.connector}:{order.ref.id}",
            json.dumps([order.ref.connector, order.ref.id, fields]),
            OUTCOMES_MAX,
            LESSONS_MAX,
            *triples,
        )

    async def kinds(self) -> list[Kind]:
        """Return every kind there are outcomes of."""
        found = cast("set[bytes]", await outage_told(self._redis.smembers(f"{self._prefix}:outcomes")))
        return sorted((Kind(*json.loads(each)) for each in found), key=_name)

    async def of(self, kind: Kind) -> list[Outcome]:
        """Return the latest outcomes of ``kind``, oldest first, one a ticket."""
        key = (
            f"{self._prefix}:outcomes:{hashlib.sha1(_name(kind).encode(), usedforsecurity=False).hexdigest()}"
        )
        order = cast("list[bytes]", await outage_told(self._redis.zrange(f"{key}:at", 0, -1)))
        if not order:
            return []
        found = cast("list[bytes | None]", await outage_told(self._redis.hmget(key, order)))
        return [_OUTCOME.validate_json(each) for each in found if each is not None]

    async def newest(self) -> float:
        """Return the mark of the newest lesson, to read on from; 0 when there is none."""
        found = await outage_told(self._redis.zrange(f"{self._prefix}:lessons", -1, -1, withscores=True))
        return float(cast("list[tuple[bytes, float]]", found)[0][1]) if found else 0.0

    async def since(self, mark: float, count: int) -> list[tuple[float, Taught]]:
        """Return up to ``count`` tickets to learn from that came after ``mark``, each with its own mark."""
        found = await outage_told(
            self._redis.zrangebyscore(
                f"{self._prefix}:lessons", f"({mark}", "+inf", start=0, num=count, withscores=True
            )
        )
        pairs = cast("list[tuple[bytes, float]]", found)
        return [(float(score), _taught(member)) for member, score in pairs]


def _name(kind: Kind) -> str:
    return json.dumps([kind.connector, kind.skill, kind.queue, kind.field])


def _taught(member: bytes) -> Taught:
    connector, ticket, fields = json.loads(member)
    return Taught(TicketRef(connector, ticket), None if fields is None else tuple(fields))
