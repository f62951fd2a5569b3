"""The fake Slack as one server: wiring, options, response URLs, and the control API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from sandbox.control import add_control
from sandbox.slack import seed
from sandbox.slack.blocks import check_blocks
from sandbox.slack.calls import Method
from sandbox.slack.chat import Chat
from sandbox.slack.control_verbs import control_verbs, snapshot
from sandbox.slack.directory import Directory
from sandbox.slack.limits import TIER_3, Limiter
from sandbox.slack.outbox import DEADLINE_S, RETRY_DELAYS_S, Outbox, Transport
from sandbox.slack.payloads import Payloads
from sandbox.slack.people import Identity
from sandbox.slack.shapes import as_object
from sandbox.slack.sockets import Sockets, connections_open
from sandbox.slack.steps import Steps
from sandbox.slack.store import RESPONSE_URL_USES, ResponseHook, Store
from sandbox.slack.streaming import Streaming
from sandbox.slack.surfaces import Surfaces
from sandbox.slack.watching import Ground
from sandbox.slack.web_api import Tokens, WebApi
from sandbox.slack.world import World
from sandbox.vendor import Vendor

LONG_POLL_S: Final = 25.0
"""How long ``GET /_control/changes`` waits before it answers that nothing changed."""


@dataclass
class SlackOptions:
    """How this Slack is set up; every field may be given to ``SlackSandbox`` by name."""

    bot_token: str = "xoxb-sandbox"
    app_token: str = "xapp-sandbox"
    signing_secret: str = "sandbox-signing-secret"
    mode: str = "socket"
    """``socket``: payloads go to Socket Mode connections; ``http``: they are posted to ``events_url``."""
    events_url: str = ""
    """The bot's ``/slack/events``."""
    scopes: str = seed.SCOPES
    """What the bot token may do, separated by spaces."""
    bot_events: str = seed.BOT_EVENTS
    """What the app is subscribed to, separated by spaces."""
    unfurl_domains: str = seed.UNFURL_DOMAINS
    """The domains whose links the app hears of, separated by spaces."""
    functions: dict[str, Any] = field(default_factory=dict[str, Any])
    """The manifest's ``functions``; a step that is not in it takes and gives whatever it likes."""
    agent_view: bool = True
    """False: a plan without agents. ``agents.sessions.*`` are refused; messages and buttons work as ever."""
    plan_upgrade_required: bool = False
    """A free plan: user groups do not exist."""
    rate_limits: bool = False
    identity: Identity = field(default_factory=Identity)
    """Team, organisation and app ids."""
    clock: Callable[[], float] = time.time
    """Unix seconds; what triggers, response URLs and rate limits go by. Signatures use the real time."""
    deadline_s: float = DEADLINE_S
    retry_delays_s: Sequence[float] = RETRY_DELAYS_S


class SlackSandbox(Vendor):
    """A running fake Slack; its Web API is at ``api_url``."""

    def __init__(self, **options: Any) -> None:
        """Options are the fields of ``SlackOptions``."""
        super().__init__("slack")
        self.options = SlackOptions(**options)
        if self.options.mode not in ("socket", "http"):
            raise ValueError(f"mode is 'socket' or 'http', not {self.options.mode!r}")
        self.store = Store(self.options.identity, self.options.clock)
        self.sockets = Sockets(self.store)
        self.deliveries = Outbox(self._transport(), self.sockets)
        self.limiter = Limiter(self.options.clock, enabled=self.options.rate_limits)
        payloads = Payloads(self.store, lambda: self.url)
        events = frozenset(self.options.bot_events.split())
        self.steps = Steps(self.store, self.options.functions)
        domains = frozenset(self.options.unfurl_domains.split())
        self.world = World(Ground(self.store, self.deliveries, payloads, self.steps, events, domains))
        self._routes()

    @property
    def api_url(self) -> str:
        """What ``SLACK_API_URL`` and ``AsyncWebClient(base_url=…)`` take."""
        return f"{self.url}/api/"

    def deliver_to(self, events_url: str) -> None:
        """Say where the bot listens, once it does (HTTP mode)."""
        self.deliveries.transport.events_url = events_url

    def _transport(self) -> Transport:
        opts = self.options
        return Transport(
            opts.mode, opts.signing_secret, opts.events_url, opts.deadline_s, opts.retry_delays_s
        )

    def _methods(self) -> dict[str, Method]:
        directory = Directory(self.store, plan_has_usergroups=lambda: not self.options.plan_upgrade_required)
        chat = Chat(self.store, self.world.writing)
        stoppable = "agent_session_stopped" in self.options.bot_events.split()
        surfaces = Surfaces(
            self.store, self.world.writing, agent=self.options.agent_view, stoppable=stoppable
        )
        return {
            **chat.methods(),
            **Streaming(self.store, self.world.writing, chat).methods(),
            **directory.methods(),
            **surfaces.methods(),
            **self.world.unfurling.methods(),
            **self.steps.methods(),
            "apps.connections.open": Method(
                lambda _call: connections_open(self.sockets, lambda: self.url), per_minute=TIER_3, token="app"
            ),
        }

    def _routes(self) -> None:
        tokens = Tokens(
            self.options.bot_token, self.options.app_token, frozenset(self.options.scopes.split())
        )
        api = WebApi(self.store, tokens, self.limiter, self._methods())
        self.app.router.add_route("*", "/api/{method}", api.handle)
        self.app.router.add_get("/link/", self.sockets.link)
        self.app.router.add_post("/actions/{team}/{number}/{secret}", self._response_url)
        add_control(
            self,
            state=lambda: snapshot(self.world, self.store, self.sockets),
            deliveries=self.deliveries,
            verbs=control_verbs(self.world, self.sockets),
        )
        self.app.router.add_get("/_control/changes", self._changes)
        self.app.on_shutdown.append(self._shut)

    async def _shut(self, _app: web.Application) -> None:
        """Close what would otherwise keep the server waiting."""
        await self.sockets.disconnect("link_disabled")
        self.world.changes.close()
        await self.deliveries.close()

    async def _changes(self, request: web.Request) -> web.Response:
        """Answer once the world is past ``since``, or after a while."""
        try:
            since = int(request.query.get("since", "0"))
            timeout_s = min(float(request.query.get("timeout", str(LONG_POLL_S))), LONG_POLL_S)
        except ValueError:
            return web.json_response({"error": "since and timeout are numbers"}, status=400)
        return web.json_response({"changes": await self.world.changes.wait(since, timeout_s)})

    async def _response_url(self, request: web.Request) -> web.Response:
        """Take what is posted to a ``response_url``: five times, for thirty minutes, from whoever has it."""
        hook = self.store.hooks.get(request.path)
        if hook is None:
            return _refused("invalid_url", 404)
        if self.store.clock() >= hook.expires_at:
            return _refused("expired_url", 404)
        if hook.uses >= RESPONSE_URL_USES:
            return _refused("used_url", 404)
        return self._answer_hook(hook, await request.read())

    def _answer_hook(self, hook: ResponseHook, raw: bytes) -> web.Response:
        try:
            said = as_object(json.loads(raw))
        except ValueError:
            said = None
        if said is None:
            return _refused("invalid_payload", 400)
        faults = check_blocks(said.get("blocks") or [], "message")
        if faults:
            return _refused("invalid_blocks", 400)
        if not any(said.get(key) for key in ("text", "blocks", "attachments", "delete_original")):
            return _refused("no_text", 400)
        hook.uses += 1
        self.world.writing.answer_hook(hook, said)
        return web.Response(text="ok")


def _refused(code: str, status: int) -> web.Response:
    return web.json_response({"ok": False, "error": code}, status=status)
