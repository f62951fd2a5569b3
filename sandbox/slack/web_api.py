"""The door of the Web API: token, scopes, rate limit, arguments; then the method. Refusals are HTTP 200."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from sandbox.slack.calls import Call, Method, arguments
from sandbox.slack.limits import Limiter
from sandbox.slack.store import SlackError, Store

TOO_MANY: Final = 429


@dataclass(frozen=True)
class Tokens:
    """What the app authenticates with, and what its bot token may do."""

    bot: str
    app: str
    scopes: frozenset[str]


class WebApi:
    """Answers ``/api/<method>``."""

    def __init__(self, store: Store, tokens: Tokens, limiter: Limiter, methods: Mapping[str, Method]) -> None:
        self._store, self._tokens, self._limiter, self._methods = store, tokens, limiter, methods

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call."""
        name = request.match_info["method"]
        method = self._methods.get(name)
        if method is None:
            return self._answer({"ok": False, "error": "unknown_method", "req_method": name}, method)
        try:
            args = await arguments(request, reads=method.reads)
            execution = self._authorise(_token(request, args), method)
            args.pop("token", None)
            wait_s = self._wait_s(name, method, args)
            if wait_s:
                return self._slow_down(wait_s)
            self._require(method, args)
            body = method.run(Call(args, self._tokens.scopes, execution))
        except SlackError as refused:
            return self._answer({"ok": False, "error": refused.code, **refused.more}, method)
        return self._answer({"ok": True, **body}, method)

    def _authorise(self, token: str, method: Method) -> str:
        """Return the run of a workflow step that the token belongs to; empty: it is the app's own.

        Raises:
            SlackError: the token is none, or may not do this.
        """
        if method.token == "none":
            return ""
        if not token:
            raise SlackError("not_authed")
        run = self._store.execution_of(token)
        if run is None and token not in (self._tokens.bot, self._tokens.app):
            raise SlackError("invalid_auth")
        if (token == self._tokens.app) != (method.token == "app"):
            raise SlackError("not_allowed_token_type")
        if method.scopes and not method.scopes & self._tokens.scopes:
            raise missing_scope(method.scopes, self._tokens.scopes)
        return run.id if run else ""

    def _wait_s(self, name: str, method: Method, args: Mapping[str, Any]) -> int:
        wait_s = self._limiter.wait_s(name, method.per_minute)
        if not wait_s and method.posts:
            wait_s = self._limiter.wait_for_channel_s(str(args.get("channel")))
        return wait_s

    def _require(self, method: Method, args: Mapping[str, Any]) -> None:
        missing = [name for name in method.required if args.get(name) in (None, "")]
        if missing:
            messages = [f"[ERROR] missing required field: {name}" for name in missing]
            raise SlackError("invalid_arguments", response_metadata={"messages": messages})

    def _slow_down(self, wait_s: int) -> web.Response:
        body = json.dumps({"ok": False, "error": "ratelimited"})
        headers = {"Retry-After": str(wait_s)}
        return web.Response(status=TOO_MANY, text=body, content_type="application/json", headers=headers)

    def _answer(self, body: dict[str, Any], method: Method | None) -> web.Response:
        headers = {"x-slack-req-id": self._store.next_id("req")}
        if method is not None and method.token == "bot":
            headers["x-oauth-scopes"] = ",".join(sorted(self._tokens.scopes))
            headers["x-accepted-oauth-scopes"] = ",".join(sorted(method.scopes))
        return web.Response(text=json.dumps(body), content_type="application/json", headers=headers)


def missing_scope(needed: frozenset[str], provided: frozenset[str]) -> SlackError:
    """Return the refusal of a call that needs one of ``needed``."""
    return SlackError("missing_scope", needed=",".join(sorted(needed)), provided=",".join(sorted(provided)))


def _token(request: web.Request, args: Mapping[str, Any]) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else str(args.get("token") or "")
