"""The kill switch: who is stopped, and why. Looked up before every write, so all replicas obey at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from prometheus_client import Gauge
from redis.asyncio import Redis

from bot.core.audit import Record
from bot.core.errors import Misconfigured, Retry
from bot.core.foreign import thing
from bot.core.untrusted import Untrusted
from bot.ports import Clock
from bot.runtime.journal import Journal
from bot.runtime.meters import Meters
from bot.runtime.pending import EVERYTHING, Pending
from bot.runtime.scripts import outage_told

__all__ = ["EVERYTHING", "KillSwitch", "Names", "Stop", "StopNotice", "Stops", "scope_of"]

WHY_CHARS_MAX: Final = 300
"""Of a reason: what a card shows of one."""
LOOK_S: Final = 1.0
"""Between two looks of the health page, which only tells; writes ask each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop in force."""

    scope: str
    """``*``, ``connector:<name>`` or ``skill:<name>``."""
    why: str
    by: str = ""
    """``cli:<login>``, ``slack:U…``, ``api``; empty: the bot itself, after a leak."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What can be stopped, from the configuration and the folders."""

    connectors: Sequence[str]
    skills: Sequence[str]


def scope_of(connector: str, skill: str, known: Names | None) -> str:
    """Return the scope these two name; everything when both are empty.

    ``known`` None: the configuration cannot be read, and a kill switch that then refuses would be none. So
    would one that refuses at a terminal where no connector is set up: there every name is taken.

    Raises:
        Misconfigured: both are named, or one that does not exist; says which there are.
    """
    if connector and skill:
        raise Misconfigured("name a connector or a skill, not both")
    for what, name, names in (
        ("connector", connector, known.connectors if known else None),
        ("skill", skill, known.skills if known else None),
    ):
        if name and names and name not in names:
            raise Misconfigured(f"there is no {what} {name!r}; known are {', '.join(sorted(names))}")
    return f"connector:{connector}" if connector else f"skill:{skill}" if skill else EVERYTHING


class Stops:
    """Stops by scope. Every method may raise ``Unavailable``."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._key = redis, f"{prefix}:stops"

    async def stop(self, scope: str, why: str, *, by: str = "", at: datetime | None = None) -> None:
        """Stop ``scope``; approvals stay pending, nothing executes. A second stop replaces the first."""
        await outage_told(self._redis.hset(self._key, scope, _known(why, by, at)))

    async def resume(self, scope: str) -> bool:
        """Lift a stop; False when there was none."""
        return bool(await outage_told(self._redis.hdel(self._key, scope)))

    async def in_force(self) -> tuple[Stop, ...]:
        """Return every stop in force, by scope."""
        found = cast("dict[bytes, bytes]", await outage_told(self._redis.hgetall(self._key)))
        return tuple(_stop(scope.decode(), said) for scope, said in sorted(found.items()))

    async def all(self) -> dict[str, str]:
        """Return every stop in force: scope to reason."""
        return {each.scope: each.why for each in await self.in_force()}

    async def why(self, *, connector: str, skill: str) -> str | None:
        """Return the reason that holds for ``connector`` or ``skill``, or None when neither is stopped."""
        stops = await self.all()
        scopes = (EVERYTHING, f"connector:{connector}", f"skill:{skill}")
        return next((stops[scope] for scope in scopes if scope in stops), None)


class KillSwitch:
    """Stops and resumes on somebody's behalf: in force and in the audit at once, then on the cards."""

    def __init__(self, stops: Stops, pending: Pending, journal: Journal, clock: Clock) -> None:
        self._stops, self._pending, self._journal, self._clock = stops, pending, journal, clock

    async def stop(self, scope: str, why: str, by: str, *, cancel: bool = False) -> int:
        """Stop ``scope``; with ``cancel`` also call off what waits in it, and return how much that was.

        Raises:
            Misconfigured: no reason is given: it is what people are shown.
            Unavailable: Redis is away; calling this again is safe.
        """
        reason = Untrusted(why).line(WHY_CHARS_MAX).strip()
        if not reason:
            raise Misconfigured("say why: it is shown wherever something is not done because of it")
        now = self._clock.now()
        record = Record(
            at=now,
            what="stop.set",
            ticket="",
            actor=by,
            because=reason,
            details={"scope": scope, "cancel": cancel},
        )
        await self._journal.stop(scope, _known(reason, by, now), record)
        return await self._pending.cancel(scope, by, reason) if cancel else 0

    async def resume(self, scope: str, by: str) -> bool:
        """Lift the stop of exactly ``scope``; False when there was none. May raise ``Unavailable``."""
        now = self._clock.now()
        record = Record(at=now, what="stop.lifted", ticket="", actor=by, details={"scope": scope})
        return await self._journal.stop(scope, "", record)

    async def in_force(self) -> tuple[Stop, ...]:
        """Return every stop in force. May raise ``Unavailable``."""
        return await self._stops.in_force()


class StopNotice:
    """Says on the health page and in the metrics what is stopped, so that nobody wonders for long."""

    def __init__(self, stops: Stops, clock: Clock, meters: Meters) -> None:
        """Add ``countersign_stops`` to ``meters``; one notice a process."""
        self._stops, self._clock = stops, clock
        self._gauge = Gauge("countersign_stops", "Stops in force", ["scope"], registry=meters.registry)
        self._says = ""

    def trouble(self) -> str:
        """Return what is stopped and why, or nothing."""
        return self._says

    async def run(self) -> None:
        """Look once a second; runs until cancelled."""
        while True:
            await self.look()
            await self._clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Look now. Without an answer from Redis what was known stays: a stop does not end by an outage."""
        try:
            stops = await self._stops.in_force()
        except Retry:
            return
        self._gauge.clear()
        for each in stops:
            self._gauge.labels(each.scope).set(1)
        self._says = "; ".join(f"stopped: {each.scope} ({each.why})" for each in stops)


def _known(why: str, by: str, at: datetime | None) -> str:
    return json.dumps({"why": why, "by": by, "at": at.isoformat() if at else ""})


def _stop(scope: str, said: bytes) -> Stop:
    known: dict[str, Any] = dict(thing(_read(said)))
    if not known:
        return Stop(scope=scope, why=said.decode())
    at = str(known.get("at") or "")
    return Stop(
        scope=scope,
        why=str(known.get("why", "")),
        by=str(known.get("by", "")),
        at=datetime.fromisoformat(at) if at else None,
    )


def _read(said: bytes) -> object:
    try:
        return json.loads(said)
    except ValueError:
        # The words alone, as an older build left them: still a stop.
        return None
