"""Answers appear piece by piece through Slack's own client, and people can stop them."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.messages.chunk import BlocksChunk, PlanUpdateChunk, TaskUpdateChunk

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.conftest import CARD, Clock, Make, SlackClient, client_of
from tests.sandbox.slack.contract_judge import assert_valid

FEEDBACK: list[dict[str, Any]] = [
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "good|t1"},
                "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "bad|t1"},
            }
        ],
    }
]


async def refused(awaitable: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    error: Any = caught.value
    return str(error.response["error"])


async def started(slack: SlackSandbox, client: SlackClient, **more: Any) -> tuple[str, str, str]:
    """A question, and an answer under way: channel, thread and ts."""
    asked = slack.world.dm("U0DAN", "what is open?")
    answer = await client.chat_startStream(channel=asked.channel, thread_ts=asked.ts, **more)
    return asked.channel, asked.ts, str(answer["ts"])


async def test_slacks_own_stream_writes_text_tasks_blocks_and_buttons(
    slack: SlackSandbox, client: SlackClient
) -> None:
    asked = slack.world.dm("U0DAN", "what is open?")
    stream = await client.chat_stream(channel=asked.channel, thread_ts=asked.ts, buffer_size=4)
    await stream.append(chunks=[TaskUpdateChunk(id="1", title="Looking", status="in_progress", details="a")])
    await stream.append(markdown_text="Two ")
    await stream.append(markdown_text="tickets.")
    source = {"type": "url", "url": "https://example.com/1", "text": "OPS-1"}
    done = TaskUpdateChunk(id="1", title="Looked", status="complete", details="b", sources=[source])
    await stream.append(chunks=[done, BlocksChunk(blocks=[{"type": "divider"}])])
    message = slack.world.message(asked.channel, stream.ts)
    assert message.as_json("T0MAIN")["streaming_state"] == "in_progress"
    last = await stream.stop(markdown_text=" Bye.", blocks=FEEDBACK, session_status="active")
    assert message.text == "Two tickets. Bye."
    kinds = [block["type"] for block in message.blocks]
    assert kinds == ["task_card", "markdown", "divider", "markdown", "context_actions"]
    card = message.blocks[0]
    assert (card["title"], card["status"], card["sources"]) == ("Looked", "complete", [source])
    assert card["details"]["elements"][0]["elements"][0]["text"] == "ab", "details grow, they do not change"
    assert (last["message"]["streaming_state"], message.thread_ts) == ("completed", asked.ts)
    assert slack.world.statuses[asked.channel, asked.ts]["session"] == {"status": "active"}
    assert assert_valid(slack.exchanges) == 5


@pytest.mark.parametrize(("mode", "kinds"), [("plan", ["plan", "markdown"]), ("dense", ["plan", "markdown"])])
async def test_a_plan_keeps_all_tasks_where_the_first_one_is(
    slack: SlackSandbox, client: SlackClient, mode: str, kinds: list[str]
) -> None:
    channel, _thread, ts = await started(slack, client, task_display_mode=mode)
    tasks = [TaskUpdateChunk(id=name, title=f"Step {name}", status="pending") for name in "12"]
    await client.chat_appendStream(
        channel=channel, ts=ts, chunks=[PlanUpdateChunk(title="The plan"), tasks[0]]
    )
    await client.chat_appendStream(channel=channel, ts=ts, markdown_text="words", chunks=[tasks[1]])
    message = slack.world.message(channel, ts)
    assert [block["type"] for block in message.blocks] == kinds
    assert message.blocks[0]["title"] == "The plan"
    assert [task["task_id"] for task in message.blocks[0]["tasks"]] == ["1", "2"]


async def test_a_stream_in_a_channel_names_its_reader(slack: SlackSandbox, client: SlackClient) -> None:
    asked = slack.world.mention("U0DAN", "C0GENERAL", "what is open?")
    place = {"channel": asked.channel, "thread_ts": asked.ts}
    assert await refused(client.chat_startStream(**place)) == "missing_recipient_team_id"
    team = {**place, "recipient_team_id": "T0MAIN"}
    assert await refused(client.chat_startStream(**team)) == "missing_recipient_user_id"
    assert await refused(client.chat_startStream(**team, recipient_user_id="U0NOBODY")) == "user_not_found"
    assert await refused(client.chat_startStream(**team, recipient_user_id="U0STRANGER")) == "team_not_found"
    assert (await client.chat_startStream(**team, recipient_user_id="U0DAN"))["ok"]


async def test_what_cannot_be_streamed(slack: SlackSandbox, client: SlackClient) -> None:
    nowhere = client.chat_startStream(channel="D0DAN", thread_ts="1.1")
    assert await refused(nowhere) == "channel_not_found"
    channel, thread, ts = await started(slack, client)
    place = {"channel": channel, "ts": ts}
    assert await refused(client.chat_startStream(channel=channel, thread_ts="")) == "invalid_arguments"
    assert (
        await refused(client.chat_startStream(channel=channel, thread_ts="1.1"))
        == "messaging_processing_failed"
    )
    assert await refused(client.chat_appendStream(**place, chunks=[])) == "no_text"
    long = TaskUpdateChunk(id="1", title="x" * 257, status="pending")
    assert await refused(client.chat_appendStream(**place, chunks=[long])) == "invalid_chunks"
    odd = [{"type": "task_update", "id": "1", "title": "x", "status": "done"}, {"type": "html", "text": "x"}]
    for chunk in odd:
        assert await refused(client.chat_appendStream(**place, chunks=[chunk])) == "invalid_chunks"
    broken = BlocksChunk(blocks=[{"type": "section"}])
    assert await refused(client.chat_appendStream(**place, chunks=[broken])) == "invalid_chunks"
    assert (
        await refused(client.chat_appendStream(**place, markdown_text="x" * 12_001)) == "msg_blocks_too_long"
    )
    assert await refused(client.chat_update(**place, text="x")) == "streaming_state_conflict"
    assert await refused(client.chat_stopStream(**place)) == "no_text", "an answer without a word"
    assert await refused(client.chat_stopStream(**place, session_status="busy")) == "invalid_arguments"
    mine: str = (await client.chat_postMessage(channel=channel, text="x"))["ts"]
    whole = client.chat_appendStream(channel=channel, ts=mine, markdown_text="x")
    assert await refused(whole) == "message_not_in_streaming_state"
    theirs = client.chat_appendStream(channel=channel, ts=thread, markdown_text="x")
    assert await refused(theirs) == "message_not_owned_by_app"


async def test_a_stream_that_ended_takes_no_more_but_can_be_updated(
    slack: SlackSandbox, client: SlackClient, clock: Clock
) -> None:
    channel, _thread, ts = await started(slack, client, markdown_text="one")
    await client.chat_stopStream(channel=channel, ts=ts)
    more = client.chat_appendStream(channel=channel, ts=ts, markdown_text="x")
    assert await refused(more) == "message_not_in_streaming_state"
    assert (await client.chat_update(channel=channel, ts=ts, text="two"))["ok"]
    channel, _thread, ts = await started(slack, client, markdown_text="one")
    clock.ahead_s += 301
    late = client.chat_appendStream(channel=channel, ts=ts, markdown_text="x")
    assert await refused(late) == "message_not_in_streaming_state"
    assert (await client.chat_update(channel=channel, ts=ts, text="instead"))["ok"]


async def test_a_stream_is_limited_to_twenty_starts_a_minute(
    make_slack: Make, http: aiohttp.ClientSession
) -> None:
    slack = await make_slack(rate_limits=True)
    client, asked = client_of(slack, http), slack.world.dm("U0DAN", "hello")
    place = {"channel": asked.channel, "thread_ts": asked.ts}
    for _ in range(20):
        await client.chat_startStream(**place)
    assert await refused(client.chat_startStream(**place)) == "ratelimited"


async def test_stop_ends_the_stream_and_tells_the_app(slack: SlackSandbox, client: SlackClient) -> None:
    channel, thread, ts = await started(slack, client, markdown_text="one")
    with pytest.raises(ValueError, match="no Stop button"):
        slack.world.stop_session("U0DAN", channel, thread)
    await client.agents_sessions_setStatus(
        channel_id=channel, thread_ts=thread, status="processing", title="Q"
    )
    assert slack.world.stop_session("U0DAN", channel, thread) == [ts]
    event = json.loads(slack.deliveries.sent[-1].delivery.body)["event"]
    assert event["type"] == "agent_session_stopped"
    assert (event["user"], event["thread_ts"], event["streaming_message_ts"]) == ("U0DAN", thread, [ts])
    more = client.chat_appendStream(channel=channel, ts=ts, markdown_text="x")
    assert await refused(more) == "stopped_by_user"
    over = client.chat_stopStream(channel=channel, ts=ts, markdown_text="x")
    assert await refused(over) == "message_not_in_streaming_state"
    status = slack.world.statuses[channel, thread]["session"]
    assert status == {"status": "processing", "title": "Q"}, "never changes by itself"


async def test_an_app_that_does_not_hear_stop_is_warned_and_has_no_button(
    make_slack: Make, http: aiohttp.ClientSession
) -> None:
    slack = await make_slack(bot_events="message.im")
    client, asked = client_of(slack, http), slack.world.dm("U0DAN", "hello")
    place = {"channel_id": asked.channel, "thread_ts": asked.ts}
    answer = await client.agents_sessions_setStatus(**place, status="processing")
    assert answer["warning"] == "missing_agent_session_stopped_event_subscription"
    with pytest.raises(ValueError, match="does not listen"):
        slack.world.stop_session("U0DAN", asked.channel, asked.ts)


async def test_without_agents_in_the_plan_sessions_are_refused_and_all_else_works(
    make_slack: Make, http: aiohttp.ClientSession
) -> None:
    slack = await make_slack(agent_view=False)
    client, asked = client_of(slack, http), slack.world.dm("U0DAN", "hello")
    place = {"channel_id": asked.channel, "thread_ts": asked.ts}
    session = client.agents_sessions_setStatus(**place, status="processing")
    assert await refused(session) == "feature_not_enabled"
    assert (await client.assistant_threads_setStatus(**place, status="thinking"))["ok"]
    assert (await client.chat_postMessage(channel=asked.channel, text="x"))["ok"]


async def test_a_title_is_set_once_and_then_renamed(slack: SlackSandbox, client: SlackClient) -> None:
    asked = slack.world.dm("U0DAN", "hello")
    place = {"channel_id": asked.channel, "thread_ts": asked.ts}
    assert await refused(client.agents_sessions_rename(**place, title="x")) == "session_not_found"
    for title in ("First", "Second"):
        await client.agents_sessions_setStatus(**place, status="suspended", title=title)
    session = slack.world.statuses[asked.channel, asked.ts]["session"]
    assert session == {"status": "suspended", "title": "First"}
    await client.agents_sessions_rename(**place, title="Third")
    assert slack.world.statuses[asked.channel, asked.ts]["session"]["title"] == "Third"


async def test_thinking_ends_by_a_word_an_empty_status_or_two_minutes(
    slack: SlackSandbox, client: SlackClient, clock: Clock
) -> None:
    asked = slack.world.dm("U0DAN", "hello")
    place = {"channel_id": asked.channel, "thread_ts": asked.ts}

    async def thinks() -> bool:
        await client.assistant_threads_setStatus(**place, status="is thinking", loading_messages=["Reading"])
        return "thinking" in slack.world.statuses[asked.channel, asked.ts]

    assert await thinks()
    await client.assistant_threads_setStatus(**place, status="")
    assert slack.world.statuses == {}
    assert await thinks()
    await client.chat_postMessage(channel=asked.channel, thread_ts=asked.ts, text="done")
    assert slack.world.statuses == {}
    assert await thinks()
    clock.ahead_s += 121
    assert slack.world.statuses == {}
    gone = client.assistant_threads_setStatus(channel_id=asked.channel, thread_ts="1.1", status="x")
    assert await refused(gone) == "invalid_thread_ts"


async def test_a_feedback_button_says_which_it_was(slack: SlackSandbox, client: SlackClient) -> None:
    channel, _thread, ts = await started(slack, client, markdown_text="one")
    await client.chat_stopStream(channel=channel, ts=ts, blocks=FEEDBACK)
    action = (await slack.world.feedback("U0DAN", channel, ts, good=False)).payload["actions"][0]
    assert (action["type"], action["value"], action["text"]["text"]) == ("feedback_buttons", "bad|t1", "Bad")
    plain: str = (await client.chat_postMessage(channel=channel, text="x", blocks=CARD))["ts"]
    with pytest.raises(LookupError, match="no feedback"):
        await slack.world.feedback("U0DAN", channel, plain)
