"""What people make of a suggestion is told to the brains: yes, edit, no, and how a ticket was closed."""

from __future__ import annotations

import pytest

from bot.core.actions import Receipt
from bot.core.dossier import Status
from bot.core.effects import Learn
from bot.core.events import Answer
from bot.core.ids import Operation
from bot.core.modes import Mode
from bot.core.outcomes import How, Outcome
from bot.core.tickets import FieldValue, Value
from tests.making import (
    ALICE,
    HIGH,
    LOW,
    Play,
    after,
    answered,
    asked,
    finished,
    read,
    rulebook,
    snapshot,
    ticket,
)

MEDIUM = (Value("3", "Medium"),)


def taught(play: Play) -> list[Learn]:
    return [effect for effect in play.ordered(Learn) if isinstance(effect, Learn)]


def outcome(play: Play) -> Outcome:
    (order,) = taught(play)
    (found,) = order.outcomes
    return found


def done(value: FieldValue) -> Play:
    """A suggestion was approved, and the ticket then holds ``value``."""
    play, what = asked()
    play.happens(answered(what))
    play.executes(play.of(what), receipt=Receipt(Operation("CS-1"), "1", after={"priority": value}))
    assert play.status(what) is Status.EXECUTED
    return play


def test_a_yes_is_told_once_it_was_done() -> None:
    play = done(HIGH)
    found = outcome(play)
    assert (found.how, found.actual, found.right, found.queue) == (How.APPROVED, HIGH[0], True, "OPS")
    assert (found.guess.skill, found.guess.field, found.guess.confidence) == ("triage", "priority", 0.9)
    assert found.by == f"slack:{ALICE}"
    assert not taught(play)[0].whole, "the ticket is still being worked on"


def test_a_yes_that_was_not_done_yet_teaches_nothing() -> None:
    play, what = asked()
    play.happens(answered(what))
    assert not taught(play)


def test_what_an_edit_made_of_it_is_told_as_the_right_value() -> None:
    found = outcome(done(MEDIUM))
    assert (found.how, found.actual, found.right) == (How.EDITED, MEDIUM[0], False)


@pytest.mark.parametrize("value", [(), (*HIGH, *MEDIUM)])
def test_nothing_and_several_values_are_no_value_to_learn(value: FieldValue) -> None:
    play = done(value)
    assert all(each.actual is None and not each.right for order in taught(play) for each in order.outcomes)


def test_a_no_tells_that_it_was_wrong_and_not_what_was_right() -> None:
    play, what = asked()
    play.happens(answered(what, answer=Answer.REJECT, reason="No."))
    found = outcome(play)
    assert (found.how, found.actual, found.right) == (How.REJECTED, None, False)


@pytest.mark.parametrize(("value", "right"), [(HIGH, True), (MEDIUM, False), ((), False)])
def test_a_ticket_that_is_closed_has_the_last_word(value: FieldValue, *, right: bool) -> None:
    play, _ = asked()
    play.happens(read(snapshot(ticket(priority=value, closed=True)), at=after(60)))
    found = outcome(play)
    assert (found.how, found.right, found.by) == (How.CLOSED, right, "")
    assert taught(play)[0].whole


def test_a_closed_ticket_is_told_once_however_often_it_is_read_and_again_after_it_was_opened() -> None:
    play, _ = asked()
    shut = snapshot(ticket(closed=True))
    play.happens(read(shut, at=after(60)), read(shut, at=after(61)))
    assert len(taught(play)) == 1
    play.happens(read(snapshot(ticket()), at=after(62)), read(shut, at=after(63)))
    assert len(taught(play)) == 2


def test_a_ticket_nobody_guessed_at_teaches_as_well() -> None:
    play = Play(rulebook())
    play.happens(read(snapshot(ticket(closed=True))))
    (order,) = taught(play)
    assert (order.outcomes, order.whole) == ((), True)


def test_in_the_shadow_guesses_are_kept_and_held_against_what_people_did() -> None:
    play = Play(rulebook(mode=Mode.SHADOW))
    play.happens(read(), finished())
    assert not play.notes(), "nobody is shown anything"
    play.happens(read(snapshot(ticket(priority=LOW, closed=True)), at=after(60)))
    found = outcome(play)
    assert (found.guess.value, found.actual, found.right) == (HIGH[0], LOW[0], False)


def test_a_skill_that_reads_again_replaces_its_guess() -> None:
    play, _ = asked()
    play.happens(finished(findings=()))
    play.happens(read(snapshot(ticket(closed=True)), at=after(60)))
    assert taught(play)[0].outcomes == ()
