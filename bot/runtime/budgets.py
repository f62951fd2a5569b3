"""What models may cost: per run, ticket, person and day, in money and in tokens, for all replicas.

The most an answer can cost is set aside before the call, on every budget it counts on or on none, and is
replaced by what it did cost after it. Days are UTC's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final

from redis.asyncio import Redis

from bot.core.errors import BudgetSpent, Retry
from bot.core.fingerprint import fingerprint
from bot.ports import Clock
from bot.runtime.scripts import Script

MICRO: Final = 1_000_000
"""Micro-dollars to the dollar: whole numbers, because sums of floats drift."""
KEPT_S: Final = 3 * 24 * 3600
"""A sum outlives its day for answers that settle after midnight."""


@dataclass(frozen=True, slots=True)
class Most:
    """One limit; None: there is none. 0 pays for nothing."""

    usd: float | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits, by what they are about."""

    day: Most = field(default_factory=Most)
    person: Most = field(default_factory=Most)
    """Of one person on one day."""
    ticket: Most = field(default_factory=Most)
    """Of one ticket on one day."""
    run: Most = field(default_factory=Most)


@dataclass(frozen=True, slots=True)
class Payer:
    """Whom an answer counts on, besides the day."""

    ticket: str = ""
    person: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money and tokens set aside for one answer."""

    micro: int
    tokens: int
    names: tuple[str, ...]
    """Of the budgets."""


@dataclass(frozen=True, slots=True)
class _Budget:
    what: str
    name: str
    most: Most


class Budgets:
    """All of them. ``reserve`` before a call, ``settle`` after it."""

    def __init__(self, redis: Redis, prefix: str, clock: Clock, allowance: Allowance) -> None:
        """``prefix``: the lanes' own."""
        self._redis, self._prefix, self._clock, self._allowance = redis, prefix, clock, allowance
        self._spend = Script("spend")

    async def reserve(self, usd: float, tokens: int, payer: Payer) -> Reservation:
        """Set aside the most an answer can cost; never settled, it stays spent, as it may be.

        Raises:
            BudgetSpent: one budget has not that much left; the message names it.
            Unavailable: Redis is away; nobody is paid while nobody counts.
        """
        now = self._clock.now().astimezone(UTC)
        budgets = [*self._counted(payer, now)]
        micro = max(1, round(usd * MICRO))
        short = await self._count(micro, tokens, *((b.name, b.most) for b in budgets))
        if not short:
            return Reservation(micro, tokens, tuple(b.name for b in budgets))
        raise _spent(budgets[abs(short) - 1], now, in_tokens=short < 0)

    async def settle(self, reservation: Reservation, usd: float, tokens: int) -> None:
        """Replace what was set aside by what it cost. With Redis away the reservation stays."""
        micro = round(usd * MICRO) - reservation.micro
        try:
            await self._count(micro, tokens - reservation.tokens, *((n, Most()) for n in reservation.names))
        except Retry:
            return

    async def _count(self, micro: int, tokens: int, *budgets: tuple[str, Most]) -> int:
        args: list[str | int] = [micro, tokens, KEPT_S]
        for name, most in budgets:
            args += [name, -1 if most.usd is None else round(most.usd * MICRO)]
            args.append(-1 if most.tokens is None else most.tokens)
        answer: int = await self._spend(self._redis, self._prefix, *args)
        return answer

    def _counted(self, payer: Payer, now: datetime) -> Iterator[_Budget]:
        """Return what an answer counts on, the narrowest first: that is the one to be named."""
        allowed, day = self._allowance, f"{now:%Y-%m-%d}"
        for what, whose, most in (
            ("run", payer.run, allowed.run),
            ("ticket", payer.ticket, allowed.ticket),
            ("person", payer.person, allowed.person),
        ):
            if whose:
                # A run may go on past midnight, and has one budget all the same.
                when = "" if what == "run" else f":{day}"
                yield _Budget(what, f"{what}:{fingerprint(whose)[:32]}{when}", most)
        yield _Budget("day", f"day:{day}", allowed.day)


def _spent(budget: _Budget, now: datetime, *, in_tokens: bool) -> BudgetSpent:
    whole = f"{budget.most.tokens} tokens" if in_tokens else f"{budget.most.usd or 0:.2f} USD"
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), tzinfo=UTC)
    waits = 0.0 if budget.what == "run" else (tomorrow - now).total_seconds()
    return BudgetSpent(f"the {budget.what}'s budget for the model ({whole}) is spent", after_s=waits)
