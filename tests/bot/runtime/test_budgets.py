"""Budgets for all replicas: set aside before a call, settled after it, each with a name when it is empty."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry as Backoff
from redis.backoff import NoBackoff

from bot.core.errors import BudgetSpent, Retry
from bot.runtime.budgets import Allowance, Budgets, Most, Payer
from tests.bot.runtime.conftest import ask, keys_of
from tests.bot.runtime.speaking import Frozen

DAY = Allowance(day=Most(1.0, 1_000))
ALL = Payer(ticket="jira:10001", person="U0ANNA", run="E1")


def budgets(redis: Redis, prefix: str, allowance: Allowance = DAY, clock: Frozen | None = None) -> Budgets:
    return Budgets(redis, prefix, clock or Frozen(), allowance)


async def held(redis: Redis, prefix: str, day: str = "2026-11-20") -> tuple[float, int]:
    """Return what the day has spent."""
    found = await ask(redis, "HMGET", f"{prefix}:llm:day:{day}", "u", "t")
    return int(found[0] or 0) / 1_000_000, int(found[1] or 0)


async def test_what_is_set_aside_is_replaced_by_what_it_cost(redis: Redis, prefix: str) -> None:
    purse = budgets(redis, prefix)

    reserved = await purse.reserve(0.4, 500, Payer())
    assert await held(redis, prefix) == (0.4, 500)
    await purse.settle(reserved, 0.000123, 17)

    assert await held(redis, prefix) == (0.000123, 17)


@pytest.mark.parametrize(
    ("allowance", "named"),
    [
        (Allowance(run=Most(usd=0.5)), r"run's budget for the model \(0\.50 USD\)"),
        (Allowance(run=Most(tokens=500)), r"run's budget for the model \(500 tokens\)"),
        (Allowance(ticket=Most(usd=0.5)), "ticket's budget"),
        (Allowance(ticket=Most(tokens=500)), "ticket's budget"),
        (Allowance(person=Most(usd=0.5)), "person's budget"),
        (Allowance(person=Most(tokens=500)), "person's budget"),
        (Allowance(day=Most(usd=0.5)), "day's budget"),
        (Allowance(day=Most(tokens=500)), "day's budget"),
    ],
)
async def test_each_budget_ends_by_itself_and_is_named(
    redis: Redis, prefix: str, allowance: Allowance, named: str
) -> None:
    purse = budgets(redis, prefix, allowance)
    await purse.reserve(0.4, 400, ALL)
    before = {key: await redis.hgetall(key.decode()) for key in await keys_of(redis, f"{prefix}:llm:*")}

    with pytest.raises(BudgetSpent, match=named):
        await purse.reserve(0.4, 400, ALL)

    after = {key: await redis.hgetall(key.decode()) for key in await keys_of(redis, f"{prefix}:llm:*")}
    assert after == before, "what does not fit one is counted on none"


async def test_another_run_ticket_or_person_has_a_budget_of_its_own(redis: Redis, prefix: str) -> None:
    most = Most(usd=0.5)
    purse = budgets(redis, prefix, Allowance(run=most, ticket=most, person=most))
    await purse.reserve(0.4, 1, ALL)

    await purse.reserve(0.4, 1, Payer(ticket="jira:10002", person="U0BOB", run="E2"))
    await purse.reserve(0.4, 1, Payer())
    for same in (
        Payer(ticket=ALL.ticket),
        replace(ALL, ticket="", run=""),
        Payer(run=ALL.run),
    ):
        with pytest.raises(BudgetSpent):
            await purse.reserve(0.4, 1, same)


async def test_a_spent_day_says_when_the_next_one_begins(redis: Redis, prefix: str) -> None:
    clock = Frozen()
    purse = budgets(redis, prefix, Allowance(day=Most(0.5), person=Most(0.5)), clock)
    await purse.reserve(0.4, 1, Payer(person="U0ANNA"))

    with pytest.raises(BudgetSpent) as spent:
        await purse.reserve(0.2, 1, Payer(person="U0ANNA"))

    assert spent.value.after_s == 2 * 3600
    clock.at += timedelta(hours=2)
    await purse.reserve(0.2, 1, Payer(person="U0ANNA"))


async def test_a_run_does_not_get_more_at_midnight(redis: Redis, prefix: str) -> None:
    clock = Frozen()
    purse = budgets(redis, prefix, Allowance(run=Most(0.5)), clock)
    await purse.reserve(0.4, 1, Payer(run="E1"))
    clock.at += timedelta(hours=3)

    with pytest.raises(BudgetSpent) as spent:
        await purse.reserve(0.4, 1, Payer(run="E1"))

    assert spent.value.after_s == 0, "the next run may begin at once"


async def test_replicas_together_never_reserve_more_than_there_is(redis: Redis, prefix: str) -> None:
    replicas = [budgets(redis, prefix) for _ in range(4)]

    done = await asyncio.gather(
        *(replicas[n % 4].reserve(0.1, 1, ALL) for n in range(40)), return_exceptions=True
    )

    assert sum(isinstance(each, BudgetSpent) for each in done) == 30
    assert await held(redis, prefix) == (1.0, 10)


async def test_an_answer_that_comes_after_midnight_settles_the_day_it_was_asked(
    redis: Redis, prefix: str
) -> None:
    clock = Frozen()
    purse = budgets(redis, prefix, clock=clock)
    reserved = await purse.reserve(0.5, 100, Payer())
    clock.at += timedelta(hours=3)

    await purse.settle(reserved, 0.1, 10)

    assert await held(redis, prefix, "2026-11-21") == (0.0, 0)
    assert await held(redis, prefix) == (0.1, 10)


async def test_a_crash_between_the_two_leaves_it_spent(redis: Redis, prefix: str) -> None:
    await budgets(redis, prefix).reserve(0.7, 1, Payer())

    with pytest.raises(BudgetSpent):
        await budgets(redis, prefix).reserve(0.7, 1, Payer())


@pytest.mark.parametrize("most", [Most(usd=0), Most(tokens=0)])
async def test_a_budget_of_nothing_pays_for_nothing(redis: Redis, prefix: str, most: Most) -> None:
    with pytest.raises(BudgetSpent):
        await budgets(redis, prefix, Allowance(day=most)).reserve(0.000_000_1, 1, Payer())


async def test_sums_do_not_stay_for_ever_and_show_nobodys_name(redis: Redis, prefix: str) -> None:
    await budgets(redis, prefix).reserve(0.5, 1, ALL)

    keys = await keys_of(redis, f"{prefix}:llm:*")
    assert len(keys) == 4
    for key in keys:
        assert 24 * 3600 < await redis.ttl(key.decode()) <= 3 * 24 * 3600
        assert b"U0ANNA" not in key
        assert b"10001" not in key


async def test_while_nobody_can_count_nobody_is_paid(prefix: str) -> None:
    gone = Redis(host="127.0.0.1", port=1, retry=Backoff(NoBackoff(), 0))
    try:
        with pytest.raises(Retry) as no:
            await budgets(gone, prefix).reserve(0.1, 1, Payer())
        assert not isinstance(no.value, BudgetSpent)
    finally:
        await gone.aclose()
