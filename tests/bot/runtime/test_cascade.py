"""When the provider cannot answer, the local brain does, and says why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import BotError, Forbidden, Misconfigured, Reject, Retry
from bot.core.judgement import Judgement, Question, Usage
from bot.runtime.cascade import FAILURES_MAX, REST_MAX_S, REST_S, Cascade
from bot.runtime.spending import BudgetSpent, Unusable
from tests.bot.brain.past import question

ASKED = question("The vpn is down")
PAID = Usage("claude-haiku-5-5", 100, 20, usd=0.01)


@dataclass
class Brain:
    """Answers by name, or raises what it was given."""

    name: str
    fails: BotError | None = None
    asked: int = 0

    async def judge(self, question: Question) -> Judgement:
        del question
        self.asked += 1
        if self.fails:
            raise self.fails
        return Judgement(brain=self.name, usage=PAID if self.name == "claude" else Usage())


@dataclass
class Frozen:
    at: datetime = field(default_factory=lambda: datetime(2026, 11, 20, 12, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


async def test_the_provider_answers_while_it_can() -> None:
    judgement = await Cascade(Brain("local"), Brain("claude"), Frozen()).judge(ASKED)

    assert (judgement.brain, judgement.degraded) == ("claude", "")


@pytest.mark.parametrize(
    ("fails", "degraded"),
    [
        (Retry("overloaded", after_s=1), "provider_down"),
        (Forbidden("bad key"), "provider_down"),
        (Misconfigured("no such model"), "provider_down"),
        (BudgetSpent("spent", after_s=60), "budget_spent"),
        (Unusable("cut", usage=PAID), "answer_refused"),
        (Reject("400"), "answer_refused"),
    ],
)
async def test_the_local_brain_stands_in_and_says_why(fails: BotError, degraded: str) -> None:
    judgement = await Cascade(Brain("local"), Brain("claude", fails), Frozen()).judge(ASKED)

    assert (judgement.brain, judgement.degraded) == ("local", degraded)
    assert judgement.usage == (PAID if isinstance(fails, Unusable) else Usage()), (
        "a refused answer was paid for"
    )


async def test_without_a_key_the_local_brain_is_what_was_asked_for() -> None:
    judgement = await Cascade(Brain("local"), None, Frozen()).judge(ASKED)

    assert (judgement.brain, judgement.degraded) == ("local", "no_key")


async def test_a_dead_provider_is_left_alone_for_a_while_and_then_tried_once() -> None:
    clock, claude = Frozen(), Brain("claude", Retry("away", after_s=0))
    cascade = Cascade(Brain("local"), claude, clock)
    for _ in range(10):
        assert (await cascade.judge(ASKED)).degraded == "provider_down"
    assert claude.asked == FAILURES_MAX

    clock.at += timedelta(seconds=REST_S)
    await cascade.judge(ASKED)
    await cascade.judge(ASKED)
    assert claude.asked == FAILURES_MAX + 1, "one failed try begins another rest"

    clock.at += timedelta(seconds=REST_S)
    claude.fails = None
    assert (await cascade.judge(ASKED)).brain == "claude"
    claude.fails = Retry("away", after_s=0)
    await cascade.judge(ASKED)
    claude.fails = None
    assert (await cascade.judge(ASKED)).brain == "claude", "one failure after it recovered is only one"


async def test_the_rest_is_as_long_as_the_provider_asks_within_reason() -> None:
    clock, claude = Frozen(), Brain("claude", Retry("slow down", after_s=10 * REST_MAX_S))
    cascade = Cascade(Brain("local"), claude, clock)
    for _ in range(FAILURES_MAX):
        await cascade.judge(ASKED)

    clock.at += timedelta(seconds=REST_MAX_S - 1)
    await cascade.judge(ASKED)
    assert claude.asked == FAILURES_MAX
    clock.at += timedelta(seconds=1)
    await cascade.judge(ASKED)
    assert claude.asked == FAILURES_MAX + 1


async def test_bad_answers_and_a_spent_budget_are_not_an_outage() -> None:
    claude = Brain("claude", Unusable("cut", usage=PAID))
    cascade = Cascade(Brain("local"), claude, Frozen())

    for fails in (Unusable("cut", usage=PAID), BudgetSpent("spent", after_s=9)):
        claude.fails = fails
        for _ in range(FAILURES_MAX + 2):
            await cascade.judge(ASKED)

    assert claude.asked == 2 * (FAILURES_MAX + 2)


async def test_what_the_local_brain_cannot_do_nobody_hides() -> None:
    with pytest.raises(Retry):
        await Cascade(Brain("local", Retry("no", after_s=1)), None, Frozen()).judge(ASKED)
