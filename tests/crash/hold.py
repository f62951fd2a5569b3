"""A vendor between having done something and saying so."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.faults import Handler
from tests.stories.desks import WRITES, Desk

CREATES: Final = r"/rest/api/2/issue$|/api/now/table/incident$"
"""Where a new ticket is asked for."""


class Hold:
    """A vendor that does what it is asked, and then keeps its answer to itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._wanted = ""
        self.committed, self.let_go = asyncio.Event(), asyncio.Event()

    def next(self, kind: str) -> None:
        """Keep the answer to the next write of ``fields``, of a ``note``, or of a new ``ticket``."""
        self._wanted = kind
        self.committed.clear()
        self.let_go.clear()

    def middleware(self) -> Middleware:
        @web.middleware
        async def hold(request: web.Request, handler: Handler) -> web.StreamResponse:
            body = await request.read()
            answer = await handler(request)
            if self._wanted and self._wanted == _kind(self._desk, request.method, request.path, body):
                self._wanted = ""
                self.committed.set()
                await self.let_go.wait()
            return answer

        return hold


def _kind(desk: Desk, method: str, path: str, body: bytes) -> str:
    if method not in WRITES or "/oauth_token" in path or "/search" in path:
        return ""
    if method == "POST" and re.search(CREATES, path):
        return "ticket"
    if f'"{desk.field}"'.encode() in body:
        return "fields"
    return "note" if path.endswith("/comment") or b"work_notes" in body else ""
