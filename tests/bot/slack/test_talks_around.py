"""Around conversations in Slack: how to begin, what people think of an answer, workspaces that know less."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.agent.orders import understood
from bot.agent.wordings import Want
from bot.core.errors import Retry
from bot.runtime.talks import Ratings
from bot.slack.client import SlackClient
from sandbox.slack import SlackSandbox
from tests.bot.slack.parlour import Parlour, answered, methods, parlour


async def test_opening_the_messages_suggests_how_to_begin(room: Parlour) -> None:
    room.world.open_home("U0DAN", "messages")
    await room.goes_on()
    assert room.world.prompts["D0DAN"]["prompts"] == [
        {"title": "Que sais-tu faire ?", "message": "Que sais-tu faire ?"}
    ]


async def test_suggestions_are_about_the_ticket_that_waits_for_the_person(room: Parlour) -> None:
    await room.asks()
    for user, first in (("U0ALICE", "Summarise OPS-1"), ("U0CAROL", "What can you do?")):
        room.world.open_home(user, "messages")
        await room.goes_on()
        prompts = room.world.prompts[f"D{user[1:]}"]["prompts"]
        assert prompts[0]["message"] == first
        for each in prompts[:-1]:
            order = understood(each["message"])
            assert order is not None
            assert order.want in {Want.SUMMARY, Want.SKILL}, "nothing suggested puts up a card"


async def test_opening_the_home_still_draws_it(room: Parlour) -> None:
    room.world.open_home("U0ALICE")
    await room.goes_on()
    assert room.world.home("U0ALICE") is not None


async def test_what_people_think_of_an_answer_is_counted_once_each(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "go")
    await room.goes_on()
    answer = next(each for each in room.world.messages(asked.channel) if each.bot_id == "B0BOT")
    for good in (True, True, False):
        await room.world.feedback("U0ALICE", answer.channel, answer.ts, good=good)
        await room.goes_on()
    rated = [record for record in await room.bench.audit() if record.what == "answer.rated"]
    assert [record.details["verdict"] for record in rated] == ["good", "bad"]
    counted = room.bench.meters.registry.get_sample_value
    assert counted("countersign_answers_rated_total", {"verdict": "good"}) == 1
    assert counted("countersign_answers_rated_total", {"verdict": "bad"}) == 1


@pytest.mark.parametrize("breaks", ["note", "call"])
async def test_a_rating_that_breaks_off_halfway_is_taken_all_the_same(
    room: Parlour, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    """Redis fails over before it is noted, or Slack is too busy for the thanks: the job comes again."""
    asked = room.world.dm("U0ALICE", "go")
    await room.goes_on()
    of = {"note": Ratings, "call": SlackClient}[breaks]
    right, failed = getattr(of, breaks), list[str]()

    async def once(part: Any, *words: str, **more: Any) -> Any:
        if not failed:
            failed.append(breaks)
            raise Retry("away for a moment", after_s=0.01)
        return await right(part, *words, **more)

    answer = next(each for each in room.world.messages(asked.channel) if each.bot_id == "B0BOT")
    await room.world.feedback("U0ALICE", answer.channel, answer.ts, good=False)
    monkeypatch.setattr(of, breaks, once)
    await room.goes_on()
    rated = [each for each in await room.bench.audit() if each.what == "answer.rated"]
    assert {each.details["verdict"] for each in rated} == {"bad"}
    assert len(rated) == (2 if breaks == "note" else 1)
    assert [each.text for each in room.world.ephemerals("U0ALICE")] == ["Thank you, that is counted."]


async def test_the_audit_of_an_answer_names_the_run_that_people_rate(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "go")
    await room.goes_on()
    answer = next(each for each in room.world.messages(asked.channel) if each.bot_id == "B0BOT")
    await room.world.feedback("U0ALICE", answer.channel, answer.ts, good=True)
    await room.goes_on()
    kinds = {record.what: record.details for record in await room.bench.audit()}
    assert kinds["answer.rated"]["run"]
    assert kinds["answer.rated"]["run"] == kinds["talk.answered"]["run"]


async def test_what_somebody_looks_at_changes_nothing(room: Parlour) -> None:
    room.world.dm("U0ALICE", "go")
    await room.goes_on()
    before = len(room.slack.exchanges)
    room.world.look_at("U0ALICE", "C0GENERAL")
    await room.goes_on()
    assert len(room.slack.exchanges) == before


async def test_without_sessions_and_streams_the_answer_comes_all_the_same(redis: Redis, prefix: str) -> None:
    slack = SlackSandbox(mode="http", agent_view=False)
    await slack.start()
    try:
        async with parlour(redis, prefix, slack) as room:
            asked = room.world.dm("U0ALICE", "go")
            assert await answered(room, asked) == "You said: go"
            other = room.world.dm("U0BOB", "go")
            assert await answered(room, other) == "You said: go"
            assert methods(room).count("agents.sessions.setStatus") == 1  # asked once, not every time
    finally:
        await slack.stop()


async def test_what_was_said_is_forgotten_after_its_time_whoever_is_there(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with parlour(redis, prefix, slack, remember_s=0.2) as room:
        asked = room.world.dm("U0ALICE", "a word to remember")
        await room.goes_on()
        assert "a word to remember" in str((await room.talk(asked)).memories)
        untyped: Any = redis
        key = f"{prefix}:doc:{room.place(asked).lane}"
        assert 0 < await untyped.ttl(key) <= 3600
        while (await room.talk(asked)).watched:
            await asyncio.sleep(0.02)
            await room.lanes.tick()
            await room.goes_on()
        assert (await room.talk(asked)).memories == {}
        assert "a word to remember" not in str(await untyped.hgetall(key))
