"""What every fake vendor is made of: an application on a loopback port, faults, a record of its traffic."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.faults import Faults, Handler

BODY_BYTES_MAX = 32 * 1024 * 1024
"""Larger than anything a test sends; the vendors' own limits are theirs to check."""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as they went over the wire; what the contract tests judge."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes
    content_type: str


class Vendor:
    """A running fake. Subclasses (one a vendor) add routes to ``app`` before ``start``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults = Faults()
        self.exchanges: list[Exchange] = []
        """Oldest first; at most ``EXCHANGES_MAX``."""
        self.app = web.Application(
            middlewares=[self._recorder(), self.faults.middleware()], client_max_size=BODY_BYTES_MAX
        )
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end; valid once started."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; ``port`` 0 takes a free one."""
        self._runner = web.AppRunner(self.app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening; the world stays readable."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _recorder(self) -> Middleware:
        @web.middleware
        async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
            body = await request.read()
            try:
                answer = await handler(request)
            except web.HTTPException as refused:
                self._keep(request, body, refused)
                raise
            self._keep(request, body, answer)
            return answer

        return record

    def _keep(self, request: web.Request, body: bytes, answer: web.StreamResponse) -> None:
        if request.path.startswith("/_control"):
            return
        content = answer.body if isinstance(answer, web.Response) else None
        self.exchanges.append(
            Exchange(
                method=request.method,
                path=request.path,
                query=request.query_string,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=body,
                status=answer.status,
                answer=bytes(content) if isinstance(content, bytes | bytearray) else b"",
                content_type=answer.content_type,
            )
        )
        del self.exchanges[:-EXCHANGES_MAX]


EXCHANGES_MAX = 20_000
"""Enough for any test; a demo left open for days must not grow without end."""
