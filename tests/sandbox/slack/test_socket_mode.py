"""Socket Mode, with Slack's own client and framework at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.bolt import Recorder, app_of, assert_agent_surfaces
from tests.sandbox.slack.conftest import CARD, Make, SlackClient, client_of

APPROVALS = "C0APPROVALS"
EDIT: list[dict[str, Any]] = [
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "approval:edit", "text": {"type": "plain_text", "text": "Edit"}}
        ],
    }
]


async def until(true: Callable[[], object], timeout_s: float = 3.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not true():  # noqa: ASYNC110  # any condition of the world, not one event
            await asyncio.sleep(0.005)


@pytest.fixture
async def bot(slack: SlackSandbox, client: SlackClient) -> AsyncIterator[Recorder]:
    """A connected app."""
    recorder = Recorder()
    handler: Any = AsyncSocketModeHandler(app_of(client, "", recorder), "xapp-sandbox", ping_interval=0.05)
    await handler.connect_async()
    await until(lambda: slack.sockets.connections)
    yield recorder
    await handler.close_async()


async def test_a_mention_arrives_once_with_its_envelope_acknowledged(
    slack: SlackSandbox, bot: Recorder
) -> None:
    slack.world.mention("U0CAROL", "C0GENERAL", "summarise OPS-1")
    await slack.world.settle()
    (body,) = bot.events
    assert (body["event"]["type"], body["event"]["user"]) == ("app_mention", "U0CAROL")
    assert body["authorizations"][0]["user_id"] == "U0BOT"
    assert [(sent.done, sent.statuses) for sent in slack.deliveries.sent] == [(True, [200])]


async def test_what_the_app_is_not_subscribed_to_does_not_arrive(slack: SlackSandbox, bot: Recorder) -> None:
    slack.world.say("U0CAROL", "C0GENERAL", "nobody asked the bot")
    await slack.world.settle()
    assert bot.events == []


async def test_a_direct_message_arrives_and_so_does_the_bots_own_answer(
    slack: SlackSandbox, bot: Recorder, client: SlackClient
) -> None:
    slack.world.dm("U0DAN", "help")
    await slack.world.settle()
    await client.chat_postMessage(channel="D0DAN", text="usage")
    await slack.world.settle()
    heard = [body["event"] for body in bot.events if body["event"]["type"] == "message"]
    assert [(event["user"], event["channel_type"]) for event in heard] == [("U0DAN", "im")]
    own = slack.deliveries.sent[-1]
    assert (own.done, b"B0BOT" in own.delivery.body) == (True, True), "Bolt drops it; it was delivered"


async def test_an_event_the_app_fails_is_sent_again_with_the_same_id(
    slack: SlackSandbox, bot: Recorder
) -> None:
    slack.deliveries.transport.deadline_s = 0.05
    bot.failures = 2
    slack.world.mention("U0CAROL", "C0GENERAL", "hello")
    await slack.world.settle()
    assert len(bot.events) == 3
    assert len({body["event_id"] for body in bot.events}) == 1


async def test_an_event_is_given_up_after_three_retries(slack: SlackSandbox, bot: Recorder) -> None:
    slack.deliveries.transport.deadline_s = 0.05
    bot.failures = 99
    slack.world.mention("U0CAROL", "C0GENERAL", "hello")
    await slack.world.settle()
    assert len(slack.world.late) == 4
    # The last one is given up, and may still be on its way.
    await until(lambda: len(bot.events) >= 4)
    assert len(bot.events) == 4


async def test_duplicates_and_reordering_on_demand(slack: SlackSandbox, bot: Recorder) -> None:
    slack.deliveries.hold_back = 1
    first = slack.world.mention("U0CAROL", "C0GENERAL", "first")
    slack.deliveries.duplicate = 1
    second = slack.world.mention("U0CAROL", "C0GENERAL", "second")
    await slack.world.settle()
    order = [body["event"]["ts"] for body in bot.events]
    assert sorted(order) == sorted([second.ts, second.ts, first.ts])
    assert order[-1] == first.ts


async def test_a_click_carries_what_slack_sends(
    slack: SlackSandbox, bot: Recorder, client: SlackClient
) -> None:
    ts: str = (await client.chat_postMessage(channel=APPROVALS, text="ask", blocks=CARD))["ts"]
    acked = await slack.world.click("U0ALICE", APPROVALS, ts, "approval:approve")
    (body,) = bot.actions
    assert acked.ok
    assert body["actions"][0]["value"] == "p1|1"
    assert body["actions"][0]["block_id"] == "p1:1:a"
    assert (body["user"]["id"], body["user"]["team_id"], body["team"]["id"]) == (
        "U0ALICE",
        "T0MAIN",
        "T0MAIN",
    )
    assert (body["container"]["message_ts"], body["container"]["is_ephemeral"]) == (ts, False)
    assert body["message"]["blocks"][1]["elements"][0]["action_id"] == "approval:approve"
    assert body["response_url"].startswith(slack.url + "/actions/T0MAIN/")
    assert body["channel"] == {"id": APPROVALS, "name": "privategroup"}


async def test_a_stranger_and_another_bot_can_click_and_show_what_they_are(
    slack: SlackSandbox, bot: Recorder, client: SlackClient
) -> None:
    ts: str = (await client.chat_postMessage(channel="C0SHARED", text="ask", blocks=CARD))["ts"]
    await slack.world.click("U0STRANGER", "C0SHARED", ts, "approval:approve")
    await slack.world.click("U0OTHERBOT", "C0SHARED", ts, "approval:approve")
    assert [body["user"]["team_id"] for body in bot.actions] == ["T0OTHER", "T0MAIN"]


async def test_an_option_is_chosen_by_its_value(
    slack: SlackSandbox, bot: Recorder, client: SlackClient
) -> None:
    ts: str = (await client.chat_postMessage(channel=APPROVALS, text="ask", blocks=CARD))["ts"]
    await slack.world.click("U0ALICE", APPROVALS, ts, "approval:more", "why|p1|1")
    assert bot.actions[0]["actions"][0]["selected_option"]["value"] == "why|p1|1"
    with pytest.raises(ValueError, match="does not offer"):
        await slack.world.click("U0ALICE", APPROVALS, ts, "approval:more", "delegate")
    with pytest.raises(LookupError, match="shows no"):
        await slack.world.click("U0ALICE", APPROVALS, ts, "approval:undo")
    assert len(bot.actions) == 1


async def test_a_client_that_did_not_refresh_clicks_an_old_button(
    slack: SlackSandbox, bot: Recorder, client: SlackClient
) -> None:
    ts: str = (await client.chat_postMessage(channel=APPROVALS, text="ask", blocks=CARD))["ts"]
    await client.chat_update(channel=APPROVALS, ts=ts, text="done", blocks=[{"type": "divider"}])
    with pytest.raises(LookupError):
        await slack.world.click("U0ALICE", APPROVALS, ts, "approval:approve")
    await slack.world.click("U0ALICE", APPROVALS, ts, "approval:approve", stale=True)
    assert bot.actions[0]["actions"][0]["value"] == "p1|1"


async def test_two_people_can_click_at_once(slack: SlackSandbox, bot: Recorder, client: SlackClient) -> None:
    ts: str = (await client.chat_postMessage(channel=APPROVALS, text="ask", blocks=CARD))["ts"]
    clicks = [slack.world.click(user, APPROVALS, ts, "approval:approve") for user in ("U0ALICE", "U0BOB")]
    both = await asyncio.gather(*clicks)
    assert {acked.ok for acked in both} == {True}
    assert len({body["trigger_id"] for body in bot.actions}) == 2


async def test_a_slow_answer_is_late_and_an_interaction_is_not_repeated(
    slack: SlackSandbox, bot: Recorder, client: SlackClient
) -> None:
    slack.deliveries.transport.deadline_s = 0.02
    bot.delay_s = 0.1
    ts: str = (await client.chat_postMessage(channel=APPROVALS, text="ask", blocks=CARD))["ts"]
    acked = await slack.world.click("U0ALICE", APPROVALS, ts, "approval:approve")
    assert (acked.ok, acked.answer.reason) == (False, "http_timeout")
    assert [late.name for late in slack.world.late] == ["block_actions"]
    await asyncio.sleep(0.15)
    assert len(bot.actions) == 1


@pytest.mark.parametrize(
    ("answer", "open_views", "errors"),
    [
        ({}, 0, {}),
        ({"response_action": "clear"}, 0, {}),
        ({"response_action": "errors", "errors": {"words": "too rude"}}, 1, {"words": "too rude"}),
    ],
)
async def test_a_submitted_modal_does_what_the_app_answers(
    slack: SlackSandbox,
    bot: Recorder,
    client: SlackClient,
    answer: dict[str, Any],
    open_views: int,
    errors: Any,
) -> None:
    ts: str = (await client.chat_postMessage(channel=APPROVALS, text="ask", blocks=EDIT))["ts"]
    await slack.world.click("U0ALICE", APPROVALS, ts, "approval:edit")
    (view,) = slack.world.open_views("U0ALICE")
    bot.submission_answer = answer
    submitted = await slack.world.submit_view("U0ALICE", view.id, {"words": {"text": "my words"}})
    values = bot.bodies[0]["view"]["state"]["values"]
    assert values == {"words": {"text": {"type": "plain_text_input", "value": "my words"}}}
    assert bot.bodies[0]["view"]["private_metadata"] == "p1|1"
    assert submitted.response_action == answer.get("response_action", "")
    assert (submitted.errors, len(slack.world.open_views("U0ALICE"))) == (errors, open_views)


async def test_an_update_replaces_the_view_and_a_bad_one_is_trouble(
    slack: SlackSandbox, bot: Recorder, client: SlackClient
) -> None:
    view = slack.store.open_view("U0ALICE", slack.world.writing.kept_view(MODAL_VIEW))
    done = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Stale"},
        "blocks": [{"type": "divider"}],
    }
    bot.submission_answer = {
        "response_action": "update",
        "view": {**done, "title": {"type": "plain_text", "text": "x" * 25}},
    }
    await slack.world.submit_view("U0ALICE", view.id)
    assert slack.world.open_views("U0ALICE")[0].trouble
    bot.submission_answer = {"response_action": "update", "view": done}
    submitted = await slack.world.submit_view("U0ALICE", view.id)
    (shown,) = slack.world.open_views("U0ALICE")
    assert (submitted.response_action, shown.body["title"]["text"]) == ("update", "Stale")
    assert shown.trouble == ""
    assert client.token == "xoxb-sandbox"


MODAL_VIEW: dict[str, Any] = {
    "type": "modal",
    "callback_id": "approval:edit_submit",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "Edit"},
    "submit": {"type": "plain_text", "text": "Approve"},
    "blocks": [{"type": "divider"}],
}


async def test_a_closed_modal_is_told_when_the_app_asked(slack: SlackSandbox, bot: Recorder) -> None:
    loud = slack.store.open_view("U0ALICE", slack.world.writing.kept_view(MODAL_VIEW))
    assert await slack.world.close_view("U0ALICE", loud.id) is not None
    quiet = slack.store.open_view("U0ALICE", {**MODAL_VIEW, "notify_on_close": False})
    assert await slack.world.close_view("U0ALICE", quiet.id) is None
    assert [(body["type"], body["is_cleared"]) for body in bot.bodies] == [("view_closed", False)]
    assert slack.world.open_views("U0ALICE") == []


async def test_commands_and_shortcuts_arrive_and_answers_show(slack: SlackSandbox, bot: Recorder) -> None:
    message = slack.world.say("U0DAN", "C0GENERAL", "the printer burns")
    await slack.world.slash("U0DAN", "/itsm", "help")
    await slack.world.slash("U0DAN", "/itsm", "loud")
    await slack.world.shortcut("U0DAN", "ticket_new")
    await slack.world.message_shortcut("U0CAROL", "C0GENERAL", message.ts, "ticket_from_message")
    assert [each.text for each in slack.world.ephemerals("U0DAN")] == ["usage"]
    assert slack.world.messages("C0GENERAL")[-1].text == "for all"
    kinds = [body.get("command") or body["type"] for body in bot.bodies]
    assert kinds == ["/itsm", "/itsm", "shortcut", "message_action"]
    assert bot.bodies[-1]["message"]["text"] == "the printer burns"


async def test_without_a_connection_the_person_sees_an_error(slack: SlackSandbox) -> None:
    acked = await slack.world.slash("U0DAN", "/itsm", "help")
    assert acked.answer.reason == "connection_failed"
    assert [each.user for each in slack.world.ephemerals("U0DAN")] == ["USLACKBOT"]
    assert "dispatch_failed" in slack.world.ephemerals("U0DAN")[0].text


@pytest.mark.parametrize("cut", ["refresh_requested", "drop"])
async def test_the_client_comes_back_after_a_lost_connection(
    slack: SlackSandbox, bot: Recorder, cut: str
) -> None:
    (before,) = slack.sockets.connections
    await (slack.sockets.drop() if cut == "drop" else slack.sockets.disconnect(cut))
    await until(lambda: slack.sockets.connections and slack.sockets.connections != [before])
    slack.world.mention("U0CAROL", "C0GENERAL", "still there?")
    await slack.world.settle()
    assert len(bot.events) == 1


async def test_two_connections_share_the_payloads(
    slack: SlackSandbox, bot: Recorder, client: SlackClient
) -> None:
    second = Recorder()
    handler: Any = AsyncSocketModeHandler(app_of(client, "", second), "xapp-sandbox", ping_interval=0.05)
    await handler.connect_async()
    await until(lambda: len(slack.sockets.connections) == 2)
    for number in range(6):
        slack.world.mention("U0CAROL", "C0GENERAL", str(number))
    await slack.world.settle()
    await handler.close_async()
    assert (len(bot.events), len(second.events)) == (3, 3)


async def test_the_eleventh_connection_is_told_to_go(
    slack: SlackSandbox, http: aiohttp.ClientSession
) -> None:
    opener = client_of(slack, http, "xapp-sandbox")
    sockets: list[aiohttp.ClientWebSocketResponse] = []
    for _ in range(11):
        url: str = (await opener.apps_connections_open(app_token="xapp-sandbox"))["url"]
        sockets.append(await http.ws_connect(url))
    greetings = [await socket.receive_json() for socket in sockets]
    assert [each["type"] for each in greetings] == ["hello"] * 10 + ["disconnect"]
    assert greetings[-1]["reason"] == "too_many_websockets"
    assert len(slack.sockets.connections) == 10
    for socket in sockets:
        await socket.close()


async def test_a_ticket_opens_one_connection(slack: SlackSandbox, http: aiohttp.ClientSession) -> None:
    url = slack.sockets.open_url(slack.url)
    socket = await http.ws_connect(url)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(url)
    await socket.close()


async def test_an_organisation_wide_installation_has_no_team_in_its_payloads(make_slack: Make) -> None:
    from sandbox.slack.people import Identity  # noqa: PLC0415  # used here alone

    grid = await make_slack(identity=Identity(enterprise_id="E0ORG", org_install=True))
    acked = await grid.world.shortcut("U0ALICE", "ticket_new")
    assert (acked.payload["team"], acked.payload["is_enterprise_install"]) == (None, True)
    assert acked.payload["enterprise"]["id"] == "E0ORG"


async def test_what_people_do_with_an_agent_arrives(
    slack: SlackSandbox, bot: Recorder, client: SlackClient
) -> None:
    await assert_agent_surfaces(slack, client, bot)
