"""The fake Messages API as a vendor: routes, headers, limits and control."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypedDict, Unpack

from aiohttp import web

from sandbox.anthropic.checks import BODY_BYTES_MAX, MODELS, check_model, check_prompt, check_request
from sandbox.anthropic.compose import Composed, block, compose, think
from sandbox.anthropic.errors import Refused, armed, error_answer
from sandbox.anthropic.stream import encode, events
from sandbox.anthropic.tokens import PromptCache, blocks, count, listed
from sandbox.anthropic.world import Answer, AnthropicWorld, Call, Failure, Mode, ToolCall
from sandbox.control import add_control
from sandbox.vendor import Vendor

WINDOW_S: Final = 60
Handler = Callable[[web.Request, dict[str, Any], str], Awaitable[web.StreamResponse]]


class Options(TypedDict, total=False):
    """What ``AnthropicSandbox`` takes; every one has a default that works."""

    api_key: str
    clock: Callable[[], float]
    """Seconds, for the cache's time to live and the rate limit."""
    cache_tokens_min: int
    """Prefixes shorter than this are never cached."""


class AnthropicSandbox(Vendor):
    """The Messages API on loopback; the base URL is ``url``."""

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__("anthropic")
        self.api_key = options.get("api_key", "sk-ant-sandbox")
        self.world = AnthropicWorld()
        self._clock = options.get("clock", time.time)
        self._cache = PromptCache(self._clock, options.get("cache_tokens_min", 1024))
        self._requests = 0
        self._window, self._in_window = 0, 0
        self.faults.error = armed
        route = self.app.router
        route.add_post("/v1/messages", self._route(self._messages))
        route.add_post("/v1/messages/count_tokens", self._route(self._count))
        route.add_get("/v1/models", self._route(self._models), allow_head=False)
        route.add_get("/v1/models/{model}", self._route(self._model), allow_head=False)
        verbs = {"script": self._script, "mode": self._mode, "latency": self._latency}
        add_control(self, state=self.world.state, deliveries=None, verbs=verbs)

    def _route(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            self._requests += 1
            request_id = f"req_{self._requests:024d}"
            try:
                self._admit(request)
                body = await _body(request) if request.method == "POST" else {}
                return await handler(request, body, request_id)
            except Refused as refused:
                wait = (
                    str(self._seconds_left()) if refused.status == web.HTTPTooManyRequests.status_code else ""
                )
                return error_answer(refused.status, refused.message, request_id=request_id, retry_after=wait)

        return answer

    def _admit(self, request: web.Request) -> None:
        """Check the headers every route wants.

        Raises:
            Refused: 401 or 400.
        """
        # The API takes the key in x-api-key; SDK 2.11 sends it as a bearer token (_client.py, _api_key_auth).
        key = request.headers.get("x-api-key", "")
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        given = key or (bearer if scheme.lower() == "bearer" else "")
        if not given:
            raise Refused(401, "x-api-key header is required")
        if not hmac.compare_digest(given.encode(), self.api_key.encode()):
            raise Refused(401, "invalid x-api-key" if key else "Invalid bearer token")
        if "anthropic-version" not in request.headers:
            raise Refused(400, "anthropic-version: header is required")

    async def _messages(
        self, request: web.Request, body: dict[str, Any], request_id: str
    ) -> web.StreamResponse:
        self._limit()
        check_request(body)
        answer = self._next_answer()
        if isinstance(answer, Failure):
            why = {"request_id": request_id, "retry_after": answer.retry_after}
            return error_answer(answer.status, answer.message, **why)
        if self.world.latency_s:
            await asyncio.sleep(self.world.latency_s)
        composed = compose(body, answer or think(body, self.world.mode))
        ids = tuple(f"toolu_{self._requests:020d}{place:02d}" for place in range(len(composed.parts)))
        message = self._message(body, composed, ids)
        by = "script" if answer else self.world.mode.value
        self.world.record(Call(body, message["usage"], composed.stop_reason, by))
        headers = {"request-id": request_id, **self._limit_headers()}
        if not body.get("stream"):
            return web.json_response(message, headers=headers)
        return await _streamed(
            request, encoded=b"".join(map(encode, events(message, composed, ids))), headers=headers
        )

    def _next_answer(self) -> Answer | Failure | None:
        return self.world.queue.popleft() if self.world.queue else None

    def _message(self, body: Mapping[str, Any], composed: Composed, ids: tuple[str, ...]) -> dict[str, Any]:
        usage = self._cache.charge(body).as_json(composed.output_tokens)
        return {
            "id": f"msg_{self._requests:024d}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [block(part, ids[place]) for place, part in enumerate(composed.parts)],
            "stop_reason": composed.stop_reason,
            "stop_sequence": composed.stop_sequence,
            "stop_details": composed.stop_details,
            "usage": usage,
        }

    async def _count(self, _request: web.Request, body: dict[str, Any], request_id: str) -> web.Response:
        check_model(body)
        check_prompt(body)
        tokens = sum(count(piece) for piece, _ in blocks(body))
        return web.json_response({"input_tokens": tokens}, headers={"request-id": request_id})

    async def _models(self, _request: web.Request, _body: dict[str, Any], request_id: str) -> web.Response:
        ids = list(MODELS)
        page = {
            "data": [_model(one) for one in ids],
            "has_more": False,
            "first_id": ids[0],
            "last_id": ids[-1],
        }
        return web.json_response(page, headers={"request-id": request_id})

    async def _model(self, request: web.Request, _body: dict[str, Any], request_id: str) -> web.Response:
        check_model({"model": request.match_info["model"]})
        return web.json_response(_model(request.match_info["model"]), headers={"request-id": request_id})

    def _limit(self) -> None:
        """Count one request in the present minute.

        Raises:
            Refused: 429, over the limit.
        """
        window, most = int(self._clock()) // WINDOW_S, self.world.requests_per_minute
        if window != self._window:
            self._window, self._in_window = window, 0
        self._in_window += 1
        if most and self._in_window > most:
            raise Refused(429, f"This request would exceed your rate limit of {most} requests per minute.")

    def _limit_headers(self) -> dict[str, str]:
        most = self.world.requests_per_minute
        left = max(0, most - self._in_window)
        names = {"limit": str(most), "remaining": str(left)}
        return (
            {f"anthropic-ratelimit-requests-{name}": value for name, value in names.items()} if most else {}
        )

    def _seconds_left(self) -> int:
        return WINDOW_S - int(self._clock()) % WINDOW_S

    async def _script(self, body: dict[str, Any]) -> object:
        self.world.script(Failure(**body) if "status" in body else _scripted(body))
        return {"scripted": len(self.world.queue)}

    async def _mode(self, body: dict[str, Any]) -> object:
        self.world.mode = Mode(body["mode"])
        return {"mode": self.world.mode.value}

    async def _latency(self, body: dict[str, Any]) -> object:
        self.world.latency_s = float(body["seconds"])
        return {"latency_s": self.world.latency_s}


def _scripted(body: Mapping[str, Any]) -> Answer:
    calls = tuple(ToolCall(**call) for call in listed(body, "calls"))
    return Answer(**{name: value for name, value in body.items() if name != "calls"}, calls=calls)


def _model(model: str) -> dict[str, object]:
    line = model.split("-")[1]
    return {
        "type": "model",
        "id": model,
        "display_name": MODELS[model],
        "created_at": "2025-10-01T00:00:00Z",
        "lifecycle": "active",
        "line": line,
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
    }


async def _body(request: web.Request) -> dict[str, Any]:
    """Read the JSON of a request.

    Raises:
        Refused: 413 too large, 400 not a JSON object.
    """
    raw = await request.read()
    if len(raw) > BODY_BYTES_MAX:
        raise Refused(413)
    try:
        body: Any = json.loads(raw)
    except ValueError as broken:
        raise Refused(400, "The request body is not valid JSON") from broken
    if not isinstance(body, dict):
        raise Refused(400, "The request body is not a JSON object")
    return body  # pyright: ignore[reportUnknownVariableType]  # JSON: keys are strings, values anything


async def _streamed(
    request: web.Request, *, encoded: bytes, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Send the events one by one, so that a client sees them arrive."""
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8", **headers})
    # A client that was told to stop hangs up; that is no fault of the server's.
    with contextlib.suppress(ConnectionError):
        await answer.prepare(request)
        for event in encoded.split(b"\n\n")[:-1]:
            await answer.write(event + b"\n\n")
        await answer.write_eof()
    return answer
