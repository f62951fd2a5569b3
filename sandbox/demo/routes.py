"""The demo page and its JSON under ``/demo``. Only this machine's own browser may use it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from sandbox.demo.bell import Bell, Counters
from sandbox.demo.chat import Chat
from sandbox.demo.desk import Desk
from sandbox.demo.estate import PAST
from sandbox.demo.feed import Feed, last_seen
from sandbox.demo.lessons import Standing
from sandbox.demo.past.export import SYSTEMS, csv_of
from sandbox.demo.samples import BY_NAME, SAMPLES
from sandbox.demo.telling import Line

PAGE: Final = Path(__file__).parent / "page"
FILES: Final = frozenset(path.name for path in PAGE.iterdir() if path.is_file())
"""All that is served; a name is looked up here, never joined to a path unseen."""
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
BEAT_S: Final = 15.0
"""How often a silent stream says that it is alive."""
GATHER_S: Final = 0.03
"""Changes this close together are told as one."""
SUMMARY_CHARS_MAX, TEXT_CHARS_MAX = 160, 20_000

Verb = Callable[[dict[str, Any]], Awaitable[object]]
Push = Callable[[float], Awaitable[None]]


async def _not_yet(_seconds: float) -> None:
    raise ValueError("The demo is still starting. Try again in a moment.")


@dataclass
class Page:
    """Everything the page reads and does. ``install`` adds it to an application that has not started."""

    desks: Mapping[str, Desk]
    chat: Chat
    feed: Feed
    bell: Bell
    ahead_s: Callable[[], float] = lambda: 0.0
    """How far the demo's time is ahead of the machine's."""
    push: Push = _not_yet
    """Pushes time forward by so many seconds; there is none before the bot runs."""
    standings: Mapping[str, Standing] = field(default_factory=dict[str, Standing])
    """How far the bot's lessons are, by system."""
    seed: int = 1
    """Of the past, which can be read as a file."""
    boot: str = field(default_factory=lambda: secrets.token_hex(4))
    """Tells a page that a later demo answers at the same address."""

    _told_so_far: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """How often each ready-made ticket was opened, by its name and system."""

    def install(self, app: web.Application) -> None:
        """Add the routes."""
        router = app.router
        router.add_get("/", _file("index.html"))
        router.add_get("/demo/page/{name}", _named_file)
        router.add_get("/demo/start", self._read(self._start))
        router.add_get("/demo/tickets", self._read(self._tickets))
        router.add_get("/demo/ticket", self._read(self._ticket))
        router.add_get("/demo/chat", self._read(self._chat))
        router.add_get("/demo/past/{system}.csv", self._past)
        router.add_get("/demo/stream", self._stream)
        for name, verb in self._verbs().items():
            router.add_post(f"/demo/{name}", _act(verb))
        app.on_shutdown.append(self._shut)

    def _verbs(self) -> dict[str, Verb]:
        return {
            "ticket": self._create,
            "comment": self._comment,
            "edit": self._edit,
            "later": self._later,
            **self.chat.verbs(),
        }

    async def _shut(self, _app: web.Application) -> None:
        self.bell.close()

    # -- reading

    def _read(
        self, what: Callable[[web.Request], object]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                return _json(what(request))
            except (LookupError, ValueError) as refused:
                return _json({"error": _words(refused)}, status=404)

        return answer

    def _start(self, _request: web.Request) -> object:
        return {
            "samples": [{"name": each.name, "title": each.title, "hint": each.hint} for each in SAMPLES],
            "people": {system: desk.people() for system, desk in self.desks.items()},
            "cast": self.chat.cast(),
            "names": self.chat.names(),
            "ahead_s": self.ahead_s(),
            "standings": dict(self.standings),
        }

    def _tickets(self, _request: web.Request) -> object:
        return {system: desk.rows() for system, desk in self.desks.items()}

    def _ticket(self, request: web.Request) -> object:
        desk, reference = self._desk(request.query.get("id", ""))
        return desk.opened(desk.key_of(reference))

    def _chat(self, request: web.Request) -> object:
        return self.chat.view(request.query.get("as", ""))

    def _desk(self, ident: str) -> tuple[Desk, str]:
        system, _, reference = ident.partition(":")
        if system not in self.desks:
            raise LookupError(f"no ticket {ident!r}")
        return self.desks[system], reference

    # -- doing

    async def _create(self, body: dict[str, Any]) -> object:
        """``{system, sample}`` or ``{system, summary, description}``."""
        desk, _ = self._desk(f"{body.get('system', '')}:")
        if body.get("sample"):
            name = str(body["sample"])
            words = BY_NAME[name].told(desk.system, self._told_so_far[name, desk.system])
            self._told_so_far[name, desk.system] += 1
            return {"id": f"{desk.system}:{desk.create(words.summary, words.description)}"}
        summary, description = (str(body.get(name, "")).strip() for name in ("summary", "description"))
        if not summary:
            raise ValueError("Write a summary: one line on what is wrong.")
        if len(summary) > SUMMARY_CHARS_MAX:
            raise ValueError(f"A summary has at most {SUMMARY_CHARS_MAX} characters.")
        return {"id": f"{desk.system}:{desk.create(summary, description[:TEXT_CHARS_MAX])}"}

    async def _comment(self, body: dict[str, Any]) -> object:
        """``{id, person, text, internal}``."""
        desk, key = self._desk(body["id"])
        text = str(body["text"]).strip()[:TEXT_CHARS_MAX]
        if not text:
            raise ValueError("Write something first.")
        agents = {person["id"] for person in desk.people() if person["agent"]}
        internal = bool(body.get("internal")) and body["person"] in agents
        desk.comment(key, body["person"], text, internal=internal)
        return {}

    async def _edit(self, body: dict[str, Any]) -> object:
        """``{id, person, name, value}``."""
        desk, key = self._desk(body["id"])
        desk.edit(key, body["person"], str(body["name"]), str(body["value"]).strip())
        return {}

    async def _later(self, body: dict[str, Any]) -> object:
        """``{seconds}``."""
        await self.push(float(body["seconds"]))
        return {}

    # -- telling

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Tell, for as long as the page is open, which parts have changed, and each new line of the feed."""
        stream = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        last, known = last_seen(request.headers.get("Last-Event-ID", "")), Counters(-1, -1, -1, -1, -1)
        # A page may leave at any moment, also before its first byte.
        with contextlib.suppress(ConnectionError):
            await stream.prepare(request)
            while not self.bell.closed:
                now = Counters(**asdict(self.bell.counters))
                if now != known:
                    lines = self.feed.after(last)
                    last, known = (lines[-1]["id"] if lines else last), now
                    told = {**asdict(now), **self._told(lines)}
                    await stream.write(f"id: {last}\ndata: {json.dumps(told)}\n\n".encode())
                    await asyncio.sleep(GATHER_S)
                else:
                    await self._bell_or_beat(stream)
        return stream

    def _told(self, lines: list[Line]) -> dict[str, object]:
        return {
            "boot": self.boot,
            "lines": lines,
            "totals": self.feed.totals,
            "ahead_s": self.ahead_s(),
            "standings": dict(self.standings),
        }

    async def _past(self, request: web.Request) -> web.StreamResponse:
        """Send the solved tickets as CSV, for whoever wants to measure the bot on them."""
        wanted = request.match_info["system"]
        for each in SYSTEMS:
            if each == wanted:
                text = await asyncio.to_thread(csv_of, each, PAST, self.seed)
                return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=HEADERS)
        return _json({"error": "no such system"}, status=404)

    async def _bell_or_beat(self, stream: web.StreamResponse) -> None:
        before = Counters(**asdict(self.bell.counters))
        await self.bell.wait(BEAT_S)
        if before == self.bell.counters and not self.bell.closed:
            await stream.write(b": still here\n\n")


def _act(verb: Verb) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        # A page of another site can neither send JSON here without asking first, nor hide where it is from.
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            return _json({"error": "this request comes from another site"}, status=403)
        if request.content_type != "application/json":
            return _json({"error": "send JSON"}, status=415)
        try:
            body: Any = await request.json()
            if not isinstance(body, dict):
                return _json({"error": "the body must be a JSON object"}, status=400)
            return _json(await verb(body))  # pyright: ignore[reportUnknownArgumentType]  # JSON: checked by verbs
        except KeyError as missing:
            return _json({"error": f"missing or unknown: {missing}"}, status=400)
        except (LookupError, ValueError, TypeError) as refused:
            return _json({"error": _words(refused)}, status=400)

    return answer


def _file(name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / name, headers=HEADERS)

    return answer


async def _named_file(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in FILES:
        return _json({"error": "no such file"}, status=404)
    return web.FileResponse(PAGE / name, headers=HEADERS)


def _json(value: object, status: int = 200) -> web.Response:
    return web.json_response(value, status=status, headers=HEADERS)


def _words(refused: Exception) -> str:
    """Return what went wrong without the quotes that a KeyError puts round it."""
    return str(refused.args[0]) if refused.args else "this cannot be done"
