"""The one place that changes tickets: each check in its order, and every way an execution can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from approvals.policy import NOTE_PATTERN, Match, Rule
from bot.core.actions import Compensation, Receipt
from bot.core.dossier import Status
from bot.core.errors import Forbidden, Missing, Retry
from bot.core.events import Drifted, Event, Executed, Failed, Observed, OutcomeUnknown
from bot.core.ids import operation
from bot.core.modes import Mode, ModeRule
from bot.core.tickets import Value
from tests.bot.records import Fault, busy, cut, lost, refused, without
from tests.bot.workbench import Workbench
from tests.making import (
    HIGH,
    LOW,
    REF,
    T0,
    after,
    finished,
    proposal,
    read,
    reply,
    rulebook,
    set_fields,
    ticket,
)

WHAT = proposal()
OPERATION = operation(WHAT.id, 1, WHAT.action.digest())


@pytest.fixture
def bench(redis: Redis, prefix: str) -> Workbench:
    return Workbench(redis, prefix)


async def test_an_approved_change_is_made_once_and_leaves_a_receipt(bench: Workbench) -> None:
    order = await bench.approved()
    (event,) = await bench.runs(order)
    tracked = await bench.of(WHAT)
    assert isinstance(event, Executed)
    assert tracked.status is Status.EXECUTED
    assert tracked.receipt == Receipt(
        OPERATION,
        "1",
        before={"priority": LOW},
        after={"priority": (Value("2", "label 2"),)},
        url="https://jira.example.com/browse/OPS-1",
        compensation=Compensation(set_fields(priority=LOW), "Set priority to Low."),
    )
    assert [request.operation for request in bench.records.sent] == [OPERATION]
    assert await bench.runs(order) == ()
    assert len(bench.records.sent) == 1


async def test_the_audit_has_each_step_in_order_and_the_request_before_its_end(bench: Workbench) -> None:
    await bench.runs(await bench.approved())
    found = [r for r in await bench.audit() if r.proposal == WHAT.id]
    assert [r.what for r in found] == [
        "verdict.ask",
        "proposal.approved",
        "proposal.executing",
        "write.started",
        "proposal.executed",
    ]
    started_ = found[3]
    assert started_.details["operation"] == OPERATION
    assert len(str(started_.details["request"])) == 64
    assert {r.digest for r in found} == {WHAT.action.digest()}


@pytest.mark.parametrize("status", [s for s in Status if s not in {Status.APPROVED, Status.EXECUTING}])
async def test_what_is_not_approved_is_not_touched(bench: Workbench, status: Status) -> None:
    order = await bench.approved()
    dossier = await bench.happens()
    await bench.becomes(dossier.put(replace(dossier.tracked[WHAT.id], status=status)))
    assert await bench.runs(order) == ()
    assert not bench.records.sent


async def test_an_order_for_another_revision_is_not_carried_out(bench: Workbench) -> None:
    await bench.approved()
    assert await bench.runs(bench.order(WHAT, revision=2)) == ()
    assert not bench.records.sent


# -- what is asked at the last moment


async def says_no(bench: Workbench, order_of: Callable[[], object] | None = None) -> str:
    """Run an approved order; it must fail before anything is sent. Returns why."""
    order = await bench.approved()
    if order_of is not None:
        order_of()
    (event,) = await bench.runs(order)
    assert isinstance(event, Failed)
    assert (await bench.of(WHAT)).status is Status.FAILED
    assert not bench.records.sent
    return event.why


@pytest.mark.parametrize("scope", ["*", "connector:jira", "skill:triage"])
async def test_the_kill_switch_stops_what_is_approved_already(bench: Workbench, scope: str) -> None:
    await bench.stops.stop(scope, "too many wrong ones")
    assert await says_no(bench) == "Stopped by the kill switch: too many wrong ones"


async def test_a_stop_of_something_else_stops_nothing_here(bench: Workbench) -> None:
    await bench.stops.stop("connector:servicenow", "x")
    await bench.stops.stop("skill:other", "x")
    (event,) = await bench.runs(await bench.approved())
    assert isinstance(event, Executed)


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.SHADOW, Mode.SUGGEST])
async def test_the_mode_is_asked_as_it_is_now(bench: Workbench, mode: Mode) -> None:
    def turned_down() -> None:
        changed = replace(bench.journal.book, modes=(ModeRule(mode=mode),))
        bench.journal.book = changed
        bench.executor = bench.another()

    assert (
        await says_no(bench, turned_down) == f"The mode here is {mode.value}, which does not change tickets."
    )


async def test_the_policy_is_asked_as_it_is_now(bench: Workbench) -> None:
    def forbidden() -> None:
        bench.journal.book = rulebook(Rule(name="approvals[0]", match=Match(action=NOTE_PATTERN), allow=True))
        bench.executor = bench.another()

    assert "no rule matches jira.set_fields" in await says_no(bench, forbidden)


async def test_what_was_approved_too_long_ago_is_not_carried_out(bench: Workbench) -> None:
    said = await says_no(bench, lambda: bench.clock.passes(hours=8))
    assert said == "The time for it ran out before it could be done."


async def test_a_ticket_is_changed_so_often_an_hour_and_no_more(bench: Workbench) -> None:
    order = await bench.approved()
    dossier = await bench.happens()
    recent = tuple(T0 - timedelta(minutes=n) for n in range(10))
    await bench.becomes(replace(dossier, acted_at=recent))
    (event,) = await bench.runs(order)
    assert isinstance(event, Failed)
    assert "10 changes were made to this ticket within an hour" in event.why
    assert not bench.records.sent


async def test_changes_of_an_hour_ago_do_not_count(bench: Workbench) -> None:
    order = await bench.approved()
    dossier = await bench.happens()
    await bench.becomes(replace(dossier, acted_at=(T0 - timedelta(minutes=61),) * 50))
    (event,) = await bench.runs(order)
    assert isinstance(event, Executed)


async def test_what_policy_alone_decided_needs_mode_auto_still(redis: Redis, prefix: str) -> None:
    allowing = Rule(name="approvals[0]", match=Match(action="jira.set_fields"), allow=True)
    bench = Workbench(redis, prefix, rulebook(allowing, mode=Mode.AUTO))
    await bench.happens(read(), finished(WHAT, findings=()))
    assert (await bench.of(WHAT)).decided_by == "policy"
    bench.journal.book = replace(bench.journal.book, modes=(ModeRule(mode=Mode.APPROVE),))
    bench.executor = bench.another()
    (event,) = await bench.runs(bench.order(WHAT))
    assert isinstance(event, Failed)
    assert not bench.records.sent


async def test_what_policy_alone_decided_runs_in_mode_auto(redis: Redis, prefix: str) -> None:
    allowing = Rule(name="approvals[0]", match=Match(action="jira.set_fields"), allow=True)
    bench = Workbench(redis, prefix, rulebook(allowing, mode=Mode.AUTO))
    await bench.happens(read(), finished(WHAT, findings=()))
    (event,) = await bench.runs(bench.order(WHAT))
    assert isinstance(event, Executed)


# -- the ticket as it is


async def test_a_ticket_that_has_changed_is_left_alone_and_the_card_says_why(bench: Workbench) -> None:
    order = await bench.approved()
    bench.records.somebody_sets(priority=HIGH)
    (event,) = await bench.runs(order)
    assert isinstance(event, Drifted)
    assert (await bench.of(WHAT)).status is Status.STALE
    assert (await bench.of(WHAT)).reason == "Priority was Low and is now High."
    assert not bench.records.sent


async def test_a_reply_is_not_sent_over_a_newer_message(bench: Workbench) -> None:
    what = proposal(reply(), last_public="")
    order = await bench.approved(what)
    bench.records.somebody_answers(after(5))
    (event,) = await bench.runs(order)
    assert isinstance(event, Drifted)
    assert not bench.records.sent


async def test_our_marker_on_the_ticket_means_it_is_done(bench: Workbench) -> None:
    """As after a crash that lost everything but the write itself."""
    order = await bench.approved()
    bench.records.tickets[REF.id] = replace(ticket(priority=HIGH), operations=frozenset({OPERATION}))
    (event,) = await bench.runs(order)
    assert isinstance(event, Executed)
    assert (await bench.of(WHAT)).status is Status.EXECUTED
    assert not bench.records.sent


async def test_a_marker_without_the_change_is_no_proof(bench: Workbench) -> None:
    order = await bench.approved()
    bench.records.tickets[REF.id] = replace(ticket(), operations=frozenset({OPERATION}))
    (event,) = await bench.runs(order)
    assert isinstance(event, Executed)
    assert len(bench.records.sent) == 1


@pytest.mark.parametrize("error", [Missing("no record"), Forbidden("no rights")])
async def test_a_ticket_that_cannot_be_read_is_not_written(bench: Workbench, error: Exception) -> None:
    order = await bench.approved()
    bench.records.unreadable.append(error)
    (event,) = await bench.runs(order)
    assert isinstance(event, Failed)
    assert event.gone is isinstance(error, Missing)
    assert not bench.records.sent


async def test_a_system_that_is_away_is_tried_again_later(bench: Workbench) -> None:
    order = await bench.approved()
    bench.records.unreadable.append(Retry("away", after_s=3))
    with pytest.raises(Retry):
        await bench.runs(order)
    assert (await bench.of(WHAT)).status is Status.EXECUTING
    (event,) = await bench.runs(replace(order, fence=2))
    assert isinstance(event, Executed)


async def test_what_cannot_be_planned_on_this_ticket_fails_in_the_systems_words(bench: Workbench) -> None:
    order = await bench.approved()
    bench.records.somebody_sets(frozen=())
    (event,) = await bench.runs(order)
    assert isinstance(event, Failed)
    assert event.why == "the record is frozen"
    assert not bench.records.sent


# -- how a request ends


async def test_a_definite_no_keeps_the_systems_words(bench: Workbench) -> None:
    bench.records.faults.append(refused)
    (event,) = await bench.runs(await bench.approved())
    assert isinstance(event, Failed)
    assert (await bench.of(WHAT)).reason == "Field 'priority' cannot be set."


async def test_a_field_dropped_in_silence_is_told_with_its_name(bench: Workbench) -> None:
    both = proposal(set_fields(priority=HIGH, labels=(Value("fire", "fire"),)))
    bench.records.faults.append(without("labels"))
    (event,) = await bench.runs(await bench.approved(both))
    assert isinstance(event, Failed)
    assert event.missing == ("labels",)
    assert "jira said yes but did not take over: labels" in event.why
    assert len(bench.records.sent) == 1


async def test_a_yes_that_changed_nothing_is_no_success(bench: Workbench) -> None:
    bench.records.faults.append(lambda _records, _request: bench.records.write(replace(_request, body={})))
    bench.records.when_read = [lambda: None]
    (event,) = await bench.runs(await bench.approved())
    assert isinstance(event, Failed)


async def test_a_request_that_was_not_taken_is_sent_again_later_and_counts_once(bench: Workbench) -> None:
    order = await bench.approved()
    bench.records.faults += [busy, busy]
    for fence in (1, 2):
        with pytest.raises(Retry) as later:
            await bench.runs(replace(order, fence=fence))
        assert later.value.after_s == 7
        assert (await bench.of(WHAT)).request == ""
    (event,) = await bench.runs(replace(order, fence=3))
    assert isinstance(event, Executed)
    assert len((await bench.happens()).acted_at) == 1


async def settled(bench: Workbench, fault: Fault) -> tuple[Event, Event]:
    """Lose an answer, wait, and look; returns what was reported and what was seen."""
    bench.records.faults.append(fault)
    (unknown,) = await bench.runs(await bench.approved())
    assert isinstance(unknown, OutcomeUnknown)
    assert unknown.settle_s == bench.records.settle_s
    assert (await bench.of(WHAT)).status is Status.UNCERTAIN
    bench.clock.passes(seconds=60)
    (seen,) = await bench.runs(bench.look(WHAT))
    return unknown, seen


async def test_a_lost_answer_to_a_write_that_happened_is_found_out_without_a_second_write(
    bench: Workbench,
) -> None:
    _, seen = await settled(bench, lost)
    assert isinstance(seen, Observed)
    assert seen.applied
    assert (await bench.of(WHAT)).status is Status.EXECUTED
    assert len(bench.records.sent) == 1


async def test_a_lost_answer_to_a_write_that_did_not_happen_is_written_once_more(bench: Workbench) -> None:
    _, seen = await settled(bench, cut)
    assert isinstance(seen, Observed)
    assert not seen.applied
    (event,) = await bench.runs(bench.order(WHAT, fence=1))
    assert isinstance(event, Executed)
    assert [request.operation for request in bench.records.sent] == [OPERATION] * 2, "by the same name"


async def test_the_second_round_begins_however_many_claims_the_first_one_had(bench: Workbench) -> None:
    """Another round is another job, whose fences begin at one again."""
    order = await bench.approved()
    bench.records.faults += [busy, busy, busy, cut]
    for fence in (1, 2, 3):
        with pytest.raises(Retry):
            await bench.runs(replace(order, fence=fence))
    await bench.runs(replace(order, fence=4))
    await bench.runs(bench.look(WHAT))
    (event,) = await bench.runs(bench.order(WHAT, fence=1))
    assert isinstance(event, Executed)


async def test_after_two_rounds_a_person_is_told_and_nothing_is_sent_any_more(bench: Workbench) -> None:
    await settled(bench, cut)
    bench.records.faults.append(cut)
    await bench.runs(bench.order(WHAT))
    await bench.runs(bench.look(WHAT))
    tracked = await bench.of(WHAT)
    assert tracked.status is Status.FAILED
    assert "Please do it by hand" in tracked.reason
    assert await bench.runs(bench.order(WHAT)) == ()
    assert len(bench.records.sent) == 2


async def test_what_landed_in_part_is_not_sent_again(bench: Workbench) -> None:
    both = proposal(set_fields(priority=HIGH, labels=(Value("fire", "fire"),)))
    bench.records.faults.append(lost)
    await bench.runs(await bench.approved(both))
    bench.records.tickets[REF.id] = replace(
        ticket(priority=HIGH), operations=frozenset({operation(both.id, 1, both.action.digest())})
    )
    (event,) = await bench.runs(bench.look(both))
    assert isinstance(event, Failed)
    assert event.missing == ("labels",)


@pytest.mark.parametrize("error", [Retry("away", after_s=1), Missing("moved"), Forbidden("no rights")])
async def test_a_write_that_cannot_be_read_back_is_not_taken_for_a_no(
    bench: Workbench, error: Exception
) -> None:
    order = await bench.approved()
    bench.records.when_read = [lambda: bench.records.unreadable.append(error)]
    (event,) = await bench.runs(order)
    assert isinstance(event, OutcomeUnknown)
    assert (await bench.of(WHAT)).status is Status.UNCERTAIN
    (seen,) = await bench.runs(bench.look(WHAT))
    assert isinstance(seen, Observed)
    assert seen.applied


async def test_while_we_may_not_look_the_question_stays_open(bench: Workbench) -> None:
    await settled_unknown(bench)
    bench.records.unreadable.append(Forbidden("the password was changed"))
    with pytest.raises(Retry):
        await bench.runs(bench.look(WHAT))
    assert (await bench.of(WHAT)).status is Status.UNCERTAIN


async def settled_unknown(bench: Workbench) -> None:
    bench.records.faults.append(lost)
    await bench.runs(await bench.approved())


async def test_a_ticket_deleted_meanwhile_ends_the_question(bench: Workbench) -> None:
    await settled_unknown(bench)
    bench.records.tickets.clear()
    (event,) = await bench.runs(bench.look(WHAT))
    assert isinstance(event, Failed)
    assert event.gone
