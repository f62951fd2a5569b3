"""Slack as one person sees it: what is theirs alone stays theirs, and what they do is sent as theirs."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.demo.chat import NO_ANSWER, Chat
from sandbox.demo.estate import ROOM, hire_director
from sandbox.slack import SlackSandbox

BUTTON = {
    "type": "actions",
    "block_id": "a",
    "elements": [
        {
            "type": "button",
            "action_id": "approval:approve",
            "value": "p1|1",
            "text": {"type": "plain_text", "text": "Approve"},
        }
    ],
}


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    vendor = SlackSandbox(deadline_s=0.05)
    hire_director(vendor)
    await vendor.start()
    yield vendor
    await vendor.stop()


@pytest.fixture
def client(slack: SlackSandbox) -> Any:
    """slack_sdk's own client; its methods' types are incomplete."""
    return AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)


@pytest.fixture
def chat(slack: SlackSandbox) -> Chat:
    return Chat(slack)


def room(chat: Chat, user: str, place: int = 0) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = chat.view(user)["rooms"][place]["messages"]
    return messages


async def test_what_only_one_person_is_told_is_shown_to_nobody_else(chat: Chat, client: Any) -> None:
    await client.chat_postMessage(channel=ROOM, text="For all")
    await client.chat_postEphemeral(channel=ROOM, user="U0CAROL", text="For Carol")
    assert [m["text"] for m in room(chat, "U0ALICE")] == ["For all"]
    seen = room(chat, "U0CAROL")
    assert [(m["text"], m["only_you"]) for m in seen] == [("For all", False), ("For Carol", True)]


async def test_a_direct_message_is_in_the_room_of_its_reader_alone(chat: Chat, client: Any) -> None:
    opened = await client.conversations_open(users="U0GUEST")
    await client.chat_postMessage(channel=opened["channel"]["id"], text="Only you")
    assert [m["text"] for m in room(chat, "U0GUEST", 1)] == ["Only you"]
    assert room(chat, "U0ALICE", 1) == []


async def test_a_click_that_nobody_answers_is_told_in_words(chat: Chat, client: Any) -> None:
    posted = await client.chat_postMessage(channel=ROOM, text="Card", blocks=[BUTTON])
    click = {
        "as": "U0ALICE",
        "channel": ROOM,
        "ts": posted["ts"],
        "action_id": "approval:approve",
        "value": "p1|1",
    }
    assert await chat.click(click) == {"ok": False, "error": NO_ANSWER}


async def test_the_page_acts_as_its_cast_only(chat: Chat) -> None:
    with pytest.raises(LookupError, match="U0STRANGER"):
        chat.view("U0STRANGER")
    with pytest.raises(LookupError, match="USLACKBOT"):
        await chat.click({"as": "USLACKBOT", "channel": ROOM, "ts": "1", "action_id": "x"})


async def test_a_button_that_is_not_on_the_message_cannot_be_clicked(chat: Chat, client: Any) -> None:
    posted = await client.chat_postMessage(channel=ROOM, text="Card", blocks=[BUTTON])
    with pytest.raises(LookupError, match="approval:delete_everything"):
        await chat.click(
            {"as": "U0ALICE", "channel": ROOM, "ts": posted["ts"], "action_id": "approval:delete_everything"}
        )


def test_the_guest_is_no_member_and_the_others_are(chat: Chat) -> None:
    assert {person["id"]: person["member"] for person in chat.cast()} == {
        "U0ALICE": True,
        "U0BOB": True,
        "U0DORA": True,
        "U0CAROL": True,
        "U0GUEST": False,
    }
