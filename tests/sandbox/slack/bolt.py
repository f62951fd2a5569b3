"""A small app on Slack's own framework, for both transports; it records what reached it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp

from tests.sandbox.slack.conftest import MODAL, SlackClient

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
