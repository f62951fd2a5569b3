"""Administrators' webhooks: ``/rest/webhooks/1.0/webhook``, where the secret goes in and never comes out."""

from __future__ import annotations

from typing import Any, Final, cast

from aiohttp import web
from yarl import URL

from sandbox.jira.answers import Refused, refusal
from sandbox.jira.api.call import Call, Route, done
from sandbox.jira.webhooks import EVENTS, Registration

FILTER: Final = "issue-related-events-section"


def _show(call: Call, hook: Registration) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": hook.name,
        "url": hook.url,
        "excludeBody": False,
        "filters": {FILTER: hook.jql},
        "events": list(hook.events),
        "enabled": hook.enabled,
        "self": f"{call.base}/rest/webhooks/1.0/webhook/{hook.id}",
        "lastUpdatedUser": call.actor.account_id if call.is_cloud else call.actor.key,
        "lastUpdatedDisplayName": call.actor.display_name,
        "lastUpdated": int(call.world.now().timestamp() * 1000),
    }
    return shown | {"isSigned": bool(hook.secret)}


def _hook(call: Call) -> Registration:
    hook = call.hooks.registrations.get(call.path("hook"))
    if hook is None:
        raise _bad(404, "The webhook does not exist.")
    return hook


def _bad(status: int, why: str) -> Refused:
    return Refused(status, {"messages": [{"key": why, "arguments": []}]})


def list_hooks(call: Call) -> web.Response:
    """``GET``: all of them."""
    return done([_show(call, hook) for hook in call.hooks.registrations.values()])


def get_hook(call: Call) -> web.Response:
    """``GET …/{id}``."""
    return done(_show(call, _hook(call)))


def post_hook(call: Call) -> web.Response:
    """``POST``: registers one; 201."""
    body = call.fields()
    name, url = body.get("name"), body.get("url")
    if not isinstance(name, str) or not name:
        raise _bad(400, "The name of the webhook is required.")
    made = call.hooks.register(_url(url), name=name)
    _settle(made, body)
    return done(_show(call, made), 201)


def put_hook(call: Call) -> web.Response:
    """``PUT …/{id}``: what is not named stays, the secret too."""
    hook, body = _hook(call), call.fields()
    hook.name, hook.url = str(body.get("name", hook.name)), _url(body.get("url", hook.url))
    _settle(hook, body)
    return done(_show(call, hook))


def delete_hook(call: Call) -> web.Response:
    """``DELETE …/{id}``."""
    del call.hooks.registrations[_hook(call).id]
    return done(status=204)


def _url(raw: object) -> str:
    if not isinstance(raw, str) or URL(raw).scheme not in {"http", "https"}:
        raise _bad(400, "The URL of the webhook is not valid.")
    return raw


def _settle(hook: Registration, body: dict[str, Any]) -> None:
    events = tuple(str(one) for one in cast("list[object]", body.get("events", hook.events)))
    if set(events) - set(EVENTS):
        raise refusal(400, f"Unknown events: {sorted(set(events) - set(EVENTS))}")
    filters = cast("dict[str, Any]", body.get("filters") or {})
    hook.events = events
    hook.jql = str(filters.get(FILTER, hook.jql))
    hook.secret = str(body.get("secret", hook.secret))
    hook.enabled = bool(body.get("enabled", hook.enabled))


_PATH: Final = "/rest/webhooks/1.0/webhook"
ROUTES: Final[tuple[Route, ...]] = (
    ("GET", _PATH, list_hooks),
    ("POST", _PATH, post_hook),
    ("GET", _PATH + "/{hook}", get_hook),
    ("PUT", _PATH + "/{hook}", put_hook),
    ("DELETE", _PATH + "/{hook}", delete_hook),
)
