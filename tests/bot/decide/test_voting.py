"""How many have to agree, whose voice a click is, and what an edit does to those who had agreed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.dossier import Status, Tracked
from bot.core.effects import Execute, Ping, ShowCard, Wake, Whisper
from bot.core.events import Answer, Clicker, Edited, Escalated, Expired, Reminded
from bot.core.ids import SlackUserId
from bot.core.tickets import Value
from bot.decide import Transition
from bot.decide.considering import TRACKED_MAX
from tests.making import (
    ALICE,
    BOB,
    CAROL,
    LOW,
    MANAGERS,
    Play,
    after,
    answered,
    asked,
    asking,
    asks,
    finished,
    person,
    proposal,
    read,
    set_fields,
    snapshot,
    ticket,
    unique,
)

MEDIUM = (Value("3", "Medium"),)
DAVE = SlackUserId("U0DAVE")


def two_of(*approvers: str, **more: Any) -> tuple[Play, Tracked]:
    """A play in which a change waits for two people."""
    play, what = asked(book=asks(asking(*approvers, quorum=2, **more)))
    return play, play.of(what)


def told(step: Transition) -> list[str]:
    return [effect.says for effect in step.effects if isinstance(effect, Whisper)]


def standing_in(ident: str, *, of: str, groups: tuple[str, ...] = ()) -> Clicker:
    return replace(person(ident), stands_in_for={SlackUserId(of): frozenset(groups)})


def test_the_first_of_two_votes_changes_nothing_but_the_card() -> None:
    play, tracked = two_of(ALICE, BOB)
    step = play.happens(answered(tracked, person(ALICE)))
    assert play.status(tracked.proposal) is Status.PENDING
    assert [type(effect) for effect in step.effects] == [ShowCard]
    assert [record.what for record in step.records] == ["vote.cast"]
    assert step.records[0].details == {"votes": 1, "missing": 1}


def test_the_second_vote_carries_it_and_both_names_are_kept() -> None:
    play, tracked = two_of(ALICE, BOB)
    play.happens(answered(tracked, person(ALICE)))
    step = play.happens(answered(tracked, person(BOB)))
    now = play.of(tracked.proposal)
    assert now.status is Status.APPROVED
    assert now.decided_name.line() == "Alice, Bob"
    assert [vote.by for vote in now.votes] == [ALICE, BOB]
    assert any(isinstance(effect, Execute) for effect in step.effects)


def test_nobody_votes_twice() -> None:
    play, tracked = two_of(ALICE, BOB)
    play.happens(answered(tracked, person(ALICE)))
    step = play.happens(answered(tracked, person(ALICE)))
    assert play.status(tracked.proposal) is Status.PENDING
    assert told(step) == ["refused.voted"]


def test_one_no_ends_it_however_many_have_agreed() -> None:
    play, tracked = two_of(ALICE, BOB, CAROL)
    play.happens(answered(tracked, person(ALICE)))
    play.happens(answered(tracked, person(BOB), Answer.REJECT, reason="not today"))
    assert play.status(tracked.proposal) is Status.REJECTED
    assert play.of(tracked.proposal).decided_name.line() == "Bob"


def test_who_agreed_may_still_say_no() -> None:
    play, tracked = two_of(ALICE, BOB)
    play.happens(answered(tracked, person(ALICE)), answered(tracked, person(ALICE), Answer.REJECT))
    assert play.status(tracked.proposal) is Status.REJECTED


def test_how_many_are_needed_is_what_the_rule_says_now() -> None:
    play, tracked = two_of(ALICE, BOB, CAROL)
    play.happens(answered(tracked, person(ALICE)))
    play.book = asks(asking(ALICE, BOB, CAROL, quorum=3))
    play.happens(answered(tracked, person(BOB)))
    assert play.status(tracked.proposal) is Status.PENDING
    play.happens(answered(tracked, person(CAROL)))
    assert play.status(tracked.proposal) is Status.APPROVED


def edit(tracked: Tracked, by: Clicker) -> Edited:
    return Edited(
        id=unique("edit"),
        at=after(3),
        proposal=tracked.proposal.id,
        revision=tracked.revision,
        by=by,
        action=set_fields(priority=MEDIUM),
        says="Set Priority to Medium.",
        before={"priority": LOW},
    )


def test_an_edit_clears_the_votes_and_counts_its_editors_own() -> None:
    play, tracked = two_of(ALICE, BOB, CAROL)
    play.happens(answered(tracked, person(ALICE)))
    play.happens(edit(tracked, person(BOB)))
    now = play.of(tracked.proposal)
    assert now.status is Status.PENDING, "Alice agreed to something else"
    assert [vote.by for vote in now.votes] == [BOB]
    assert now.revision == 2
    play.happens(answered(now, person(ALICE)))
    assert play.status(tracked.proposal) is Status.APPROVED


def test_an_edit_sets_new_timers() -> None:
    play, tracked = two_of(
        ALICE, BOB, CAROL, remind_after_s=60.0, escalate_after_s=120.0, escalate_to=(DAVE,)
    )
    step = play.happens(edit(tracked, person(BOB)))
    timers = [effect.event for effect in step.effects if isinstance(effect, Wake)]
    assert {type(event) for event in timers} == {Reminded, Escalated, Expired}
    assert {getattr(event, "revision", 0) for event in timers} == {2}


def test_a_stand_in_decides_in_the_place_of_who_named_them() -> None:
    play, what = asked(book=asks(asking(ALICE)))
    play.happens(answered(play.of(what), standing_in(DAVE, of=ALICE)))
    now = play.of(what)
    assert now.status is Status.APPROVED
    assert (now.votes[0].by, now.votes[0].stands_in_for) == (DAVE, ALICE)


def test_a_stand_in_of_somebody_in_the_group_may_decide() -> None:
    play, what = asked(book=asks(asking(MANAGERS)))
    play.happens(answered(play.of(what), standing_in(DAVE, of=BOB, groups=(MANAGERS,))))
    assert play.status(what) is Status.APPROVED


def test_a_stand_in_of_a_bystander_may_not() -> None:
    play, what = asked(book=asks(asking(MANAGERS)))
    step = play.happens(answered(play.of(what), standing_in(DAVE, of=BOB)))
    assert told(step) == ["refused.not_approver"]


def test_a_rule_may_refuse_stand_ins() -> None:
    play, what = asked(book=asks(asking(ALICE, stand_ins=False)))
    assert told(play.happens(answered(play.of(what), standing_in(DAVE, of=ALICE)))) == [
        "refused.not_approver"
    ]


def test_an_approver_and_their_stand_in_are_one_voice() -> None:
    play, tracked = two_of(ALICE, BOB)
    play.happens(answered(tracked, standing_in(DAVE, of=ALICE)))
    assert told(play.happens(answered(tracked, person(ALICE)))) == ["refused.voted"]
    assert play.status(tracked.proposal) is Status.PENDING
    other, again = two_of(ALICE, BOB)
    other.happens(answered(again, person(ALICE)))
    assert told(other.happens(answered(again, standing_in(DAVE, of=ALICE)))) == ["refused.voted"]


@pytest.mark.parametrize("asker", [ALICE, DAVE])
def test_four_eyes_are_not_got_round_through_a_stand_in(asker: str) -> None:
    play, what = asked(proposal(by=asker), book=asks(asking(ALICE)))
    assert told(play.happens(answered(play.of(what), standing_in(DAVE, of=ALICE)))) == ["refused.four_eyes"]


def test_on_the_command_line_a_refusal_is_not_whispered_but_recorded() -> None:
    play, what = asked(book=asks(asking(ALICE)))
    step = play.happens(answered(play.of(what), replace(person(BOB), operator="bob")))
    assert not told(step)
    assert [(record.what, record.actor) for record in step.records] == [("click.refused", "cli:bob")]


def test_several_questions_of_one_run_share_one_card() -> None:
    first, second = proposal(number=1), proposal(set_fields(priority=MEDIUM), number=2)
    play = Play(asks(asking(ALICE)))
    step = play.happens(read(), finished(first, second))
    assert [play.of(each).bundle for each in (first, second)] == [first.id, first.id]
    assert [effect.proposal for effect in step.effects if isinstance(effect, ShowCard)] == [first.id]
    step = play.happens(answered(play.of(second), person(ALICE)))
    assert [effect.proposal for effect in step.effects if isinstance(effect, ShowCard)] == [first.id]
    assert play.of(first).cards, "the card is found by a click on any of its parts"
    assert not play.of(second).cards


def test_who_is_on_duty_hears_of_it_at_once() -> None:
    play, what = asked(book=asks(asking(ALICE, on_duty=(BOB,))))
    (ping,) = [effect for effect in play.ordered(Ping) if isinstance(effect, Ping)]
    assert (ping.to, ping.says, ping.proposal) == ((BOB,), "ping.asked", what.id)


def test_who_asked_is_told_how_it_ended() -> None:
    play, what = asked(proposal(by=CAROL))
    step = play.happens(answered(play.of(what), person(ALICE), Answer.REJECT, reason="no"))
    pings = [effect for effect in step.effects if isinstance(effect, Ping)]
    assert [(ping.to, ping.says) for ping in pings] == [((CAROL,), "ping.ended.rejected")]


def test_the_first_of_a_set_is_kept_as_long_as_any_other_of_it() -> None:
    """Its card hangs on the first: without it, nobody could draw the card again."""
    play = Play(asks(asking(ALICE)))
    first, second = proposal(number=1), proposal(set_fields(priority=MEDIUM), number=2)
    play.happens(read(), finished(first, second))
    play.note_lands()
    play.happens(answered(play.of(first), person(ALICE), Answer.REJECT))
    for number in range(TRACKED_MAX + 5):
        now = snapshot(ticket(summary=f"take {number}"))
        other = proposal(number=100 + number, on=now.ticket)
        play.happens(read(now), finished(other, of=now), answered(other, person(ALICE), Answer.REJECT))
    kept = {each.card_of for each in play.dossier.tracked.values()}
    assert kept <= set(play.dossier.tracked)
    assert len(play.dossier.tracked) <= TRACKED_MAX + 2
