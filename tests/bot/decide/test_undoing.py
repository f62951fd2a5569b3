"""Setting back what was done: while nobody has built on it, and through the same gate."""

from __future__ import annotations

import pytest

from approvals.policy import Match, Rule
from bot.core.dossier import Status
from bot.core.effects import Execute, ShowCard, Whisper
from bot.core.events import Answer, Clicker, Drifted, TicketVanished, UndoAsked
from bot.core.tickets import Value
from bot.decide import Transition
from tests.making import (
    ALICE,
    BOB,
    CAROL,
    HIGH,
    LOW,
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
    rulebook,
    set_fields,
    snapshot,
    ticket,
    unique,
)

MEDIUM = (Value("3", "Medium"),)
ALONE = (
    Rule(name="approvals[0]", match=Match(undo=True), ask=asking(ALICE, BOB, four_eyes=False)),
    Rule(name="approvals[1]", match=Match(action="*"), ask=asking(ALICE, BOB)),
)
"""An undo needs one yes, and that may be the asker's own."""


def undo(play: Play, of: str, by: Clicker | None = None, *, revision: int = 1) -> Transition:
    tracked = next(t for ident, t in play.dossier.tracked.items() if ident == of)
    return play.happens(
        UndoAsked(
            id=unique("undo"),
            at=after(5),
            proposal=tracked.proposal.id,
            revision=revision,
            by=by or person(),
            place=PLACE,
        )
    )


def told(step: Transition) -> list[str]:
    return [effect.says for effect in step.effects if isinstance(effect, Whisper)]


def test_one_click_sets_it_back_where_the_rule_lets_the_asker_agree() -> None:
    play, what = done(book=rulebook(*ALONE))
    step = undo(play, what.id)
    (order,) = [effect for effect in step.effects if isinstance(effect, Execute)]
    back = play.dossier.tracked[order.proposal]
    assert back.status is Status.APPROVED
    assert back.proposal.action == set_fields(priority=LOW)
    assert back.proposal.undoes == what.id
    assert [e.proposal for e in step.effects if isinstance(e, ShowCard)] == [what.id], "it needs no card"
    play.executes(back, receipt=receipt(back.proposal, undo=False))
    assert play.status(what) is Status.UNDONE
    assert "proposal.undone" in play.records()


def test_under_four_eyes_somebody_else_has_to_agree() -> None:
    play, what = done()
    step = undo(play, what.id)
    assert told(step) == ["undo.others_asked"]
    back = next(t for t in play.dossier.tracked.values() if t.proposal.undoes == what.id)
    assert back.status is Status.PENDING
    assert back.asked_at is not None
    play.happens(answered(back, person(ALICE)))
    assert play.of(back.proposal).status is Status.PENDING, "Alice asked for it"
    play.happens(answered(back, person(BOB, groups=["S0MANAGERS"])))
    assert play.of(back.proposal).status is Status.APPROVED


def test_a_bystander_may_not_ask() -> None:
    play, what = done(book=rulebook(*ALONE))
    assert told(undo(play, what.id, person(CAROL))) == ["refused.not_approver"]
    assert play.of(what).undone_by is None


def test_who_asked_for_the_change_may_ask_for_its_undo() -> None:
    play, what = asked(proposal(by=CAROL), book=rulebook(*ALONE))
    play.happens(answered(play.of(what), person(ALICE)))
    play.executes(play.of(what), receipt=receipt(what))
    assert told(undo(play, what.id, person(CAROL))) == ["undo.others_asked"]


def test_it_is_asked_once() -> None:
    play, what = done()
    undo(play, what.id)
    assert told(undo(play, what.id, person(BOB, groups=["S0MANAGERS"]))) == ["refused.undo_under_way"]


def test_when_the_undo_is_refused_it_may_be_asked_again() -> None:
    play, what = done()
    undo(play, what.id)
    back = next(t for t in play.dossier.tracked.values() if t.proposal.undoes == what.id)
    no = answered(back, person(BOB, groups=["S0MANAGERS"]), Answer.REJECT, reason="it is right")
    play.happens(no)
    assert play.of(what).undone_by is None
    assert play.of(what).undo_trouble == "it is right"
    assert play.of(what).status is Status.EXECUTED


def test_what_others_have_built_upon_is_not_set_back() -> None:
    play, what = done(book=rulebook(*ALONE))
    step = play.happens(read(snapshot(ticket(priority=MEDIUM)), at=after(4)))
    assert not play.of(what).undoable
    assert what.id in {e.proposal for e in step.effects if isinstance(e, ShowCard)}, "the button goes away"
    assert told(undo(play, what.id)) == ["refused.built_upon"]


def test_the_button_comes_back_with_the_value() -> None:
    play, what = done(book=rulebook(*ALONE))
    play.happens(read(snapshot(ticket(priority=MEDIUM)), at=after(4)))
    play.happens(read(snapshot(ticket(priority=HIGH)), at=after(5)))
    assert play.of(what).undoable


def test_changed_words_are_no_obstacle() -> None:
    play, what = done(book=rulebook(*ALONE))
    play.happens(read(snapshot(ticket(summary="Printer on fire again", priority=HIGH)), at=after(4)))
    undo(play, what.id)
    back = next(t for t in play.dossier.tracked.values() if t.proposal.undoes == what.id)
    assert back.proposal.basis.essence is None
    assert back.proposal.basis.before == {"priority": HIGH}


def test_an_undo_that_meets_a_changed_ticket_says_why_on_the_card() -> None:
    play, what = done(book=rulebook(*ALONE))
    undo(play, what.id)
    back = next(t for t in play.dossier.tracked.values() if t.proposal.undoes == what.id)
    play.happens(claimed(back.proposal, at=after(6)))
    play.happens(Drifted(id=unique(), at=after(6), proposal=back.proposal.id, what="Priority is now Medium."))
    assert play.of(what).status is Status.EXECUTED
    assert play.of(what).undo_trouble == "Priority is now Medium."


def test_a_newer_change_of_ours_takes_the_button_from_the_older_card() -> None:
    play, first = done(book=rulebook(*ALONE))
    now = snapshot(ticket(summary="Still burning", priority=HIGH))
    second = proposal(set_fields(priority=MEDIUM), number=7, on=now.ticket)
    play.happens(read(now, at=after(4)), finished(second, of=now, at=after(4)))
    play.happens(answered(play.of(second), at=after(5)))
    play.executes(play.of(second), receipt=receipt(second), at=after(5))
    assert play.of(second).undoable
    assert not play.of(first).undoable


def test_what_cannot_be_undone_says_so() -> None:
    play, what = asked(book=rulebook(*ALONE))
    play.happens(answered(play.of(what)))
    play.executes(play.of(what), receipt=receipt(what, undo=False))
    assert not play.of(what).undoable
    assert told(undo(play, what.id)) == ["refused.no_undo"]


@pytest.mark.parametrize("refused", ["refused.guest", "refused.gone", "refused.stranger"])
def test_people_who_may_never_approve_may_not_undo(refused: str) -> None:
    play, what = done(book=rulebook(*ALONE))
    assert told(undo(play, what.id, person(ALICE, refused=refused))) == [refused]


def test_an_old_card_undoes_nothing() -> None:
    play, what = done(book=rulebook(*ALONE))
    assert told(undo(play, what.id, revision=2)) == ["refused.revision"]


def test_what_was_not_done_is_not_undone() -> None:
    play, what = asked(book=rulebook(*ALONE))
    assert told(undo(play, what.id)) == ["refused.settled"]


def test_a_policy_that_denies_the_undo_is_obeyed() -> None:
    play, what = done(book=rulebook(*ALONE))
    play.book = rulebook(Rule(name="approvals[0]", match=Match(undo=True)))
    assert told(undo(play, what.id)) == ["refused.policy"]
    assert play.of(what).undone_by is None


def test_a_ticket_that_is_gone_takes_the_button_along() -> None:
    play, what = done(book=rulebook(*ALONE))
    play.happens(TicketVanished(id=unique(), at=after(4), why="404"))
    assert not play.of(what).undoable
