"""The decide loop: state, orders and audit are committed together, once, whoever races whom."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from bot.core.dossier import Dossier, Status
from bot.core.effects import Effect, Execute, Observe, ReadTicket, RunSkill, ShowCard, Wake, Whisper
from bot.core.errors import Malformed
from bot.core.events import Event, Expired, TicketTouched
from bot.core.ids import EffectId, EventId, SlackUserId
from bot.runtime.envelopes import CHAT, effect_job, event_job, unseal
from bot.runtime.jobs import FAST, MODEL, VENDOR
from bot.runtime.journal import PROPOSALS
from tests.bot.workbench import TRACE, Workbench
from tests.making import REF, T0, after, answered, finished, person, proposal, read, snapshot, unique

WHAT = proposal()


@pytest.fixture
def bench(redis: Redis, prefix: str) -> Workbench:
    return Workbench(redis, prefix)


async def test_a_ticket_nobody_knows_has_an_empty_dossier(bench: Workbench) -> None:
    assert await bench.journal.dossier(REF) == Dossier(REF)


async def test_what_was_decided_is_there_for_every_replica(bench: Workbench) -> None:
    await bench.happens(read(), finished(WHAT))
    other = Workbench(bench.redis, bench.lanes.prefix)
    assert await other.journal.dossier(REF) == await bench.journal.dossier(REF)
    assert (await other.of(WHAT)).status is Status.PENDING


async def test_a_proposal_is_found_by_its_id_alone(bench: Workbench) -> None:
    await bench.happens(read(), finished(WHAT))
    held = await bench.journal.find(WHAT.id)
    assert held is not None
    assert (held[0].ref, held[1].proposal.id) == (REF, WHAT.id)
    assert await bench.journal.find(proposal(number=77).id) is None
    assert await bench.journal.trace_of(WHAT.id) == TRACE


async def test_a_note_that_is_up_is_no_longer_looked_up(bench: Workbench) -> None:
    await bench.happens(read(), finished())
    (note,) = (await bench.happens()).tracked.values()
    await bench.runs(bench.order(note.proposal))
    assert await bench.lanes.find(PROPOSALS, note.proposal.id) is None


async def test_orders_wait_in_the_pool_of_their_kind(bench: Workbench) -> None:
    touch = TicketTouched(id=unique(), at=T0, ref=REF, what="updated")
    await bench.happens(touch)
    (order,) = await bench.waiting(VENDOR)
    assert isinstance(order, ReadTicket)
    await bench.happens(read())
    assert [type(each) for each in await bench.waiting(MODEL)] == [RunSkill]
    await bench.happens(finished(WHAT))
    assert [type(each) for each in await bench.waiting(CHAT)] == [ShowCard]


async def test_a_timer_waits_for_its_time(bench: Workbench) -> None:
    await bench.happens(read(), finished(WHAT))
    assert (await bench.lanes.depths()).delayed == 1
    assert not [event for event in await bench.waiting(FAST) if isinstance(event, Expired)]


async def test_every_decision_is_recorded_with_its_trace(bench: Workbench) -> None:
    await bench.happens(read(), finished(WHAT), answered(WHAT, person("U0CAROL")))
    found = await bench.audit()
    assert [r.what for r in found][-1] == "click.refused"
    assert {r.trace for r in found} == {TRACE}


async def test_an_event_that_comes_twice_is_committed_once(bench: Workbench) -> None:
    await bench.happens(read(), finished(WHAT))
    before = await bench.audit()
    click = answered(WHAT)
    await bench.happens(click, click)
    assert len(await bench.audit()) == len(before) + 1


async def test_replicas_that_decide_at_once_lose_nothing(bench: Workbench) -> None:
    await bench.happens(read())
    others = [Workbench(bench.redis, bench.lanes.prefix) for _ in range(4)]
    wishes = [proposal(number=number) for number in range(12)]
    await asyncio.gather(
        *(others[n % 4].happens(finished(wish, findings=())) for n, wish in enumerate(wishes))
    )
    dossier = await bench.journal.dossier(REF)
    assert {wish.id for wish in wishes} <= set(dossier.tracked)


async def test_of_two_first_clicks_one_counts(bench: Workbench) -> None:
    await bench.happens(read(), finished(WHAT))
    others = [Workbench(bench.redis, bench.lanes.prefix) for _ in range(5)]
    await asyncio.gather(*(other.happens(answered(WHAT)) for other in others))
    records = [r.what for r in await bench.audit()]
    assert records.count("proposal.approved") == 1
    assert records.count("click.refused") == 4
    orders = [each for each in await bench.waiting(VENDOR) if isinstance(each, Execute)]
    assert len([order for order in orders if order.proposal == WHAT.id]) == 1


async def test_a_lost_race_is_decided_anew(bench: Workbench) -> None:
    """What ``done`` returns rests on what it had read; the commit refuses it, and the worker asks anew."""
    await bench.happens(read(), finished(WHAT))
    slow = await bench.journal.done(REF, answered(WHAT), TRACE)
    await Workbench(bench.redis, bench.lanes.prefix).happens(
        answered(WHAT, person("U0BOB", groups=["S0MANAGERS"]))
    )
    assert slow.commit is not None
    assert (await bench.lanes.commit(slow.commit, spawn=slow.spawn)).value == "conflict"
    assert (await bench.of(WHAT)).decided_by == "slack:U0BOB"


# -- envelopes


def test_each_order_goes_to_the_pool_that_suits_it() -> None:
    ident = EffectId("e#0")
    pools: dict[str, Effect] = {
        FAST: Wake(ident, Expired(id=EventId("t"), at=after(5), proposal=WHAT.id, revision=1)),
        VENDOR: Execute(ident, WHAT.id, 1),
        MODEL: RunSkill(ident, "triage", snapshot(), T0),
        CHAT: Whisper(ident, SlackUserId("U0ALICE"), "C1", "refused.guest"),
    }
    for pool, effect in pools.items():
        assert effect_job(REF, effect, TRACE, T0).pool == pool


def test_only_events_stand_in_a_tickets_lane() -> None:
    """Nothing slow may stand before a click."""
    assert effect_job(REF, Execute(EffectId("e#0"), WHAT.id, 1), TRACE, T0).lane == ""
    assert event_job(REF, read(), TRACE).lane == REF.lane


def test_timers_and_looks_come_when_they_are_due_and_never_in_the_past() -> None:
    look = Observe(EffectId("e#0"), WHAT.id, after(1))
    assert effect_job(REF, look, TRACE, T0).delay_ms == 60_000
    assert effect_job(REF, look, TRACE, after(5)).delay_ms == 0


@pytest.mark.parametrize("body", [read(), finished(WHAT), answered(WHAT)], ids=lambda b: type(b).__name__)
def test_what_is_sealed_is_read_back_whole(body: Event) -> None:
    job = event_job(REF, body, TRACE)
    opened = unseal(job.data)
    assert (opened.ref, opened.trace, opened.body) == (REF, TRACE, body)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"null",
        b"\xff",
        b'{"connector": "jira"}',
        event_job(REF, read(), TRACE).data[:-1],
        event_job(REF, read(), TRACE).data[:40],
        event_job(REF, read(), TRACE).data.replace(b'"v": 1', b'"v": 2'),
        event_job(REF, read(), TRACE).data.replace(b"TicketRead", b"TicketFled"),
        event_job(REF, read(), TRACE).data.replace(b'"touched_at"', b'"touched"'),
    ],
)
def test_what_is_not_ours_is_malformed_and_never_guessed(data: bytes) -> None:
    with pytest.raises(Malformed):
        unseal(data)
