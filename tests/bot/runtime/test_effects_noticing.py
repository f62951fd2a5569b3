"""Every ticket that is read, or is not there any more, is told to whoever compares what is open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from redis.asyncio import Redis

from bot.core.alike import Alike, PartOf
from bot.core.effects import Effect, ReadTicket, RunSkill
from bot.core.errors import Retry
from bot.core.events import Event, SkillFinished, TicketRead, TicketVanished
from bot.core.ids import EffectId
from bot.core.reports import Report
from bot.core.tickets import Snapshot, TicketRef
from bot.core.untrusted import Untrusted
from bot.ports import Desk
from bot.runtime.effects import Effects, Outside
from bot.runtime.envelopes import effect_job, unseal
from bot.runtime.outcomes import Outcomes
from tests.bot.runtime.test_effects import Silent, lease_of
from tests.bot.workbench import TRACE, Workbench
from tests.making import REF, T0, snapshot

PART = PartOf("OPS-1", "", 5, T0, Untrusted("vpn"))
READ = ReadTicket(EffectId("e#0"), REF, T0)
RUN = RunSkill(EffectId("e#1"), "triage", snapshot(), T0)


class Asks:
    """A skill that hands on what its neighbours say."""

    name = "triage"
    on_change = True

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        assert desk.neighbours is not None
        return Report(alike=await desk.neighbours.of(snapshot))


@dataclass
class Ear:
    """Remembers what it was told; away when a test says so."""

    saw_: list[Snapshot] = field(default_factory=list[Snapshot])
    gone_: list[TicketRef] = field(default_factory=list[TicketRef])
    away: bool = False

    async def saw(self, snapshot: Snapshot) -> None:
        self._answer()
        self.saw_.append(snapshot)

    async def gone(self, ref: TicketRef) -> None:
        self._answer()
        self.gone_.append(ref)

    async def of(self, snapshot: Snapshot) -> Alike:
        self._answer()
        return Alike(part_of=replace(PART, key=snapshot.ticket.key))

    def _answer(self) -> None:
        if self.away:
            raise Retry("Redis is away", after_s=1.0)


class Works:
    """Effects over a workbench, with an ear."""

    def __init__(self, bench: Workbench) -> None:
        self.bench, self.ear = bench, Ear()
        outside = Outside(
            connectors={"jira": bench.records},
            skills={"triage": Asks()},
            model=Silent(),
            cards=None,
            executor=bench.executor,
            journal=bench.journal,
            grants=bench.grants,
            stops=bench.stops,
            outcomes=Outcomes(bench.redis, bench.lanes.prefix),
            notices=self.ear,
        )
        self.effects = Effects(outside, bench.clock, bench.meters)

    async def does(self, effect: Effect) -> Event:
        done = await self.effects.handle(lease_of(effect_job(REF, effect, TRACE, T0)))
        (job,) = done.spawn
        event: Event = unseal(job.data).body
        return event


@pytest.fixture
def works(redis: Redis, prefix: str) -> Works:
    return Works(Workbench(redis, prefix))


async def test_what_was_read_is_told_as_it_was_read(works: Works) -> None:
    event = await works.does(READ)
    assert isinstance(event, TicketRead)
    assert works.ear.saw_ == [event.snapshot]
    assert works.ear.gone_ == []


async def test_what_is_not_there_any_more_is_told(works: Works) -> None:
    works.bench.records.tickets.clear()
    assert isinstance(await works.does(READ), TicketVanished)
    assert works.ear.gone_ == [REF]
    assert works.ear.saw_ == []


async def test_while_it_cannot_be_told_the_reading_waits(works: Works) -> None:
    works.ear.away = True
    with pytest.raises(Retry):
        await works.does(READ)
    with pytest.raises(Retry):
        await works.does(RUN)
    works.ear.away = False
    assert isinstance(await works.does(READ), TicketRead)


async def test_what_a_skill_was_told_of_its_neighbours_comes_back_with_its_report(works: Works) -> None:
    event = await works.does(RUN)
    assert isinstance(event, SkillFinished)
    assert event.report.alike == Alike(part_of=replace(PART, key="OPS-1"))
    assert event.report.proposals == ()
