"""Deciding without Slack: the same checks as a click, the operator's name on it, and words for every no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from approvals.policy import NOTE_PATTERN, Match, Rule
from bot.approving import Counter, Held, Told
from bot.core.actions import Proposal
from bot.core.dossier import Status, Tracked
from bot.core.effects import Execute
from bot.core.errors import Misconfigured
from bot.core.events import Answer, Edited
from bot.core.grants import Grant, shape
from bot.core.tickets import TicketRef, Value
from bot.operating import Operator, kill_switch
from bot.runtime.envelopes import EFFECT, unseal
from bot.runtime.executor import Order
from tests.bot.runtime.conftest import until
from tests.bot.workbench import TRACE, Hands, Workbench
from tests.making import (
    ALICE,
    BOB,
    CAROL,
    LOW,
    MANAGERS,
    REF,
    T0,
    after,
    answered,
    asking,
    finished,
    person,
    proposal,
    read,
    reply,
    rulebook,
    set_fields,
    ticket,
    unique,
)

NOTES = Rule(name="approvals[0]", match=Match(action=NOTE_PATTERN), allow=True)
ALICE_THERE, BOB_THERE, CAROL_THERE = (Operator(name, name) for name in ("alice", "bob", "carol"))
STRANGER = Operator("mallory", "mallory(root)")
OPERATORS = {"alice": ALICE, "bob": BOB, "carol": CAROL}
WHAT, REPLY = proposal(), proposal(reply(), number=1)


class Memory:
    """What Slack last said."""

    def __init__(self) -> None:
        self.groups: dict[str, tuple[frozenset[str], datetime]] = {}

    def knows(self, members: Iterable[str], at: datetime, group: str = MANAGERS) -> None:
        self.groups[group] = (frozenset(members), at)

    async def last(self, group: str) -> tuple[Iterable[str], datetime] | None:
        return self.groups.get(group)


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
        self.memory, self.clock = Memory(), Patient()
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


@pytest.fixture
def desk(redis: Redis, prefix: str) -> Desk:
    return Desk(redis, prefix)


# -- yes


async def test_a_yes_is_carried_out_and_bears_the_operators_name(desk: Desk) -> None:
    await desk.asks()
    told = await desk.approves()
    assert told == Told("Done: Set Priority to High. Approved by alice (CLI).", done=True)
    assert desk.writes() == 1
    tracked = await desk.bench.of(WHAT)
    assert (tracked.status, tracked.decided_by) == (Status.EXECUTED, "cli:alice")
    assert [vote.by for vote in tracked.votes] == [ALICE]
    assert [r.actor for r in await desk.recorded("proposal.approved")] == ["cli:alice"]


async def test_who_speaks_through_another_account_is_recorded_with_it(desk: Desk) -> None:
    await desk.asks()
    await desk.approves(Operator("alice", "alice(root)"))
    assert [r.actor for r in await desk.recorded("proposal.approved")] == ["cli:alice(root)"]


async def test_two_have_to_agree_and_one_person_is_one_voice(redis: Redis, prefix: str) -> None:
    ask = Rule(name="approvals[1]", match=Match(action="*"), ask=asking(ALICE, BOB, quorum=2))
    desk = Desk(redis, prefix, NOTES, ask)
    await desk.asks()
    first = await desk.approves()
    assert first == Told("Your approval is counted: 1 of 2. Others have to agree as well.", done=True)
    again = await desk.approves()
    assert again == Told("Your approval is counted already. Others have to agree as well.", done=False)
    assert await desk.status() is Status.PENDING
    assert desk.writes() == 0
    last = await desk.approves(BOB_THERE)
    assert last == Told("Done: Set Priority to High. Approved by alice (CLI), bob (CLI).", done=True)


# -- who may


async def test_who_is_no_operator_changes_nothing_is_written_down_and_told_what_to_add(desk: Desk) -> None:
    await desk.asks()
    with pytest.raises(Misconfigured, match=r"'mallory' is not an operator.*\noperators:\n  mallory: U"):
        await desk.counter.answer(await desk.held(), Answer.APPROVE, STRANGER)
    with pytest.raises(Misconfigured, match="not an operator"):
        await desk.counter.undo(await desk.held(), STRANGER)
    refused = await desk.recorded("click.refused")
    assert {(r.actor, r.proposal, r.because) for r in refused} == {
        ("cli:mallory(root)", WHAT.id, "not an operator")
    }
    assert await desk.bench.leases("fast") == []
    assert await desk.status() is Status.PENDING


async def test_an_operator_who_is_no_approver_is_refused_in_words_and_nobody_is_whispered_to(
    desk: Desk,
) -> None:
    await desk.asks()
    await desk.bench.leases("chat")
    told = await desk.approves(BOB_THERE)
    assert not told.done
    assert told.words.startswith("You are not among the people who may approve this: U0ALICE S0MANAGERS.")
    assert await desk.status() is Status.PENDING
    assert [(r.actor, r.because) for r in await desk.recorded("click.refused")] == [
        ("cli:bob", "refused.not_approver")
    ]
    assert await desk.bench.waiting("chat") == [], "nobody in Slack clicked"


@pytest.mark.parametrize(
    ("what", "age", "counts"),
    [
        (WHAT, timedelta(hours=24), True),
        (WHAT, timedelta(hours=24, seconds=1), False),
        (REPLY, timedelta(minutes=5), True),
        (REPLY, timedelta(minutes=5, seconds=1), False),
    ],
)
async def test_a_group_counts_while_slacks_word_on_it_is_fresh_enough_for_the_risk(
    desk: Desk, what: Proposal, age: timedelta, *, counts: bool
) -> None:
    await desk.asks(what)
    desk.memory.knows([BOB], after(1) - age)
    told = await desk.approves(BOB_THERE, what)
    assert told.done is counts
    assert (await desk.status(what) is Status.EXECUTED) is counts


async def test_who_is_named_in_person_may_decide_on_the_irreversible_whatever_is_known_of_groups(
    desk: Desk,
) -> None:
    await desk.asks(REPLY)
    assert (await desk.approves(ALICE_THERE, REPLY)).done


async def test_who_was_not_in_the_group_is_not_let_in(desk: Desk) -> None:
    await desk.asks()
    desk.memory.knows([CAROL], T0)
    assert not (await desk.approves(BOB_THERE)).done


async def test_who_asked_for_it_may_not_approve_it_here_either(desk: Desk) -> None:
    await desk.asks(replace(WHAT, by=ALICE))
    told = await desk.approves()
    assert told == Told("You asked for this yourself, so somebody else has to approve it.", done=False)
    assert desk.writes() == 0


# -- what is no longer as it was shown


async def test_what_was_edited_after_it_was_shown_is_not_approved(desk: Desk) -> None:
    await desk.asks()
    shown = await desk.held()
    other = set_fields(priority=(Value("3", "Middle"),))
    await desk.bench.happens(
        Edited(
            id=unique("edit"),
            at=after(1),
            proposal=WHAT.id,
            revision=1,
            by=person(CAROL, groups=[MANAGERS]),
            action=other,
            says="Set Priority to Middle.",
            before={"priority": LOW},
        )
    )
    async with desk.bot():
        told = await desk.counter.answer(shown, Answer.APPROVE, ALICE_THERE)
    assert not told.done
    assert "already" in told.words.lower() or "changed" in told.words
    assert not any(r.actor.startswith("cli:") for r in await desk.recorded("proposal.approved"))


async def test_what_is_over_says_how_and_through_whom_it_ended(desk: Desk) -> None:
    await desk.asks()
    await desk.bench.happens(answered(await desk.bench.of(WHAT), answer=Answer.REJECT))
    assert await desk.approves() == Told("Already rejected by Alice. Nothing more happened.", done=False)


async def test_a_yes_that_comes_too_late_is_told_so(desk: Desk) -> None:
    await desk.asks()
    desk.clock.passes(hours=8)
    told = await desk.approves()
    assert told == Told("The time to decide on this is over. Nothing happened.", done=False)
    assert desk.writes() == 0


async def test_what_the_policy_denies_by_now_is_refused_with_its_reason(desk: Desk) -> None:
    await desk.asks()
    desk.bench.journal.book = replace(desk.bench.journal.book, rules=(NOTES,))
    desk.counter = desk.another()
    told = await desk.approves()
    assert not told.done
    assert told.words.startswith("The policy does not permit this: no rule matches jira.set_fields")


async def test_a_change_that_could_not_be_made_is_no_success(desk: Desk) -> None:
    await desk.asks()
    desk.bench.records.somebody_sets(priority=(Value("9", "Odd"),))
    told = await desk.approves()
    assert not told.done
    assert told.words.startswith("No longer applies: Set Priority to High.")


async def test_approving_while_stopped_fails_with_the_reason_and_a_fresh_proposal_works_after_it(
    desk: Desk,
) -> None:
    await desk.asks()
    switch = kill_switch(desk.bench.redis, desk.bench.lanes.prefix)
    await switch.stop("connector:jira", "Jira is migrating", "cli:bob")
    told = await desk.approves()
    assert not told.done
    assert "Stopped by the kill switch: Jira is migrating" in told.words
    assert desk.writes() == 0
    await switch.resume("connector:jira", "cli:bob")
    fresh = replace(WHAT, id=proposal(number=7).id)
    await desk.asks(fresh)
    assert (await desk.approves(what=fresh)).done


# -- no


async def test_a_no_keeps_its_reason_on_one_line_and_is_remembered(desk: Desk) -> None:
    await desk.asks()
    told = await desk.rejects("Bob looks\nafter \u202ethis one.")
    assert told == Told("Rejected by alice (CLI): Set Priority to High. Bob looks after this one.", done=True)
    dossier = await desk.bench.happens()
    assert [each.reason.raw for each in dossier.turned_down] == ["Bob looks after this one."]
    assert [(r.actor, r.because) for r in await desk.recorded("proposal.rejected")] == [
        ("cli:alice", "Bob looks after this one.")
    ]


async def test_a_bystanders_no_does_not_count(desk: Desk) -> None:
    await desk.asks()
    assert not (await desk.rejects("I say so", BOB_THERE)).done
    assert await desk.status() is Status.PENDING


# -- undo


async def test_what_was_done_is_set_back_once(redis: Redis, prefix: str) -> None:
    desk = Desk(redis, prefix, NOTES, Rule(name="r", match=Match(action="*"), ask=asking(four_eyes=False)))
    await desk.asks()
    await desk.approves()
    told = await desk.undoes()
    assert told.done
    assert told.words.endswith("Approved by alice (CLI).")
    assert await desk.status() is Status.UNDONE
    assert desk.writes() == 2
    assert [r.actor for r in await desk.recorded("undo.asked")] == ["cli:alice"]
    again = await desk.undoes()
    assert not again.done
    assert again.words.startswith("Already done and undone again")
    assert desk.writes() == 2


async def test_an_undo_that_needs_another_yes_says_so_and_changes_nothing(redis: Redis, prefix: str) -> None:
    back = Rule(name="approvals[1]", match=Match(undo=True), ask=asking(ALICE, BOB, quorum=2))
    ask = Rule(name="approvals[2]", match=Match(action="*"), ask=asking())
    desk = Desk(redis, prefix, NOTES, back, ask)
    await desk.asks()
    await desk.approves()
    told = await desk.undoes()
    assert told == Told("The undo needs somebody else's yes, so they have been asked.", done=True)
    assert await desk.status() is Status.EXECUTED
    assert desk.writes() == 1


async def test_who_asks_for_an_undo_may_not_approve_it_alone_where_four_eyes_are_wanted(desk: Desk) -> None:
    await desk.asks()
    await desk.approves()
    told = await desk.undoes()
    assert told.words == "The undo needs somebody else's yes, so they have been asked."
    assert await desk.status() is Status.EXECUTED
    assert desk.writes() == 1


async def test_a_bystander_undoes_nothing(desk: Desk) -> None:
    await desk.asks()
    await desk.approves()
    told = await desk.undoes(BOB_THERE)
    assert not told.done
    assert "You are not among the people who may approve this" in told.words


async def test_what_was_never_done_cannot_be_undone(desk: Desk) -> None:
    await desk.asks()
    told = await desk.undoes()
    assert told == Told("Already waiting. Nothing more happened.", done=False)


# -- nobody there


async def test_without_a_bot_it_is_queued_and_counts_as_soon_as_one_runs(desk: Desk) -> None:
    await desk.asks()
    told = await desk.another(wait_s=0.3).answer(await desk.held(), Answer.APPROVE, ALICE_THERE)
    assert not told.done
    assert told.words.startswith("Queued: no bot took it within 0.3 s.")
    assert f"countersign approvals show {WHAT.id}" in told.words
    assert desk.clock.slept == [0.1] * 3

    async def is_done() -> bool:
        return await desk.status() is Status.EXECUTED

    async with desk.bot():
        await until(is_done)


# -- finding


async def test_a_proposal_is_found_by_its_id_the_start_of_it_and_its_ticket(desk: Desk) -> None:
    await desk.asks(WHAT)
    await desk.bench.happens(read())
    for named in (WHAT.id, WHAT.id[:12], "OPS-1", "ops-1"):
        dossier, tracked = await desk.counter.find(named, meant=waits)
        assert (dossier.key, tracked.proposal.id) == ("OPS-1", WHAT.id)


async def test_what_may_mean_several_is_not_guessed(desk: Desk) -> None:
    await desk.asks(WHAT, REPLY)
    for named in ("OPS-1", "p000"):
        with pytest.raises(Misconfigured, match=rf"(?s)any of these.*{WHAT.id}.*{REPLY.id}"):
            await desk.counter.find(named, meant=waits)


async def test_a_ticket_means_the_one_that_can_be_meant(desk: Desk) -> None:
    await desk.asks(WHAT, REPLY)
    await desk.approves()
    assert (await desk.counter.find("OPS-1", meant=waits))[1].proposal.id == REPLY.id
    was_done = await desk.counter.find("OPS-1", meant=lambda tracked: tracked.status is Status.EXECUTED)
    assert was_done[1].proposal.id == WHAT.id


async def test_a_ticket_on_which_nothing_waits_is_found_as_well(desk: Desk) -> None:
    await desk.asks()
    await desk.approves()
    assert (await desk.counter.find("OPS-1", meant=waits))[1].status is Status.EXECUTED


@pytest.mark.parametrize("named", ["p" + "f" * 31, "pfff", "OPS-2", "", "*", "p000*", "OPS-1 "])
async def test_what_is_not_there_is_said_to_be_not_there(desk: Desk, named: str) -> None:
    await desk.asks()
    with pytest.raises(Misconfigured, match="no proposal and no ticket is called"):
        await desk.counter.find(named, meant=waits)


async def test_the_list_has_all_that_waits_and_the_oldest_first(desk: Desk) -> None:
    other = TicketRef("jira", "10043")
    newer, older = proposal(number=3), proposal(number=4)
    on_other = replace(older, action=replace(older.action, target=other))
    await desk.asks(newer, REPLY)
    await desk.bench.happens(answered(await desk.bench.of(REPLY), answer=Answer.REJECT))
    early = T0 - timedelta(hours=1)
    of = replace(ticket(), ref=other, key="OPS-2")
    there = read(replace(await desk.bench.records.read(REF), ticket=of), at=early)
    await desk.bench.journal.apply(other, there, TRACE)
    came = finished(on_other, of=replace(there.snapshot, ticket=of), at=early, findings=())
    await desk.bench.journal.apply(other, came, TRACE)
    found = await desk.counter.waiting()
    assert [(dossier.key, tracked.proposal.id) for dossier, tracked in found] == [
        ("OPS-2", older.id),
        ("OPS-1", newer.id),
    ]


def waits(tracked: Tracked) -> bool:
    return tracked.status is Status.PENDING


# -- standing permissions


def grant(number: int = 2) -> Grant:
    action = set_fields(priority=(Value(str(number), "High"),))
    return Grant(
        shape=shape(action, "OPS"),
        action=action.name,
        connector="jira",
        queue="OPS",
        says="Set Priority to High.",
        by=ALICE,
        at=T0,
        rule="approvals[1]",
    )


async def test_a_standing_permission_is_listed_and_taken_back_under_a_name(desk: Desk) -> None:
    await desk.bench.grants.set(grant())
    assert await desk.counter.standing() == (grant(),)
    assert await desk.counter.revoke(grant().shape[:8], ALICE_THERE) == grant()
    assert await desk.counter.standing() == ()
    (record,) = await desk.recorded("grant.revoked")
    assert (record.actor, record.details["shape"], record.rule) == (
        "cli:alice",
        grant().shape,
        "approvals[1]",
    )


@pytest.mark.parametrize("named", ["", "zzz", "*"])
async def test_a_permission_that_is_not_meant_stays(desk: Desk, named: str) -> None:
    await desk.bench.grants.set(grant())
    with pytest.raises(Misconfigured, match="standing list"):
        await desk.counter.revoke(named, ALICE_THERE)
    assert len(await desk.counter.standing()) == 1


async def test_who_is_no_operator_takes_no_permission_back(desk: Desk) -> None:
    await desk.bench.grants.set(grant())
    with pytest.raises(Misconfigured, match="not an operator"):
        await desk.counter.revoke(grant().shape, STRANGER)
    assert len(await desk.counter.standing()) == 1
    assert [r.actor for r in await desk.recorded("click.refused")] == ["cli:mallory(root)"]
