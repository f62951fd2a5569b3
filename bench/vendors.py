"""The fake Jira and Slack in a process of their own, so that they share neither loop nor GIL with the bot.

``python -m bench.vendors`` says where the fake Jira listens and runs until SIGTERM. Beside the sandbox's own
control routes there is ``GET /bench/environment`` and ``POST /bench/prepare``: tickets whose webhooks are
handed to the caller instead of being sent, so that the caller decides to the millisecond when each arrives.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from sandbox.jira import JiraSandbox, seed_history
from sandbox.jira.records import Issue
from sandbox.slack import SlackSandbox

SECRET: Final = "bench-webhook-secret"  # noqa: S105  # made up, of a fake on this machine
PAST: Final = 150
"""Solved tickets to learn from and to search."""
UNSEEN: Final = timedelta(hours=1)


class Vendors:
    """Both fakes and what the benchmarks ask of them."""

    def __init__(self) -> None:
        self.jira = JiraSandbox(webhook_secret=SECRET)
        self.slack = SlackSandbox(mode="http", events_url="http://127.0.0.1:1/")
        seed_history(self.jira.world, PAST)
        self._texts = [(one.summary, one.description) for one in self.jira.world.issues.values()]
        self._made: list[str] = []
        self._told = 0
        routes = self.jira.app.router
        routes.add_get("/_control/bench/environment", self._environment)
        routes.add_post("/_control/bench/tell", self._tell)
        routes.add_post("/_control/bench/prepare", self._prepare)
        routes.add_post("/_control/bench/forget", self._forget)

    async def _environment(self, _request: web.Request) -> web.Response:
        slack = {
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.options.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.options.signing_secret,
        }
        return web.json_response({"jira": self.jira.environment(), "slack": slack, "url": self.slack.url})

    async def _tell(self, request: web.Request) -> web.Response:
        """``{url}``: from now on webhooks and Slack's requests go to the bot at ``url``."""
        url = (await request.json())["url"]
        self.jira.webhooks.registrations.clear()
        self.jira.register_webhook(f"{url}/webhooks/jira")
        self.slack.deliver_to(f"{url}/slack/events")
        return web.json_response({})

    async def _prepare(self, request: web.Request) -> web.Response:
        """``{count}`` → the tickets made, each with its id, key, and the delivery that tells of it."""
        asked: dict[str, Any] = await request.json()
        return web.json_response([self._ticket() for _ in range(asked["count"])])

    def _ticket(self) -> dict[str, Any]:
        summary, description = self._texts[len(self._made) % len(self._texts)]
        deliveries = self.jira.deliveries
        deliveries.drop, before = 1, len(deliveries.sent)
        text = description.text if description else ""
        key = self.jira.world.create_issue(summary, description=text)
        (held,) = deliveries.sent[before:]
        deliveries.drop = 0
        issue: Issue = self.jira.world.issue(key)
        # The bot's poller asks what changed lately; it must not find the ticket before its webhook comes.
        issue.updated -= UNSEEN
        self._made.append(issue.id)
        return {
            "id": issue.id,
            "key": key,
            "headers": dict(held.delivery.headers),
            "body": held.delivery.body.decode(),
        }

    async def _forget(self, _request: web.Request) -> web.Response:
        """Drop all that was prepared, and every record: a long run must not slow the fake down."""
        for ident in self._made[self._told :]:
            self.jira.world.issues.pop(ident, None)
        self._told = len(self._made)
        self.jira.deliveries.sent.clear()
        for vendor in (self.jira, self.slack):
            vendor.exchanges.clear()
        return web.json_response({})


async def _serve() -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    vendors = Vendors()
    await vendors.slack.start()
    await vendors.jira.start()
    sys.stderr.write(f"vendors: listening on {vendors.jira.url}\n")
    sys.stderr.flush()
    await stop.wait()
    await vendors.jira.stop()
    await vendors.slack.stop()


if __name__ == "__main__":
    asyncio.run(_serve())
