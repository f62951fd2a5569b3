"""What news of a ticket leads to: a look, a run of each skill, or the end of what waits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.policy import NOTE_PATTERN, Match, Rule, Rulebook
from bot.core.dossier import Status
from bot.core.effects import ReadTicket, RunSkill, ShowCard
from bot.core.events import TicketTouched, TicketVanished
from bot.core.modes import Mode
from bot.core.tickets import Snapshot
from bot.core.untrusted import Untrusted
from tests.making import (
    ALICE,
    HIGH,
    LOW,
    MANAGERS,
    REF,
    REPORTER,
    Play,
    after,
    answered,
    asked,
    asking,
    asks_for_notes,
    comment,
    proposal,
    read,
    reply,
    rulebook,
    snapshot,
    ticket,
    unique,
)


def touched(*, by_us: bool = False, gone: bool = False) -> TicketTouched:
    return TicketTouched(id=unique("touch"), at=after(0), ref=REF, what="updated", by_us=by_us, gone=gone)


def test_news_of_a_ticket_has_it_read() -> None:
    play = Play()
    event = touched()
    (order,) = play.happens(event).effects
    assert isinstance(order, ReadTicket)
    assert (order.ref, order.touched_at) == (REF, event.at)


def test_our_own_echo_starts_nothing() -> None:
    play = Play()
    step = play.happens(touched(by_us=True))
    assert not step.effects
    assert not step.records


def test_the_same_news_twice_is_read_once() -> None:
    play = Play()
    event = touched()
    play.happens(event, event)
    assert len(play.ordered(ReadTicket)) == 1


def test_each_skill_reads_the_same_words_once() -> None:
    play = Play()
    play.happens(read(), read(snapshot(ticket(priority=HIGH))), read())
    assert len(play.ordered(RunSkill)) == 1


def test_new_words_are_read_again() -> None:
    play = Play()
    play.happens(read(), read(snapshot(ticket(description="It burns brighter."))))
    assert len(play.ordered(RunSkill)) == 2


@pytest.mark.parametrize(
    ("of", "mode"),
    [
        (snapshot(ticket(closed=True)), Mode.APPROVE),
        (snapshot(), Mode.OFF),
        (snapshot(comments=[comment(at=after(1))]), Mode.APPROVE),
    ],
    ids=["closed", "off", "a person has answered"],
)
def test_no_skill_reads_a_ticket_where_it_has_nothing_to_say(of: Snapshot, mode: Mode) -> None:
    play = Play(rulebook(mode=mode))
    play.happens(read(of))
    assert not play.ordered(RunSkill)


def test_the_requesters_own_message_does_not_silence_the_bot() -> None:
    play = Play()
    play.happens(read(snapshot(comments=[comment(REPORTER, at=after(1))])))
    assert play.ordered(RunSkill)


def test_a_person_who_sets_the_field_makes_the_proposal_stale_and_the_card_says_why() -> None:
    play, what = asked()
    step = play.happens(read(snapshot(ticket(priority=HIGH))))
    assert play.status(what) is Status.STALE
    assert play.of(what).reason == "Priority was Low and is now High."
    assert any(isinstance(effect, ShowCard) and effect.proposal == what.id for effect in step.effects)


def test_what_the_proposal_does_not_rest_on_leaves_it_alone() -> None:
    play, what = asked()
    play.happens(read(snapshot(ticket(labels=HIGH), [comment(at=after(1))])))
    assert play.status(what) is Status.PENDING


def test_a_reply_is_stale_once_there_is_a_newer_public_message() -> None:
    play, what = asked(proposal(reply(), last_public=""))
    play.happens(read(snapshot(comments=[replace(comment(), public=False)])))
    assert play.status(what) is Status.PENDING
    play.happens(read(snapshot(comments=[comment()])))
    assert play.status(what) is Status.STALE


def test_an_approved_proposal_is_not_swept_because_its_own_write_changes_the_ticket() -> None:
    play, what = asked()
    play.happens(answered(what), read(snapshot(ticket(priority=HIGH))))
    assert play.status(what) is Status.APPROVED


@pytest.mark.parametrize(
    "gone",
    [touched(gone=True), TicketVanished(id=unique("gone"), at=after(3), why="404")],
    ids=["deleted", "not there"],
)
def test_a_ticket_that_is_gone_takes_what_waits_with_it(gone: TicketTouched | TicketVanished) -> None:
    play, what = asked()
    play.happens(gone)
    assert play.status(what) is Status.STALE
    assert play.dossier.gone
    assert not play.notes(), "there is no ticket to leave a note on"


def test_a_ticket_that_comes_back_is_read_as_before() -> None:
    play, _ = asked()
    play.happens(touched(gone=True), read(snapshot(ticket(summary="Printer on fire again"))))
    assert not play.dossier.gone
    assert len(play.ordered(RunSkill)) == 2


def test_what_the_ticket_is_called_is_kept_up_to_date() -> None:
    play = Play()
    play.happens(read(snapshot(replace(ticket(), key="HELP-7", queue="HELP", summary=Untrusted("Moved")))))
    dossier = play.dossier
    assert (dossier.key, dossier.queue, dossier.summary.raw) == ("HELP-7", "HELP", "Moved")


def test_a_note_that_had_to_be_asked_for_is_void_once_a_person_has_answered_and_no_other_follows() -> None:
    play, note = asks_for_notes()
    of = snapshot(comments=[comment(at=after(5))])
    play.happens(replace(read(of), touched_at=after(0)))
    assert play.dossier.tracked[note.proposal.id].status is Status.STALE
    assert [t.status for t in play.notes()] == [Status.STALE], "the bot keeps quiet"


def test_before_values_are_compared_by_id_not_by_label() -> None:
    play, what = asked()
    translated = (replace(LOW[0], label="Niedrig"),)
    play.happens(read(snapshot(ticket(priority=translated))))
    assert play.status(what) is Status.PENDING


def by_queue() -> Rulebook:
    """In OPS Alice decides, elsewhere the managers do."""
    notes = Rule(name="approvals[0]", match=Match(action=NOTE_PATTERN), allow=True)
    ops = Rule(name="approvals[1]", match=Match(queue="OPS"), ask=asking(ALICE))
    return rulebook(notes, ops, Rule(name="approvals[2]", match=Match(), ask=asking(MANAGERS)))


def test_a_ticket_moved_to_where_another_rule_decides_is_asked_about_no_more() -> None:
    play, what = asked(book=by_queue())
    play.happens(read(snapshot(replace(ticket(), queue="HR"))))
    assert play.status(what) is Status.STALE
    assert play.of(what).reason == "The ticket was moved to HR, where another rule decides."


def test_a_ticket_moved_within_the_reach_of_one_rule_goes_on_waiting() -> None:
    play, what = asked()
    play.happens(read(snapshot(replace(ticket(), queue="HR"))))
    assert play.status(what) is Status.PENDING
