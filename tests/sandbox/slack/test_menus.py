"""Menus that ask the app for their options, and what is entered at Home before a button is pressed."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.conftest import MODAL, SlackClient

MENU: dict[str, Any] = {
    "type": "input",
    "block_id": "team",
    "label": {"type": "plain_text", "text": "Team"},
    "element": {
        "type": "external_select",
        "action_id": "pick",
        "min_query_length": 2,
        "initial_option": {"text": {"type": "plain_text", "text": "Network"}, "value": "net"},
    },
}
HOME: dict[str, Any] = {
    "type": "home",
    "blocks": [
        {
            "type": "actions",
            "block_id": "who",
            "elements": [
                {"type": "users_select", "action_id": "user", "initial_user": "U0BOB"},
                {
                    "type": "button",
                    "action_id": "save",
                    "text": {"type": "plain_text", "text": "Save"},
                    "value": "v",
                },
            ],
        },
        {
            "type": "actions",
            "block_id": "other",
            "elements": [
                {
                    "type": "button",
                    "action_id": "save",
                    "text": {"type": "plain_text", "text": "Save"},
                    "value": "w",
                },
            ],
        },
    ],
}


def option(value: str, label: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": label}, "value": value}


class App:
    """Answers every request with what it is told to, and keeps what came."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}
        self.asked: list[str] = []

    async def take(self, request: web.Request) -> web.Response:
        self.asked.append(str((await request.post()).get("payload", "")))
        return web.json_response(self.answer)


async def opened(slack: SlackSandbox, client: SlackClient) -> str:
    view = {**MODAL, "blocks": [MENU]}
    answer = await client.views_open(trigger_id=slack.store.new_trigger("U0ALICE"), view=view)
    return str(answer["view"]["id"])


@pytest.fixture
async def http_slack() -> Any:
    sandbox = SlackSandbox(mode="http")
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def app(http_slack: SlackSandbox) -> Any:
    answering, routes = App(), web.Application()
    routes.router.add_post("/slack/events", answering.take)
    async with TestServer(routes) as server:
        http_slack.deliver_to(str(server.make_url("/slack/events")))
        yield answering


@pytest.fixture
def http_client(http_slack: SlackSandbox) -> Any:

    return AsyncWebClient(token=http_slack.options.bot_token, base_url=http_slack.api_url)


async def test_a_menu_shows_what_the_app_offers_and_only_that_can_be_chosen(
    http_slack: SlackSandbox, http_client: SlackClient, app: App
) -> None:
    ident = await opened(http_slack, http_client)
    app.answer = {"options": [option("srv", "Servers"), option("sec", "Security")]}
    found = await http_slack.world.search("U0ALICE", ident, "team", "se")
    assert found.labels == ("Servers", "Security")
    assert (found.payload["type"], found.payload["value"]) == ("block_suggestion", "se")
    assert found.payload["container"] == {"type": "view", "view_id": ident}
    assert (found.payload["block_id"], found.payload["action_id"]) == ("team", "pick")
    assert "trigger_id" not in found.payload
    with pytest.raises(ValueError, match="does not offer 'zzz'"):
        await http_slack.world.submit_view("U0ALICE", ident, {"team": {"pick": "zzz"}})
    app.answer = {}
    sent = await http_slack.world.submit_view("U0ALICE", ident, {"team": {"pick": "sec"}})
    chosen = sent.payload["view"]["state"]["values"]["team"]["pick"]["selected_option"]
    assert (chosen["value"], chosen["text"]["text"]) == ("sec", "Security")


async def test_what_was_preset_stays_chosen_without_any_search(
    http_slack: SlackSandbox, http_client: SlackClient, app: App
) -> None:
    ident = await opened(http_slack, http_client)
    sent = await http_slack.world.submit_view("U0ALICE", ident)
    chosen = sent.payload["view"]["state"]["values"]["team"]["pick"]["selected_option"]
    assert chosen["value"] == "net"
    assert len(app.asked) == 1


async def test_the_client_does_not_ask_before_enough_was_typed(
    http_slack: SlackSandbox, http_client: SlackClient, app: App
) -> None:
    ident = await opened(http_slack, http_client)
    with pytest.raises(ValueError, match="1 characters"):
        await http_slack.world.search("U0ALICE", ident, "team", "s")
    with pytest.raises(LookupError):
        await http_slack.world.search("U0ALICE", ident, "words", "se")
    assert app.asked == []


@pytest.mark.parametrize(
    "options",
    [[option(str(n), "x") for n in range(101)], [option("x" * 151, "x")], [option("x", "y" * 76)], [{}]],
)
async def test_options_that_slack_would_not_show_are_an_error(
    http_slack: SlackSandbox, http_client: SlackClient, app: App, options: list[Any]
) -> None:
    ident = await opened(http_slack, http_client)
    app.answer = {"options": options}
    with pytest.raises(ValueError, match="does not show these options"):
        await http_slack.world.search("U0ALICE", ident, "team", "se")


async def test_what_is_entered_at_home_goes_along_with_the_button_that_is_pressed(
    http_slack: SlackSandbox, http_client: SlackClient, app: App
) -> None:
    await http_client.views_publish(user_id="U0ALICE", view=HOME)
    view = http_slack.world.home("U0ALICE")
    assert view is not None
    pressed = await http_slack.world.click_in_view(
        "U0ALICE", view.id, "save", block_id="who", values={"who": {"user": "U0CAROL"}}
    )
    assert pressed.payload["actions"][0]["value"] == "v"
    assert pressed.payload["view"]["state"]["values"]["who"]["user"]["selected_user"] == "U0CAROL"
    other = await http_slack.world.click_in_view("U0ALICE", view.id, "save", block_id="other")
    assert other.payload["actions"][0]["value"] == "w"
    assert other.payload["view"]["state"]["values"]["who"]["user"]["selected_user"] == "U0BOB"
    assert len(app.asked) == 2


async def test_a_status_is_shown_with_when_it_ends(
    http_slack: SlackSandbox, http_client: SlackClient
) -> None:
    http_slack.world.set_user("U0BOB", status_emoji=":palm_tree:", status_expiration=1_800_000_000)
    profile = (await http_client.users_info(user="U0BOB"))["user"]["profile"]
    assert (profile["status_emoji"], profile["status_expiration"]) == (":palm_tree:", 1_800_000_000)


async def test_a_stale_click_finds_the_button_that_was_there_by_its_value(
    http_slack: SlackSandbox, http_client: SlackClient, app: App
) -> None:
    def row(value: str) -> list[dict[str, Any]]:
        text = {"type": "plain_text", "text": "Go"}
        return [
            {
                "type": "actions",
                "block_id": value,
                "elements": [{"type": "button", "action_id": "go", "text": text, "value": value}],
            }
        ]

    posted = await http_client.chat_postMessage(channel="C0APPROVALS", text="x", blocks=row("old"))
    await http_client.chat_update(channel="C0APPROVALS", ts=posted["ts"], text="x", blocks=row("new"))
    place = ("U0ALICE", "C0APPROVALS", posted["ts"], "go")
    acked = await http_slack.world.click(*place, "old", stale=True)
    assert acked.payload["actions"][0]["value"] == "old"
    with pytest.raises(ValueError, match="has the value 'new'"):
        await http_slack.world.click(*place, "old")
    assert len(app.asked) == 1
