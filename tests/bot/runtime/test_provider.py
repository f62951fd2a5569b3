"""The one way to a model, through the real library, against a fake Messages API over HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from bot.core.errors import BotError, BudgetSpent, Forbidden, Misconfigured, Reject, StaysHome
from bot.runtime.breaker import FAILURES_MAX, REST_S, Breaker
from bot.runtime.budgets import Allowance, Budgets, Most, Payer
from bot.runtime.meters import Meters
from bot.runtime.models import Endpoint, Models, Residence, Role, one
from bot.runtime.provider import Ask, Guards, Patience, Provider, Said
from bot.runtime.spending import FAST, STRONG
from bot.writers import Away, Unusable
from sandbox.anthropic import Answer, AnthropicSandbox, Failure
from sandbox.faults import Fault, FaultKind
from tests.bot.runtime.conftest import ask, until
from tests.bot.runtime.speaking import KEY, Frozen, provider, sent
from tests.bot.runtime.test_budgets import held

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "A giraffe is in the server room"}]}
OUT = Answer(text="Lead it out by the stairs, slowly, and close the door.")


def wanted(**other: Any) -> Ask:
    return replace(Ask(Role.CHAT, (("jira", "OPS"),), HELLO, 500), **other)


async def nobody(_words: str) -> None:
    """Listen to nothing."""


HEARING: list[Callable[[str], Awaitable[None]] | None] = [None, nobody]


@pytest.fixture
async def vendor() -> AsyncIterator[AnthropicSandbox]:
    sandbox = AnthropicSandbox(api_key=KEY)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def desk(vendor: AnthropicSandbox) -> AsyncIterator[Provider]:
    made = provider(vendor)
    yield made
    await made.close()


@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
async def test_a_good_answer_comes_whole_with_what_it_cost(
    vendor: AnthropicSandbox, desk: Provider, hear: Any
) -> None:
    vendor.world.script(OUT)

    said = await desk.ask(wanted(), hear)

    assert (said.text, said.calls, said.unseen) == (OUT.text, (), "")
    assert said.usage.model == FAST
    assert min(said.usage.tokens_in, said.usage.tokens_out) > 0
    assert said.usage.usd > 0


async def test_words_are_heard_as_they_come_and_make_up_the_answer(
    vendor: AnthropicSandbox, desk: Provider
) -> None:
    vendor.world.script(OUT)
    heard: list[str] = []

    async def hear(words: str) -> None:
        heard.append(words)

    said = await desk.ask(wanted(), hear)

    assert len(heard) > 1
    assert "".join(heard) == said.text == OUT.text


REFUSALS = [
    (429, Away, 17.0),
    (408, Away, 5.0),
    (500, Away, 5.0),
    (503, Away, 5.0),
    (529, Away, 5.0),
    (401, Forbidden, None),
    (402, Forbidden, None),
    (403, Forbidden, None),
    (404, Misconfigured, None),
    (400, Reject, None),
    (413, Reject, None),
]


@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
@pytest.mark.parametrize(("status", "kind", "after_s"), REFUSALS)
async def test_each_refusal_is_sorted_by_what_to_do(
    vendor: AnthropicSandbox,
    desk: Provider,
    status: int,
    kind: type[BotError],
    after_s: float | None,
    hear: Any,
) -> None:
    vendor.world.script(Failure(status, retry_after="17" if status == 429 else ""))

    with pytest.raises(kind) as no:
        await desk.ask(wanted(), hear)

    assert type(no.value) is kind
    assert getattr(no.value, "after_s", None) == after_s


async def test_a_wait_that_is_a_date_counts_as_none_said(vendor: AnthropicSandbox, desk: Provider) -> None:
    vendor.world.script(Failure(429, retry_after="Fri, 20 Nov 2026 22:00:00 GMT"))

    with pytest.raises(Away) as no:
        await desk.ask(wanted())

    assert no.value.after_s == 5


@pytest.mark.parametrize(
    ("fault", "hear"),
    [
        (FaultKind.RESET, None),
        (FaultKind.RESET, nobody),
        (FaultKind.LOST, None),  # a stream would have arrived by then
        (FaultKind.HTML, None),
        (FaultKind.HTML, nobody),
    ],
)
async def test_a_cut_connection_or_a_page_instead_of_json_is_tried_later(
    vendor: AnthropicSandbox, desk: Provider, fault: FaultKind, hear: Any
) -> None:
    vendor.faults.add(Fault(fault))

    with pytest.raises(Away):
        await desk.ask(wanted(), hear)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (replace(OUT, cut_after=20), "was cut"),
        (replace(OUT, stop_reason="refusal"), "refused"),
        (Answer(text=" ", stop_reason="end_turn"), "said nothing"),
    ],
)
@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
async def test_an_answer_that_is_none_is_refused_and_was_paid_for(
    vendor: AnthropicSandbox, desk: Provider, answer: Answer, words: str, hear: Any
) -> None:
    vendor.world.script(answer)

    with pytest.raises(Unusable, match=words) as no:
        await desk.ask(wanted(), hear)

    assert no.value.usage.usd > 0


async def test_a_stream_that_breaks_in_the_middle_is_no_answer(
    vendor: AnthropicSandbox, desk: Provider
) -> None:
    vendor.world.script(replace(OUT, break_stream_after=1))
    heard: list[str] = []

    async def hear(words: str) -> None:
        heard.append(words)

    with pytest.raises(Away, match="overloaded_error"):
        await desk.ask(wanted(), hear)

    assert heard, "some of it had come"


@pytest.mark.parametrize("ends", ["quietly", "with a reset"])
async def test_a_stream_that_just_ends_is_no_answer(ends: str) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        started = (
            '{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"x",'
            '"content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}}'
        )
        await answer.write(f"event: message_start\ndata: {started}\n\n".encode())
        if ends == "quietly":
            await answer.write_eof()
        else:
            assert request.transport
            request.transport.abort()
        return answer

    app = web.Application()
    app.router.add_post("/v1/messages", half)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    desk = Provider(one(FAST, Endpoint(api_key=KEY, base_url=url)), Guards(retries=0))
    try:
        with pytest.raises(Away):
            await desk.ask(wanted(), nobody)
    finally:
        await desk.close()
        await runner.cleanup()


@pytest.mark.parametrize("patience", [Patience(0.05, 10), Patience(10, 0.05)], ids=["attempt", "deadline"])
@pytest.mark.parametrize("hear", HEARING, ids=["whole", "streamed"])
async def test_a_slow_model_costs_no_more_than_its_time(
    vendor: AnthropicSandbox, patience: Patience, hear: Any
) -> None:
    vendor.world.latency_s = 0.5
    desk = provider(vendor, patience=dict.fromkeys(Role, patience))

    with pytest.raises(Away):  # else there would be an answer
        await desk.ask(wanted(), hear)

    await desk.close()


async def test_the_library_tries_again_as_often_as_it_was_told(vendor: AnthropicSandbox) -> None:
    desk = provider(vendor, Guards(retries=1))
    vendor.world.script(Failure(529), OUT, Failure(529), Failure(529))

    assert (await desk.ask(wanted())).text
    with pytest.raises(Away):
        await desk.ask(wanted())
    await desk.close()


async def test_whoever_listens_can_end_it_and_their_own_errors_come_through(
    vendor: AnthropicSandbox, desk: Provider
) -> None:
    for error in (TimeoutError("mine"), ValueError("stop")):
        vendor.world.script(OUT)

        async def hear(_words: str, error: Exception = error) -> None:
            raise error

        with pytest.raises(type(error), match=str(error)):
            await desk.ask(wanted(), hear)


# --- money ---------------------------------------------------------------------------------------------


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


# --- the breaker ---------------------------------------------------------------------------------------


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


# --- where text may go ---------------------------------------------------------------------------------


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


@pytest.mark.parametrize("kind", ["bedrock", "vertex"])
async def test_a_cloud_whose_library_is_missing_names_what_to_install(kind: Any) -> None:
    endpoint = Endpoint("cloud", kind, region="eu-central-1", project="p")
    desk = Provider(one(FAST, endpoint))
    with pytest.raises(Misconfigured, match=rf"anthropic\[{kind}\]"):
        await desk.ask(wanted())
    await desk.close()


# --- silence -------------------------------------------------------------------------------------------


async def test_no_log_and_no_repr_holds_the_prompt_the_answer_or_the_key(
    vendor: AnthropicSandbox,
    desk: Provider,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    vendor.world.script(Answer(text="a zebra"), Failure(400))
    said = await desk.ask(wanted())
    with pytest.raises(Reject):
        await desk.ask(wanted())

    assert isinstance(said, Said)
    logged = caplog.text + "".join(capsys.readouterr())
    assert not any(word in logged for word in ("giraffe", "zebra", KEY))
    assert KEY not in repr(Endpoint(api_key=KEY))
