"""The bot, with a stopwatch on every request it makes to a vendor. Run as ``python -m bench.watched``.

Nothing of the bot is replaced; some calls are wrapped, each to note when it began and ended and for which
ticket:

* the call into the ticket systems' client library (``requests.Session.request``): time inside a vendor call.
  The connector's threads and its mapping count as the bot's own time;
* inside of it, urllib3's ``urlopen``, from the first byte sent to the answer's head, so that the table can
  say what the library itself costs;
* the Slack SDK's ``api_call``;
* the local brain. It is our own code, so it is shown, and not taken off;
* Slack's requests to us, from the moment the handler has them;
* the commit that ends a job of a click (``Lanes.finish``): from then on the decision holds.

``GET /bench/timeline`` hands the notes over and starts a new page.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import requests
import urllib3
from aiohttp import web
from aiohttp.typedefs import Handler
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import Bot
from bot.brain.local import Local
from bot.core.actions import Request, VendorAnswer
from bot.core.judgement import Judgement, Question
from bot.core.permit import Permit
from bot.core.tickets import Allowed, PastTicket, Snapshot, Ticket, TicketRef
from bot.logs import configure
from bot.ports import Connector
from bot.runtime.envelopes import EVENT
from bot.runtime.jobs import Lease, Outcome
from bot.runtime.lanes import Lanes
from connectors._threads import Threads

T = TypeVar("T")

VENDOR, WIRE, SLACK, BRAIN, CLICK, COMMIT = "vendor", "wire", "slack", "brain", "click", "commit"
Note = tuple[str, str, str, float, float]
"""Whose ticket ("" where nobody knows), which kind, what exactly, from, to (``perf_counter``: the same clock
in all processes of a machine)."""

_ticket: Final[contextvars.ContextVar[str]] = contextvars.ContextVar("ticket", default="")
_notes: list[Note] = []


class Tagged:
    """A connector whose calls know which ticket they are for; the rest passes through."""

    def __init__(self, inner: Connector) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def read(self, ref: TicketRef) -> Snapshot:
        """As the connector's."""
        _ticket.set(ref.id)
        return await self._inner.read(ref)

    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        """As the connector's."""
        _ticket.set(ticket.ref.id)
        return await self._inner.allowed(ticket, steps=steps)

    async def similar(self, ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        """As the connector's."""
        _ticket.set(ticket.ref.id)
        return await self._inner.similar(ticket, limit)

    async def send(self, request: Request, permit: Permit) -> VendorAnswer:
        """As the connector's; the ticket is that of the read just before."""
        return await self._inner.send(request, permit)


def watch() -> None:
    """Put the stopwatches on; for the life of the process."""
    _carry_the_ticket_into_threads()
    _watch_http()
    _watch_slack()
    _watch_brain()
    _watch_commits()


def _watch_commits() -> None:
    finish = Lanes.finish

    async def timed(self: Lanes, lease: Lease, **kwargs: Any) -> Outcome:
        began = perf_counter()
        outcome = await finish(self, lease, **kwargs)
        if lease.kind == EVENT and outcome is Outcome.DONE:
            _notes.append(("", COMMIT, lease.id, began, perf_counter()))
        return outcome

    setattr(Lanes, "finish", timed)  # noqa: B010  # as above


def _carry_the_ticket_into_threads() -> None:
    run = Threads.run

    async def carried(self: Threads, call: Callable[[], T], *, timeout_s: float) -> T:
        context = contextvars.copy_context()
        return await run(self, lambda: context.run(call), timeout_s=timeout_s)

    setattr(Threads, "run", carried)  # noqa: B010  # an assignment is what the type checkers refuse


def _watch_http() -> None:
    for owner, name, kind in (
        (requests.Session, "request", VENDOR),
        (urllib3.HTTPConnectionPool, "urlopen", WIRE),
    ):
        setattr(owner, name, _timed(cast("Callable[..., Any]", getattr(owner, name)), kind))


def _timed(call: Callable[..., Any], kind: str) -> Callable[..., Any]:
    def timed(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        began = perf_counter()
        try:
            return call(self, method, url, *args, **kwargs)
        finally:
            _notes.append((_ticket.get(), kind, f"{method} {urlsplit(url).path}", began, perf_counter()))

    return timed


def _watch_slack() -> None:
    api_call: Callable[..., Any] = cast("Any", AsyncWebClient).api_call  # inherited

    async def timed(self: AsyncWebClient, api_method: str, **kwargs: Any) -> Any:
        began = perf_counter()
        try:
            return await api_call(self, api_method, **kwargs)
        finally:
            _notes.append(("", SLACK, api_method, began, perf_counter()))

    setattr(AsyncWebClient, "api_call", timed)  # noqa: B010  # as above


def _watch_brain() -> None:
    judge_now = Local.judge_now

    def timed(self: Local, question: Question) -> Judgement:
        began = perf_counter()
        try:
            return judge_now(self, question)
        finally:
            _notes.append((_ticket.get(), BRAIN, "local", began, perf_counter()))

    setattr(Local, "judge_now", timed)  # noqa: B010  # as above


def _install(app: web.Application) -> None:
    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = perf_counter()
        answer = await handler(request)
        if request.path == "/slack/events":
            _notes.append(("", CLICK, request.path, began, perf_counter()))
        return answer

    async def timeline(_request: web.Request) -> web.Response:
        page, _notes[:] = list(_notes), []
        return web.json_response(page)

    app.middlewares.append(note)
    app.router.add_get("/bench/timeline", timeline)


async def _serve(config: Path) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    bot = Bot(os.environ, config, extra=_install)
    for connector_name, connector in bot.connectors.items():
        bot.connectors[connector_name] = cast("Connector", Tagged(connector))
    async with bot:
        sys.stderr.write(f"watched: listening on {bot.url}\n")
        sys.stderr.flush()
        await bot.wait(stop)


def main() -> None:
    """Run until SIGTERM, on uvloop where the bot would."""
    watch()
    configure("json", "WARNING")
    work = _serve(Path(sys.argv[1]))
    try:
        import uvloop  # noqa: PLC0415  # as bot.cli does
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


if __name__ == "__main__":
    main()
