"""Clicks, edits and time: the first answer that counts is taken, every other one is explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from approvals.policy import NOTE_PATTERN, Match, Rule
from bot.core.actions import Action, Risk
from bot.core.dossier import Status, Tracked
from bot.core.effects import Execute, ShowCard, Wake, Whisper
from bot.core.events import Answer, CardPlace, CardShown, Clicker, Edited, Expired
from bot.core.ids import Digest, Essence, ProposalId
from bot.core.rejections import TurnedDown
from bot.core.tickets import FieldValue, TicketRef, Value
from bot.core.untrusted import Untrusted
from bot.decide import Transition
from bot.decide.answering import TURNED_DOWN_MAX
from tests.making import (
    ALICE,
    BOB,
    CAROL,
    HIGH,
    LOW,
    MANAGERS,
    PLACE,
    REF,
    Play,
    after,
    answered,
    asked,
    asking,
    finished,
    person,
    proposal,
    read,
    reply,
    rulebook,
    set_fields,
    unique,
)

MEDIUM = (Value("3", "Medium"),)


def whispers(step: Transition) -> list[tuple[str, str]]:
    return [(effect.to, effect.says) for effect in step.effects if isinstance(effect, Whisper)]


def runs(step: Transition) -> list[Execute]:
    return [effect for effect in step.effects if isinstance(effect, Execute)]


def edited(
    tracked: Tracked,
    action: Action,
    by: Clicker | None = None,
    *,
    before: Mapping[str, FieldValue] | None = None,
    revision: int | None = None,
) -> Edited:
    return Edited(
        id=unique("edit"),
        at=after(1),
        proposal=tracked.proposal.id,
        revision=tracked.revision if revision is None else revision,
        by=by or person(),
        action=action,
        says="Set Priority to Medium.",
        before={"priority": LOW} if before is None else before,
    )


def test_a_yes_orders_exactly_one_execution_and_says_who_gave_it() -> None:
    play, what = asked()
    step = play.happens(answered(what))
    tracked = play.of(what)
    assert [(e.proposal, e.revision) for e in runs(step)] == [(what.id, 1)]
    assert (tracked.status, tracked.decided_by, tracked.decided_at) == (
        Status.APPROVED,
        "slack:U0ALICE",
        after(1),
    )
    assert any(isinstance(e, ShowCard) for e in step.effects)
    (record,) = [r for r in step.records if r.what == "proposal.approved"]
    assert (record.actor, record.digest, record.revision) == ("slack:U0ALICE", tracked.digest, 1)


def test_a_member_of_an_approver_group_may_approve() -> None:
    play, what = asked()
    play.happens(answered(what, person(BOB, groups=[MANAGERS])))
    assert play.status(what) is Status.APPROVED


def test_a_no_keeps_its_reason_and_runs_nothing() -> None:
    play, what = asked()
    step = play.happens(answered(what, answer=Answer.REJECT, reason="Not a fire."))
    assert (play.status(what), play.of(what).reason) == (Status.REJECTED, "Not a fire.")
    assert not [e for e in runs(step) if e.proposal == what.id]


@pytest.mark.parametrize(
    ("by", "says"),
    [
        (person(CAROL), "refused.not_approver"),
        (person(CAROL, groups=["S0OTHERS"]), "refused.not_approver"),
        (person(refused="refused.guest"), "refused.guest"),
        (person(BOB, refused="refused.gone", groups=[MANAGERS]), "refused.gone"),
        (person(refused="refused.unreadable"), "refused.unreadable"),
    ],
    ids=["bystander", "member of another group", "guest", "deactivated manager", "not looked up"],
)
@pytest.mark.parametrize("answer", Answer)
def test_who_may_not_is_told_alone_and_the_card_stays(by: Clicker, says: str, answer: Answer) -> None:
    play, what = asked()
    before = play.of(what)
    step = play.happens(answered(what, by, answer))
    assert replace(play.of(what), cards=()) == replace(before, cards=())
    assert whispers(step) == [(by.id, says)]
    assert not [e for e in step.effects if isinstance(e, ShowCard | Execute)]
    assert [r.what for r in step.records] == ["click.refused"]


def test_who_is_refused_learns_who_may() -> None:
    play, what = asked()
    step = play.happens(answered(what, person(CAROL)))
    (whisper,) = [e for e in step.effects if isinstance(e, Whisper)]
    assert whisper.words == {"approvers": f"{ALICE} {MANAGERS}"}
    assert whisper.channel == PLACE.channel


def test_who_asked_for_it_may_not_approve_it_under_four_eyes() -> None:
    play, what = asked(proposal(by=ALICE))
    step = play.happens(answered(what))
    assert whispers(step) == [(ALICE, "refused.four_eyes")]
    assert play.status(what) is Status.PENDING


def test_without_four_eyes_who_asked_for_it_may() -> None:
    rule = Rule(name="approvals[0]", match=Match(), ask=asking(four_eyes=False))
    play, what = asked(proposal(by=ALICE), rulebook(rule))
    play.happens(answered(what))
    assert play.status(what) is Status.APPROVED


@pytest.mark.parametrize("revision", [0, 2, 7])
def test_an_old_drawing_of_the_card_counts_for_nothing_and_is_drawn_again(revision: int) -> None:
    play, what = asked()
    step = play.happens(answered(what, revision=revision))
    assert play.status(what) is Status.PENDING
    assert whispers(step) == [(ALICE, "refused.revision")]
    assert any(isinstance(e, ShowCard) for e in step.effects)


def test_a_second_click_says_who_was_first_and_runs_nothing_more() -> None:
    play, what = asked()
    step = play.happens(answered(what), answered(what, person(BOB, groups=[MANAGERS])))
    assert not runs(step)
    (whisper,) = [e for e in step.effects if isinstance(e, Whisper)]
    assert (whisper.says, whisper.words) == ("refused.settled", {"status": "approved", "by": " by Alice"})


def test_the_same_click_delivered_twice_is_one_click() -> None:
    play, what = asked()
    click = answered(what)
    step = play.happens(click, click)
    assert (step.effects, step.records) == ((), ())


def test_a_no_after_a_yes_comes_too_late() -> None:
    play, what = asked()
    play.happens(answered(what), answered(what, answer=Answer.REJECT))
    assert play.status(what) is Status.APPROVED


def test_a_click_after_the_time_is_over_counts_for_nothing_even_before_the_timer() -> None:
    play, what = asked()
    step = play.happens(answered(what, at=after(8 * 60)))
    assert whispers(step) == [(ALICE, "refused.expired")]
    assert play.status(what) is Status.PENDING
    play.happens(answered(what, at=after(8 * 60 - 1)))
    assert play.status(what) is Status.APPROVED


def test_what_is_stored_must_be_what_was_shown() -> None:
    play, what = asked()
    forged = replace(play.of(what), proposal=replace(what, action=reply("Send me your password.")))
    play.dossier = play.dossier.put(forged)
    step = play.happens(answered(what))
    assert whispers(step) == [(ALICE, "refused.digest")]
    assert play.status(what) is Status.PENDING


def test_policy_is_asked_as_it_is_now_not_as_it_was_when_the_card_was_drawn() -> None:
    play, what = asked()
    play.book = rulebook(Rule(name="approvals[0]", match=Match(), ask=asking("U0BOB")))
    assert whispers(play.happens(answered(what))) == [(ALICE, "refused.not_approver")]
    play.book = rulebook(Rule(name="approvals[0]", match=Match(action=NOTE_PATTERN), allow=True))
    assert whispers(play.happens(answered(what))) == [(ALICE, "refused.policy")]
    assert play.status(what) is Status.PENDING


def test_a_click_on_something_unknown_is_told_so_and_invents_nothing() -> None:
    play, what = asked()
    unknown = replace(what, id=ProposalId("p" + "f" * 31))
    step = play.happens(answered(unknown))
    assert whispers(step) == [(ALICE, "refused.unknown")]
    assert unknown.id not in play.dossier.tracked


def test_a_copy_of_the_card_we_lost_is_adopted_by_its_click() -> None:
    play, what = asked()
    play.happens(CardShown(id=unique(), at=after(0), proposal=what.id, place=CardPlace(channel="C1", ts="1")))
    play.happens(answered(what))
    assert play.of(what).cards == (CardPlace(channel="C1", ts="1"), PLACE)


# -- edits


def test_an_edit_by_an_approver_is_a_yes_to_the_result_and_to_nothing_else() -> None:
    play, what = asked()
    new = set_fields(priority=MEDIUM)
    step = play.happens(edited(play.of(what), new))
    tracked = play.of(what)
    assert (tracked.status, tracked.revision, tracked.edited) == (Status.APPROVED, 2, True)
    assert tracked.digest == new.digest() != what.action.digest()
    assert [e.revision for e in runs(step)] == [2]
    assert [r.details.get("was") for r in step.records if r.what == "proposal.edited"] == [
        what.action.digest()
    ]


def test_a_button_drawn_before_the_edit_approves_nothing() -> None:
    play, what = asked()
    rule = Rule(name="a", match=Match(field="priority"), ask=asking(BOB))
    other = Rule(name="b", match=Match(), ask=asking(ALICE))
    play.book = rulebook(rule, other)
    play.happens(edited(play.of(what), set_fields(priority=MEDIUM), person(BOB)))
    step = play.happens(answered(what, person(BOB), revision=1))
    assert not runs(step)


def stricter() -> tuple[Play, Tracked]:
    """Alice may set Medium and High; only Bob may set what has the label Critical."""
    bobs = Rule(name="a", match=Match(field="labels"), ask=asking(BOB))
    hers = Rule(name="b", match=Match(field="priority"), ask=asking(ALICE, four_eyes=False))
    play, what = asked(None, rulebook(bobs, hers))
    return play, play.of(what)


def test_an_edit_into_what_somebody_else_must_approve_waits_for_that_person() -> None:
    play, tracked = stricter()
    both = set_fields(priority=HIGH, labels=(Value("critical", "critical"),))
    step = play.happens(edited(tracked, both, before={"priority": LOW, "labels": ()}))
    now = play.of(tracked.proposal)
    assert (now.status, now.revision, now.rule) == (Status.PENDING, 2, "a")
    assert not runs(step)
    assert any(isinstance(e, ShowCard) for e in step.effects)
    assert any(isinstance(e, Wake) for e in step.effects)
    assert whispers(play.happens(answered(now))) == [(ALICE, "refused.not_approver")]
    play.happens(answered(now, person(BOB)))
    assert play.status(tracked.proposal) is Status.APPROVED


def test_an_edit_into_what_needs_four_eyes_does_not_count_as_the_askers_own_yes() -> None:
    strict = Rule(name="a", match=Match(field="labels"), ask=asking(ALICE))
    loose = Rule(name="b", match=Match(field="priority"), ask=asking(ALICE, four_eyes=False))
    play, what = asked(proposal(by=ALICE), rulebook(strict, loose))
    both = set_fields(priority=HIGH, labels=(Value("critical", "critical"),))
    play.happens(edited(play.of(what), both))
    assert play.status(what) is Status.PENDING


def test_an_edit_the_policy_denies_changes_nothing() -> None:
    play, what = asked(None, rulebook(Rule(name="a", match=Match(to="", field="priority"), ask=asking())))
    before = play.of(what)
    step = play.happens(edited(before, set_fields(labels=HIGH)))
    assert play.of(what) == before
    assert whispers(step) == [(ALICE, "refused.policy")]


@pytest.mark.parametrize(
    "action",
    [
        reply("Something else altogether"),
        replace(set_fields(), target=TicketRef(REF.connector, "999")),
        replace(set_fields(), risk=Risk.NOTE),
    ],
    ids=["another verb", "another ticket", "another risk"],
)
def test_an_edit_that_is_no_edit_is_refused(action: Action) -> None:
    play, what = asked()
    before = play.of(what)
    step = play.happens(edited(before, action))
    assert play.of(what) == before
    assert whispers(step) == [(ALICE, "refused.digest")]


@pytest.mark.parametrize("by", [person(CAROL), person(refused="refused.guest")], ids=["bystander", "guest"])
def test_who_may_not_approve_may_not_edit(by: Clicker) -> None:
    play, what = asked()
    before = play.of(what)
    play.happens(edited(before, set_fields(priority=MEDIUM), by))
    assert play.of(what) == before


def test_of_two_edits_of_the_same_drawing_the_second_is_refused() -> None:
    play, tracked = stricter()
    both = set_fields(priority=HIGH, labels=HIGH)
    play.happens(edited(tracked, both, before={"priority": LOW, "labels": ()}))
    step = play.happens(edited(tracked, set_fields(priority=MEDIUM), person(BOB), revision=1))
    assert whispers(step) == [(BOB, "refused.revision")]
    assert play.of(tracked.proposal).digest == both.digest()


# -- time


def expired(tracked: Tracked, revision: int | None = None) -> Expired:
    return Expired(
        id=unique("time"),
        at=after(8 * 60),
        proposal=tracked.proposal.id,
        revision=tracked.revision if revision is None else revision,
    )


def test_nobody_answering_is_not_a_no_and_not_a_yes() -> None:
    play, what = asked()
    step = play.happens(expired(play.of(what)))
    assert play.status(what) is Status.EXPIRED
    assert play.of(what).decided_by == ""
    assert not [e for e in runs(step) if e.proposal == what.id]
    assert not play.dossier.turned_down


def test_the_timer_of_an_older_revision_ends_nothing() -> None:
    play, tracked = stricter()
    play.happens(
        edited(tracked, set_fields(priority=HIGH, labels=HIGH), before={"priority": LOW, "labels": ()})
    )
    play.happens(expired(tracked, revision=1))
    assert play.status(tracked.proposal) is Status.PENDING


@pytest.mark.parametrize("answer", Answer)
def test_the_timer_of_what_was_decided_leaves_no_trace(answer: Answer) -> None:
    play, what = asked()
    play.happens(answered(what, answer=answer))
    status = play.status(what)
    step = play.happens(expired(play.of(what)))
    assert play.status(what) is status
    assert (step.effects, step.records) == ((), ())


def test_the_newest_rejections_are_remembered() -> None:
    play, what = Play(), proposal()
    play.happens(read())
    name = what.action.name
    old = TurnedDown(Digest("old"), Essence("essence"), name, what.says, Untrusted("no"), after(0))
    kept = tuple(replace(old, digest=Digest(f"old{number}")) for number in range(TURNED_DOWN_MAX))
    play.dossier = replace(play.dossier, turned_down=kept)
    play.happens(finished(what), answered(what, answer=Answer.REJECT))
    assert len(play.dossier.turned_down) == TURNED_DOWN_MAX
    assert play.dossier.turned_down[-1].digest == what.action.digest()
    assert "old0" not in {each.digest for each in play.dossier.turned_down}
