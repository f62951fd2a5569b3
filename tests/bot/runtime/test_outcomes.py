"""Outcomes are kept by kind, one a ticket, the latest; and tickets that can be learned from in order."""

from __future__ import annotations

from datetime import datetime

import pytest
from redis.asyncio import Redis

from bot.core.effects import Learn
from bot.core.ids import EffectId
from bot.core.outcomes import Guess, How, Outcome
from bot.core.tickets import TicketRef, Value
from bot.runtime import outcomes as kept
from bot.runtime.outcomes import Kind, Outcomes, Taught
from tests.bot.runtime.conftest import keys_of
from tests.making import REF, T0, after

HIGH, LOW = Value("2", "High"), Value("4", "Low")
KIND = Kind("jira", "triage", "OPS", "priority")


@pytest.fixture
def outcomes(redis: Redis, prefix: str) -> Outcomes:
    return Outcomes(redis, prefix)


def outcome(*, at: datetime = T0, field: str = "priority", actual: Value | None = HIGH) -> Outcome:
    return Outcome(guess=Guess("triage", field, HIGH, 0.9), queue="OPS", how=How.CLOSED, actual=actual, at=at)


def learn(*found: Outcome, ref: TicketRef = REF, whole: bool = False) -> Learn:
    return Learn(EffectId("e#0"), ref, found, whole=whole)


async def test_what_was_remembered_comes_back_by_kind_oldest_first(outcomes: Outcomes) -> None:
    other = TicketRef("jira", "2")
    await outcomes.remember(learn(outcome(at=after(5)), outcome(field="component")))
    await outcomes.remember(learn(outcome(at=after(1), actual=LOW), ref=other))
    assert await outcomes.kinds() == [Kind("jira", "triage", "OPS", "component"), KIND]
    assert await outcomes.of(KIND) == [outcome(at=after(1), actual=LOW), outcome(at=after(5))]
    assert await outcomes.of(Kind("jira", "triage", "HR", "priority")) == []


async def test_of_one_ticket_the_latest_counts_whenever_it_comes(outcomes: Outcomes) -> None:
    await outcomes.remember(learn(outcome(at=after(9), actual=LOW)))
    await outcomes.remember(learn(outcome(at=after(3))))
    assert await outcomes.of(KIND) == [outcome(at=after(9), actual=LOW)], "a late one changes nothing"
    await outcomes.remember(learn(outcome(at=after(10))))
    assert await outcomes.of(KIND) == [outcome(at=after(10))]


async def test_only_so_many_are_kept_and_the_oldest_go(
    outcomes: Outcomes, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "OUTCOMES_MAX", 3)
    monkeypatch.setattr(kept, "LESSONS_MAX", 2)
    for minute in range(6):
        await outcomes.remember(learn(outcome(at=after(minute)), ref=TicketRef("jira", str(minute))))
    assert [each.at for each in await outcomes.of(KIND)] == [after(3), after(4), after(5)]
    hashes = await keys_of(redis, f"{prefix}:outcomes:*")
    assert len(hashes) == 2, "the times and the outcomes of one kind"
    assert [taught.ref.id for _, taught in await outcomes.since(0, 10)] == ["4", "5"]


async def test_tickets_to_learn_from_are_read_on_from_a_mark(outcomes: Outcomes) -> None:
    assert await outcomes.newest() == 0
    await outcomes.remember(learn(outcome()))
    ((mark, first),) = await outcomes.since(0, 10)
    assert first == Taught(REF, ("priority",))
    assert mark == await outcomes.newest()
    assert await outcomes.since(mark, 10) == []
    await outcomes.remember(learn(whole=True))
    await outcomes.remember(learn(outcome()))
    assert [taught for _, taught in await outcomes.since(mark, 10)] == [Taught(REF, None), first], (
        "it has more to teach again"
    )
    assert [taught for _, taught in await outcomes.since(mark, 1)] == [Taught(REF, None)]
