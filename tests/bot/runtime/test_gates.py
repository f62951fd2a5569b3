"""What is asked again at the last moment: votes, standing permissions, ceilings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from approvals.policy import Match, Rule, Rulebook
from bot.core.actions import Action
from bot.core.dossier import Status
from bot.core.events import Drifted, Executed, Failed
from bot.core.grants import Grant, shape
from bot.core.ids import ProposalId, Shape, SlackUserId
from bot.runtime.ceiling import Ceiling
from bot.runtime.grants import Grants
from tests.bot.workbench import Workbench
from tests.making import (
    ALICE,
    BOB,
    REF,
    T0,
    answered,
    asking,
    asks,
    finished,
    person,
    proposal,
    read,
    rulebook,
    set_fields,
)

WHAT = proposal()


def grant_of(action: Action, queue: str = "OPS") -> Grant:
    return Grant(
        shape=shape(action, queue),
        action=action.name,
        connector="jira",
        queue=queue,
        says="Set Priority to High.",
        by=SlackUserId(ALICE),
        at=T0,
        rule="approvals[1]",
    )


def governed(bench: Workbench, book: Rulebook) -> None:
    """Put another policy in force, as a restart with a new file does."""
    bench.journal.book = book
    bench.executor = bench.another()


async def test_a_rule_that_asks_for_more_people_by_now_is_not_satisfied_with_fewer(
    redis: Redis, prefix: str
) -> None:
    bench = Workbench(redis, prefix, asks(asking(ALICE, BOB)))
    order = await bench.approved()
    governed(bench, asks(asking(ALICE, BOB, quorum=2)))
    (event,) = await bench.runs(order)
    assert isinstance(event, Failed)
    assert "asks for 2 approvals" in event.why
    assert not bench.records.sent


async def test_two_votes_satisfy_a_rule_that_asks_for_two(redis: Redis, prefix: str) -> None:
    bench = Workbench(redis, prefix, asks(asking(ALICE, BOB, quorum=2)))
    order = await bench.happens(read(), finished(WHAT, findings=()), answered(WHAT, person(ALICE)))
    assert order.tracked[WHAT.id].status is Status.PENDING
    await bench.happens(answered(WHAT, person(BOB)))
    (event,) = await bench.runs(bench.order(WHAT))
    assert isinstance(event, Executed)


@pytest.fixture
async def granted(redis: Redis, prefix: str) -> Workbench:
    """A change that goes ahead because somebody allowed exactly this for good."""
    bench = Workbench(redis, prefix, asks(asking(ALICE, always_after=2)))
    grant = grant_of(WHAT.action)
    await bench.grants.set(grant)
    await bench.happens(read(), replace(finished(WHAT, findings=()), grants=(grant,)))
    assert (await bench.of(WHAT)).decided_by == f"grant:{grant.shape}"
    return bench


async def test_a_standing_permission_carries_a_change_without_a_click(granted: Workbench) -> None:
    (event,) = await granted.runs(granted.order(WHAT))
    assert isinstance(event, Executed)
    assert len(granted.records.sent) == 1


async def test_one_that_was_revoked_a_moment_ago_carries_nothing(granted: Workbench) -> None:
    assert await granted.grants.revoke(grant_of(WHAT.action).shape)
    (event,) = await granted.runs(granted.order(WHAT))
    assert isinstance(event, Failed)
    assert "revoked" in event.why
    assert not granted.records.sent


async def test_one_whose_rule_no_longer_offers_it_carries_nothing(granted: Workbench) -> None:
    governed(granted, asks(asking(ALICE)))
    (event,) = await granted.runs(granted.order(WHAT))
    assert isinstance(event, Failed)
    assert not granted.records.sent


async def test_one_connector_gets_so_many_changes_an_hour_and_no_more(redis: Redis, prefix: str) -> None:
    bench = Workbench(redis, prefix, asks(asking(ALICE), actions_per_hour=2))
    ceiling = Ceiling(redis, prefix)
    assert [await ceiling.take("jira", 2, T0) for _ in range(3)] == [True, True, False]
    (event,) = await bench.runs(await bench.approved())
    assert isinstance(event, Failed)
    assert "jira has had 2 changes this hour" in event.why
    assert not bench.records.sent


async def test_the_next_hour_and_the_next_connector_count_by_themselves(redis: Redis, prefix: str) -> None:
    ceiling = Ceiling(redis, prefix)
    assert await ceiling.take("jira", 1, T0)
    assert not await ceiling.take("jira", 1, T0)
    assert await ceiling.take("servicenow", 1, T0)
    assert await ceiling.take("jira", 1, T0 + timedelta(hours=1))


async def test_equal_approvals_are_counted_once_each(redis: Redis, prefix: str) -> None:
    grants, kind = Grants(redis, prefix), shape(WHAT.action, "OPS")
    for ident in ("p1", "p2", "p2"):
        await grants.count(kind, ProposalId(ident))
    assert await grants.equal(kind, ProposalId("p2")) == 2
    assert await grants.equal(kind, ProposalId("p3")) == 3, "the one being looked at counts along"


async def test_permissions_are_listed_newest_first_and_revoked_one_by_one(redis: Redis, prefix: str) -> None:
    grants = Grants(redis, prefix)
    old, new = grant_of(WHAT.action), replace(grant_of(set_fields(), "HELP"), at=T0 + timedelta(days=1))
    await grants.set(old)
    await grants.set(new)
    await grants.count(old.shape, ProposalId("p1"))
    assert await grants.all() == (new, old)
    assert await grants.among([old.shape, Shape("none")]) == (old,)
    assert await grants.among([]) == ()
    assert await grants.revoke(old.shape)
    assert not await grants.revoke(old.shape)
    assert await grants.all() == (new,)
    assert await grants.equal(old.shape, ProposalId("p1")) == 1, "after a revocation it counts afresh"


def test_a_shape_is_the_change_without_its_ticket() -> None:
    elsewhere = replace(WHAT.action, target=replace(WHAT.action.target, id="77"))
    assert shape(elsewhere, "OPS") == shape(WHAT.action, "OPS")
    assert shape(WHAT.action, "HELP") != shape(WHAT.action, "OPS")
    assert shape(set_fields(priority=()), "OPS") != shape(WHAT.action, "OPS")


async def test_a_ticket_that_was_moved_unheard_is_not_changed_by_the_old_queues_yes(
    redis: Redis, prefix: str
) -> None:
    ops = Rule(name="approvals[0]", match=Match(queue="OPS"), ask=asking(ALICE))
    bench = Workbench(redis, prefix, rulebook(ops, Rule(name="approvals[1]", match=Match(), ask=asking(BOB))))
    order = await bench.approved()
    bench.records.tickets[REF.id] = replace(bench.records.tickets[REF.id], queue="HR")
    (event,) = await bench.runs(order)
    assert isinstance(event, Drifted)
    assert "moved to HR" in event.what
    assert not bench.records.sent
