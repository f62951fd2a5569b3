"""One budget for all replicas: reserved before a call, settled after it, empty until tomorrow."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry as Backoff
from redis.backoff import NoBackoff

from bot.core.errors import BudgetSpent, Retry
from bot.runtime.spending import Spending, price_of


@dataclass
class Frozen:
    """A clock that a test turns."""

    at: datetime = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def spending(redis: Redis, prefix: str, usd: float = 1.0, clock: Frozen | None = None) -> Spending:
    return Spending(redis, clock or Frozen(), prefix=prefix, usd_per_day=usd)


async def test_what_is_set_aside_is_replaced_by_what_it_cost(redis: Redis, prefix: str) -> None:
    budget = spending(redis, prefix)

    held = await budget.reserve(0.4)
    assert await budget.spent_usd() == 0.4
    await budget.settle(held, 0.000123)

    assert await budget.spent_usd() == 0.000123


async def test_a_spent_budget_says_when_the_next_one_begins(redis: Redis, prefix: str) -> None:
    clock = Frozen()
    budget = spending(redis, prefix, 0.5, clock)
    await budget.reserve(0.4)

    with pytest.raises(BudgetSpent, match=r"0\.50 USD") as spent:
        await budget.reserve(0.2)

    assert spent.value.after_s == 2 * 3600
    assert await budget.spent_usd() == 0.4, "what did not fit is not counted"
    clock.at += timedelta(hours=2)
    await budget.reserve(0.2)
    assert await budget.spent_usd() == 0.2


async def test_replicas_together_never_reserve_more_than_the_day_has(redis: Redis, prefix: str) -> None:
    replicas = [spending(redis, prefix, 1.0) for _ in range(4)]

    tries = [replicas[n % 4].reserve(0.1) for n in range(40)]
    done = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(isinstance(each, BudgetSpent) for each in done) == 30
    assert await replicas[0].spent_usd() == 1.0


async def test_a_crash_between_the_two_leaves_it_spent(redis: Redis, prefix: str) -> None:
    await spending(redis, prefix).reserve(0.7)

    with pytest.raises(BudgetSpent):
        await spending(redis, prefix).reserve(0.7)


async def test_an_answer_that_comes_after_midnight_settles_the_day_it_was_asked(
    redis: Redis, prefix: str
) -> None:
    clock = Frozen()
    budget = spending(redis, prefix, 1.0, clock)
    held = await budget.reserve(0.5)
    clock.at += timedelta(hours=3)

    await budget.settle(held, 0.1)

    assert await budget.spent_usd() == 0.0
    clock.at -= timedelta(hours=3)
    assert await budget.spent_usd() == 0.1


async def test_the_days_sum_does_not_stay_for_ever(redis: Redis, prefix: str) -> None:
    held = await spending(redis, prefix).reserve(0.5)

    assert 24 * 3600 < await redis.ttl(held.key) <= 3 * 24 * 3600


async def test_a_budget_of_nothing_pays_for_nothing(redis: Redis, prefix: str) -> None:
    with pytest.raises(BudgetSpent):
        await spending(redis, prefix, 0).reserve(0.000001)


async def test_while_nobody_can_count_nobody_is_paid(prefix: str) -> None:
    gone = Redis(host="127.0.0.1", port=1, retry=Backoff(NoBackoff(), 0))
    try:
        with pytest.raises(Retry, match="cannot be counted"):
            await spending(gone, prefix).reserve(0.1)
        with pytest.raises(Retry):
            await spending(gone, prefix).spent_usd()
    finally:
        await gone.aclose()


def test_the_price_of_an_answer() -> None:
    haiku = price_of("claude-haiku-5-5")

    assert haiku.usd(fresh=1_000_000, written=0, read=0, out=0) == pytest.approx(0.10)
    assert haiku.usd(fresh=0, written=1_000_000, read=1_000_000, out=1_000_000) == pytest.approx(0.635)
    assert price_of("claude-haiku-4-5-20251001") == price_of("claude-haiku-4-5"), "a dated id is its alias"


def test_a_model_nobody_priced_counts_as_the_dearest_and_is_asked_the_safest_way() -> None:
    unknown = price_of("house-model-1")

    assert unknown.output == price_of("claude-fable-5-1").output
    assert not unknown.forced_tool
    assert not unknown.no_thinking
