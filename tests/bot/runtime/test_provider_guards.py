"""Every call of a model is held to budgets, to the breaker, and to where its text may go; over HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from bot.core.errors import BudgetSpent, Forbidden, Misconfigured, Reject, StaysHome
from bot.runtime.breaker import FAILURES_MAX, REST_S, Breaker
from bot.runtime.budgets import Allowance, Budgets, Most, Payer
from bot.runtime.meters import Meters
from bot.runtime.models import Endpoint, Models, Residence, Role, one
from bot.runtime.provider import Guards, Provider
from bot.runtime.spending import FAST, STRONG
from bot.writers import Away, Unusable
from sandbox.anthropic import Answer, AnthropicSandbox, Failure
from tests.bot.runtime.conftest import ask, until
from tests.bot.runtime.speaking import HEARING, KEY, OUT, Frozen, nobody, provider, sent, wanted
from tests.bot.runtime.test_budgets import held


def counted(redis: Redis, prefix: str, allowance: Allowance | None = None) -> Guards:
    budgets = Budgets(redis, prefix, Frozen(), allowance or Allowance(day=Most(1.0)))
    return Guards(budgets=budgets, retries=0)


@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
async def test_each_answer_is_paid_for_what_it_cost_and_a_refused_call_not(
    vendor: AnthropicSandbox, redis: Redis, prefix: str, hear: Any
) -> None:
    desk = provider(vendor, counted(redis, prefix))
    paid = (await desk.ask(wanted(), hear)).usage

    vendor.world.script(Failure(529))
    with pytest.raises(Away):
        await desk.ask(wanted(), hear)
    vendor.world.script(replace(OUT, cut_after=9))
    with pytest.raises(Unusable) as no:
        await desk.ask(wanted(), hear)

    usd, tokens = await held(redis, prefix)
    cut = no.value.usage
    assert usd == pytest.approx(paid.usd + cut.usd, abs=2e-6)
    assert tokens == paid.tokens_in + paid.tokens_out + cut.tokens_in + cut.tokens_out
    await desk.close()


async def test_an_answer_that_never_arrived_whole_stays_counted_as_it_may_be_billed(
    vendor: AnthropicSandbox, redis: Redis, prefix: str
) -> None:
    desk = provider(vendor, counted(redis, prefix))
    vendor.world.script(replace(OUT, break_stream_after=1))

    with pytest.raises(Away):
        await desk.ask(wanted(), nobody)

    assert (await held(redis, prefix))[1] >= 500
    await desk.close()


@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
async def test_what_never_left_costs_nothing_however_long_the_provider_is_away(
    vendor: AnthropicSandbox, redis: Redis, prefix: str, hear: Any
) -> None:
    """Else an outage of some hours would spend the day's budget, and the day would go on without a model."""
    desk = provider(vendor, counted(redis, prefix))
    await vendor.stop()
    for _ in range(3):
        with pytest.raises(Away, match="cannot be reached"):
            await desk.ask(wanted(), hear)
    await desk.close()
    cloud = Provider(one(FAST, Endpoint("eu", "bedrock", region="eu-1")), counted(redis, prefix))
    with pytest.raises(Misconfigured, match="pip install"):
        await cloud.ask(wanted(), hear)

    assert await held(redis, prefix) == (0, 0)


async def test_a_try_that_may_be_billed_stays_counted_though_the_next_one_is_refused(
    vendor: AnthropicSandbox, redis: Redis, prefix: str
) -> None:
    guards = replace(counted(redis, prefix), retries=1, clock=Frozen())
    desk = provider(vendor, guards)
    tool = {"name": "look", "description": "Look.", "input_schema": {"type": "object"}}
    body = {"messages": [{"role": "user", "content": "Look."}], "tools": [tool]}
    vendor.world.script(Answer(tool="look", tool_input={"at": "x"}, break_stream_after=1), Failure(529))

    with pytest.raises(Away):
        await desk.ask(wanted(body=body), nobody)

    assert (await held(redis, prefix))[1] > 0
    await desk.close()


async def test_an_endpoint_that_cannot_be_used_is_named_in_the_log_whoever_asked(
    vendor: AnthropicSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """A conversation and a skill tell people that there was no model, and not why."""
    desk = provider(vendor)
    vendor.world.script(Failure(401))

    with pytest.raises(Forbidden):
        await desk.ask(wanted())

    told = "".join(capsys.readouterr())
    assert "model_failed" in told
    assert "check ANTHROPIC_API_KEY" in told
    await desk.close()


async def test_an_answer_that_was_stopped_costs_what_had_come_of_it(
    vendor: AnthropicSandbox, redis: Redis, prefix: str
) -> None:
    meters = Meters()
    desk = provider(vendor, replace(counted(redis, prefix), meters=meters))
    whole = (await desk.ask(wanted(tokens_max=4_000), nobody)).usage
    before = (await held(redis, prefix))[1]

    async def enough(_words: str) -> None:
        raise LookupError("whoever listened has left")

    vendor.world.script(replace(OUT, text="Lead it out. " * 200))
    with pytest.raises(LookupError):
        await desk.ask(wanted(tokens_max=4_000), enough)

    spent = (await held(redis, prefix))[1] - before
    assert whole.tokens_in < spent < whole.tokens_in + 1_000, "the input, and the words until then"
    registry: CollectorRegistry = meters.registry
    usd = registry.get_sample_value("countersign_model_usd_total", {"model": FAST})
    assert usd is not None
    assert usd > whole.usd
    await desk.close()


async def test_over_any_budget_nothing_is_sent(vendor: AnthropicSandbox, redis: Redis, prefix: str) -> None:
    nothing = Most(tokens=10)
    for allowance, name in (
        (Allowance(run=nothing), "run"),
        (Allowance(ticket=nothing), "ticket"),
        (Allowance(person=nothing), "person"),
        (Allowance(day=nothing), "day"),
    ):
        desk = provider(vendor, counted(redis, prefix, allowance))
        with pytest.raises(BudgetSpent, match=f"the {name}'s budget"):
            await desk.ask(wanted(payer=Payer("jira:1", "U0ANNA", "E1")))
        await desk.close()

    assert vendor.world.calls == []


async def test_every_answer_is_in_the_metrics_once(vendor: AnthropicSandbox) -> None:
    meters = Meters()
    desk = provider(vendor, Guards(meters=meters, retries=0))
    usage = (await desk.ask(wanted())).usage
    await desk.close()

    registry: CollectorRegistry = meters.registry
    labels = {"model": FAST, "kind": "in"}
    assert registry.get_sample_value("countersign_model_tokens_total", labels) == usage.tokens_in
    assert registry.get_sample_value("countersign_model_usd_total", {"model": FAST}) == usage.usd


async def test_after_failures_in_a_row_nothing_is_sent_until_one_try_works(
    vendor: AnthropicSandbox, redis: Redis, prefix: str
) -> None:
    clock = Frozen()
    desk = provider(vendor, Guards(breaker=Breaker(redis, prefix, clock), retries=0))
    for status in (529, 429, 500)[:FAILURES_MAX]:
        vendor.world.script(Failure(status, retry_after="90"))
        with pytest.raises(Away):
            await desk.ask(wanted())

    with pytest.raises(Away, match="left alone") as no:
        await desk.ask(wanted())
    assert no.value.after_s == 90, "as long as it was told"
    assert vendor.world.calls == []

    await clock.sleep(90)
    assert (await desk.ask(wanted())).text
    vendor.world.script(Failure(529))
    with pytest.raises(Away):
        await desk.ask(wanted())
    assert (await desk.ask(wanted())).text, "one failure after it recovered is only one"
    await desk.close()


async def test_only_what_is_the_endpoints_fault_counts(
    vendor: AnthropicSandbox, redis: Redis, prefix: str
) -> None:
    clock = Frozen()
    purse = Budgets(redis, prefix, clock, Allowance(run=Most(tokens=1)))
    desk = provider(vendor, Guards(Breaker(redis, prefix, clock), purse, retries=0))
    for _ in range(FAILURES_MAX + 1):
        vendor.world.script(Failure(400), replace(OUT, cut_after=5))
        with pytest.raises(Reject):
            await desk.ask(wanted())
        with pytest.raises(Unusable):
            await desk.ask(wanted())
        with pytest.raises(BudgetSpent):
            await desk.ask(wanted(payer=Payer(run="E1")))

    assert (await desk.ask(wanted())).text
    await desk.close()


async def test_a_refused_key_is_left_alone_as_well(
    vendor: AnthropicSandbox, redis: Redis, prefix: str
) -> None:
    desk = provider(vendor, Guards(breaker=Breaker(redis, prefix, Frozen()), retries=0))
    for _ in range(FAILURES_MAX):
        vendor.world.script(Failure(401))
        with pytest.raises(Forbidden):
            await desk.ask(wanted())

    with pytest.raises(Away) as no:
        await desk.ask(wanted())
    assert no.value.after_s > REST_S, "a person has to look first"
    await desk.close()


async def is_tried(redis: Redis, prefix: str) -> bool:
    return bool(await ask(redis, "HEXISTS", f"{prefix}:breaker:default", "p"))


async def test_an_answer_that_was_stopped_says_nothing_about_the_endpoint(
    vendor: AnthropicSandbox, redis: Redis, prefix: str
) -> None:
    clock = Frozen()
    breaker = Breaker(redis, prefix, clock)
    desk = provider(vendor, Guards(breaker=breaker, retries=0))
    for _ in range(FAILURES_MAX):
        await breaker.failed("default", await breaker.enter("default"), rest_s=0)
    await clock.sleep(REST_S)

    vendor.world.latency_s = 1.0
    task = asyncio.create_task(desk.ask(wanted()))
    await until(lambda: is_tried(redis, prefix))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    vendor.world.latency_s = 0
    assert (await desk.ask(wanted())).text, "the next one may try"
    await desk.close()


async def test_text_that_stays_home_is_not_sent_and_other_text_goes_where_it_may(
    vendor: AnthropicSandbox,
) -> None:
    other = AnthropicSandbox(api_key="sk-eu")
    await other.start()
    models = Models(
        {Role.TRIAGE: (FAST, "default"), Role.CHAT: (STRONG, "default")},
        [
            Endpoint(api_key=KEY, base_url=vendor.url),
            Endpoint("eu", api_key="sk-eu", base_url=other.url, names={STRONG: "claude-opus-5-5"}),
        ],
        [Residence("jira", "HR", None), Residence("servicenow", "", "eu")],
    )
    desk = Provider(models, Guards(retries=0))
    try:
        for places in (
            (("jira", "HR"),),
            (("jira", "hr"),),
            (("jira", "OPS"), ("jira", "HR")),
            (("jira", ""),),
            (("servicenow", "Network"), ("jira", "OPS")),
        ):
            with pytest.raises(StaysHome):
                await desk.ask(wanted(places=places))
        assert vendor.world.calls == other.world.calls == []

        said = await desk.ask(wanted(places=(("servicenow", "Network"),)))
        assert (len(vendor.world.calls), len(other.world.calls)) == (0, 1)
        assert sent(other)["model"] == "claude-opus-5-5", "as that endpoint calls it"
        assert said.usage.model == STRONG
        await desk.ask(wanted(places=(("jira", "OPS"),)))
        assert len(vendor.world.calls) == 1
    finally:
        await desk.close()
        await other.stop()
