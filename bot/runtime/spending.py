"""What answers cost: the price table, and the day's budget that all replicas share."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from importlib import resources
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.core.errors import BudgetSpent, Retry
from bot.ports import Clock

MICRO: Final = 1_000_000
"""Micro-dollars to the dollar: whole numbers, because Redis adds floats with a rounding error."""
KEY_KEPT_S: Final = 3 * 24 * 3600
"""A day's sum outlives its day for the console and for answers that settle after midnight."""

_RESERVE: Final = """
-- Reserve money for one answer, or nothing.
-- KEYS[1] micro-dollars of the day. ARGV[1] wanted, ARGV[2] the day's limit, ARGV[3] seconds to keep the key.
-- Returns 1 when reserved, 0 when it does not fit.
if tonumber(redis.call('GET', KEYS[1]) or '0') + tonumber(ARGV[1]) > tonumber(ARGV[2]) then return 0 end
redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class Price:
    """One row of ``prices.toml``: US dollars per million tokens, and what requests the model takes."""

    input: float
    output: float
    cache_write: float
    cache_read: float
    forced_tool: bool = False
    no_thinking: bool = False

    def usd(self, *, fresh: int, written: int, read: int, out: int) -> float:
        """Return the price of one answer from its token counts."""
        cached = written * self.cache_write + read * self.cache_read
        return (fresh * self.input + cached + out * self.output) / 1_000_000


def _prices() -> dict[str, Price]:
    text = resources.files("bot.runtime").joinpath("prices.toml").read_text(encoding="utf-8")
    return {name: Price(**row) for name, row in tomllib.loads(text)["models"].items()}


PRICES: Final = _prices()
"""Read with the module: later would be a file read inside the event loop."""


def price_of(model: str) -> Price:
    """Return the row of ``model`` (a dated id counts as its alias); the dearest when it is not listed."""
    alias = max((name for name in PRICES if model.startswith(name)), key=len, default="")
    dearest = max(PRICES.values(), key=lambda price: price.output)
    return PRICES[alias] if alias else replace(dearest, forced_tool=False, no_thinking=False)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for one answer."""

    key: str
    micro: int


class Spending:
    """One day's budget in US dollars, UTC, one key on Redis: reserve before the call, settle after it."""

    def __init__(self, redis: Redis, clock: Clock, *, prefix: str, usd_per_day: float) -> None:
        """``prefix``: that of all our keys, hash tag included. ``usd_per_day``: 0 pays for nothing."""
        self._redis = redis
        self._clock = clock
        self._prefix = prefix
        self._limit = round(usd_per_day * MICRO)

    async def reserve(self, usd: float) -> Reservation:
        """Set ``usd`` aside, the most the answer can cost; never settled, it stays spent, as it may be.

        Raises:
            BudgetSpent: the day has not that much left.
            Retry: Redis is away; nobody is paid while nobody counts.
        """
        now = self._clock.now().astimezone(UTC)
        reservation = Reservation(self._key(now), max(1, round(usd * MICRO)))
        args = (str(reservation.micro), str(self._limit), str(KEY_KEPT_S))
        try:
            fits = await self._redis.eval(_RESERVE, 1, reservation.key, *args)
        except RedisError as error:
            raise Retry(f"the budget cannot be counted: {type(error).__name__}", after_s=5) from error
        if not int(fits):
            tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), tzinfo=UTC)
            spent = f"the day's budget for the model ({self._limit / MICRO:.2f} USD) is spent"
            raise BudgetSpent(spent, after_s=(tomorrow - now).total_seconds())
        return reservation

    async def settle(self, reservation: Reservation, usd: float) -> None:
        """Replace what was set aside by what it cost. With Redis away the reservation stays."""
        difference = round(usd * MICRO) - reservation.micro
        try:
            await self._redis.incrby(reservation.key, difference)
        except RedisError:
            return

    async def spent_usd(self) -> float:
        """Return what the present day has cost, reservations included.

        Raises:
            Retry: Redis is away.
        """
        try:
            held = await self._redis.get(self._key(self._clock.now().astimezone(UTC)))
        except RedisError as error:
            raise Retry(f"the budget cannot be read: {type(error).__name__}", after_s=5) from error
        return int(held or 0) / MICRO

    def _key(self, now: datetime) -> str:
        return f"{self._prefix}:llm:{now:%Y-%m-%d}"
