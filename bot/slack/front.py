"""Slack's requests at the edge: verified, stored, answered. The same for HTTP and for Socket Mode."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

import structlog
from slack_bolt.async_app import AsyncApp

from bot.core.errors import BotError, Malformed, Retry, Unverified
from bot.core.fingerprint import fingerprint
from bot.core.foreign import thing, things
from bot.runtime.acceptor import Acceptor
from bot.runtime.envelopes import SLACK
from bot.runtime.jobs import FAST, Duplicate, Job
from bot.runtime.meters import Meters
from bot.slack.bolt import AT_ONCE, dispatch
from bot.slack.creating_again import AGAIN
from bot.slack.creating_bolt import SHORTCUTS

BODY_BYTES_MAX: Final = 1024 * 1024
"""Slack's payloads stay far below; a view has at most 250 kB."""
DEDUPE_S: Final = 26 * 3600.0
"""Longer than Slack's delayed events are repeated (hourly for 24 h)."""

SECRETS: Final = frozenset({"token", "response_url", "response_urls", "bot_access_token"})
"""Parts of a payload that are never stored."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """What Slack is answered."""

    status: int
    body: str = ""
    """JSON, or empty."""


class Front:
    """Takes one payload: what can wait is stored first and answered then; what cannot is answered by Bolt."""

    def __init__(self, acceptor: Acceptor, app: AsyncApp, meters: Meters) -> None:
        """``app``: from ``front_app``."""
        self._acceptor, self._app, self._meters = acceptor, app, meters

    async def take(self, payload: Mapping[str, Any]) -> Reply:
        """Take a verified payload.

        Raises:
            Retry: it could not be stored; Slack must not be told that it was.
        """
        if payload.get("type") == "url_verification":
            return Reply(200, json.dumps({"challenge": str(payload.get("challenge", ""))}))
        if payload.get("type") == "block_suggestion" or _opens_a_form(payload):
            return await self._answer(payload)
        if payload.get("type") == "view_submission":
            reply = await self._answer(payload)
            if reply.body:  # the form has errors: nothing was decided
                return reply
        await self._store(payload)
        return Reply(200)

    async def _store(self, payload: Mapping[str, Any]) -> None:
        key = _own_id(payload)
        # A response_url is a secret that lets anybody post, a step's own token one that acts; we use neither.
        kept = _without_secrets(payload)
        if thing(payload.get("event")):
            kept["event"] = _without_secrets(thing(payload["event"]))
        job = Job(id=f"slack:{key}", kind=SLACK, data=json.dumps(kept).encode(), pool=FAST)
        receipt = await self._acceptor.accept(job, dedupe=f"slack:{key}", dedupe_ttl_s=DEDUPE_S)
        answer = "duplicate" if isinstance(receipt, Duplicate) else "accepted"
        self._meters.intake.labels("slack", answer).inc()

    async def _answer(self, payload: Mapping[str, Any]) -> Reply:
        try:
            response = await dispatch(self._app, payload)
        except Retry:
            raise
        except BotError as error:
            log.warning("slack_not_answered", why=str(error))
            return Reply(200)
        self._meters.intake.labels("slack", "answered").inc()
        return Reply(response.status, response.body or "")


def verified(headers: Mapping[str, str], body: bytes, secret: str, now_s: float) -> None:
    """Check Slack's signature over the raw body (https://docs.slack.dev/authentication/verifying-requests-from-slack).

    Raises:
        Unverified: no signature, a wrong one, or more than five minutes old.
    """
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    # Plain digits only: int() also reads other alphabets' digits, and fails on some that isdigit() takes.
    if not (stamp.isascii() and stamp.isdigit()) or abs(now_s - int(stamp)) > WINDOW_S:
        raise Unverified("the request's timestamp is missing or too old")
    # Over the bytes as they came: the SDK decodes them first, and fails on what is not UTF-8.
    digest = hmac.new(secret.encode(), b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(f"v0={digest}".encode(), signature.encode("utf-8", "replace")):
        raise Unverified("the signature does not match SLACK_SIGNING_SECRET")


WINDOW_S: Final = 300
"""Slack's own advice against replays."""


def read_http(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the payload of a POST: an event as JSON, an interaction or a command as a form.

    Raises:
        Malformed: neither, or nested deeper than anything of Slack's.
    """
    try:
        if "json" in content_type:
            return _object(json.loads(body))
        form = parse_qs(body.decode(), keep_blank_values=True, strict_parsing=True)
        if "payload" in form:
            return _object(json.loads(form["payload"][0]))
        return _object({name: values[0] for name, values in form.items()})
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not a request of Slack's: {type(error).__name__}") from error


def _object(value: object) -> dict[str, Any]:
    if not thing(value):
        raise Malformed("not a request of Slack's: no object")
    return thing(value)


def _without_secrets(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in SECRETS}


def _opens_a_form(payload: Mapping[str, Any]) -> bool:
    if payload.get("type") in {"shortcut", "message_action"}:
        return payload.get("callback_id") in SHORTCUTS
    actions = things(payload.get("actions")) if payload.get("type") == "block_actions" else []
    return bool(actions) and thing(actions[0]).get("action_id") in AT_ONCE | {AGAIN}


def _own_id(payload: Mapping[str, Any]) -> str:
    """Return what Slack calls this very request: the same on its retries, another for the next click."""
    view = thing(payload.get("view"))
    if payload.get("type") == "view_submission" and view:
        return f"view:{view.get('id')}"
    for name in ("event_id", "trigger_id"):
        if payload.get(name):
            # A trigger opens modals for three seconds, and names of jobs are logged: only its print is kept.
            return f"{name}:{fingerprint(str(payload[name]))[:32]}"
    return f"digest:{fingerprint(dict(payload))}"
