"""A small app on Slack's own framework, for both transports; it records what reached it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.conftest import CARD, MODAL, SlackClient

Json = dict[str, Any]
Ack = Callable[..., Awaitable[None]]


class Recorder:
    """What the app received, and how it answers."""

    def __init__(self) -> None:
        self.events: list[Json] = []
        self.actions: list[Json] = []
        self.bodies: list[Json] = []
        """Shortcuts, commands and closed views."""
        self.submission_answer: Json = {}
        self.failures = 0
        """How many of the next events end in an error."""
        self.delay_s = 0.0

    async def event(self, body: Json) -> None:
        self.events.append(body)
        await asyncio.sleep(self.delay_s)
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the app is not well")

    async def step(self, ack: Ack, inputs: Json, client: SlackClient, complete: Ack) -> None:
        await client.chat_postMessage(channel="C0APPROVALS", text="ask", blocks=CARD)
        await complete(outputs={"decision": f"{inputs['ticket']}: yes"})
        await ack()

    async def action(self, ack: Ack, body: Json, client: SlackClient) -> None:
        self.actions.append(body)
        await asyncio.sleep(self.delay_s)
        await ack()
        if body["actions"][0]["action_id"] == "approval:edit":
            await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    async def submission(self, ack: Ack, body: Json) -> None:
        self.bodies.append(body)
        await ack(**self.submission_answer)

    async def other(self, ack: Ack, body: Json) -> None:
        self.bodies.append(body)
        await ack()

    async def command(self, ack: Ack, body: Json) -> None:
        self.bodies.append(body)
        if body["text"] == "loud":
            await ack(text="for all", response_type="in_channel")
        elif body["text"] != "mute":
            await ack(text="usage")


def app_of(client: SlackClient, signing_secret: str, recorder: Recorder) -> AsyncApp:
    """Return the app; it checks signatures in HTTP mode."""
    app: Any = AsyncApp(client=client, signing_secret=signing_secret, process_before_response=True)
    app.function("request_approval", auto_acknowledge=False)(recorder.step)
    app.event(re.compile(".*"))(recorder.event)
    app.action(re.compile(".*"))(recorder.action)
    app.view("approval:edit_submit")(recorder.submission)
    app.view_closed("approval:edit_submit")(recorder.other)
    app.shortcut(re.compile(".*"))(recorder.other)
    app.command("/itsm")(recorder.command)
    bolt: AsyncApp = app
    return bolt


def http_app_of(bolt: AsyncApp) -> web.Application:
    """Return an aiohttp application that hands ``/slack/events`` to the app."""

    async def events(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post("/slack/events", events)
    return app


async def assert_agent_surfaces(slack: SlackSandbox, client: SlackClient, recorder: Recorder) -> None:
    """Do what people do with an agent, once each; fail where it did not reach the app."""
    world = slack.world
    asked = world.dm("U0DAN", "what is open?")
    world.look_at("U0DAN", "C0GENERAL")
    world.mention("U0CAROL", "C0GENERAL", "see http://127.0.0.1/browse/OPS-1")
    place = {"channel_id": asked.channel, "thread_ts": asked.ts}
    await client.agents_sessions_setStatus(**place, status="processing")
    world.stop_session("U0DAN", asked.channel, asked.ts)
    message = await world.message_shortcut("U0DAN", asked.channel, asked.ts, "ticket_from_message")
    shortcut = await world.shortcut("U0DAN", "ticket_new")
    run = world.run_step("request_approval", {"ticket": "OPS-1"})
    await world.settle()
    assert (message.ok, shortcut.ok) == (True, True)
    assert [body["type"] for body in recorder.bodies] == ["message_action", "shortcut"]
    heard = {body["event"]["type"] for body in recorder.events}
    assert heard == {"app_home_opened", "message", "app_context_changed", "app_mention", "link_shared"} | {
        "agent_session_stopped"
    }
    assert (run.state, run.outputs) == ("completed", {"decision": "OPS-1: yes"})
    card = world.messages("C0APPROVALS")[-1]
    clicked = await world.click("U0ALICE", "C0APPROVALS", card.ts, "approval:approve")
    assert (clicked.ok, recorder.actions[-1]["function_data"]["execution_id"]) == (True, run.id)
