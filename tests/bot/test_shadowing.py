"""``countersign eval --live``: what is in Redis, by connector, and the command's own manners."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner

from bot.cli import app
from bot.core.effects import Learn
from bot.core.ids import EffectId
from bot.core.outcomes import Guess, How, Outcome
from bot.core.tickets import TicketRef, Value
from bot.runtime.outcomes import Outcomes
from bot.shadowing import live_in
from tests.making import T0

HIGH, LOW = Value("2", "High"), Value("4", "Low")


async def keep(redis: Redis, prefix: str, connector: str, number: int, *, actual: Value) -> None:
    outcome = Outcome(
        guess=Guess("triage", "impact", HIGH, 0.8),
        queue="Network",
        how=How.CLOSED,
        actual=actual,
        at=T0 + timedelta(minutes=number),
    )
    ref = TicketRef(connector, str(number))
    await Outcomes(redis, prefix).remember(Learn(EffectId(f"e#{number}"), ref, (outcome,), whole=True))


async def test_what_is_kept_is_read_and_one_connector_can_be_asked_for(redis: Redis, prefix: str) -> None:
    for number in range(4):
        await keep(redis, prefix, "servicenow", number, actual=HIGH if number else LOW)
    await keep(redis, prefix, "jira", 9, actual=LOW)

    both, one = await live_in(redis, prefix, "", 0.95), await live_in(redis, prefix, "servicenow", 0.95)

    assert [each.whole.place.connector for each in both.fields] == ["jira", "servicenow"]
    assert [(each.whole.n, each.whole.right) for each in one.fields] == [(4, 3)]


async def test_nothing_kept_is_nothing_found(redis: Redis, prefix: str) -> None:
    assert (await live_in(redis, prefix, "", 0.95)).fields == ()


@pytest.mark.parametrize(
    "args",
    [
        ["--live", "past.csv"],
        ["--live", "--query", "x"],
        ["--live", "--min", "impact.n=1"],
        ["past.csv", "--from", "jira"],
        ["--query", "x", "past.csv"],
        ["--from", "jira", "--map", "text=Body"],
        ["--from", "jira", "--train", "past.csv"],
        [],
    ],
)
def test_what_does_not_go_together_is_bad_usage(args: list[str]) -> None:
    assert CliRunner().invoke(app, ["eval", *args]).exit_code == 2
