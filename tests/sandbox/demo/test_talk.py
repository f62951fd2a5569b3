"""What people write on the page reaches the bot as theirs, and only what is theirs can be changed."""

import json
from typing import Any

import pytest

from sandbox.demo.chat import NO_ANSWER, TALK, Chat
from sandbox.demo.estate import ROOM
from sandbox.slack import SlackSandbox

ALICE = {"as": "U0ALICE"}


async def do(chat: Chat, path: str, **body: Any) -> dict[str, Any]:
    return await chat.verbs()[path]({**ALICE, **body})


def events(slack: SlackSandbox) -> list[dict[str, Any]]:
    return [json.loads(sent.delivery.body)["event"] for sent in slack.deliveries.sent]


async def test_a_direct_message_and_its_thread_reach_the_bot(slack: SlackSandbox, chat: Chat) -> None:
    first = await do(chat, "say", channel="", text=" what is open? ")
    await do(chat, "say", channel="D0ALICE", text="and closed?", thread=first["ts"])
    told = [event for event in events(slack) if event["type"] == "message"]
    assert [(each["text"], each.get("thread_ts")) for each in told] == [
        ("what is open?", None),
        ("and closed?", first["ts"]),
    ]
    messages = chat.view("U0ALICE")["rooms"][1]["messages"]
    assert [(each["thread"], each["mine"]) for each in messages] == [("", True), (first["ts"], True)]


async def test_the_bots_name_in_a_channel_is_a_mention(slack: SlackSandbox, chat: Chat) -> None:
    await do(chat, "say", channel=TALK, text="@Countersign what of OPS-1?")
    await do(chat, "say", channel=TALK, text="mail me at x@countersign.example")
    mentions = [event["text"] for event in events(slack) if event["type"] == "app_mention"]
    assert mentions == ["<@U0BOT> what of OPS-1?"]


async def test_who_is_not_in_a_channel_writes_nothing_there(slack: SlackSandbox, chat: Chat) -> None:
    with pytest.raises(ValueError, match="only members"):
        await do(chat, "say", **{"as": "U0GUEST"}, channel=ROOM, text="hello")
    with pytest.raises(ValueError, match="only members"):
        await do(chat, "say", channel=slack.store.dm("U0BOB").id, text="hello")
    with pytest.raises(ValueError, match="Write something"):
        await do(chat, "say", channel=TALK, text="  ")
    assert slack.world.messages(TALK) == []


async def test_a_command_nobody_answers_and_one_that_is_not_there_are_told(chat: Chat) -> None:
    assert await do(chat, "say", channel=TALK, text="/itsm help") == {"ok": False, "error": NO_ANSWER}
    with pytest.raises(ValueError, match="no /deploy here"):
        await do(chat, "say", channel=TALK, text="/deploy now")


async def test_people_change_only_what_they_wrote(slack: SlackSandbox, chat: Chat) -> None:
    said = await do(chat, "say", channel=TALK, text="first")
    at = {"channel": TALK, "ts": said["ts"]}
    with pytest.raises(ValueError, match="wrote themselves"):
        await do(chat, "say/delete", **{"as": "U0BOB"}, **at)
    await do(chat, "say/edit", **at, text="second")
    assert [each.text for each in slack.world.messages(TALK)] == ["second"]
    await do(chat, "say/delete", **at)
    assert slack.world.messages(TALK) == []


async def test_the_page_shows_what_the_bot_does_and_stops_it(
    slack: SlackSandbox, chat: Chat, client: Any
) -> None:
    said = await do(chat, "say", channel="", text="what is open?")
    place = {"channel_id": "D0ALICE", "thread_ts": said["ts"]}
    await client.agents_sessions_setStatus(**place, status="processing")
    await client.assistant_threads_setStatus(**place, status="is thinking", loading_messages=["Reading"])
    shown = chat.view("U0ALICE")["rooms"][1]["doing"][said["ts"]]
    assert shown == {"status": "processing", "thinking": "is thinking", "loading": ["Reading"], "stop": True}
    await client.chat_startStream(channel="D0ALICE", thread_ts=said["ts"], markdown_text="Two")
    assert [each["streaming"] for each in chat.view("U0ALICE")["rooms"][1]["messages"]] == [False, True]
    await do(chat, "say/stop", channel="D0ALICE", thread=said["ts"])
    assert events(slack)[-1]["type"] == "agent_session_stopped"
    assert not chat.view("U0ALICE")["rooms"][1]["messages"][1]["streaming"]


async def test_previews_and_prompts_are_shown(chat: Chat, client: Any) -> None:
    link = "http://127.0.0.1:1/browse/OPS-1"
    said = await do(chat, "say", channel=TALK, text=f"see {link}")
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": "OPS-1: printer"}}]
    await client.chat_unfurl(channel=TALK, ts=said["ts"], unfurls={link: {"blocks": blocks}})
    (preview,) = chat.view("U0ALICE")["rooms"][2]["messages"][0]["previews"]
    assert (preview["url"], preview["blocks"][0]["text"]["text"]) == (link, "OPS-1: printer")
    await do(chat, "home", tab="messages")
    prompts = [{"title": "Mine", "message": "my tickets"}]
    await client.assistant_threads_setSuggestedPrompts(channel_id="D0ALICE", prompts=prompts, title="How?")
    assert chat.view("U0ALICE")["rooms"][1]["prompts"] == {"title": "How?", "prompts": prompts}


async def test_shortcuts_are_told_when_nobody_answers(chat: Chat) -> None:
    said = await do(chat, "say", channel=TALK, text="the printer is on fire")
    message = {"channel": TALK, "ts": said["ts"], "callback": "ticket_from_message"}
    assert (await do(chat, "shortcut", **message))["ok"] is False
    assert (await do(chat, "shortcut", callback="ticket_new"))["ok"] is False
