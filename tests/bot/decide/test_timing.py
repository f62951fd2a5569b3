"""Nobody decides: reminders, escalation, the end; and what waits is called off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from approvals.hours import WorkingHours
from bot.core.dossier import Status, Tracked
from bot.core.effects import Ping, ShowCard, Wake
from bot.core.events import Cancelled, Escalated, Event, Expired, Reminded, TooFew
from tests.making import (
    ALICE,
    BOB,
    CAROL,
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
    unique,
)

PATIENT = asking(
    ALICE, MANAGERS, hours=8, remind_after_s=1800.0, escalate_after_s=7200.0, escalate_to=(CAROL,), quorum=2
)


def waiting() -> tuple[Play, Tracked]:
    play, what = asked(book=asks(PATIENT))
    return play, play.of(what)


def timers(play: Play) -> dict[type[Event], Event]:
    return {type(e.event): e.event for e in play.ordered(Wake) if isinstance(e, Wake)}


def test_each_time_the_rule_names_gets_its_timer() -> None:
    play, _ = waiting()
    assert {kind: event.at for kind, event in timers(play).items()} == {
        Reminded: after(30),
        Escalated: after(120),
        Expired: after(480),
    }


def test_a_reminder_goes_to_those_who_have_not_agreed() -> None:
    play, tracked = waiting()
    play.happens(answered(tracked, person(ALICE)))
    step = play.happens(timers(play)[Reminded])
    (ping,) = [effect for effect in step.effects if isinstance(effect, Ping)]
    assert (ping.to, ping.says) == ((MANAGERS,), "ping.reminded")
    assert play.status(tracked.proposal) is Status.PENDING
    assert "proposal.reminded" in play.records()


def test_when_all_on_duty_have_agreed_the_others_are_reminded() -> None:
    ask = asking(ALICE, BOB, quorum=2, on_duty=(ALICE,), remind_after_s=60.0)
    play, what = asked(book=asks(ask))
    play.happens(answered(play.of(what), person(ALICE)))
    step = play.happens(timers(play)[Reminded])
    assert [effect.to for effect in step.effects if isinstance(effect, Ping)] == [(BOB,)]
    assert [effect.proposal for effect in step.effects if isinstance(effect, ShowCard)] == [what.id]


def test_before_it_is_escalated_the_next_in_line_may_not_decide() -> None:
    play, tracked = waiting()
    play.happens(answered(tracked, person(CAROL)))
    assert "click.refused" in play.records()
    assert not play.of(tracked.proposal).votes


def test_escalation_lets_others_decide_as_well_and_tells_them() -> None:
    play, tracked = waiting()
    step = play.happens(timers(play)[Escalated])
    assert play.of(tracked.proposal).approvers == (ALICE, MANAGERS, CAROL)
    assert [e.to for e in step.effects if isinstance(e, Ping)] == [(CAROL,)]
    assert any(isinstance(effect, ShowCard) for effect in step.effects)
    play.happens(answered(tracked, person(CAROL)), answered(tracked, person(ALICE)))
    assert play.status(tracked.proposal) is Status.APPROVED, "who could decide before still may"


@pytest.mark.parametrize("kind", [Reminded, Escalated, Expired])
def test_a_timer_that_comes_after_the_decision_leaves_no_trace(kind: type[Event]) -> None:
    play, tracked = waiting()
    play.happens(answered(tracked, person(ALICE)), answered(tracked, person(BOB, groups=[MANAGERS])))
    step = play.happens(timers(play)[kind])
    assert (step.effects, step.records) == ((), ())


def test_what_expired_is_told_apart_from_a_no() -> None:
    play, tracked = waiting()
    play.happens(timers(play)[Expired])
    assert play.status(tracked.proposal) is Status.EXPIRED
    assert not play.dossier.turned_down, "nobody said no"


def test_a_timer_later_than_the_end_is_not_set() -> None:
    late = asking(ALICE, hours=1, remind_after_s=3600.0, escalate_after_s=7200.0, escalate_to=(BOB,))
    play, _ = asked(book=asks(late))
    assert set(timers(play)) == {Expired}


def test_working_hours_stand_still_over_the_weekend() -> None:
    friday = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    book = asks(asking(ALICE, hours=8, business_hours=True), hours=WorkingHours())
    play, what = Play(book), proposal()
    play.happens(read(at=friday), finished(what, at=friday))
    assert play.of(what).expires_at == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def test_what_waits_can_be_called_off() -> None:
    play, tracked = waiting()
    off = Cancelled(id=unique(), at=after(3), proposal=tracked.proposal.id, by="cli:olga", why="migration")
    step = play.happens(off)
    assert play.status(tracked.proposal) is Status.CANCELLED
    assert next((r.what, r.actor, r.because) for r in step.records) == (
        "proposal.cancelled",
        "cli:olga",
        "migration",
    )


def test_what_was_approved_is_not_called_off_any_more() -> None:
    play, what = asked()
    play.happens(answered(play.of(what)))
    step = play.happens(Cancelled(id=unique(), at=after(3), proposal=what.id, by="policy", why="off"))
    assert play.status(what) is Status.APPROVED
    assert (step.effects, step.records) == ((), ())


def test_too_few_approvers_are_shown_on_the_card_once_and_recorded() -> None:
    play, tracked = waiting()
    few = TooFew(id=unique(), at=after(1), proposal=tracked.proposal.id, revision=1, can=1, gone=(MANAGERS,))
    step = play.happens(few)
    assert play.of(tracked.proposal).too_few == 1
    assert step.records[0].details == {"can": 1, "gone": [MANAGERS]}
    again = TooFew(id=unique(), at=after(2), proposal=tracked.proposal.id, revision=1, can=1)
    assert play.happens(again).effects == ()


def test_a_clock_that_jumps_back_an_hour_neither_revives_nor_ends_anything() -> None:
    play, tracked = waiting()
    play.happens(answered(tracked, person(ALICE), at=after(-60)))
    assert len(play.of(tracked.proposal).votes) == 1
    play.happens(timers(play)[Expired])
    play.happens(answered(tracked, person(BOB, groups=[MANAGERS]), at=after(-60)))
    assert play.status(tracked.proposal) is Status.EXPIRED
