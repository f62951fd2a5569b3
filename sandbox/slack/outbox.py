"""What Slack sends to the app: events with retries, interactions and commands without."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
from typing_extensions import override

from sandbox.deliveries import Deliveries, Delivery, Sent
from sandbox.slack.sockets import Sockets

DEADLINE_S: Final = 3.0
"""docs.slack.dev/apis/events-api: how soon the app has to answer anything."""
RETRY_DELAYS_S: Final = (0.0, 0.3, 1.5)
"""Slack's own are at once, after one minute, after five; shortened for people who wait."""
OK: Final = 200
LATE_MAX: Final = 1000


@dataclass(frozen=True)
class Late:
    """Something the app did not answer in time."""

    kind: str
    """``events_api``, ``interactive`` or ``slash_commands``."""
    name: str
    """The event's type and id, or the interaction's type."""
    seconds: float


@dataclass(frozen=True)
class Answer:
    """What came back for one payload."""

    status: int
    """The HTTP status, 200 for an acknowledged envelope; 0: nothing came in time."""
    body: Any = None
    """The JSON the app answered, its text when that is no JSON, ``None`` when empty."""
    reason: str = ""
    """Why there is no good answer, in the words of ``x-slack-retry-reason``."""
    seconds: float = 0.0


@dataclass
class Transport:
    """Where payloads go."""

    mode: str
    """``socket`` or ``http``."""
    signing_secret: str
    events_url: str = ""
    deadline_s: float = DEADLINE_S
    retry_delays_s: Sequence[float] = RETRY_DELAYS_S


@dataclass
class _Envelope(Delivery):
    """An event under way; ``body`` is the JSON of ``payload``."""

    payload: dict[str, Any] = field(default_factory=dict[str, Any])


class Outbox(Deliveries):
    """Events, with the knobs of ``Deliveries`` (duplicate, hold back, drop), and everything else at once."""

    def __init__(self, transport: Transport, sockets: Sockets) -> None:
        super().__init__(retries=len(transport.retry_delays_s))
        self.transport, self._sockets = transport, sockets
        self.late: list[Late] = []
        self._http: aiohttp.ClientSession | None = None

    def event(self, payload: dict[str, Any]) -> Sent:
        """Queue an ``event_callback``; it is tried four times in all."""
        body = json.dumps(payload).encode()
        return self.send(_Envelope(self.transport.events_url, body, {}, payload=payload))

    async def ask(self, kind: str, payload: dict[str, Any]) -> Answer:
        """Send an interaction or a command, once, and return the app's answer."""
        if self.transport.mode == "socket":
            return await self._by_socket(kind, payload, (0, ""))
        if kind == "slash_commands":
            return await self._by_http(kind, urlencode(payload), payload, {})
        return await self._by_http(kind, urlencode({"payload": json.dumps(payload)}), payload, {})

    async def post_json(self, payload: dict[str, Any]) -> Answer:
        """Post a signed JSON body now, as for ``url_verification``; HTTP whatever the mode."""
        return await self._by_http("events_api", json.dumps(payload), payload, {})

    @override
    async def close(self) -> None:
        """Give up what is under way."""
        await super().close()
        if self._http is not None:
            await self._http.close()

    @override
    async def _deliver(self, sent: Sent) -> None:
        assert isinstance(sent.delivery, _Envelope), "events alone are queued"  # noqa: S101  # our own bug
        payload, reason = sent.delivery.payload, ""
        for attempt, delay in enumerate((0.0, *self.transport.retry_delays_s)):
            await asyncio.sleep(delay)
            answer = await self._try(payload, attempt, reason)
            sent.statuses.append(answer.status)
            reason = answer.reason
            if not reason:
                break
        sent.done = True

    async def _try(self, payload: dict[str, Any], attempt: int, reason: str) -> Answer:
        if self.transport.mode == "socket":
            return await self._by_socket("events_api", payload, (attempt, reason))
        headers = {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": reason} if attempt else {}
        return await self._by_http("events_api", json.dumps(payload), payload, headers)

    async def _by_socket(self, kind: str, payload: dict[str, Any], retry: tuple[int, str]) -> Answer:
        started = time.monotonic()
        try:
            body = await self._sockets.send(kind, payload, retry=retry, timeout_s=self.transport.deadline_s)
        except TimeoutError:
            return self._too_late(kind, payload, time.monotonic() - started)
        except (ConnectionError, aiohttp.ClientError):
            return Answer(0, reason="connection_failed", seconds=time.monotonic() - started)
        return Answer(OK, body, seconds=time.monotonic() - started)

    async def _by_http(
        self, kind: str, text: str, payload: dict[str, Any], headers: Mapping[str, str]
    ) -> Answer:
        content_type = "application/json" if kind == "events_api" else "application/x-www-form-urlencoded"
        body, started = text.encode(), time.monotonic()
        signed = {**headers, **self._signature(body), "Content-Type": content_type}
        if self._http is None:
            self._http = aiohttp.ClientSession()
        limit = aiohttp.ClientTimeout(total=self.transport.deadline_s)
        try:
            url = self.transport.events_url
            async with self._http.post(url, data=body, headers=signed, timeout=limit) as response:
                raw = await response.read()
                reason = "" if response.ok else "http_error"
                return Answer(response.status, _read(raw), reason, time.monotonic() - started)
        except TimeoutError:
            return self._too_late(kind, payload, time.monotonic() - started)
        except aiohttp.ClientError:
            return Answer(0, reason="connection_failed", seconds=time.monotonic() - started)

    def _signature(self, body: bytes) -> dict[str, str]:
        """Sign as docs.slack.dev/authentication/verifying-requests-from-slack says."""
        stamp = str(int(time.time()))
        key = self.transport.signing_secret.encode()
        digest = hmac.new(key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }

    def _too_late(self, kind: str, payload: dict[str, Any], seconds: float) -> Answer:
        event = payload.get("event")
        name = (
            f"{event['type']} {payload['event_id']}"
            if event
            else str(payload.get("type") or payload.get("command"))
        )
        self.late.append(Late(kind, name, seconds))
        del self.late[:-LATE_MAX]
        return Answer(0, reason="http_timeout", seconds=seconds)


def _read(raw: bytes) -> Any:
    if not raw:
        return None
    with contextlib.suppress(ValueError):
        return json.loads(raw)
    return raw.decode(errors="replace")
