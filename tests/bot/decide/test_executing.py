"""What became of a write: each report moves a proposal as the table says, and nothing is sent blindly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.states import MOVES, TERMINAL, may_move
from bot.core.actions import Proposal, Receipt
from bot.core.dossier import Status
from bot.core.effects import Execute, Observe, ShowCard
from bot.core.events import (
    Drifted,
    Event,
    Executed,
    Failed,
    NotSent,
    Observed,
    OutcomeUnknown,
)
from bot.core.ids import EffectId, Operation
from bot.decide.executing import ROUNDS_MAX
from tests.making import (
    ORDER,
    Play,
    after,
    answered,
    asked,
    claimed,
    finished,
    proposal,
    reply,
    started,
    unique,
)

RECEIPT = Receipt(Operation("CS-1"), "10042")


def under_way(*, fence: int = 1) -> tuple[Play, Proposal]:
    """A play in which one request has just been written ahead."""
    play, what = asked()
    play.happens(
        answered(what), claimed(what, fence=fence), started(what, fence=fence, writes=play.dossier.writes)
    )
    assert play.of(what).request
    return play, what


def executed(what: Proposal) -> Executed:
    return Executed(id=unique(), at=after(3), proposal=what.id, receipt=RECEIPT)


def failed(what: Proposal) -> Failed:
    return Failed(id=unique(), at=after(3), proposal=what.id, why="Field 'priority' cannot be set.")


def unknown(what: Proposal, settle_s: float = 60) -> OutcomeUnknown:
    return OutcomeUnknown(id=unique(), at=after(3), proposal=what.id, why="reset", settle_s=settle_s)


def observed(what: Proposal, *, applied: bool) -> Observed:
    receipt = RECEIPT if applied else None
    return Observed(id=unique(), at=after(5), proposal=what.id, applied=applied, receipt=receipt)


def test_a_confirmed_write_ends_with_its_receipt_and_the_card_says_so() -> None:
    play, what = under_way()
    step = play.happens(executed(what))
    tracked = play.of(what)
    assert (tracked.status, tracked.receipt, tracked.request) == (Status.EXECUTED, RECEIPT, "")
    assert any(isinstance(e, ShowCard) for e in step.effects)


def test_a_definite_no_ends_with_the_vendors_words() -> None:
    play, what = under_way()
    play.happens(failed(what))
    assert (play.status(what), play.of(what).reason) == (Status.FAILED, "Field 'priority' cannot be set.")


def test_drift_at_the_last_moment_is_stale_and_says_what_changed() -> None:
    play, what = asked()
    play.happens(
        answered(what),
        claimed(what),
        Drifted(id=unique(), at=after(2), proposal=what.id, what="Priority is High."),
    )
    assert (play.status(what), play.of(what).reason) == (Status.STALE, "Priority is High.")


def test_a_lost_answer_is_neither_yes_nor_no_and_is_looked_for_after_the_settle_time() -> None:
    play, what = under_way()
    step = play.happens(unknown(what, settle_s=60))
    assert play.status(what) is Status.UNCERTAIN
    (look,) = [e for e in step.effects if isinstance(e, Observe)]
    assert look.at == after(3) + timedelta(seconds=60)
    assert not [e for e in step.effects if isinstance(e, Execute)]


def test_found_there_it_is_done_and_not_sent_again() -> None:
    play, what = under_way()
    step = play.happens(unknown(what), observed(what, applied=True))
    assert (play.status(what), play.of(what).receipt) == (Status.EXECUTED, RECEIPT)
    assert not [e for e in step.effects if isinstance(e, Execute) and e.proposal == what.id]


def test_not_found_it_is_sent_once_more_and_after_two_rounds_a_person_is_told() -> None:
    play, what = under_way()
    step = play.happens(unknown(what), observed(what, applied=False))
    assert play.status(what) is Status.EXECUTING
    assert [e.proposal for e in step.effects if isinstance(e, Execute)] == [what.id]
    fence = 1_000_001
    play.happens(claimed(what, fence=fence), started(what, fence=fence, writes=play.dossier.writes))
    step = play.happens(unknown(what), observed(what, applied=False))
    assert play.of(what).rounds == ROUNDS_MAX
    assert play.status(what) is Status.FAILED
    assert "Please do it by hand" in play.of(what).reason
    assert not [e for e in step.effects if isinstance(e, Execute) and e.proposal == what.id]


def test_an_observation_of_what_is_not_in_doubt_changes_nothing() -> None:
    play, what = under_way()
    step = play.happens(observed(what, applied=False))
    assert play.status(what) is Status.EXECUTING
    assert not step.effects


def test_only_a_newer_claim_takes_over_and_only_before_anything_was_sent() -> None:
    play, what = asked()
    play.happens(answered(what), claimed(what, fence=2), claimed(what, fence=1))
    assert play.of(what).fence == 2
    play.happens(claimed(what, fence=3))
    assert play.of(what).fence == 3
    play.happens(started(what, fence=3, writes=play.dossier.writes), claimed(what, fence=4))
    assert play.of(what).fence == 3, "a request is on its way"


def test_a_zombie_cannot_write_ahead() -> None:
    play, what = asked()
    play.happens(answered(what), claimed(what, fence=1), claimed(what, fence=2))
    play.happens(started(what, fence=1, writes=play.dossier.writes))
    assert play.of(what).request == ""


def test_a_zombie_of_another_order_cannot_write_ahead_though_its_fence_is_the_same() -> None:
    play, what = asked()
    play.happens(answered(what), claimed(what, order=EffectId("later#0"), fence=1))
    play.happens(started(what, fence=1, writes=play.dossier.writes))
    assert play.of(what).request == ""
    play.happens(started(what, order=EffectId("later#0"), fence=1, writes=play.dossier.writes))
    assert play.of(what).request
    play.happens(NotSent(id=unique(), at=after(3), proposal=what.id, order=ORDER, fence=1, why="429"))
    assert play.of(what).request, "nor call off what the other has sent"


def test_a_request_that_was_not_sent_may_be_sent_again_and_does_not_count() -> None:
    play, what = under_way()
    counted = play.dossier.acted_at
    play.happens(NotSent(id=unique(), at=after(3), proposal=what.id, order=ORDER, fence=1, why="429"))
    assert play.of(what).request == ""
    assert len(counted) - len(play.dossier.acted_at) == 1
    play.happens(claimed(what, fence=2), started(what, fence=2, writes=play.dossier.writes))
    assert play.of(what).request


def test_a_zombie_cannot_call_off_what_another_has_sent() -> None:
    play, what = under_way(fence=2)
    play.happens(NotSent(id=unique(), at=after(3), proposal=what.id, order=ORDER, fence=1, why="429"))
    assert play.of(what).request


def test_of_two_changes_of_one_ticket_the_second_has_to_read_again() -> None:
    play, first = asked()
    second = proposal(reply(), number=2)
    play.happens(finished(second))
    for note in play.notes():
        play.executes(note, comment="n1")
    play.happens(answered(first), answered(second), claimed(first), claimed(second))
    writes = play.dossier.writes
    play.happens(started(first, writes=writes), started(second, writes=writes))
    assert play.of(first).request
    assert not play.of(second).request, "one at a time"
    play.happens(executed(first))
    for _ in play.notes():
        play.note_lands("n1")
    play.happens(started(second, writes=writes))
    assert not play.of(second).request, "what it read is older than the first one's write"
    play.happens(claimed(second, fence=2), started(second, fence=2, writes=play.dossier.writes))
    assert play.of(second).request


def test_the_last_hours_writes_are_counted_and_notes_are_not() -> None:
    play, what = asked()
    assert play.dossier.acted_at == (), "the note"
    play.dossier = replace(play.dossier, acted_at=(after(-90), after(-30)))
    play.happens(answered(what), claimed(what), started(what, writes=play.dossier.writes))
    assert play.dossier.acted_at == (after(-30), after(2))


@pytest.mark.parametrize("status", [status for status in Status if status in TERMINAL])
def test_what_is_over_stays_as_it_is_whoever_reports_what(status: Status) -> None:
    play, what = under_way()
    over = replace(play.of(what), status=status, request="")
    play.dossier = play.dossier.put(over)
    reports: list[Event] = [
        claimed(what, fence=9),
        started(what, fence=9, writes=play.dossier.writes),
        executed(what),
        failed(what),
        unknown(what),
        observed(what, applied=False),
        Drifted(id=unique(), at=after(3), proposal=what.id, what="x"),
        NotSent(id=unique(), at=after(3), proposal=what.id, order=ORDER, fence=1, why="x"),
        answered(what),
    ]
    for report in reports:
        step = play.happens(report)
        assert play.status(what) is status
        assert not [e for e in step.effects if isinstance(e, Execute)]


def test_a_report_on_what_we_do_not_hold_changes_nothing() -> None:
    play = Play()
    before = play.dossier
    step = play.happens(executed(proposal()))
    assert (step.effects, step.records) == ((), ())
    assert replace(play.dossier, seen=()) == before


def test_the_table_of_moves_is_the_one_that_is_drawn() -> None:
    drawn = {
        "pending": "approved cancelled expired rejected stale",
        "approved": "executing failed",
        "executing": "executed failed stale uncertain",
        "uncertain": "executed executing failed",
        "executed": "undone",
    }
    table = {s.value: " ".join(sorted(to.value for to in onward)) for s, onward in MOVES.items() if onward}
    assert table == drawn
    assert set(MOVES) == set(Status)
    assert not may_move(Status.EXECUTED, Status.EXECUTING)


def test_a_dossier_remembers_a_bounded_number_of_events() -> None:
    play = Play()
    for _ in range(600):
        play.happens(executed(proposal()))
    assert len(play.dossier.seen) <= 256
