"""A conversation with a model over HTTP: words as they come, calls in order, most of it from the cache."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.core.errors import BudgetSpent, StaysHome
from bot.core.masked import Masked
from bot.core.turns import Call, Heard, Prompt, Result, Returned, Spoke, Tool, Turn
from bot.runtime.budgets import Allowance, Budgets, Most
from bot.runtime.conversing import Conversing, messages
from bot.runtime.models import Endpoint, Models, Residence, Role
from bot.runtime.provider import Guards, Provider
from bot.runtime.spending import STRONG
from bot.writers import Away, Unusable
from sandbox.anthropic import Answer, AnthropicSandbox, Failure
from tests.bot.runtime.speaking import KEY, Frozen, provider, sent

RULES = "You help the people of a service desk. " * 150
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["query"],
    "properties": {"query": {"type": "string", "description": "What to look for, in a few words."}},
}
TOOLS = tuple(
    Tool(name, f"Looks in {name} and brings back what fits best, with its key. " * 8, SCHEMA)
    for name in ("search", "knowledge", "inventory", "metrics")
)
FOUND = Masked("OPS-7: the tunnel broke after the update; restarted the concentrator. " * 12)


def heard(text: str) -> Heard:
    return Heard(Masked(text))


def prompt(*turns: Turn, **other: Any) -> Prompt:
    return Prompt(RULES, TOOLS, turns, connector="jira", queue="OPS", **other)


async def nobody(_words: str) -> None:
    """Listen to nothing."""


@pytest.fixture
async def desk(vendor: AnthropicSandbox) -> AsyncIterator[Provider]:
    made = provider(vendor, model=STRONG)
    yield made
    await made.close()


async def test_words_come_as_they_are_said_and_the_whole_at_the_end(
    vendor: AnthropicSandbox, desk: Provider
) -> None:
    vendor.world.script(Answer(text="The tunnel is down since nine; two others reported it as well."))
    pieces: list[str] = []

    async def hear(words: str) -> None:
        pieces.append(words)

    reply = await Conversing(desk).reply(prompt(heard("What is it?")), hear)

    assert len(pieces) > 1
    assert "".join(pieces) == reply.spoke.text
    assert reply.spoke.calls == ()
    assert reply.usage.model == STRONG
    assert reply.usage.usd > 0


async def test_a_tool_it_wants_comes_back_as_a_call(vendor: AnthropicSandbox, desk: Provider) -> None:
    vendor.world.script(Answer(tool="knowledge", tool_input={"query": "vpn tunnel"}))

    reply = await Conversing(desk).reply(prompt(heard("Is there an article?")), nobody)

    (call,) = reply.spoke.calls
    assert (call.tool, call.arguments) == ("knowledge", {"query": "vpn tunnel"})
    assert call.id
    body = sent(vendor)
    assert [each["name"] for each in body["tools"]] == [each.name for each in TOOLS]
    assert body["tools"][0]["input_schema"] == SCHEMA
    assert "tool_choice" not in body, "it may call several at once, or none"


async def test_from_the_second_turn_on_four_fifths_are_read_from_the_cache(
    vendor: AnthropicSandbox, desk: Provider
) -> None:
    """A run with a step of one call and one of two, an answer, and two more messages of the person."""
    chat = Conversing(desk)
    turns: list[Turn] = [heard("Why is the tunnel down? " * 20)]
    shares: list[float] = []

    async def turn(*answers: Answer) -> Spoke:
        vendor.world.script(*answers)
        reply = await chat.reply(prompt(*turns), nobody)
        shares.append(reply.usage.tokens_cached / reply.usage.tokens_in)
        turns.append(reply.spoke)
        if reply.spoke.calls:
            turns.append(Returned(tuple(Result(call.id, FOUND) for call in reply.spoke.calls)))
        return reply.spoke

    for query in ("tunnel", "concentrator"):
        await turn(Answer(tool="search", tool_input={"query": query}))
    await turn(Answer(text="It is the update of last night, as in OPS-7. " * 5))
    turns.append(heard("And who can restart it?"))
    await turn(Answer(tool="inventory", tool_input={"query": "concentrator"}))
    await turn(Answer(text="The network team."))
    turns.append(heard("Thanks. Set it to high, please."))
    await turn(Answer(text="That needs a yes: see the card."))

    assert shares[0] == 0
    assert min(shares[1:]) >= 0.8, shares


async def test_the_cache_survives_what_a_long_conversation_leaves_out(
    vendor: AnthropicSandbox, desk: Provider
) -> None:
    chat = Conversing(desk)
    turns: list[Turn] = []
    low = tokens = 0
    for number in range(30):
        turns += [heard(f"question {number}: " + "why is it so slow today? " * 600)]
        vendor.world.script(Answer(text="Because."))
        reply = await chat.reply(prompt(*turns), nobody)
        turns.append(reply.spoke)
        tokens = reply.usage.tokens_in
        low += reply.usage.tokens_cached / tokens < 0.5

    assert tokens < 100_000
    assert low <= 8, "only where the beginning moved"
    assert "left out" in json.dumps(sent(vendor)["messages"][0])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(text="I think that", cut_after=8), "was cut"),
        (Answer(tool="search", tool_input={"query": "a long question"}, cut_after=12), "was cut"),
        (Answer(text="No.", stop_reason="refusal"), "refused"),
    ],
)
async def test_a_cut_or_refused_answer_is_none_even_when_words_were_heard(
    vendor: AnthropicSandbox, desk: Provider, answer: Answer, words: str
) -> None:
    vendor.world.script(answer)

    with pytest.raises(Unusable, match=words):
        await Conversing(desk).reply(prompt(heard("Hm?")), nobody)


async def test_a_model_that_is_away_is_told_as_that(vendor: AnthropicSandbox, desk: Provider) -> None:
    vendor.world.script(Failure(529))

    with pytest.raises(Away):
        await Conversing(desk).reply(prompt(heard("Hm?")), nobody)


async def test_text_of_a_queue_that_stays_home_is_never_sent(vendor: AnthropicSandbox) -> None:
    endpoint = Endpoint(api_key=KEY, base_url=vendor.url)
    models = Models(dict.fromkeys(Role, (STRONG, "default")), [endpoint], [Residence("jira", "HR", None)])
    desk = Provider(models)
    asked = prompt(heard("Why was she let go?"))

    for question in (
        replace(asked, queue="HR"),
        replace(asked, others=(("jira", "HR"),)),
        replace(asked, connector="", queue="", others=(("jira", "HR"),)),
    ):
        with pytest.raises(StaysHome):
            await Conversing(desk).reply(question, nobody)

    assert vendor.world.calls == []
    await desk.close()


async def test_one_run_has_one_budget_and_the_next_its_own(
    vendor: AnthropicSandbox, redis: Redis, prefix: str
) -> None:
    budgets = Budgets(redis, prefix, Frozen(), Allowance(run=Most(tokens=10_000)))
    desk = provider(vendor, Guards(budgets=budgets, retries=0), model=STRONG)
    chat, asked = Conversing(desk), prompt(heard("Hm?"), run="E1", person="U0ANNA", ticket="jira:1")
    await chat.reply(asked, nobody)

    with pytest.raises(BudgetSpent, match="the run's budget"):
        await chat.reply(asked, nobody)

    await chat.reply(replace(asked, run="E2"), nobody)
    await desk.close()


def test_thinking_goes_back_to_the_same_model_while_the_same_answer_goes_on() -> None:
    block = {"type": "thinking", "thinking": "hm", "signature": "s"}
    unseen = json.dumps({"model": STRONG, "blocks": [block]})
    wants = Spoke("", (Call("a", "search", {}),), unseen)
    step: list[Turn] = [heard("Why?"), wants, Returned((Result("a", Masked("found")),))]

    names = frozenset({"search"})
    assert messages(step, names, STRONG)[1]["content"][0] == block
    assert block not in messages(step, names, "another-model")[1]["content"]
    later: list[Turn] = [*step, Spoke("So.", (), unseen), heard("And?")]
    assert "thinking" not in json.dumps(messages(later, names, STRONG)), "that answer was given"


def test_there_are_two_moving_marks_and_none_on_the_models_own_words() -> None:
    turns: list[Turn] = []
    for number in range(4):
        turns += [heard(f"question {number}"), Spoke("so.")]
    found = messages([*turns, heard("and?")], frozenset(), STRONG)

    marked = [at for at, each in enumerate(found) if "cache_control" in json.dumps(each)]
    assert marked == [len(found) - 3, len(found) - 1]


async def test_what_two_people_say_in_a_row_and_news_after_results_is_one_message(
    vendor: AnthropicSandbox, desk: Provider
) -> None:
    calls = Spoke("I look.", (Call("a", "search", {"query": "x"}), Call("b", "search", {"query": "y"})))
    turns = (heard("Why?"), heard("And who?"), calls, heard("Stop, the card was approved."))

    await Conversing(desk).reply(prompt(*turns), nobody)

    roles = [each["role"] for each in sent(vendor)["messages"]]
    assert roles == ["user", "assistant", "user"]
    last = sent(vendor)["messages"][-1]["content"]
    assert [each["type"] for each in last] == ["tool_result", "tool_result", "text"], "results come first"
