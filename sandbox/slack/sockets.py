"""Socket Mode: at most ten connections, each payload to any one of them, every envelope acknowledged.

docs.slack.dev/apis/events-api/using-socket-mode.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import WSMsgType, web

from sandbox.slack.shapes import as_object
from sandbox.slack.store import SlackError, Store

CONNECTIONS_MAX: Final = 10
CLOSE_SECONDS: Final = 1.0
"""How long a closing connection waits for the other side to say goodbye."""
TICKET_SECONDS: Final = 30.0
"""How long the URL of ``apps.connections.open`` may wait to be used."""


@dataclass(eq=False)
class Connection:
    """One open socket."""

    socket: web.WebSocketResponse
    delivered: list[str] = field(default_factory=list[str])
    """The envelopes it was given, oldest first."""


class Sockets:
    """The open connections and the envelopes on their way."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tickets: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self.connections: list[Connection] = []
        self._turn = 0

    def open_url(self, base: str) -> str:
        """Return a WebSocket address that works once, soon; ``base`` is this server's own."""
        ticket = self._store.next_id("ticket")
        self._tickets[ticket] = self._store.clock() + TICKET_SECONDS
        address = base.replace("http", "ws", 1)
        return f"{address}/link/?ticket={ticket}&app_id={self._store.identity.app_id}"

    async def link(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until either side closes it."""
        expires_at = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if self._store.clock() > expires_at:
            return web.Response(status=401, text="the ticket is spent, expired or unknown")
        socket = web.WebSocketResponse(timeout=CLOSE_SECONDS)
        # The other side may be gone at any moment, also before it is greeted.
        with contextlib.suppress(ConnectionError):
            await self._serve(socket, request)
        return socket

    async def _serve(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        await socket.prepare(request)
        if len(self.connections) >= CONNECTIONS_MAX:
            await self._goodbye(socket, "too_many_websockets")
            return
        connection = Connection(socket)
        self.connections.append(connection)
        self._store.changes.bump()
        try:
            await socket.send_json(self._hello())
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._answered(frame.data)
        finally:
            self.connections.remove(connection)
            self._store.changes.bump()

    async def send(
        self, kind: str, payload: dict[str, Any], *, retry: tuple[int, str], timeout_s: float
    ) -> Any:
        """Give ``payload`` to one connection and return the body of its acknowledgement (``None``: empty).

        ``retry`` is how many times it was tried before, and why that failed.

        Raises:
            ConnectionError: nobody is connected, or the connection broke.
            TimeoutError: no acknowledgement within ``timeout_s``.
        """
        connection = self._next()
        envelope = self._store.next_id("envelope")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope] = answer
        connection.delivered.append(envelope)
        message: dict[str, Any] = {"envelope_id": envelope, "type": kind, "payload": payload}
        message["accepts_response_payload"] = kind == "slash_commands" or payload.get("type") in (
            "view_submission",
            "block_suggestion",
        )
        if kind == "events_api":
            message |= {"retry_attempt": retry[0], "retry_reason": retry[1]}
        try:
            async with asyncio.timeout(timeout_s):
                await connection.socket.send_json(message)
                return await answer
        finally:
            self._waiting.pop(envelope, None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to come again: ``warning``, ``refresh_requested`` or ``link_disabled``.

        A ``warning`` announces the refresh and leaves the connection open.
        """
        for connection in list(self.connections):
            if reason == "warning":
                await connection.socket.send_json(self._parting(reason))
            else:
                await self._goodbye(connection.socket, reason)

    async def drop(self) -> None:
        """Cut every connection without a word, as a network does."""
        for connection in list(self.connections):
            await connection.socket.close(code=1006)

    def _next(self) -> Connection:
        alive = [each for each in self.connections if not each.socket.closed]
        if not alive:
            raise ConnectionError("no Socket Mode connection is open")
        self._turn += 1
        return alive[self._turn % len(alive)]

    def _answered(self, frame: str) -> None:
        message = as_object(_loaded(frame)) or {}
        answer = self._waiting.get(str(message.get("envelope_id")))
        if answer is not None and not answer.done():
            answer.set_result(message.get("payload"))

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._store.identity.app_id},
        }

    def _parting(self, reason: str) -> dict[str, Any]:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}

    async def _goodbye(self, socket: web.WebSocketResponse, reason: str) -> None:
        await socket.send_json(self._parting(reason))
        await socket.close()


def _loaded(frame: str) -> Any:
    try:
        return json.loads(frame)
    except ValueError:
        return None


def connections_open(sockets: Sockets, base: Callable[[], str]) -> dict[str, Any]:
    """Answer ``apps.connections.open``."""
    if not base():
        raise SlackError("internal_error")
    return {"url": sockets.open_url(base())}
