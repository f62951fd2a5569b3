"""The page over a Slack without the product: the test itself is the bot, through Slack's own client."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.demo.bell import Bell
from sandbox.demo.chat import Chat
from sandbox.demo.estate import hire_director
from sandbox.demo.feed import Feed
from sandbox.demo.jira_desk import JiraDesk
from sandbox.demo.routes import Page as DemoPage
from sandbox.demo.servicenow_desk import ServiceNowDesk
from sandbox.demo.telling import Names, Teller
from sandbox.jira import JiraSandbox
from sandbox.servicenow import ServiceNowSandbox
from sandbox.slack import SlackSandbox
from sandbox.slack.rooms import Message

T = TypeVar("T")
PATIENCE_S = 20.0


class Chatter:
    """A running page; everything else happens on its own thread."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[dict[str, list[str]]] = []
        """What reached the bot as a form: clicks, shortcuts and commands."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.do(self._start())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` where the page runs, and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call Slack as the bot."""
        answer: Any = self.do(self._client.api_call(method, json=arguments))
        return dict(answer.data)

    async def _start(self) -> None:
        self.slack = SlackSandbox(mode="http", retry_delays_s=())
        hire_director(self.slack)
        bell = Bell()
        feed = Feed(Teller(Names(lambda _system, ident: ident, lambda user: user)), bell)
        desks = {
            "jira": JiraDesk(JiraSandbox().world),
            "servicenow": ServiceNowDesk(ServiceNowSandbox().world, ""),
        }
        page = DemoPage(desks, Chat(self.slack), feed, bell)
        app = web.Application()
        page.install(app)
        app.router.add_post("/slack/events", self._events)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        await self.slack.start()
        self.slack.deliver_to(f"{self.url}/slack/events")
        self._session = aiohttp.ClientSession()
        self._client: Any = AsyncWebClient(
            token="xoxb-sandbox", base_url=self.slack.api_url, session=self._session
        )
        self._ringing = asyncio.create_task(self._ring(bell))

    async def _ring(self, bell: Bell) -> None:
        seen = -1
        while True:
            seen = await self.slack.world.changes.wait(seen, 60)
            bell.chat()

    async def _events(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            return web.Response()
        form = parse_qs((await request.read()).decode())
        self.heard.append(form)
        return (
            web.json_response({"text": f"You typed {form['text'][0]}"}) if "text" in form else web.Response()
        )

    def last(self, channel: str) -> Message:
        """The newest message of a channel."""
        return self.slack.world.messages(channel)[-1]

    def close(self) -> None:
        """End everything."""
        self.do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    async def _stop(self) -> None:
        self._ringing.cancel()
        await asyncio.gather(self._ringing, return_exceptions=True)
        await self._session.close()
        await self._runner.cleanup()
        await self.slack.stop()
