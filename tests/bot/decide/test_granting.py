"""Always allow exactly this: when it is offered, to whom, what it covers, and when a loop is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.policy import Match, Rule, Rulebook
from bot.core.dossier import Status
from bot.core.effects import CountApproval, Execute, RunSkill, SetGrant, Whisper
from bot.core.events import AlwaysAsked, Clicker, GaveUp
from bot.core.grants import Grant, shape
from bot.core.ids import SlackUserId
from bot.core.modes import Mode
from bot.core.tickets import Value
from bot.decide import Transition
from bot.decide.considering import SAME_PER_DAY_MAX
from bot.decide.reading import RUNS_PER_HOUR_MAX
from tests.making import (
    ALICE,
    CAROL,
    PLACE,
    Play,
    after,
    answered,
    asked,
    asking,
    claimed,
    done,
    finished,
    person,
    proposal,
    read,
    receipt,
    reply,
    rulebook,
    set_fields,
    snapshot,
    started,
    ticket,
    unique,
)

MEDIUM = (Value("3", "Medium"),)


def offering(after_n: int | None = 3, mode: Mode = Mode.APPROVE) -> Rulebook:
    rules = (
        Rule(name="approvals[0]", match=Match(action="*.add_internal_note"), allow=True),
        Rule(name="approvals[1]", match=Match(action="*"), ask=asking(ALICE, always_after=after_n)),
    )
    return rulebook(*rules, mode=mode)


def always(play: Play, of: str, by: Clicker | None = None, *, equal: int = 3) -> Transition:
    tracked = next(t for ident, t in play.dossier.tracked.items() if ident == of)
    return play.happens(
        AlwaysAsked(
            id=unique("always"),
            at=after(5),
            proposal=tracked.proposal.id,
            revision=tracked.revision,
            by=by or person(),
            equal=equal,
            place=PLACE,
        )
    )


def grant_for(queue: str = "OPS") -> Grant:
    action = set_fields()
    return Grant(
        shape=shape(action, queue),
        action=action.name,
        connector="jira",
        queue=queue,
        says="Set Priority to High.",
        by=SlackUserId(ALICE),
        at=after(0),
        rule="approvals[1]",
    )


def told(step: Transition) -> list[str]:
    return [effect.says for effect in step.effects if isinstance(effect, Whisper)]


def test_what_was_approved_unedited_and_done_is_counted() -> None:
    play, what = done(book=offering())
    assert [
        effect.proposal for effect in play.ordered(CountApproval) if isinstance(effect, CountApproval)
    ] == [what.id]


def test_without_the_offer_nothing_is_counted() -> None:
    play, _ = done(book=offering(None))
    assert not play.ordered(CountApproval)


def test_after_enough_equal_approvals_it_is_granted_and_recorded() -> None:
    play, what = done(book=offering())
    step = always(play, what.id)
    (order,) = [effect for effect in step.effects if isinstance(effect, SetGrant)]
    assert order.grant == replace(grant_for(), at=after(5))
    assert play.of(what).always
    assert "grant.given" in play.records()


@pytest.mark.parametrize(
    ("equal", "by", "why"),
    [
        (2, person(ALICE), "refused.no_always"),
        (3, person(CAROL), "refused.not_approver"),
        (3, person(ALICE, refused="refused.guest"), "refused.guest"),
    ],
)
def test_too_early_or_by_somebody_else_it_is_not(equal: int, by: Clicker, why: str) -> None:
    play, what = done(book=offering())
    step = always(play, what.id, by, equal=equal)
    assert told(step) == [why]
    assert not [effect for effect in step.effects if isinstance(effect, SetGrant)]


def test_the_irreversible_is_never_allowed_for_good() -> None:
    play, what = asked(proposal(reply()), book=offering())
    play.happens(answered(play.of(what)))
    play.executes(play.of(what), receipt=replace(receipt(proposal(), undo=False), after={}))
    assert play.status(what) is Status.EXECUTED
    assert told(always(play, what.id)) == ["refused.no_always"]


def test_a_granted_change_goes_ahead_without_a_card() -> None:
    play, what = Play(offering()), proposal()
    step = play.happens(read(), replace(finished(what), grants=(grant_for(),)))
    assert play.status(what) is Status.APPROVED
    assert play.of(what).decided_by == f"grant:{grant_for().shape}"
    assert what.id in [effect.proposal for effect in step.effects if isinstance(effect, Execute)]


@pytest.mark.parametrize(
    "book",
    [offering(None), rulebook(Rule(name="approvals[1]", match=Match()))],
    ids=["no longer offered", "denied now"],
)
def test_a_grant_does_not_outlive_its_rule(book: Rulebook) -> None:
    play, what = Play(book), proposal()
    play.happens(read(), replace(finished(what), grants=(grant_for(),)))
    assert play.status(what) in {Status.PENDING, Status.DENIED}


def test_a_grant_covers_its_own_queue_and_values_only() -> None:
    play, other = Play(offering()), proposal(set_fields(priority=MEDIUM))
    play.happens(read(), replace(finished(other), grants=(grant_for(), grant_for("HELP"))))
    assert play.status(other) is Status.PENDING


def test_the_same_change_again_and_again_is_taken_for_a_loop() -> None:
    play, what = Play(offering()), proposal()
    for number in range(SAME_PER_DAY_MAX + 1):
        now = snapshot(ticket(summary=f"take {number}"))
        what = proposal(number=number, on=now.ticket)
        news = replace(finished(what, of=now, at=after(number)), grants=(grant_for(),))
        play.happens(read(now, at=after(number)), news)
        if number < SAME_PER_DAY_MAX:
            play.executes(play.of(what), receipt=receipt(what), at=after(number), fence=number + 1)
        while play.notes():
            play.note_lands()
    assert what.id not in play.dossier.tracked
    assert "loop.broken" in play.records()


def test_a_ticket_rewritten_again_and_again_is_not_read_again_and_again() -> None:
    play = Play(rulebook())
    for number in range(RUNS_PER_HOUR_MAX + 5):
        play.happens(read(snapshot(ticket(summary=f"take {number}")), at=after(number / 10)))
    assert len(play.ordered(RunSkill)) == RUNS_PER_HOUR_MAX
    assert play.records().count("loop.broken") == 5
    play.happens(read(snapshot(ticket(summary="an hour later")), at=after(90)))
    assert len(play.ordered(RunSkill)) == RUNS_PER_HOUR_MAX + 1


@pytest.mark.parametrize("sent", [False, True], ids=["nothing was sent", "something was"])
def test_what_the_queue_gives_up_ends_and_says_what_is_known(*, sent: bool) -> None:
    play, what = asked()
    play.happens(answered(play.of(what)), claimed(what))
    if sent:
        play.happens(started(what, writes=play.dossier.writes))
    play.happens(GaveUp(id=unique(), at=after(9), proposal=what.id, why="24 h"))
    assert play.status(what) is Status.FAILED
    assert ("Look at the ticket" in play.of(what).reason) is sent


def test_what_is_over_is_not_given_up() -> None:
    play, what = done()
    play.happens(GaveUp(id=unique(), at=after(9), proposal=what.id, why="24 h"))
    assert play.status(what) is Status.EXECUTED
