"""What the site tells the outside: registrations, payloads with each flavour's habits, the signature."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.deliveries import Deliveries, Delivery
from sandbox.jira import jql
from sandbox.jira.clauses import Context
from sandbox.jira.records import Change, Happening
from sandbox.jira.shapes import Shapes
from sandbox.jira.site import Site

EVENTS: Final = (
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
)
COMMENT_ISSUE_FIELDS: Final = ("summary", "issuetype", "project", "assignee", "priority", "status")
"""All that Cloud puts into the issue of a comment event."""


@dataclass
class Registration:
    """One administrator's webhook."""

    id: str
    name: str
    url: str
    secret: str = ""
    """Write-only: signs deliveries, never shown."""
    events: tuple[str, ...] = EVENTS
    jql: str = ""
    """Only issues that fit; empty: all."""
    enabled: bool = True


def sign(secret: str, body: bytes) -> str:
    """Return the ``X-Hub-Signature`` of ``body``.

    HMAC-SHA256 over the raw bytes, hex, after the method's name:
    developer.atlassian.com/cloud/jira/platform/webhooks, "Secure admin webhooks".
    """
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def payloads(happening: Happening, shapes: Shapes) -> list[dict[str, Any]]:
    """Return the bodies that tell of ``happening``: two for a comment on Data Center, else one."""
    if happening.comment is None:
        return [_issue_payload(happening, shapes)]
    if shapes.flavour == "cloud":
        return [_cloud_comment(happening, shapes)]
    return [_dc_comment(happening, shapes), _issue_payload(happening, shapes)]


def _issue_payload(happening: Happening, shapes: Shapes) -> dict[str, Any]:
    comment = happening.comment
    body = _head("jira:issue_updated" if comment is not None else happening.event, happening)
    if happening.kind:
        body["issue_event_type_name"] = happening.kind
    body["user"] = shapes.user(happening.actor)
    body["issue"] = shapes.issue(happening.issue)
    if comment is not None:
        body["comment"] = shapes.comment(happening.issue, comment)
    if shapes.flavour == "cloud":
        del body["issue"]["fields"]["comment"]
    if happening.change is not None:
        body["changelog"] = _changelog(happening.change, shapes)
    return body


def _changelog(change: Change, shapes: Shapes) -> dict[str, Any]:
    """Data Center's items have no ``fieldId``; the connector must do with ``field``."""
    items = [shapes.item(item) for item in change.items]
    if shapes.flavour == "dc":
        for item in items:
            del item["fieldId"]
    return {"id": change.id, "items": items}


def _cloud_comment(happening: Happening, shapes: Shapes) -> dict[str, Any]:
    """No ``user``; the issue has six fields."""
    assert happening.comment is not None  # noqa: S101  # the caller looked
    return {
        **_head(happening.event, happening),
        "comment": shapes.comment(happening.issue, happening.comment),
        "issue": shapes.issue(happening.issue, COMMENT_ISSUE_FIELDS),
    }


def _dc_comment(happening: Happening, shapes: Shapes) -> dict[str, Any]:
    """No ``issue`` at all: its id is in the comment's ``self`` only."""
    assert happening.comment is not None  # noqa: S101  # the caller looked
    return {
        **_head(happening.event, happening),
        "comment": shapes.comment(happening.issue, happening.comment),
    }


def _head(event: str, happening: Happening) -> dict[str, Any]:
    return {"timestamp": int(happening.at.timestamp() * 1000), "webhookEvent": event}


class Webhooks:
    """The registrations, and the listener that sends to them."""

    def __init__(self, site: Site, deliveries: Deliveries, base: Callable[[], str]) -> None:
        """``base`` gives the site's URL, known once it listens."""
        self.registrations: dict[str, Registration] = {}
        self._site, self._deliveries, self._base = site, deliveries, base
        self._ids, self._numbers = itertools.count(1), itertools.count(1)
        site.listeners.append(self.tell)

    def register(
        self, url: str, *, secret: str = "", events: Sequence[str] = EVENTS, jql: str = "", name: str = ""
    ) -> Registration:
        """Add a webhook; several are sent to independently."""
        number = str(next(self._ids))
        made = Registration(number, name or f"webhook {number}", url, secret, tuple(events), jql)
        self.registrations[number] = made
        return made

    def context(self) -> Context:
        """Return what filters mean now."""
        return query_context(self._site, self._site.now())

    def tell(self, happening: Happening) -> None:
        """Send ``happening`` to everybody it concerns; must be called within the event loop."""
        shapes = Shapes(self._base(), self._site.flavour, "2", emails=False)
        bodies: list[dict[str, Any]] | None = None
        for hook in self.registrations.values():
            if not hook.enabled or (hook.jql and not jql.matches(hook.jql, happening.issue, self.context())):
                continue
            bodies = bodies or payloads(happening, shapes)
            for body in bodies:
                if body["webhookEvent"] in hook.events:
                    self._deliveries.send(self._delivery(hook, body))

    def _delivery(self, hook: Registration, body: Mapping[str, Any]) -> Delivery:
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=UTF-8", "User-Agent": "Atlassian HttpClient"}
        if hook.secret:
            headers["X-Hub-Signature"] = sign(hook.secret, raw)
        if self._site.flavour == "dc":
            return Delivery(hook.url, raw, headers)
        name = f"{self._base()}/{hook.id}/{next(self._numbers)}"
        headers["X-Atlassian-Webhook-Identifier"] = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
        headers["X-Atlassian-Webhook-Flow"] = "Primary"
        return Delivery(hook.url, raw, headers, _retry_header)


def _retry_header(attempt: int) -> Mapping[str, str]:
    """Absent on the first try."""
    return {"X-Atlassian-Webhook-Retry": str(attempt)} if attempt else {}


def query_context(site: Site, now: datetime) -> Context:
    """Return what a JQL query means on ``site`` for the bot."""
    return Context(now=now, me=site.bot.name, known=lambda field, value: _known(site, field, value))


def _known(site: Site, name: str, value: str) -> bool:
    wanted = value.lower()
    if name == "key":
        return site.find(value) is not None
    if name == "project":
        return any(wanted in {one.key.lower(), one.name.lower(), one.id} for one in site.projects.values())
    return any(wanted in {one.name.lower(), one.id} for one in site.listed(name))
