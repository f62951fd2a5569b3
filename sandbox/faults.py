"""What can go wrong between the bot and a vendor, on demand: one middleware for every fake vendor."""

from __future__ import annotations

import asyncio
import enum
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HTML_PAGE = "<html><body><h1>We'll be right back</h1></body></html>"


class FaultKind(enum.Enum):
    """How a matching request goes wrong."""

    LATENCY = "latency"
    """Answer correctly, ``seconds`` late."""
    STATUS = "status"
    """Answer ``status`` without doing anything; ``retry_after`` becomes the header of that name."""
    LOST = "lost"
    """Do it, then cut the connection: the caller cannot know."""
    RESET = "reset"
    """Cut the connection before doing anything."""
    HTML = "html"
    """Do nothing and answer 200 with a page of HTML, as a sleeping instance or a proxy does."""


@dataclass
class Fault:
    """One rule: the next ``times`` requests that match go wrong."""

    kind: FaultKind
    method: str = ""
    """Empty: any."""
    path: str = ""
    """A regular expression searched in the path; empty: any."""
    times: int = 1
    """How many requests it hits; -1: all, until cleared."""
    status: int = 503
    seconds: float = 0.0
    retry_after: str = ""
    body: str = ""
    """The body of a STATUS answer; empty: the vendor's usual error."""
    hits: int = field(default=0, compare=False)

    def takes(self, request: web.Request) -> bool:
        """Whether this rule applies to ``request``; counts it when it does."""
        if self.times == 0 or (self.method and self.method != request.method):
            return False
        if self.path and not re.search(self.path, request.path):
            return False
        self.times -= self.times > 0
        self.hits += 1
        return True


class Faults:
    """The rules of one vendor, and the middleware that applies them."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self.error: Callable[[Fault], web.Response] = _plain_error
        """How this vendor words a STATUS answer whose ``body`` is empty; a vendor sets its own."""

    def add(self, fault: Fault) -> Fault:
        """Arm ``fault`` and return it, so that a test can read its ``hits``."""
        self.rules.append(fault)
        return fault

    def clear(self) -> None:
        """Disarm everything."""
        self.rules.clear()

    def middleware(self) -> Middleware:
        """Return the aiohttp middleware; requests under ``/_control`` are never touched."""

        @web.middleware
        async def apply(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith("/_control"):
                return await handler(request)
            fault = next((rule for rule in self.rules if rule.takes(request)), None)
            return await handler(request) if fault is None else await self._spoil(fault, request, handler)

        return apply

    async def _spoil(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        match fault.kind:
            case FaultKind.LATENCY:
                await asyncio.sleep(fault.seconds)
                return await handler(request)
            case FaultKind.STATUS:
                return self._status(fault)
            case FaultKind.HTML:
                return web.Response(text=HTML_PAGE, content_type="text/html")
            case FaultKind.RESET:
                return _cut(request)
            case FaultKind.LOST:
                await handler(request)
                return _cut(request)

    def _status(self, fault: Fault) -> web.Response:
        """Answer in the vendor's own words, or with the rule's body; the rule's ``retry_after`` wins."""
        answer = web.Response(status=fault.status, text=fault.body) if fault.body else self.error(fault)
        if fault.retry_after:
            answer.headers["Retry-After"] = fault.retry_after
        return answer


def _plain_error(fault: Fault) -> web.Response:
    return web.Response(status=fault.status, text="fault")


def _cut(request: web.Request) -> web.Response:
    """Close the socket under the request; the client sees a reset or an empty answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
