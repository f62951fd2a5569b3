"""Two replicas and two managers who answer the same card at the same moment: one answer counts, one effect.

Not the whole bot: the queue, the workers, the journal, the effects and the executor of two replicas, on one
real Redis, each race on a ticket of its own in a system of tickets of its own that counts what reaches it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest
import structlog
from redis.asyncio import Redis

from approvals.policy import Match, Rule
from bot.clock import SystemClock
from bot.core.actions import Proposal
from bot.core.codec import decode
from bot.core.dossier import Status, Tracked
from bot.core.effects import Effect, Execute, Whisper
from bot.core.errors import Retry
from bot.core.events import Answer, Edited, Event
from bot.core.ids import EffectId
from bot.core.judgement import Judgement, Question
from bot.core.reports import Report, Wish
from bot.core.tickets import FieldValue, Snapshot, TicketRef, Value
from bot.core.untrusted import Untrusted
from bot.ports import Connector, Desk
from bot.runtime.effects import Effects, Outside
from bot.runtime.envelopes import EFFECT, EVENT, event_job, unseal
from bot.runtime.executor import Order
from bot.runtime.jobs import Done, Lease
from bot.runtime.outcomes import Outcomes
from bot.runtime.pump import Worker
from bot.runtime.redis_client import command_client, reading_client
from tests.bot.records import Records
from tests.bot.workbench import TRACE, Workbench
from tests.making import (
    ALICE,
    BOB,
    HIGH,
    SET,
    after,
    answered,
    asking,
    person,
    read,
    rulebook,
    set_fields,
    ticket,
    unique,
)

RACES: Final = 1000
"""Half of them each way."""
ABREAST: Final = 50
"""Races at a time; more would only wait for each other."""
SOON_MS: Final = 5_000
PATIENCE_S: Final = 60.0
MEDIUM: Final[FieldValue] = (Value("3", "Medium"),)
IN_LINE: Final = "in line"
BOOK: Final = rulebook(Rule(name="approvals[0]", match=Match(action="*.set_fields"), ask=asking(ALICE, BOB)))
"""No rule allows notes, so that nothing but the change is ever written."""
WAYS: Final = (IN_LINE, "past every queue")
"""How the answers come in: through the ticket's lane, or straight at the dossier, one against the other."""
KINDS: Final = ("approve", "reject", "edit")
"""What Bob does while Alice approves."""


class Board:
    """Fills the ``Cards`` port: shows nothing, and remembers who was told what."""

    def __init__(self) -> None:
        self.told: list[Whisper] = []

    async def show(self, ref: TicketRef, order: Effect) -> tuple[Event, ...]:
        del ref, order
        return ()

    async def ping(self, ref: TicketRef, order: Effect) -> tuple[Event, ...]:
        del ref, order
        return ()

    async def whisper(self, order: Whisper) -> None:
        self.told.append(order)


class Mute:
    """Fills the ``Model`` port; no skill runs here."""

    async def judge(self, question: Question) -> Judgement:
        raise AssertionError(f"nobody asks a model here: {question}")


class Wisher:
    """Fills the ``Skill`` port: wishes for a high priority, whatever it reads."""

    name = "triage"
    on_change = True

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        del snapshot, desk
        return Report(wishes=(Wish("set_fields", set_fields(priority=HIGH).args, Untrusted("It burns.")),))


class Replica:
    """What one process would hold."""

    def __init__(self, redis: Redis, reader: Redis, prefix: str, systems: dict[str, Connector]) -> None:
        self.bench, self.board = Workbench(redis, prefix, BOOK), Board()
        self.executor = self.bench.another(systems)
        outside = Outside(
            connectors=systems,
            skills={"triage": Wisher()},
            model=Mute(),
            cards=self.board,
            executor=self.executor,
            grants=self.bench.grants,
            stops=self.bench.stops,
            journal=self.bench.journal,
            outcomes=Outcomes(redis, prefix),
        )
        effects = Effects(outside, self.bench.clock, self.bench.meters)
        self._handlers = {EVENT: self._event, EFFECT: effects.handle}
        self._worker, self._reader = Worker(self.bench.lanes, reader, clock=SystemClock()), reader

    @asynccontextmanager
    async def at_work(self) -> AsyncGenerator[None]:
        rooms = dict.fromkeys(self.bench.lanes.pools, ABREAST)
        working = asyncio.create_task(self._worker.run(self._handlers, rooms))
        try:
            yield
        finally:
            self._worker.stop()
            await working

    async def close(self) -> None:
        """Hang up."""
        await self._reader.aclose()
        await self.bench.redis.aclose()

    async def _event(self, lease: Lease) -> Done:
        sealed = unseal(lease.data)
        return await self.bench.journal.done(sealed.ref, sealed.body, sealed.trace)

    async def takes_in(self, ref: TicketRef, event: Event) -> None:
        """Let ``event`` come in by the front door: in line, behind what came before it."""
        await self.bench.lanes.accept(event_job(ref, event, TRACE))

    async def writes(self, ref: TicketRef, event: Event) -> None:
        """Decide about ``event`` at once, past every queue, against whoever else is at it."""
        await self.bench.journal.apply(ref, event, TRACE)


@dataclass
class Race:
    """One ticket in one system, and two people who answer its card."""

    number: int
    ref: TicketRef
    system: Records
    alice: Event = field(init=False)
    bob: Event = field(init=False)

    @property
    def kind(self) -> str:
        return KINDS[self.number % len(KINDS)]

    @property
    def alice_is_first(self) -> bool:
        """Whose answer is on its way first; both are before either has arrived."""
        return self.number // len(KINDS) % 2 == 0

    def about(self, what: Proposal) -> None:
        """Say what the two will answer."""
        self.alice = answered(what, person(ALICE))
        match self.kind:
            case "approve":
                self.bob = answered(what, person(BOB))
            case "reject":
                self.bob = answered(what, person(BOB), Answer.REJECT, reason="It is not that bad.")
            case _:
                self.bob = Edited(
                    id=unique("edit"),
                    at=after(1),
                    proposal=what.id,
                    revision=1,
                    by=person(BOB),
                    action=replace(set_fields(priority=MEDIUM), target=self.ref),
                    says="Set Priority to Medium.",
                    before=what.basis.before,
                )


def _race(number: int) -> Race:
    ref, system = TicketRef(f"jira{number}", "10042"), Records()
    system.tickets = {ref.id: replace(ticket(), ref=ref)}
    return Race(number, ref, system)


class Course:
    """Two replicas at work, and the races that are run on them."""

    def __init__(self, one: Replica, other: Replica, systems: dict[str, Connector]) -> None:
        self.one, self.other, self._systems = one, other, systems
        self._redis: Any = one.bench.redis

    async def opens(self, race: Race) -> None:
        """Let a ticket be read; the skill does the rest."""
        self._systems[race.ref.connector] = race.system
        seen = read(await race.system.read(race.ref))
        await self.one.bench.journal.apply(race.ref, seen, TRACE)

    async def card(self, race: Race) -> Tracked:
        """Return the only thing about a ticket that people are asked."""
        held = (await self.one.bench.journal.dossier(race.ref)).tracked.values()
        (found,) = [each for each in held if each.proposal.action.name == SET]
        return found

    async def run(self, race: Race, how: str) -> None:
        """Let both answer at once; while it is carried out, somebody else tries to take that over."""
        alice, bob = (self.one, self.other) if race.number % 2 else (self.other, self.one)
        answers = [(alice, race.alice), (bob, race.bob)]
        brought = [
            who.takes_in(race.ref, event) if how == IN_LINE else who.writes(race.ref, event)
            for who, event in (answers if race.alice_is_first else reversed(answers))
        ]
        await asyncio.gather(*brought)
        await self._overtake(race, bob)

    async def _overtake(self, race: Race, by: Replica) -> None:
        """Let a replica carry the order out that thinks whoever has it to be dead."""
        tracked = await self.card(race)
        effect = Execute(EffectId(f"late{race.number}#0"), tracked.proposal.id, tracked.revision)
        with suppress(Retry):
            for event in await by.executor.run(Order(race.ref, effect, TRACE, fence=2)):
                await by.bench.journal.apply(race.ref, event, TRACE)

    async def settles(self) -> None:
        """Wait until nothing happens any more, retries of the next seconds included."""
        end, lanes = time.monotonic() + PATIENCE_S, self.one.bench.lanes
        quiet = 0
        while quiet < 2:
            assert time.monotonic() < end, await lanes.depths()
            await asyncio.sleep(0.01)
            pools = (await lanes.depths()).pools.values()
            busy = sum(pool.queued + pool.running + pool.behind for pool in pools)
            quiet = 0 if busy or await self._ring() else quiet + 1

    async def _ring(self) -> int:
        due, now = f"{self.one.bench.lanes.prefix}:due", time.time() * 1000
        idents = await self._redis.zrangebyscore(due, "-inf", now + SOON_MS)
        for ident in idents:
            await self._redis.zadd(due, {ident: now}, xx=True)
        return len(idents)

    async def trails(self) -> dict[str, Counter[str]]:
        """Return what the audit says about each proposal."""
        found: dict[str, Counter[str]] = {}
        for _, fields in await self._redis.xrange(f"{self.one.bench.lanes.prefix}:audit"):
            record = decode(fields[b"r"])
            found.setdefault(record.proposal, Counter())[record.what] += 1
        return found

    def told(self) -> list[Whisper]:
        """Return everything that anybody was told."""
        return [*self.one.board.told, *self.other.board.told]


@pytest.fixture
def _warnings_alone() -> Iterator[None]:
    """Some thirty thousand lines would be written and read by nobody."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def course(redis_url: str, prefix: str) -> AsyncIterator[Course]:
    systems: dict[str, Connector] = {}
    async with AsyncExitStack() as stack:
        one, other = (
            Replica(command_client(redis_url), reading_client(redis_url), prefix, systems) for _ in range(2)
        )
        for replica in (one, other):
            stack.push_async_callback(replica.close)
        await one.bench.lanes.ensure_groups()
        await stack.enter_async_context(one.at_work())
        await stack.enter_async_context(other.at_work())
        yield Course(one, other, systems)


@pytest.mark.usefixtures("_warnings_alone")
@pytest.mark.parametrize("how", WAYS)
async def test_of_two_answers_at_once_one_counts_and_has_one_effect(course: Course, how: str) -> None:
    races = [_race(number) for number in range(RACES // len(WAYS))]
    for start in range(0, len(races), ABREAST):
        abreast = races[start : start + ABREAST]
        await asyncio.gather(*map(course.opens, abreast))
        await course.settles()
        for race in abreast:
            race.about((await course.card(race)).proposal)
        await asyncio.gather(*(course.run(race, how) for race in abreast))
        await course.settles()
    trails, won = await course.trails(), Counter[str]()
    told = Counter(each.id.partition("#")[0] for each in course.told())
    for race in races:
        tracked = await course.card(race)
        by_alice = _by(tracked) == ALICE
        winner, loser = (race.alice, race.bob) if by_alice else (race.bob, race.alice)
        won[f"{race.kind}, by {_by(tracked)}"] += 1
        assert (told[winner.id], told[loser.id]) == (0, 1), "who came too late is told, and nobody else"
        _check_effect(race, tracked)
        _check_audit(trails[tracked.proposal.id], tracked)
    assert await course.one.bench.lanes.dead.list() == []
    assert len(won) == 2 * len(KINDS), f"one side always won, which is no race: {won}"


def _by(tracked: Tracked) -> str:
    """Return who decided, as ``slack:U…`` is recorded."""
    return tracked.decided_by.removeprefix("slack:")


def _check_effect(race: Race, tracked: Tracked) -> None:
    """What reached the system of tickets is what was decided, once."""
    sent = race.system.sent
    if _by(tracked) == BOB and race.kind == "reject":
        assert (tracked.status, sent) == (Status.REJECTED, [])
        return
    edited = _by(tracked) == BOB and race.kind == "edit"
    assert (tracked.status, len(sent)) == (Status.EXECUTED, 1), sent
    assert tracked.revision == (2 if edited else 1)
    (value,) = race.system.tickets[race.ref.id].fields["priority"]
    assert value.id == (MEDIUM if edited else HIGH)[0].id


def _check_audit(trail: Counter[str], tracked: Tracked) -> None:
    """Approved or rejected, never both; and nothing carried out that was not approved."""
    approved = tracked.status is Status.EXECUTED
    assert trail["proposal.approved"] == trail["proposal.executed"] == trail["write.started"] == approved
    assert trail["proposal.rejected"] == (not approved)
    assert trail["click.refused"] == 1
