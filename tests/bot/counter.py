"""A counter for operators with a bot behind it that can be switched on, on a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from typing_extensions import override

from approvals.policy import NOTE_PATTERN, Match, Rule
from bot.approving import Counter, Held, Told
from bot.core.actions import Proposal
from bot.core.dossier import Status
from bot.core.effects import Execute
from bot.core.events import Answer
from bot.operating import Operator
from bot.runtime.envelopes import EFFECT, unseal
from bot.runtime.executor import Order
from bot.runtime.memberships import Memberships
from tests.bot.workbench import TRACE, Hands, Workbench
from tests.making import ALICE, BOB, CAROL, REF, finished, proposal, read, reply, rulebook

NOTES = Rule(name="approvals[0]", match=Match(action=NOTE_PATTERN), allow=True)
ALICE_THERE, BOB_THERE, CAROL_THERE = (Operator(name, name) for name in ("alice", "bob", "carol"))
STRANGER = Operator("mallory", "mallory(root)")
OPERATORS = {"alice": ALICE, "bob": BOB, "carol": CAROL}
WHAT, REPLY = proposal(), proposal(reply(), number=1)


class Patient(Hands):
    """Time that stands still while somebody waits for a little of it."""

    @override
    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0.002)


class Desk:
    """A counter, and a bot that can be switched on."""

    def __init__(self, redis: Redis, prefix: str, *rules: Rule) -> None:
        self.bench = Workbench(redis, prefix, rulebook(*rules, operators=OPERATORS))
        self.memory, self.clock = Memberships(redis, prefix), Patient()
        self.counter = self.another()
        self.on = False

    def another(self, wait_s: float = 60.0) -> Counter:
        bench = self.bench
        prefix = bench.lanes.prefix
        return Counter(bench.redis, prefix, bench.journal.book, self.clock, self.memory, wait_s=wait_s)

    async def asks(self, *what: Proposal) -> None:
        of = await self.bench.records.read(REF)
        await self.bench.happens(read(of), finished(*(what or (WHAT,)), of=of, findings=()))

    async def held(self, what: Proposal = WHAT) -> Held:
        found = await self.bench.journal.find(what.id)
        assert found is not None
        return found

    async def approves(self, by: Operator = ALICE_THERE, what: Proposal = WHAT) -> Told:
        self.clock.passes(minutes=1)
        self.bench.clock.time = self.clock.time
        async with self.bot():
            return await self.counter.answer(await self.held(what), Answer.APPROVE, by)

    async def rejects(self, why: str, by: Operator = ALICE_THERE, what: Proposal = WHAT) -> Told:
        self.clock.passes(minutes=1)
        async with self.bot():
            return await self.counter.answer(await self.held(what), Answer.REJECT, by, why)

    async def undoes(self, by: Operator = ALICE_THERE, what: Proposal = WHAT) -> Told:
        self.clock.passes(minutes=1)
        async with self.bot():
            return await self.counter.undo(await self.held(what), by)

    @asynccontextmanager
    async def bot(self) -> AsyncGenerator[None]:
        self.on = True
        running = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self.on = False
            await running

    async def _run(self) -> None:
        while self.on:
            for lease in await self.bench.leases("fast"):
                await self.bench.lanes.finish(lease)
                if lease.kind != EFFECT:
                    await self.bench.happens(unseal(lease.data).body)
            for lease in await self.bench.leases("vendor"):
                await self.bench.lanes.finish(lease)
                body: Any = unseal(lease.data).body
                if isinstance(body, Execute):
                    await self.bench.runs(Order(REF, body, TRACE, 1))
            await asyncio.sleep(0.001)

    async def status(self, what: Proposal = WHAT) -> Status:
        return (await self.bench.of(what)).status

    def writes(self) -> int:
        """How many changes were sent, notes not counted."""
        return sum(request.method == "PATCH" for request in self.bench.records.sent)

    async def recorded(self, what: str) -> list[Any]:
        return [record for record in await self.bench.audit() if record.what == what]
