"""People and other processes read this Slack, act in it and wait for changes over the control API."""

from __future__ import annotations

import asyncio
import json
import time

import aiohttp

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.conftest import CARD, MODAL, SlackClient


async def test_the_state_shows_everything_as_json(
    slack: SlackSandbox, client: SlackClient, http: aiohttp.ClientSession
) -> None:
    await client.chat_postMessage(channel="C0APPROVALS", text="ask", blocks=CARD)
    await client.chat_postEphemeral(channel="C0APPROVALS", user="U0DAN", text="psst")
    await client.views_open(trigger_id=slack.store.new_trigger("U0ALICE"), view=MODAL)
    async with http.get(f"{slack.url}/_control/state") as answer:
        state = await answer.json()
    (room,) = [each for each in state["channels"] if each["id"] == "C0APPROVALS"]
    assert room["messages"][0]["blocks"][1]["elements"][0]["action_id"] == "approval:approve"
    assert [each["for_user"] for each in state["ephemerals"]] == ["U0DAN"]
    assert state["views"]["U0ALICE"][0]["callback_id"] == "approval:edit_submit"
    assert state["changes"] == slack.world.changes.count
    assert "xoxb" not in json.dumps(state)


async def test_verbs_act_and_refuse(
    slack: SlackSandbox, client: SlackClient, http: aiohttp.ClientSession
) -> None:
    ts: str = (await client.chat_postMessage(channel="C0APPROVALS", text="ask", blocks=CARD))["ts"]
    click = {"user": "U0ALICE", "channel": "C0APPROVALS", "ts": ts, "action_id": "approval:approve"}
    async with http.post(f"{slack.url}/_control/click", json=click) as answer:
        assert (answer.status, (await answer.json())["reason"]) == (200, "connection_failed")
    async with http.post(f"{slack.url}/_control/click", json={**click, "user": "U0NOBODY"}) as answer:
        assert answer.status == 400
    async with http.post(f"{slack.url}/_control/click", json={"user": "U0ALICE"}) as answer:
        assert "action_id" in (await answer.json())["error"]
    async with http.post(f"{slack.url}/_control/dm", json={"user": "U0DAN", "text": "hi"}) as answer:
        assert (await answer.json())["channel"] == "D0DAN"
    opened = await client.views_open(trigger_id=slack.store.new_trigger("U0ALICE"), view=MODAL)
    close = {"user": "U0ALICE", "view_id": opened["view"]["id"]}
    async with http.post(f"{slack.url}/_control/close_view", json=close) as answer:
        assert answer.status == 200
    assert slack.world.open_views("U0ALICE") == []


async def test_a_long_poll_wakes_on_the_next_change(slack: SlackSandbox, http: aiohttp.ClientSession) -> None:
    since = slack.world.changes.count

    async def wait() -> int:
        async with http.get(f"{slack.url}/_control/changes", params={"since": since}) as answer:
            return int((await answer.json())["changes"])

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0.02)
    assert not waiting.done()
    slack.world.say("U0DAN", "C0GENERAL", "hello")
    assert await waiting == since + 1


async def test_a_long_poll_ends_when_nothing_changes_and_when_the_server_stops(
    slack: SlackSandbox, http: aiohttp.ClientSession
) -> None:
    since = slack.world.changes.count
    params = {"since": str(since), "timeout": "0.01"}
    async with http.get(f"{slack.url}/_control/changes", params=params) as answer:
        assert (await answer.json())["changes"] == since
    async with http.get(f"{slack.url}/_control/changes", params={"since": "x"}) as answer:
        assert answer.status == 400
    waiting = asyncio.create_task(http.get(f"{slack.url}/_control/changes", params={"since": str(since)}))
    await asyncio.sleep(0.02)
    started = time.monotonic()
    await slack.stop()
    (await waiting).release()
    assert time.monotonic() - started < 2
