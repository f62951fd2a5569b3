"""What open tickets say, in Redis for all replicas: redacted, cut, bounded in number and age."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, cast

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from bot.brain.cleaning import clean
from bot.core.fingerprint import fingerprint
from bot.core.redaction import redact
from bot.core.tickets import Snapshot, TicketRef
from bot.core.untrusted import Untrusted
from bot.ports import Neighbours
from bot.runtime.scripts import Script, outage_told

KEPT_MAX: Final = 20_000
"""Tickets; with the texts below some 25 MB. The one that changed longest ago makes room."""
KEPT_S: Final = 30 * 24 * 3600
"""Since it last changed: a ticket that nobody has touched for a month is no help to compare with."""
SUMMARY_CHARS_MAX: Final = 300
"""Of a summary; Jira's own limit is 255."""
RAW_CHARS_MAX: Final = 4_000
"""Of a description before it is cleaned: what is wrong is said first."""
TEXT_CHARS_MAX: Final = 1_000
"""Of a ticket in all: enough to tell what it is about."""
NAME_CHARS_MAX: Final = 300
"""Of a key or a queue's name."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is kept of one open ticket."""

    connector: str
    id: str
    """The vendor's immutable id."""
    key: str
    url: str
    queue: str
    at: datetime
    """When it came in."""
    text: str
    """Redacted; somebody else's words all the same."""
    person: str
    """A pseudonym of who asked, to tell one from many; empty where nobody is named."""

    @property
    def ref(self) -> TicketRef:
        """Which ticket."""
        return TicketRef(self.connector, self.id)


@dataclass(frozen=True, slots=True)
class Changed:
    """One ticket that was noticed, or has left, since somebody last looked."""

    mark: float
    ref: TicketRef
    sighting: Sighting | None
    """None: it is closed, gone or forgotten."""
    forgotten: bool = False


class Notices(Neighbours, Protocol):
    """Who is told of tickets, and asked what is open beside one."""

    async def saw(self, snapshot: Snapshot) -> None:
        """Take note of a ticket that was just read. May raise ``Retry``; telling it again is safe."""
        ...

    async def gone(self, ref: TicketRef) -> None:
        """Drop a ticket that is not there any more. May raise ``Retry``."""
        ...


_SIGHTING: Final = TypeAdapter(Sighting)
_FORGOTTEN: Final = b"-"
"""In place of a ticket's words, so that every replica drops all it has of it."""


class Sightings:
    """Every method may raise ``Unavailable``; calling it again is safe."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis: Any = redis
        """``Any``: redis-py leaves the types of sorted sets open."""
        self._prefix = prefix
        self._notice = Script("notice")

    async def saw(self, sighting: Sighting) -> None:
        """Keep what an open ticket says now; the same again changes nothing, a forgotten one stays out."""
        mark = _forgotten_name(sighting.connector, sighting.key)
        await self._write(sighting.ref, _SIGHTING.dump_json(sighting), mark)

    async def left(self, ref: TicketRef) -> None:
        """Drop the words of a ticket that is closed, gone, or none of ours any more."""
        await self._write(ref, b"", "")

    async def forget(self, connector: str, key: str) -> bool:
        """Drop a ticket by its key and never keep it again; whether there was one."""
        await outage_told(self._redis.sadd(f"{self._prefix}:open:forgotten", _forgotten_name(connector, key)))
        found = False
        async for sighting in self._all():
            if (sighting.connector, sighting.key.casefold()) == (connector, key.casefold()):
                found = True
                await self._write(sighting.ref, _FORGOTTEN, "")
        return found

    async def since(self, mark: float, count: int) -> list[Changed]:
        """Return up to ``count`` tickets that changed after ``mark``, oldest first."""
        rows = await outage_told(
            self._redis.zrangebyscore(
                f"{self._prefix}:open:at", f"({mark:.0f}", "+inf", start=0, num=count, withscores=True
            )
        )
        pairs = cast("list[tuple[bytes, float]]", rows)
        if not pairs:
            return []
        found = await outage_told(self._redis.hmget(f"{self._prefix}:open", [name for name, _ in pairs]))
        said = cast("list[bytes | None]", found)
        return [_changed(*pair, data) for pair, data in zip(pairs, said, strict=True)]

    async def _all(self) -> AsyncIterator[Sighting]:
        """Yield every ticket kept; what comes or goes meanwhile may be missed."""
        cursor = 0
        while True:
            scanned = self._redis.hscan(f"{self._prefix}:open", cursor, count=500)
            cursor, rows = cast("tuple[int, dict[bytes, bytes]]", await outage_told(scanned))
            for data in rows.values():
                sighting = _read(data)
                if sighting is not None:
                    yield sighting
            if not cursor:
                return

    async def _write(self, ref: TicketRef, data: bytes, forgotten: str) -> None:
        name = f"{ref.connector}:{ref.id}"
        await self._notice(self._redis, self._prefix, name, data, forgotten, KEPT_MAX, KEPT_S * 1_000_000)


def sighting_of(snapshot: Snapshot, now: datetime) -> Sighting:
    """Return what may be kept of a ticket: cleaned of quoted mail, redacted, cut. Bears any text."""
    ticket = snapshot.ticket
    reporter = ticket.reporter
    summary = Untrusted(ticket.summary.raw[:SUMMARY_CHARS_MAX]).line()
    description = clean(Untrusted(ticket.description.raw[:RAW_CHARS_MAX]).clean())
    actors = [*([reporter] if reporter else []), *(comment.author for comment in snapshot.comments)]
    names = [name for name in dict.fromkeys(actor.name.line() for actor in actors) if name]
    redacted = redact([summary, description], names=names).own
    return Sighting(
        connector=ticket.ref.connector,
        id=ticket.ref.id,
        key=Untrusted(ticket.key).line(NAME_CHARS_MAX),
        url=Untrusted(ticket.url).line(),
        queue=Untrusted(ticket.queue).line(NAME_CHARS_MAX),
        at=min(ticket.created_at, now),  # a vendor's clock may be ahead of ours
        text="\n".join(filter(None, redacted))[:TEXT_CHARS_MAX],
        person=fingerprint([ticket.ref.connector, reporter.id])[:16] if reporter and reporter.id else "",
    )


def _forgotten_name(connector: str, key: str) -> str:
    return fingerprint([connector, key.casefold()])[:32]


def _changed(name: bytes, mark: float, data: bytes | None) -> Changed:
    connector, _, ident = name.decode().partition(":")
    sighting = _read(data) if data is not None else None
    return Changed(mark, TicketRef(connector, ident), sighting, forgotten=data == _FORGOTTEN)


def _read(data: bytes) -> Sighting | None:
    """Return what was kept; what another build wrote is as good as nothing: the next change replaces it."""
    try:
        return _SIGHTING.validate_json(data)
    except ValidationError:
        return None
