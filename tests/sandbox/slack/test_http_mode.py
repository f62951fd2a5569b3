"""Signed HTTP: events with retries, interactions without, taken by an app on Slack's own framework."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.signature import SignatureVerifier

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.bolt import Recorder, app_of, assert_agent_surfaces, http_app_of
from tests.sandbox.slack.conftest import CARD, Make, client_of

APPROVALS = "C0APPROVALS"


@dataclass
class Door:
    """A bare receiver that answers what a test says and keeps what came."""

    statuses: list[int] = field(default_factory=list[int])
    answer: Any = None
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.seen.append(({name.lower(): value for name, value in request.headers.items()}, body))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.json_response(self.answer, status=status) if self.answer else web.Response(status=status)


@pytest.fixture
async def http_slack(make_slack: Make) -> SlackSandbox:
    return await make_slack(mode="http")


@pytest.fixture
async def bot(http_slack: SlackSandbox, http: aiohttp.ClientSession) -> AsyncIterator[Recorder]:
    """An app that checks every signature."""
    recorder = Recorder()
    bolt = app_of(client_of(http_slack, http), http_slack.options.signing_secret, recorder)
    async with TestServer(http_app_of(bolt)) as server:
        http_slack.deliver_to(str(server.make_url("/slack/events")))
        yield recorder


@pytest.fixture
async def door(http_slack: SlackSandbox) -> AsyncIterator[Door]:
    door, app = Door(), web.Application()
    app.router.add_post("/slack/events", door.take)
    async with TestServer(app) as server:
        http_slack.deliver_to(str(server.make_url("/slack/events")))
        yield door


async def test_the_framework_accepts_events_clicks_and_commands(
    http_slack: SlackSandbox, bot: Recorder, http: aiohttp.ClientSession
) -> None:
    client = client_of(http_slack, http)
    ts: str = (await client.chat_postMessage(channel=APPROVALS, text="ask", blocks=CARD))["ts"]
    world = http_slack.world
    assert await world.verify_url()
    world.mention("U0CAROL", "C0GENERAL", "hello")
    clicked = await world.click("U0ALICE", APPROVALS, ts, "approval:approve")
    asked = await world.slash("U0DAN", "/itsm", "help")
    await world.settle()
    assert (clicked.answer.status, asked.answer.status) == (200, 200)
    assert bot.events[0]["event"]["type"] == "app_mention"
    assert bot.actions[0]["actions"][0]["value"] == "p1|1"
    assert [message.text for message in world.ephemerals("U0DAN")] == ["usage"]
    assert world.late == []


async def test_a_modal_is_submitted_over_http(
    http_slack: SlackSandbox, bot: Recorder, http: aiohttp.ClientSession
) -> None:
    client = client_of(http_slack, http)
    edit = [{"type": "actions", "elements": [{**CARD[1]["elements"][0], "action_id": "approval:edit"}]}]
    ts: str = (await client.chat_postMessage(channel=APPROVALS, text="ask", blocks=edit))["ts"]
    await http_slack.world.click("U0ALICE", APPROVALS, ts, "approval:edit")
    (view,) = http_slack.world.open_views("U0ALICE")
    bot.submission_answer = {"response_action": "errors", "errors": {"words": "no"}}
    refused = await http_slack.world.submit_view("U0ALICE", view.id)
    bot.submission_answer = {}
    await http_slack.world.submit_view("U0ALICE", view.id)
    assert refused.errors == {"words": "no"}
    assert bot.bodies[0]["view"]["state"]["values"]["words"]["text"]["value"] == "as drafted"
    assert http_slack.world.open_views("U0ALICE") == []


async def test_a_wrong_secret_is_refused_and_never_taken(http_slack: SlackSandbox, bot: Recorder) -> None:
    http_slack.deliveries.transport.signing_secret = "another"
    acked = await http_slack.world.shortcut("U0ALICE", "ticket_new")
    assert (acked.answer.status, acked.ok, bot.bodies) == (401, False, [])


async def test_an_event_is_retried_with_number_reason_and_a_fresh_signature(
    http_slack: SlackSandbox, door: Door
) -> None:
    door.statuses = [500, 404]
    http_slack.world.mention("U0CAROL", "C0GENERAL", "hello")
    await http_slack.world.settle()
    verifier = SignatureVerifier(http_slack.options.signing_secret)
    assert [headers.get("x-slack-retry-num") for headers, _ in door.seen] == [None, "1", "2"]
    assert [headers.get("x-slack-retry-reason") for headers, _ in door.seen] == [
        None,
        "http_error",
        "http_error",
    ]
    assert len({body for _, body in door.seen}) == 1
    assert all(verifier.is_valid_request(body, headers) for headers, body in door.seen)
    assert http_slack.deliveries.sent[0].statuses == [500, 404, 200]


async def test_an_event_is_given_up_after_three_retries(http_slack: SlackSandbox, door: Door) -> None:
    door.statuses = [500] * 9
    http_slack.world.mention("U0CAROL", "C0GENERAL", "hello")
    await http_slack.world.settle()
    assert len(door.seen) == 4


async def test_interactions_and_commands_are_sent_once(http_slack: SlackSandbox, door: Door) -> None:
    door.statuses = [500, 500]
    await http_slack.world.shortcut("U0ALICE", "ticket_new")
    await http_slack.world.slash("U0ALICE", "/itsm")
    await http_slack.world.settle()
    assert len(door.seen) == 2
    assert [headers["content-type"] for headers, _ in door.seen] == ["application/x-www-form-urlencoded"] * 2
    assert door.seen[0][1].startswith(b"payload=%7B")
    assert b"command=%2Fitsm" in door.seen[1][1]


async def test_nobody_listening_is_a_failed_connection(http_slack: SlackSandbox) -> None:
    http_slack.deliver_to("http://127.0.0.1:9/slack/events")
    acked = await http_slack.world.shortcut("U0ALICE", "ticket_new")
    assert (acked.answer.status, acked.answer.reason) == (0, "connection_failed")
    assert http_slack.world.late == [], "refused at once is not late"


async def test_a_wrong_challenge_fails_the_verification(http_slack: SlackSandbox, door: Door) -> None:
    door.answer = {"challenge": "something else"}
    assert not await http_slack.world.verify_url()


async def test_a_change_of_people_is_an_event(http_slack: SlackSandbox, door: Door) -> None:
    http_slack.world.set_usergroup("S0MANAGERS", ["U0BOB", "U0CAROL"])
    http_slack.world.set_user("U0BOB", deleted=True)
    http_slack.world.open_home("U0ALICE")
    asked = http_slack.world.dm("U0ALICE", "what is open?")
    http_slack.store.sessions.set_status((asked.channel, asked.ts), "processing")
    http_slack.world.stop_session("U0ALICE", asked.channel, asked.ts)
    await http_slack.world.settle()
    bodies = b"".join(body for _, body in door.seen)
    assert b'"added_users": ["U0CAROL"]' in bodies
    assert b'"type": "user_change"' in bodies
    assert b'"type": "app_home_opened"' in bodies
    assert b'"type": "agent_session_stopped"' in bodies
    with pytest.raises(LookupError, match="has no"):
        http_slack.world.set_user("U0BOB", delted=True)


async def test_a_changed_message_is_told_as_such_and_mentions_nobody_again(make_slack: Make) -> None:
    slack = await make_slack(mode="http", bot_events="app_mention message.channels", retry_delays_s=())
    slack.deliver_to("http://127.0.0.1:9/")
    message = slack.world.mention("U0DAN", "C0GENERAL", "first")
    slack.world.edit("C0GENERAL", message.ts, "<@U0BOT> second")
    await slack.world.settle()
    events = [json.loads(sent.delivery.body)["event"] for sent in slack.deliveries.sent]
    assert [event["type"] for event in events] == ["message", "app_mention", "message"]
    assert (events[2]["subtype"], events[2]["message"]["text"]) == ("message_changed", "<@U0BOT> second")
    assert events[2]["previous_message"]["text"] == "<@U0BOT> first"


def test_only_two_modes_exist() -> None:
    with pytest.raises(ValueError, match="socket"):
        SlackSandbox(mode="pigeon")


async def test_what_people_do_with_an_agent_arrives(
    http_slack: SlackSandbox, bot: Recorder, http: aiohttp.ClientSession
) -> None:
    await assert_agent_surfaces(http_slack, client_of(http_slack, http), bot)
