"""Deciding without Slack: the same checks as a click, the operator's name on it, and words for every no."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from approvals.policy import Match, Rule
from bot.approving import Told
from bot.core.actions import Proposal
from bot.core.dossier import Status
from bot.core.errors import Misconfigured
from bot.core.events import Answer, Edited
from bot.core.tickets import Value
from bot.operating import Operator, kill_switch
from tests.bot.counter import ALICE_THERE, BOB_THERE, NOTES, REPLY, STRANGER, WHAT, Desk
from tests.bot.runtime.conftest import until
from tests.making import (
    ALICE,
    BOB,
    CAROL,
    LOW,
    MANAGERS,
    T0,
    after,
    answered,
    asking,
    person,
    proposal,
    set_fields,
    unique,
)


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
    await desk.memory.keep(MANAGERS, [BOB], after(1) - age)
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
    await desk.memory.keep(MANAGERS, [CAROL], T0)
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
