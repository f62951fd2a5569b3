"""An executor that is killed, overtaken, raced by another, or finds that its note leaked."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bot.core.errors import Forbidden, Refused, Retry
from bot.core.events import Drifted, Executed, Failed, Observed, OutcomeUnknown
from bot.core.ids import operation
from bot.core.tickets import Comment, Value
from bot.core.untrusted import Untrusted
from tests.bot.records import leaked, lost
from tests.bot.workbench import Workbench
from tests.making import (
    REF,
    US,
    after,
    answered,
    claimed,
    finished,
    proposal,
    read,
    set_fields,
    started,
    ticket,
)

WHAT = proposal()
OPERATION = operation(WHAT.id, 1, WHAT.action.digest())


@pytest.fixture
def bench(redis: Redis, prefix: str) -> Workbench:
    return Workbench(redis, prefix)


# -- an internal note that leaks


async def test_a_note_that_came_back_public_is_taken_away_and_the_connector_stopped(bench: Workbench) -> None:
    await bench.happens(read(), finished())
    (note,) = (await bench.happens()).tracked.values()
    bench.records.faults.append(leaked)
    (event,) = await bench.runs(bench.order(note.proposal))
    assert isinstance(event, Failed)
    assert event.leaked
    assert bench.records.withdrawn == ["c100"]
    assert "resume --connector jira" in str(await bench.stops.why(connector="jira", skill=""))
    assert 'internal_leaks_total{connector="jira"} 1.0' in bench.meters.page().decode()
    (refused_,) = await bench.runs(await bench.approved())
    assert isinstance(refused_, Failed), "nothing more is written there"


@pytest.mark.parametrize("error", [Retry("away", after_s=1), Refused("no"), Forbidden("no")])
async def test_a_leak_that_cannot_be_taken_away_still_stops_the_connector(
    bench: Workbench, error: Exception
) -> None:
    await bench.happens(read(), finished())
    (note,) = (await bench.happens()).tracked.values()
    bench.records.faults.append(leaked)

    bench.records.undeletable = error
    (event,) = await bench.runs(bench.order(note.proposal))
    assert isinstance(event, Failed)
    assert event.leaked
    assert await bench.stops.why(connector="jira", skill="") is not None


async def test_a_note_keeps_quiet_when_a_person_was_faster(bench: Workbench) -> None:
    await bench.happens(read(), finished())
    (note,) = (await bench.happens()).tracked.values()
    bench.records.comments.append(
        Comment("h1", after(1), ticket().reporter or US, public=True, body=Untrusted("?"))
    )
    bench.records.somebody_answers(after(1))
    (event,) = await bench.runs(bench.order(note.proposal))
    assert isinstance(event, Drifted)
    assert not bench.records.sent


# -- crashes and races


async def test_killed_between_claim_and_write_ahead_the_next_attempt_goes_on(bench: Workbench) -> None:
    order = await bench.approved()
    await bench.happens(claimed(WHAT, fence=1))
    (event,) = await bench.runs(replace(order, fence=2))
    assert isinstance(event, Executed)
    assert len(bench.records.sent) == 1


async def test_killed_after_the_write_ahead_nothing_is_sent_before_somebody_has_looked(
    bench: Workbench,
) -> None:
    order = await bench.approved()
    await bench.happens(claimed(WHAT, fence=1), started(WHAT, fence=1, writes=0))
    (event,) = await bench.runs(replace(order, fence=2))
    assert isinstance(event, OutcomeUnknown)
    assert not bench.records.sent
    (seen,) = await bench.runs(bench.look(WHAT))
    assert isinstance(seen, Observed)
    assert not seen.applied
    (done,) = await bench.runs(bench.order(WHAT))
    assert isinstance(done, Executed)
    assert len(bench.records.sent) == 1


async def test_two_executors_with_the_same_order_write_once(bench: Workbench) -> None:
    """The later claim wins, whoever gets further first; the other steps back without a word."""
    for number in range(9):
        bench.records.tickets[REF.id] = ticket()
        bench.records.sent.clear()
        order = await bench.approved(proposal(number=number))
        ends = await asyncio.gather(
            bench.executor.run(order),
            bench.another().run(replace(order, fence=2)),
            return_exceptions=True,
        )
        assert len(bench.records.sent) <= 1
        assert not [end for end in ends if isinstance(end, BaseException) and not isinstance(end, Retry)]
        reports = [event for end in ends if isinstance(end, tuple) for event in end]
        assert len([event for event in reports if isinstance(event, Executed)]) == len(bench.records.sent)
        assert not [event for event in reports if isinstance(event, Failed)]
        await bench.happens(*reports)


async def test_an_attempt_that_was_overtaken_says_nothing(bench: Workbench) -> None:
    order = await bench.approved()
    bench.records.when_read = [lambda: bench.happens(claimed(WHAT, fence=2))]
    assert await bench.executor.run(order) == ()
    assert not bench.records.sent
    assert (await bench.of(WHAT)).fence == 2


async def test_of_two_changes_of_one_ticket_the_second_waits_and_then_sees_the_first(
    bench: Workbench,
) -> None:
    second = proposal(set_fields(priority=(Value("3", "Medium"),)), number=2)
    first_order = await bench.approved()
    await bench.happens(finished(second, findings=()))
    await bench.happens(answered(second))
    bench.records.faults.append(lost)
    await bench.runs(first_order)
    records = len(await bench.audit())
    with pytest.raises(Retry):
        await bench.runs(bench.order(second))
    assert len(await bench.audit()) == records, "waiting leaves no trace"
    await bench.runs(bench.look(WHAT))
    (event,) = await bench.runs(bench.order(second))
    assert isinstance(event, Drifted)
    assert len(bench.records.sent) == 1


async def test_a_connector_that_is_gone_is_a_failure_not_a_crash(bench: Workbench) -> None:
    order = await bench.approved()
    (event,) = await bench.runs(order, bench.another({}))
    assert isinstance(event, Failed)
    assert "not configured any more" in event.why
