"""Socket Mode: a few replicas hold one socket each, and acknowledge only what is stored."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import Any, Final, cast

import aiohttp
import structlog
from redis.asyncio import Redis
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import BotError, Retry
from bot.ports import Clock
from bot.runtime.poller import heed_cancel
from bot.runtime.scripts import outage_told
from bot.slack.front import Front

SOCKETS_MAX: Final = 5
"""Sockets of all replicas together. Slack allows ten an app, and a rolling deploy doubles them for a while
(https://docs.slack.dev/apis/events-api/using-socket-mode)."""
HELD_S: Final = 30
"""How long a place is kept for a replica that died."""
RENEW_S: Final = 10.0
CONNECT_S: Final = 15.0
"""For one try to connect; then a new address is asked for, and the place is renewed in between."""
RETRY_S: Final = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Socket:
    """One replica's connection, held only while it has one of the places."""

    def __init__(self, front: Front, web: AsyncWebClient, app_token: str, clock: Clock) -> None:
        """Opens nothing yet."""
        self._front, self._web, self._app_token, self._clock = front, web, app_token, clock
        self._client: SocketModeClient | None = None

    @property
    def connected(self) -> bool:
        """Whether a socket is open now."""
        return self._client is not None and self._client.current_session is not None

    async def run(self, redis: Redis, prefix: str, name: str) -> None:
        """Hold a place and a socket until cancelled; goes on by itself when either is lost."""
        place = ""
        try:
            while True:
                try:
                    place = await _place(redis, prefix, name, place)
                    await (self._connect() if place else self._disconnect())
                except (BotError, SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
                    # Not its words: aiohttp's name the address, and that holds a ticket to our socket.
                    log.warning("socket_mode_waits", error=type(error).__name__)
                heed_cancel()
                await self._clock.sleep(RENEW_S if place else RETRY_S)
        finally:
            await self._disconnect()
            if place:
                with contextlib.suppress(Retry):
                    await outage_told(redis.delete(place))

    async def _connect(self) -> None:
        if self._client is not None:
            return
        quiet = logging.getLogger("slack_sdk.socket_mode")
        quiet.setLevel(
            logging.CRITICAL
        )  # at DEBUG the SDK writes whole payloads, in errors our socket's address
        client = SocketModeClient(app_token=self._app_token, web_client=self._web, logger=quiet)
        client.socket_mode_request_listeners.append(self._take)
        self._client = client
        try:
            async with asyncio.timeout(CONNECT_S):
                untyped: Any = client
                await untyped.connect()
        except BaseException:
            # The SDK itself would try the same used-up address for ever.
            await self._disconnect()
            raise
        log.info("socket_mode_connected")

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            untyped: Any = client
            await untyped.close()

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Store, then acknowledge. What was not stored is not acknowledged, and Slack sends events again."""
        payload: dict[str, Any] = cast("Any", request).payload
        try:
            reply = await self._front.take(payload)
        except Retry as error:
            log.warning("socket_request_not_stored", why=str(error))
            return
        answer = json.loads(reply.body) if reply.body else None
        await client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=answer)
        )


async def _place(redis: Redis, prefix: str, name: str, held: str) -> str:
    """Renew the place we hold or take a free one; returns its key, or empty when all are taken."""
    if held:
        if await outage_told(redis.get(held)) == name.encode():
            await outage_told(redis.expire(held, HELD_S))
            return held
        return ""
    for number in range(SOCKETS_MAX):
        key = f"{prefix}:socket:{number}"
        if await outage_told(redis.set(key, name, nx=True, ex=HELD_S)):
            return key
    return ""
