"""A ladder over a real Redis: counted once by whoever comes first, decided on in one commit, shown once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from approvals.card import Card
from approvals.policy import Rulebook
from bot.core.effects import Learn, Whisper
from bot.core.errors import Malformed, Misconfigured
from bot.core.events import CardPlace, Clicker
from bot.core.ids import EffectId
from bot.core.ladder import CallOff, ShowStep, StepAnswer, StepAnswered, StepId, StepStatus
from bot.core.modes import Mode
from bot.core.outcomes import Guess, How, Outcome
from bot.core.rungs import LadderRules, Rung
from bot.core.tickets import TicketRef, Value
from bot.laddering import Rail
from bot.operating import Operator
from bot.runtime.climbing import Climber
from bot.runtime.jobs import Lease
from bot.runtime.ladders import CLIMB, STEP, Ladders, climb_job, order_job
from bot.runtime.outcomes import Outcomes
from bot.runtime.pending import Pending
from bot.runtime.steps import Climbs
from tests.bot.workbench import Workbench
from tests.making import ALICE, CAROL, T0, rulebook, unique

MAIL = Value("1", "Mail")
RUNG = Rung("OPS", "triage", "category", "1")
KINDS = {"jira": "jira"}


class Wall:
    """Where cards hang; each post is counted."""

    def __init__(self) -> None:
        self.posted: list[Card] = []
        self.redrawn: list[Card] = []
        self.whispers: list[Whisper] = []

    async def put_up(self, who: Sequence[str], drawn: Card) -> tuple[CardPlace, ...]:
        assert who, "to nobody"
        self.posted.append(drawn)
        return (CardPlace(channel="C0APPROVALS", ts=f"{len(self.posted)}.0"),)

    async def redraw(self, places: Sequence[CardPlace], drawn: Card) -> None:
        assert places, "nowhere"
        self.redrawn.append(drawn)

    async def whisper(self, order: Whisper) -> None:
        self.whispers.append(order)


class Rig:
    """A replica's half of the ladder."""

    def __init__(self, redis: Redis, prefix: str, book: Rulebook | None = None) -> None:
        self.bench = Workbench(redis, prefix, book or rulebook(mode=Mode.SUGGEST, operators={"carol": CAROL}))
        bench, self.wall = self.bench, Wall()
        self.redis, self.lanes, self.book = redis, bench.lanes, bench.journal.book
        self.ladders = Ladders(bench.lanes)
        self.pending = Pending(redis, bench.lanes, bench.journal, bench.clock)
        self.climber = Climber(redis, bench.lanes, self.book, bench.clock, KINDS)
        self.climbs = self.another(self.wall)

    def another(self, wall: Wall | None) -> Climbs:
        return Climbs(
            lanes=self.lanes,
            ladders=self.ladders,
            book=self.book,
            clock=self.bench.clock,
            meters=self.bench.meters,
            cards=wall,
            pending=self.pending,
        )

    async def came_true(self, right: int, wrong: int = 0) -> None:
        outcomes = Outcomes(self.redis, self.lanes.prefix)
        for number in range(right + wrong):
            actual = MAIL if number < right else None
            how = How.CLOSED if number < right else How.REJECTED
            guess = Guess("triage", "category", MAIL, 0.9)
            made = Outcome(guess=guess, queue="OPS", how=how, actual=actual, at=T0)
            await outcomes.remember(Learn(EffectId("e#0"), TicketRef("jira", str(number)), (made,)))

    async def works(self) -> list[Lease]:
        """Do all that waits, as a worker would, and return it."""
        done: list[Lease] = []
        handlers = {CLIMB: self.climbs.decide, STEP: self.climbs.carry_out}
        while found := [*await self.bench.leases("fast"), *await self.bench.leases("chat")]:
            for lease in found:
                ended = await handlers[lease.kind](lease)
                await self.lanes.finish(lease, spawn=ended.spawn, commit=ended.commit, audit=ended.audit)
            done += found
        return done


@pytest.fixture
def rig(redis: Redis, prefix: str) -> Rig:
    return Rig(redis, prefix)


async def test_what_speaks_for_a_raise_is_offered_on_one_card(rig: Rig) -> None:
    await rig.came_true(150)
    await rig.climber.look("jira")
    await rig.works()
    (step,) = (await rig.ladders.of("jira")).steps
    assert (step.status, len(step.places)) == (StepStatus.OFFERED, 1)
    assert len(rig.wall.posted) == 1
    rig.bench.clock.passes(hours=1)
    await rig.climber.look("jira")
    await rig.works()
    assert len(rig.wall.posted) == 1
    assert [each.connector for each in await rig.ladders.all()] == ["jira"]


async def test_an_order_that_is_carried_out_again_posts_nothing_again(rig: Rig) -> None:
    await rig.came_true(150)
    await rig.climber.look("jira")
    done = await rig.works()
    for lease in done:
        if lease.kind == STEP:
            await rig.climbs.carry_out(lease)
    assert len(rig.wall.posted) == 1
    assert len(rig.wall.redrawn) == 1


async def test_below_the_floor_it_is_lowered_and_recorded_also_where_nobody_can_be_told(rig: Rig) -> None:
    rig.climbs = rig.another(None)
    await rig.came_true(10, wrong=20)
    await rig.climber.look("jira")
    done = await rig.works()
    (held,) = await rig.ladders.held("jira", "OPS", "triage")
    assert (held.rung, held.mode) == (RUNG, Mode.SHADOW)
    assert await rig.ladders.held("jira", "HELP", "triage") == ()
    assert [record.what for record in await rig.bench.audit()] == ["ladder.lowered"]
    assert [lease.kind for lease in done].count(STEP) == 2, "to show it, and to call off what waits"


async def test_who_loses_a_race_decides_again_and_only_one_click_counts(rig: Rig) -> None:
    await rig.came_true(150)
    await rig.climber.look("jira")
    await rig.works()
    (step,) = (await rig.ladders.of("jira")).steps
    advice = tuple(await rig.climber.advice("jira", RUNG))
    clicks = [
        StepAnswered(
            id=unique("click"),
            at=T0,
            step=step.id,
            by=Clicker(id=ALICE),
            answer=answer,
            advice=advice,
        )
        for answer in (StepAnswer.TAKE, StepAnswer.KEEP)
    ]
    for click in clicks:
        await rig.lanes.accept(climb_job("jira", click))
    await rig.works()
    (ended,) = (await rig.ladders.of("jira")).steps
    assert ended.status is StepStatus.TAKEN
    assert [order.says for order in rig.wall.whispers] == ["ladder.settled"]


async def test_of_two_replicas_one_counts_and_only_once_an_hour(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop(seconds: float) -> None:
        assert seconds <= 60
        raise _EnoughError

    monkeypatch.setattr(rig.bench.clock, "sleep", stop)
    other = Climber(rig.redis, rig.lanes, rig.book, rig.bench.clock, KINDS)
    await rig.came_true(150)
    for climber in (rig.climber, other):
        with pytest.raises(_EnoughError):
            await climber.run()
    assert len([lease for lease in await rig.works() if lease.kind == CLIMB]) == 1


class _EnoughError(Exception):
    """A round is over."""


async def test_where_the_ladder_is_off_nothing_is_counted(redis: Redis, prefix: str) -> None:
    rig = Rig(redis, prefix, rulebook(mode=Mode.SUGGEST, ladder=LadderRules(enabled=False)))
    await rig.came_true(10, wrong=20)
    await rig.climber.run()
    assert await rig.works() == []


async def test_what_is_no_job_of_a_ladder_becomes_a_dead_letter(rig: Rig) -> None:
    order = order_job("jira", CallOff(EffectId("x#0")))
    lease = Lease("j", STEP, order.data[:3], "", "fast", 1, 0, "1-0", 1)
    with pytest.raises(Malformed):
        await rig.climbs.carry_out(lease)
    gone = order_job("jira", ShowStep(EffectId("x#1"), (await _step(rig))))
    await rig.climbs.carry_out(replace(lease, data=gone.data))
    assert len(rig.wall.posted) == 1, "a step nobody keeps any more is shown to nobody"


async def _step(rig: Rig) -> StepId:
    await rig.came_true(150)
    await rig.climber.look("jira")
    await rig.works()
    return StepId((await rig.ladders.of("jira")).steps[0].id.replace("s", "s0")[:32])


async def test_at_a_terminal_nobody_moves_a_mode_who_is_no_operator_or_names_no_move(rig: Rig) -> None:
    await rig.came_true(10, wrong=20)
    await rig.climber.look("jira")
    await rig.works()
    rail = Rail(rig.redis, rig.lanes, rig.book, rig.bench.clock, KINDS)
    (listed,) = await rail.listed()
    (step,) = listed.ladder.steps
    for named in ("", "s0000", "p1"):
        with pytest.raises(Misconfigured, match="0 moves of a mode"):
            await rail.undo(named, Operator("carol", "carol"))
    with pytest.raises(Misconfigured, match="is not an operator"):
        await rail.undo(step.id, Operator("mallory", "mallory(root)"))
    told = await rail.undo(step.id[:9], Operator("carol", "carol"), wait_s=0.1)
    assert not told.done
    assert "Queued" in told.words
    await rig.works()
    assert len((await rig.ladders.of("jira")).held) == 1, "Carol is no manager"
