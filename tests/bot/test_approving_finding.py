"""What is meant by an id, the start of one or a ticket; what waits; and standing permissions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.core.dossier import Status, Tracked
from bot.core.errors import Misconfigured
from bot.core.events import Answer
from bot.core.grants import Grant, shape
from bot.core.tickets import TicketRef, Value
from tests.bot.counter import ALICE_THERE, REPLY, STRANGER, WHAT, Desk
from tests.bot.workbench import TRACE
from tests.making import (
    ALICE,
    REF,
    T0,
    answered,
    finished,
    proposal,
    read,
    set_fields,
    ticket,
)


@pytest.fixture
def desk(redis: Redis, prefix: str) -> Desk:
    return Desk(redis, prefix)


# -- finding


async def test_a_proposal_is_found_by_its_id_the_start_of_it_and_its_ticket(desk: Desk) -> None:
    await desk.asks(WHAT)
    await desk.bench.happens(read())
    for named in (WHAT.id, WHAT.id[:12], "OPS-1", "ops-1"):
        dossier, tracked = await desk.counter.find(named, meant=waits)
        assert (dossier.key, tracked.proposal.id) == ("OPS-1", WHAT.id)


async def test_what_may_mean_several_is_not_guessed(desk: Desk) -> None:
    await desk.asks(WHAT, REPLY)
    for named in ("OPS-1", "p000"):
        with pytest.raises(Misconfigured, match=rf"(?s)any of these.*{WHAT.id}.*{REPLY.id}"):
            await desk.counter.find(named, meant=waits)


async def test_a_ticket_means_the_one_that_can_be_meant(desk: Desk) -> None:
    await desk.asks(WHAT, REPLY)
    await desk.approves()
    assert (await desk.counter.find("OPS-1", meant=waits))[1].proposal.id == REPLY.id
    was_done = await desk.counter.find("OPS-1", meant=lambda tracked: tracked.status is Status.EXECUTED)
    assert was_done[1].proposal.id == WHAT.id


async def test_a_ticket_on_which_nothing_waits_is_found_as_well(desk: Desk) -> None:
    await desk.asks()
    await desk.approves()
    assert (await desk.counter.find("OPS-1", meant=waits))[1].status is Status.EXECUTED


@pytest.mark.parametrize("named", ["p" + "f" * 31, "pfff", "OPS-2", "", "*", "p000*", "OPS-1 "])
async def test_what_is_not_there_is_said_to_be_not_there(desk: Desk, named: str) -> None:
    await desk.asks()
    with pytest.raises(Misconfigured, match="no proposal and no ticket is called"):
        await desk.counter.find(named, meant=waits)


async def test_the_list_has_all_that_waits_and_the_oldest_first(desk: Desk) -> None:
    other = TicketRef("jira", "10043")
    newer, older = proposal(number=3), proposal(number=4)
    on_other = replace(older, action=replace(older.action, target=other))
    await desk.asks(newer, REPLY)
    await desk.bench.happens(answered(await desk.bench.of(REPLY), answer=Answer.REJECT))
    early = T0 - timedelta(hours=1)
    of = replace(ticket(), ref=other, key="OPS-2")
    there = read(replace(await desk.bench.records.read(REF), ticket=of), at=early)
    await desk.bench.journal.apply(other, there, TRACE)
    came = finished(on_other, of=replace(there.snapshot, ticket=of), at=early, findings=())
    await desk.bench.journal.apply(other, came, TRACE)
    found = await desk.counter.waiting()
    assert [(dossier.key, tracked.proposal.id) for dossier, tracked in found] == [
        ("OPS-2", older.id),
        ("OPS-1", newer.id),
    ]


def waits(tracked: Tracked) -> bool:
    return tracked.status is Status.PENDING


# -- standing permissions


def grant(number: int = 2) -> Grant:
    action = set_fields(priority=(Value(str(number), "High"),))
    return Grant(
        shape=shape(action, "OPS"),
        action=action.name,
        connector="jira",
        queue="OPS",
        says="Set Priority to High.",
        by=ALICE,
        at=T0,
        rule="approvals[1]",
    )


async def test_a_standing_permission_is_listed_and_taken_back_under_a_name(desk: Desk) -> None:
    await desk.bench.grants.set(grant())
    assert await desk.counter.standing() == (grant(),)
    assert await desk.counter.revoke(grant().shape[:8], ALICE_THERE) == grant()
    assert await desk.counter.standing() == ()
    (record,) = await desk.recorded("grant.revoked")
    assert (record.actor, record.details["shape"], record.rule) == (
        "cli:alice",
        grant().shape,
        "approvals[1]",
    )


@pytest.mark.parametrize("named", ["", "zzz", "*"])
async def test_a_permission_that_is_not_meant_stays(desk: Desk, named: str) -> None:
    await desk.bench.grants.set(grant())
    with pytest.raises(Misconfigured, match="standing list"):
        await desk.counter.revoke(named, ALICE_THERE)
    assert len(await desk.counter.standing()) == 1


async def test_who_is_no_operator_takes_no_permission_back(desk: Desk) -> None:
    await desk.bench.grants.set(grant())
    with pytest.raises(Misconfigured, match="not an operator"):
        await desk.counter.revoke(grant().shape, STRANGER)
    assert len(await desk.counter.standing()) == 1
    assert [r.actor for r in await desk.recorded("click.refused")] == ["cli:mallory(root)"]
