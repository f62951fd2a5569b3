"""What the machine has found, each as the shortest story that shows it."""

from __future__ import annotations

from approvals.drift import drift
from approvals.policy import Match, Rule
from bot.core.dossier import Status, Tracked
from bot.core.effects import Whisper
from bot.core.events import Answer, Clicker, Edited, UndoAsked
from bot.core.ids import SlackUserId
from bot.core.tickets import Value
from tests.making import (
    ALICE,
    BOB,
    HIGH,
    LOW,
    MANAGERS,
    Play,
    after,
    answered,
    asked,
    asking,
    asks,
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

HIGHEST = (Value("1", "Highest"),)
ERIN = SlackUserId("U0ERIN")


def undo_asked(play: Play, of: Tracked, by: Clicker | None = None) -> Tracked | None:
    """Ask for the undo of ``of``; returns it when it was taken up."""
    play.happens(
        UndoAsked(
            id=unique("undo"),
            at=after(5),
            proposal=of.proposal.id,
            revision=of.revision,
            by=by or person(BOB, groups=[MANAGERS]),
        )
    )
    return next((t for t in play.dossier.tracked.values() if t.proposal.undoes == of.proposal.id), None)


def test_an_undo_does_not_drift_because_of_what_people_wrote() -> None:
    """Otherwise no undo ever gets a permit: none of them rests on an essence."""
    play, what = done()
    back = undo_asked(play, play.of(what))
    assert back is not None
    now = snapshot(ticket(summary="Printer still on fire", priority=HIGH))
    assert drift(back.proposal, now, "en") is None


def test_an_undo_cannot_be_edited_into_another_change() -> None:
    """When that was carried out, the card would say that the change was set back, and it was not."""
    play, what = done()
    back = undo_asked(play, play.of(what))
    assert back is not None
    play.happens(
        Edited(
            id=unique("edit"),
            at=after(6),
            proposal=back.proposal.id,
            revision=back.revision,
            by=person(ALICE),
            action=set_fields(priority=HIGHEST),
            says="Set Priority to Highest.",
            before=back.proposal.basis.before,
        )
    )
    assert play.of(back.proposal).proposal.action == set_fields(priority=LOW)


def test_what_was_rejected_twice_on_other_words_stays_rejected() -> None:
    """The first rejection of the same change must not hide the second one."""
    play = Play(rulebook())
    first, then = snapshot(), snapshot(ticket(summary="Printer still on fire"))
    for number, now in enumerate((first, then)):
        what = proposal(number=number, on=now.ticket)
        play.happens(read(now), finished(what, of=now), answered(what, answer=Answer.REJECT))
        assert play.status(what) is Status.REJECTED
    again = proposal(number=2, on=then.ticket)
    play.happens(finished(again, of=then))
    assert again.id not in play.dossier.tracked


def test_a_stand_in_for_two_lends_the_voice_that_is_still_free() -> None:
    """Alice has agreed herself, so Erin, who stands in for her and for Bob, agrees for Bob."""
    play, what = asked(book=asks(asking(ALICE, BOB, quorum=2)))
    both = Clicker(id=ERIN, stands_in_for={ALICE: frozenset(), SlackUserId(BOB): frozenset()})
    play.happens(answered(play.of(what), person(ALICE)), answered(play.of(what), both))
    assert play.status(what) is Status.APPROVED


def test_a_stand_in_for_who_asked_may_still_stand_in_for_somebody_else() -> None:
    """Four eyes bar the voice of who asked, not everybody that person has ever named."""
    play, what = asked(proposal(by=ALICE), book=asks(asking(ALICE, BOB)))
    both = Clicker(id=ERIN, stands_in_for={ALICE: frozenset(), SlackUserId(BOB): frozenset()})
    play.happens(answered(play.of(what), both))
    assert play.status(what) is Status.APPROVED
    assert [vote.stands_in_for for vote in play.of(what).votes] == [BOB]


def test_a_stand_in_asks_for_no_undo_where_the_rule_wants_none() -> None:
    rules = (
        Rule(name="approvals[0]", match=Match(undo=True), ask=asking(ALICE, stand_ins=False)),
        Rule(name="approvals[1]", match=Match(action="*"), ask=asking(ALICE)),
    )
    play, what = asked(book=rulebook(*rules))
    play.happens(answered(play.of(what)))
    play.executes(play.of(what), receipt=receipt(what))
    before = len(play.ordered(Whisper))
    assert undo_asked(play, play.of(what), Clicker(id=ERIN, stands_in_for={ALICE: frozenset()})) is None
    assert len(play.ordered(Whisper)) == before + 1
