"""Slack as one person sees it: what is theirs alone stays theirs, and what they do is sent as theirs."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.demo.chat import NO_ANSWER, Chat
from sandbox.demo.estate import ROOM, hire_director
from sandbox.faults import Handler
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


PICKER = {
    "type": "actions",
    "block_id": "stand_in",
    "elements": [
        {"type": "users_select", "action_id": "home:who"},
        {
            "type": "button",
            "action_id": "home:set",
            "value": "set",
            "text": {"type": "plain_text", "text": "Save"},
        },
    ],
}


async def test_home_is_its_owners_alone_and_a_click_there_carries_what_was_chosen() -> None:
    heard: list[dict[str, Any]] = []

    async def app(request: web.Request) -> web.Response:
        heard.append(json.loads(str((await request.post())["payload"])))
        return web.Response()

    async with (
        TestServer(_at("/slack/events", app)) as server,
        _posting_to(str(server.make_url("/"))) as slack,
    ):
        hire_director(slack)
        chat = Chat(slack)
        assert chat.view("U0BOB")["home"] is None
        client: Any = AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)
        await client.views_publish(user_id="U0BOB", view={"type": "home", "blocks": [PICKER]})
        home = chat.view("U0BOB")["home"]
        assert [block["block_id"] for block in home["blocks"]] == ["stand_in"]
        assert chat.view("U0ALICE")["home"] is None
        click = {"view": home["id"], "action_id": "home:set", "block_id": "stand_in"}
        chosen = {"stand_in": {"home:who": "U0CAROL"}}
        with pytest.raises(LookupError, match="no open view"):
            await chat.click_in_view({"as": "U0ALICE", **click})
        assert heard == []
        assert (await chat.click_in_view({"as": "U0BOB", **click, "values": chosen}))["ok"]
    (payload,) = heard
    assert payload["user"]["id"] == "U0BOB"
    assert payload["view"]["state"]["values"]["stand_in"]["home:who"]["selected_user"] == "U0CAROL"


def _at(path: str, handler: Handler) -> web.Application:
    app = web.Application()
    app.router.add_post(path, handler)
    return app


@asynccontextmanager
async def _posting_to(url: str) -> AsyncGenerator[SlackSandbox]:
    vendor = SlackSandbox(mode="http", events_url=f"{url}slack/events")
    await vendor.start()
    yield vendor
    await vendor.stop()


async def test_only_people_who_can_act_are_offered_in_a_menu_of_people(chat: Chat) -> None:
    names = chat.names()
    assert {"U0ALICE", "U0DORA", "U0GUEST"} <= set(names["people"])
    assert not {"U0GONE", "U0STRANGER", "U0BOT", "U0OTHERBOT", "USLACKBOT"} & set(names["people"])
    assert "U0GONE" in names["users"], "who left is still named where they are mentioned"


async def test_a_menu_that_nobody_answers_offers_nothing_and_says_so(chat: Chat, slack: SlackSandbox) -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Edit"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [
            {
                "type": "input",
                "block_id": "field:assignee",
                "label": {"type": "plain_text", "text": "Assignee"},
                "element": {"type": "external_select", "action_id": "pick", "min_query_length": 1},
            }
        ],
    }
    opened = slack.store.open_view("U0ALICE", view)
    search = {"as": "U0ALICE", "view": opened.id, "block_id": "field:assignee"}
    assert await chat.search({**search, "text": "an"}) == {"ok": False, "error": NO_ANSWER, "options": []}
    with pytest.raises(ValueError, match="does not ask"):
        await chat.search({**search, "text": ""})
    with pytest.raises(LookupError, match="no menu to search"):
        await chat.search({**search, "block_id": "elsewhere", "text": "an"})
