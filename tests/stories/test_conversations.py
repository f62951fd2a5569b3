"""People talk to the whole bot in Slack, over HTTP and Socket Mode: asked, answered, approved, told."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.anthropic.world import Answer, Failure, ToolCall
from sandbox.slack.rooms import Message
from tests.stories.conftest import Begin
from tests.stories.world import World

both = pytest.mark.parametrize("slack", ["http", "socket"])


def said(world: World, asked: Message) -> list[str]:
    """What the bot said in the thread of ``asked``, as people read it."""
    thread = asked.thread_ts or asked.ts
    mine = [m for m in world.slack.world.messages(asked.channel) if m.thread_ts == thread and m.bot_id]
    return [_markdown(message.blocks) or message.text for message in mine]


def _markdown(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(block["text"] for block in blocks if block["type"] == "markdown")


def status(world: World, asked: Message) -> str:
    """What the session says."""
    return world.slack.store.sessions.status((asked.channel, asked.thread_ts or asked.ts))


async def test_without_a_key_a_question_about_a_ticket_is_answered_by_rules(begin: Begin) -> None:
    world = await begin(mode="suggest")
    key = await world.ticket()
    asked = world.slack.world.dm("U0ALICE", f"What is {key} about?")
    await world.settles()
    (answer,) = said(world, asked)
    assert answer
    assert status(world, asked) == "active"
    assert [record.details["ending"] for record in await world.recorded("talk.answered")]
    assert not [key async for key in world.redis.scan_iter("*:halt:*")]


@both
async def test_a_change_asked_for_in_words_is_made_after_one_click(begin: Begin, slack: str) -> None:
    world = await begin(slack=slack, mode="suggest")
    key = await world.ticket()
    asked = world.slack.world.mention("U0CAROL", "C0GENERAL", f"set the priority of {key} to high")
    await world.settles()
    assert await world.executed() == 0
    assert status(world, asked) == "suspended"
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert await world.executed() == 1
    assert said(world, asked)[-1].startswith("Done: ")
    assert status(world, asked) == "active"


@pytest.mark.parametrize("model", [False, True], ids=["by rules", "with a model"])
@pytest.mark.parametrize("same_thread", [True, False], ids=["one thread", "two threads"])
async def test_whoever_asks_for_the_same_shares_the_card_and_hears_how_it_ends(
    begin: Begin, *, same_thread: bool, model: bool
) -> None:
    world = await begin(mode="suggest", model=model)
    key = await world.ticket()
    first = world.slack.world.dm("U0CAROL", f"set the priority of {key} to high")
    await world.settles()
    who, thread = ("U0CAROL", first.ts) if same_thread else ("U0DAN", "")
    again = world.slack.world.dm(who, f"set the priority of {key} to high", thread)
    await world.settles()
    assert status(world, first) == status(world, again) == "suspended"
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert await world.executed() == 1
    for asked, word in ((first, "Done: "), (again, "Done: " if same_thread else "Fait : ")):
        assert [text for text in said(world, asked) if text.startswith(word)], "each in their own language"
        assert status(world, asked) == "active"


async def test_where_the_bot_is_switched_off_the_answer_says_that_nothing_is_done(begin: Begin) -> None:
    world = await begin(mode="off")
    key = await world.ticket()
    asked = world.slack.world.dm("U0CAROL", f"set the priority of {key} to high")
    await world.settles()
    assert world.cards() == []
    assert said(world, asked)[-1].startswith("Not done, because policy does not allow it")
    assert status(world, asked) == "active"


async def test_an_unknown_ticket_ends_in_a_sentence_and_a_cleared_status(begin: Begin) -> None:
    world = await begin(mode="suggest")
    asked = world.slack.world.dm("U0CAROL", "set the priority of OPS-99999 to high")
    await world.settles()
    (answer,) = said(world, asked)
    assert "OPS-99999" in answer
    assert status(world, asked) == "active"
    assert world.cards() == []


async def test_with_a_model_the_answer_is_streamed_and_a_run_follows_the_click(begin: Begin) -> None:
    world = await begin(mode="suggest", model=True)
    key = await world.ticket()
    asked = world.slack.world.dm("U0CAROL", f"set the priority of {key} to high")
    await world.settles()
    assert status(world, asked) == "suspended"
    before = len(await world.recorded("talk.answered"))
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert await world.executed() == 1
    assert any(text.startswith("Done: ") for text in said(world, asked))
    assert len(await world.recorded("talk.answered")) == before + 1
    assert status(world, asked) == "active"


async def test_a_model_that_fails_in_the_middle_of_a_word_leaves_one_whole_answer(begin: Begin) -> None:
    world = await begin(mode="suggest", model=True)
    key = await world.ticket()
    half = Answer(text="The answer to this is quite certainly that " * 20, break_stream_after=3)
    world.anthropic.world.script(*[half] * 4)
    asked = world.slack.world.dm("U0ALICE", f"What is {key} about?")
    await world.settles()
    (told,) = said(world, asked)
    assert "quite certainly" not in told
    assert key in told
    assert status(world, asked) == "active"


def bad_answers() -> dict[str, list[Answer | Failure]]:
    """What a model may come up with, by what it is."""
    nowhere = ToolCall("no_such_tool", {"a": 1})
    wrong = ToolCall("read_ticket", {"nonsense": [1, 2]})
    again = ToolCall("search_past_tickets", {"query": "printer"})
    return {
        "refusal": [Answer(stop_reason="refusal")] * 4,
        "cut": [Answer(text="Here is the beg", stop_reason="max_tokens")] * 4,
        "a tool that is not there": [Answer(calls=(nowhere,))] * 30,
        "arguments that are wrong": [Answer(calls=(wrong,))] * 30,
        "twenty calls in a row": [Answer(calls=(again,) * 20)] * 4,
        "an endless loop": [Answer(calls=(again,))] * 60,
    }


async def test_whatever_a_model_comes_up_with_ends_in_a_sentence_and_a_cleared_status(begin: Begin) -> None:
    world = await begin(mode="suggest", model=True)
    key = await world.ticket()
    for number, (what, answers) in enumerate(bad_answers().items()):
        world.anthropic.world.queue.clear()
        world.anthropic.world.script(*answers)
        person = ("U0ALICE", "U0BOB", "U0CAROL", "U0DAN")[number % 4]
        asked = world.slack.world.dm(person, f"What about {key}?")
        await world.settles()
        (told,) = said(world, asked)
        assert len(told) > 20, what
        assert status(world, asked) == "active", what
        await world.redis.delete(*[key async for key in world.redis.scan_iter("*:join:now:*")])
    assert world.cards() == []
    endings = [record.details["ending"] for record in await world.recorded("talk.answered")]
    assert len(endings) == len(bad_answers())
    assert "endless" in endings
    assert "unusable" in endings
