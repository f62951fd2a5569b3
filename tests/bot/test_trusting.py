"""The watch over what came true: by connector and field, over all queues, kept through an outage."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog
from redis.asyncio import Redis

from bot.core.effects import Learn
from bot.core.errors import Retry
from bot.core.ids import EffectId
from bot.core.outcomes import Guess, How, Outcome
from bot.core.tickets import TicketRef, Value
from bot.runtime.meters import Meters
from bot.runtime.outcomes import Outcomes
from bot.runtime.redis_client import command_client
from bot.trusting import Watch
from tests.bot.workbench import Hands
from tests.making import T0

HIGH, LOW = Value("2", "High"), Value("4", "Low")


async def tell(outcomes: Outcomes, count: int, *, right: float, begin: int = 0, queue: str = "OPS") -> None:
    """Let ``count`` tickets be closed; of ten guesses, as many come true as ``right`` says."""
    for number in range(begin, begin + count):
        actual = HIGH if number % 10 < right * 10 else LOW
        outcome = Outcome(
            guess=Guess("triage", "priority", HIGH, 0.97),
            queue=queue,
            how=How.CLOSED,
            actual=actual,
            at=T0 + timedelta(minutes=number),
        )
        await outcomes.remember(
            Learn(EffectId(f"e{number}#0"), TicketRef("jira", str(number)), (outcome,), whole=True)
        )


@pytest.fixture
def outcomes(redis: Redis, prefix: str) -> Outcomes:
    return Outcomes(redis, prefix)


def watch(outcomes: Outcomes, meters: Meters | None = None) -> Watch:
    return Watch(outcomes, Hands(), meters or Meters(), 0.95)


async def test_without_outcomes_nothing_is_known(outcomes: Outcomes) -> None:
    made = watch(outcomes)
    await made.look()
    assert made.of("jira", "priority") is None


async def test_queues_are_counted_together_and_connectors_are_not(outcomes: Outcomes) -> None:
    await tell(outcomes, 150, right=1.0)
    await tell(outcomes, 150, right=1.0, begin=150, queue="HELP")
    made = watch(outcomes)
    await made.look()
    found = made.of("jira", "priority")
    assert found is not None
    assert found.outcomes == 300
    assert found.believes(0.97)
    assert made.of("servicenow", "priority") is None


async def test_a_broken_promise_is_an_alarm_until_it_holds_again(outcomes: Outcomes) -> None:
    meters = Meters()
    made = watch(outcomes, meters)
    await tell(outcomes, 300, right=1.0)
    await made.look()
    await tell(outcomes, 100, right=0.3, begin=300)
    await made.look()
    found = made.of("jira", "priority")
    assert found is not None
    assert found.failing
    assert not found.believes(1.0)
    labels = {"connector": "jira", "field": "priority"}
    assert meters.registry.get_sample_value("countersign_field_failing", labels) == 1
    assert meters.registry.get_sample_value("countersign_guesses_right", labels) == pytest.approx(330 / 400)


async def test_an_outage_changes_nothing(outcomes: Outcomes, prefix: str) -> None:
    made = watch(outcomes)
    await tell(outcomes, 250, right=1.0)
    await made.look()
    away = command_client("redis://127.0.0.1:1/0")
    blind = watch(Outcomes(away, prefix))
    with pytest.raises(Retry):
        await blind.look()
    assert blind.of("jira", "priority") is None
    assert made.of("jira", "priority") is not None
    await away.aclose()


async def test_tickets_that_become_others_are_an_alarm_said_once(outcomes: Outcomes) -> None:
    meters = Meters()
    made = watch(outcomes, meters)
    await tell(outcomes, 400, right=1.0)
    await made.look()
    await tell(outcomes, 300, right=0.5, begin=400)
    with structlog.testing.capture_logs() as logs:
        await made.look()
        await made.look()
    told = [entry for entry in logs if entry["event"] == "work_has_changed"]
    assert [entry["alarms"] for entry in told] == [["labels", "agreement"]]
    labels = {"connector": "jira", "field": "priority"}
    registry = meters.registry
    assert registry.get_sample_value("countersign_shift", {**labels, "of": "agreement"}) == pytest.approx(
        -0.5
    )
    assert registry.get_sample_value("countersign_shift_alarm", {**labels, "of": "labels"}) == 1
    assert registry.get_sample_value("countersign_shift_alarm", {**labels, "of": "confidence"}) == 0
    assert made.failing("jira") == {"priority"}
    assert made.failing("servicenow") == frozenset()
