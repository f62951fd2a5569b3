"""Slack as one piece: who we are there, the apps, the socket; it may come up late and is waited for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import structlog
from aiohttp import web
from redis.asyncio import Redis
from slack_bolt.async_app import AsyncApp

from bot.core.errors import BotError, Forbidden, Malformed, Reject, Retry, Unverified
from bot.core.ids import ProposalId, SlackUserId
from bot.ports import Clock
from bot.runtime.acceptor import Acceptor
from bot.runtime.effects import Cards
from bot.runtime.jobs import Done, Lease
from bot.runtime.meters import Meters
from bot.settings import SlackSettings
from bot.slack.answers import Answers
from bot.slack.asking import Access
from bot.slack.bolt import Handlers, Installation, back_app, dispatch, front_app
from bot.slack.client import SlackClient
from bot.slack.creating import Creating
from bot.slack.desk import Desk
from bot.slack.front import BODY_BYTES_MAX, Front, read_http, verified
from bot.slack.groups import Groups
from bot.slack.people import People
from bot.slack.socket import Socket
from bot.slack.workflow import Workflow

LOOK_S: Final = 5.0
"""Between two tries to learn who we are while Slack is away."""
HANDLED_S: Final = 5.0
"""How long a stored click waits when Slack has not come up yet."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class SlackSide:
    """Everything of Slack's that the composition root starts and stops."""

    def __init__(
        self,
        settings: SlackSettings,
        client: SlackClient,
        desk: Desk,
        cards: Cards,
        clock: Clock,
        handlers: Handlers | None = None,
    ) -> None:
        """Opens nothing yet. ``handlers``: None answers cards alone: no Home, no command, no stand-in."""
        self.settings, self._client, self._desk = settings, client, desk
        self._clock = clock
        self._handlers = handlers or _cards_alone(client, desk, cards, clock)
        self._front: Front | None = None
        self._back: AsyncApp | None = None
        self._socket: Socket | None = None
        self.trouble = "has not answered yet"
        """Why Slack is not up, for /readyz; empty once it is."""

    @property
    def desk(self) -> Desk:
        """What is read on the way."""
        return self._desk

    @property
    def people(self) -> People:
        """Who is who there."""
        return self._handlers.people

    @property
    def access(self) -> Access | None:
        """Who may ask for what; None: nobody for anything."""
        return self._handlers.access

    @property
    def workflow(self) -> Workflow | None:
        """Who is told how what a workflow asked for ends; None: no step of one is taken."""
        return self._handlers.workflow

    @property
    def creating(self) -> Creating | None:
        """Who fills in forms for new tickets; None: nobody does."""
        return self._handlers.creating

    async def come_up(self, acceptor: Acceptor, meters: Meters) -> None:
        """Learn who we are and build the apps; returns once that worked, however long Slack is away."""
        us = await self._installation()
        web_client = self._client.web
        self._handlers.people.belong(us.team, us.enterprise)
        self._front = Front(acceptor, front_app(web_client, us, self._desk, self._handlers.creating), meters)
        self._back = back_app(web_client, us, self._handlers)
        self.trouble = ""
        log.info("slack_up", team=us.team, mode=self.settings.mode)

    async def hold_socket(self, redis: Redis, prefix: str, name: str) -> None:
        """Socket Mode only: hold one of the sockets until cancelled."""
        assert self._front is not None, "come_up comes first"
        token = self.settings.app_token.get_secret_value()
        self._socket = Socket(self._front, self._client.web, token, self._clock)
        await self._socket.run(redis, prefix, name)

    async def receive(self, request: web.Request) -> web.Response:
        """``POST /slack/events``: events, interactions and commands in HTTP mode."""
        try:
            body = await request.read()
            if len(body) > BODY_BYTES_MAX:
                return web.Response(status=web.HTTPRequestEntityTooLarge.status_code)
            headers = {key.lower(): value for key, value in request.headers.items()}
            secret = self.settings.signing_secret.get_secret_value()
            verified(headers, body, secret, self._clock.now().timestamp())
            payload = read_http(headers.get("content-type", ""), body)
            return await self._take(payload)
        except Unverified as error:
            log.warning("slack_refused", why=str(error))
            return web.Response(status=web.HTTPUnauthorized.status_code)
        except Malformed:
            return web.Response(status=web.HTTPBadRequest.status_code)
        except Retry as away:
            retry_after = str(max(1, round(away.after_s)))
            return web.Response(
                status=web.HTTPServiceUnavailable.status_code, headers={"Retry-After": retry_after}
            )

    async def handle(self, lease: Lease) -> Done:
        """The worker's half: run the listeners for what was stored.

        Raises:
            Retry: Slack has not come up yet, or is away now.
        """
        if self._back is None:
            raise Retry("Slack has not come up yet", after_s=HANDLED_S)
        payload: dict[str, Any] = json.loads(lease.data)
        await dispatch(self._back, payload)
        return Done()

    async def fill(self, lease: Lease) -> Done:
        """Fill in a form that is already open; one that was closed meanwhile is left alone."""
        data: Mapping[str, str] = json.loads(lease.data)
        try:
            await self._desk.fill(data["view"], ProposalId(data["proposal"]), SlackUserId(data.get("by", "")))
        except Reject as gone:
            log.info("form_not_filled", why=str(gone))
        return Done()

    async def close(self) -> None:
        """Close the session."""
        await self._client.close()

    async def _take(self, payload: Mapping[str, Any]) -> web.Response:
        if self._front is None:
            raise Retry("Slack has not come up yet", after_s=HANDLED_S)
        reply = await self._front.take(payload)
        kind = "application/json" if reply.body else "text/plain"
        return web.Response(status=reply.status, text=reply.body, content_type=kind)

    async def _installation(self) -> Installation:
        while True:
            try:
                answer = await self._client.call("auth.test")
            except BotError as error:
                if isinstance(error, Forbidden) and not self.trouble.startswith("Slack refuses"):
                    log.warning("slack_refuses_us", why=str(error))
                self.trouble = str(error)
                await self._clock.sleep(LOOK_S)
            else:
                return Installation(
                    team=str(answer.get("team_id", "")),
                    enterprise=str(answer.get("enterprise_id") or "")
                    if answer.get("is_enterprise_install")
                    else "",
                    bot_id=str(answer.get("bot_id", "")),
                    bot_user=str(answer.get("user_id", "")),
                    token=self.settings.bot_token.get_secret_value(),
                )


def _cards_alone(client: SlackClient, desk: Desk, cards: Cards, clock: Clock) -> Handlers:
    people = People(client, clock, Groups(client, clock, desk.connectors))
    return Handlers(Answers(desk, people, cards, None), people)
