"""The journal, the executor and the effects over a real Redis, with a system of tickets that can go wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from approvals.policy import Rulebook
from bot.core.actions import Proposal
from bot.core.codec import decode, encode
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Effect, Execute, Observe
from bot.core.events import Event
from bot.core.ids import EffectId, TraceId
from bot.ports import Connector
from bot.runtime.ceiling import Ceiling
from bot.runtime.envelopes import ALL_POOLS, EFFECT, EVENT, unseal
from bot.runtime.executor import Executor, Order
from bot.runtime.gates import Gates
from bot.runtime.grants import Grants
from bot.runtime.jobs import Commit, Lease, Outcome
from bot.runtime.journal import Journal
from bot.runtime.lanes import GROUP, Lanes
from bot.runtime.meters import Meters
from bot.runtime.stops import Stops
from tests.bot.records import Records
from tests.making import REF, T0, answered, finished, proposal, read, rulebook

TRACE = TraceId("t" * 32)


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = T0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=max(seconds, 0.0))

    def passes(self, **by: float) -> None:
        self.time += timedelta(**by)


class Workbench:
    """One ticket, one connector, and everything between them."""

    def __init__(self, redis: Redis, prefix: str, book: Rulebook | None = None) -> None:
        self.redis = redis
        self.records, self.clock, self.meters = Records(), Hands(), Meters()
        self.lanes = Lanes(redis, prefix, pools=ALL_POOLS)
        self.journal = Journal(self.lanes, book or rulebook(), self.clock, self.meters)
        self.stops, self.grants = Stops(redis, prefix), Grants(redis, prefix)
        self.executor = self.another()
        self._orders = 0

    def another(self, connectors: Mapping[str, Connector] | None = None) -> Executor:
        """An executor of another replica: it shares Redis and the ticket system, and nothing else."""
        journal = Journal(
            Lanes(self.redis, self.lanes.prefix, pools=ALL_POOLS), self.journal.book, self.clock, Meters()
        )
        return Executor(
            journal=journal,
            connectors={"jira": self.records} if connectors is None else connectors,
            gates=Gates(self.stops, self.grants, Ceiling(self.redis, self.lanes.prefix), self.clock),
            clock=self.clock,
            meters=self.meters,
        )

    async def happens(self, *events: Event) -> Dossier:
        """Let ``events`` reach the ticket's lane."""
        dossier = await self.journal.dossier(REF)
        for event in events:
            dossier = await self.journal.apply(REF, event, TRACE)
        return dossier

    async def becomes(self, dossier: Dossier) -> None:
        """Store ``dossier`` as it is, as only a test may."""
        version, _ = await self.lanes.load(REF.lane)
        write = Commit(key=REF.lane, expected_version=version, document=encode(dossier))
        assert await self.lanes.commit(write) is Outcome.DONE

    async def approved(self, what: Proposal | None = None) -> Order:
        """Bring ``what`` as far as somebody's yes; returns the order to carry it out."""
        of = what or proposal()
        await self.happens(
            read(await self.records.read(REF)),
            finished(of, of=await self.records.read(REF), findings=()),
        )
        await self.happens(replace(answered(of), at=self.clock.now()))
        assert (await self.of(of)).status is Status.APPROVED
        return self.order(of)

    def order(self, of: Proposal, *, fence: int = 1, revision: int = 1) -> Order:
        """A fresh order to carry ``of`` out."""
        self._orders += 1
        return Order(REF, Execute(EffectId(f"x{self._orders}#0"), of.id, revision), TRACE, fence)

    def look(self, of: Proposal) -> Order:
        """A fresh order to look for ``of``."""
        self._orders += 1
        return Order(REF, Observe(EffectId(f"x{self._orders}#0"), of.id, self.clock.now()), TRACE, 1)

    async def of(self, what: Proposal) -> Tracked:
        """Where ``what`` stands."""
        return (await self.journal.dossier(REF)).tracked[what.id]

    async def runs(self, order: Order, by: Executor | None = None) -> tuple[Event, ...]:
        """Carry ``order`` out and let what it reports happen; returns that."""
        events = await (by or self.executor).run(order)
        await self.happens(*events)
        return events

    async def audit(self) -> list[Any]:
        """Every record there is, oldest first."""
        untyped: Any = self.redis
        rows = await untyped.xrange(f"{self.lanes.prefix}:audit")
        return [decode(fields[b"r"]) for _, fields in rows]

    async def leases(self, pool: str) -> list[Lease]:
        """Take what waits in ``pool``, as a worker would."""
        await self.lanes.ensure_groups()
        untyped: Any = self.redis
        answer = await untyped.xreadgroup(GROUP, self.lanes.name, {self.lanes.stream(pool): ">"}, count=100)
        rows: Sequence[Any] = answer[0][1] if answer else []
        entries = [(entry.decode(), fields[b"j"].decode()) for entry, fields in rows]
        return await self.lanes.start(pool, entries, claim=self.lanes.new_claim()) if entries else []

    async def waiting(self, pool: str) -> list[Effect | Event]:
        """What waits in ``pool``: orders and events."""
        return [unseal(lease.data).body for lease in await self.leases(pool) if lease.kind in {EFFECT, EVENT}]
