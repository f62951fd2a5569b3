"""``/api/``: the kill switch for machines. Off unless a token is set; who holds it may stop and resume."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import structlog
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, ValidationError

from bot.core.errors import Misconfigured, Retry
from bot.runtime.stops import KillSwitch, Names, Stop, scope_of

ACTOR: Final = "api"
BODY_BYTES_MAX: Final = 16 * 1024
"""Of one request: names and a sentence."""
NAME_CHARS_MAX: Final = 100
"""Of a connector's or a skill's name; they are words of our own configuration."""

Verb = Callable[[bytes], Awaitable[dict[str, JsonValue]]]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class ResumeBody(BaseModel):
    """What ``POST /api/resume`` takes; both empty: the stop of everything."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    connector: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    skill: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""


class StopBody(ResumeBody):
    """What ``POST /api/stop`` takes."""

    why: str
    cancel: bool = False
    """Also call off what waits for people."""


class Api:
    """Three routes. Every answer is JSON, and none repeats a body or a token."""

    def __init__(self, switch: KillSwitch, token: SecretStr, known: Names) -> None:
        """``token`` empty: there is no API. ``known``: what a request may name."""
        self._switch, self._known = switch, known
        self._token = token.get_secret_value().encode()

    def routes(self, app: web.Application) -> None:
        """Add the routes; without a token none, so that they are not found."""
        if not self._token:
            return
        app.router.add_post("/api/stop", self.stop)
        app.router.add_post("/api/resume", self.resume)
        app.router.add_get("/api/stops", self.stops)

    async def stop(self, request: web.Request) -> web.Response:
        """Stop; 200 once it holds on every replica."""
        return await self._answer(request, self._stop)

    async def resume(self, request: web.Request) -> web.Response:
        """Lift exactly the stop that is named."""
        return await self._answer(request, self._resume)

    async def stops(self, request: web.Request) -> web.Response:
        """List the stops in force."""
        return await self._answer(request, self._stops)

    async def _stop(self, body: bytes) -> dict[str, JsonValue]:
        wanted = StopBody.model_validate_json(body)
        scope = scope_of(wanted.connector, wanted.skill, self._known)
        cancelled = await self._switch.stop(scope, wanted.why, ACTOR, cancel=wanted.cancel)
        return {"stopped": scope, "cancelled": cancelled}

    async def _resume(self, body: bytes) -> dict[str, JsonValue]:
        wanted = ResumeBody.model_validate_json(body)
        # Whatever is in force can be lifted, also what the configuration does not name any more.
        scope = scope_of(wanted.connector, wanted.skill, None)
        return {"resumed": scope, "was_stopped": await self._switch.resume(scope, ACTOR)}

    async def _stops(self, _body: bytes) -> dict[str, JsonValue]:
        return {"stops": [shown(each) for each in await self._switch.in_force()]}

    async def _answer(self, request: web.Request, verb: Verb) -> web.Response:
        if not self._may(request):
            log.warning("api_refused", path=request.path)
            return _said(401, "a bearer token is needed: the one in COUNTERSIGN_API_TOKEN")
        body = await _body(request)
        if body is None:
            return _said(413, f"the body is larger than {BODY_BYTES_MAX} bytes")
        try:
            return web.json_response(await verb(body))
        except ValidationError as error:
            return _said(400, _told(error))
        except Misconfigured as error:
            return _said(400, str(error))
        except Retry as away:
            response = _said(503, "cannot be stored now, please send it again")
            response.headers["Retry-After"] = str(max(1, round(away.after_s)))
            return response

    def _may(self, request: web.Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), self._token)
        return same and scheme.lower() == "bearer"


def shown(stop: Stop) -> dict[str, JsonValue]:
    """Return a stop as JSON."""
    at = stop.at.isoformat() if stop.at else None
    return {"scope": stop.scope, "why": stop.why, "by": stop.by, "at": at}


async def _body(request: web.Request) -> bytes | None:
    """Return the body, or None when it is larger than anybody's who means well."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)


def _told(error: ValidationError) -> str:
    """Name each key and what is wrong with it; never its value. A key of theirs is not repeated either."""
    known = StopBody.model_fields
    problems: list[str] = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        problems.append(f"{name}: {problem['msg']}" if name in known else _about_body(problem["type"]))
    return "; ".join(problems)


def _about_body(kind: str) -> str:
    if kind == "extra_forbidden":
        return "there is a key that is not known; known are connector, skill, and to stop why and cancel"
    return 'send a JSON object, such as {"why": "Checking an odd change"}'


def _said(status: int, text: str) -> web.Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == web.HTTPUnauthorized.status_code else {}
    return web.json_response({"status": text}, status=status, headers=headers)
