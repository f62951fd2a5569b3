"""Small builders that the tests of this connector share."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.core.actions import Action, Landed, Request, VendorAnswer
from bot.core.ids import ActionName, Operation
from bot.core.permit import Permit
from bot.core.tickets import Actor, Comment, FieldValue, Snapshot, Ticket, TicketRef, Value
from bot.core.untrusted import Untrusted
from connectors.jira import CONNECTOR
from connectors.jira.actions import verbs
from connectors.jira.connector import JiraConnector
from connectors.jira.place import FIELD, Kind, Place
from sandbox.jira import JiraSandbox

SECRET = "It's a Secret to Everybody"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
OPERATION = Operation("CS-0123456789AB")
OTHER = Operation("CS-BA9876543210")
US = Actor("712020:us", Untrusted("Countersign"), is_us=True, is_person=False)
DAN = Actor("712020:dan", Untrusted("Dan Peters"))
REF = TicketRef("jira", "10001")
VERBS = verbs()


def pick(value: str, label: str = "") -> dict[str, Any]:
    """Write one picked value as plain JSON."""
    return {"id": value, "label": label or value}


def value(value_id: str, label: str = "") -> FieldValue:
    """Make a field's value."""
    return (Value(value_id, label or value_id),)


def line(text: str, kind: str = "text", **more: str) -> dict[str, Any]:
    """Write one line of a note as plain JSON."""
    return {"kind": kind, "text": text, **more}


def action(verb: str, args: Mapping[str, Any], target: TicketRef = REF) -> Action:
    """Make an action of this connector."""
    kind = VERBS[ActionName(f"jira.{verb}")]
    return Action(kind.name, target, dict(args), kind.risk)


def ticket(
    *, kind: Kind = "request", cloud: bool = True, fields: Mapping[str, FieldValue] | None = None
) -> Ticket:
    """Make an open issue at some place."""
    place = {FIELD: Place(cloud=cloud, kind=kind).values()}
    return Ticket(
        ref=REF,
        key="OPS-1",
        url="https://acme.atlassian.net/browse/OPS-1",
        queue="OPS",
        kind="Incident",
        status=Value("1", "Open"),
        closed=False,
        summary=Untrusted("VPN drops"),
        description=Untrusted(""),
        fields={"status": value("1", "Open"), **(fields or {}), **place},
        reporter=DAN,
        created_at=NOW,
        updated_at=NOW,
        version="2026-11-21T09:30:00.000+0000",
    )


def comment(
    comment_id: str, *, author: Actor = US, public: bool = False, operation: Operation | None = None
) -> Comment:
    """Make a comment."""
    return Comment(comment_id, NOW, author, public, Untrusted("words"), operation)


def plan(verb: str, args: Mapping[str, Any], now: Snapshot | Ticket) -> Request:
    """Plan one action."""
    act = action(verb, args)
    return VERBS[act.name].plan(act, OPERATION, now if isinstance(now, Snapshot) else Snapshot(now))


def landed(verb: str, args: Mapping[str, Any], now: Snapshot | Ticket) -> Landed:
    """Judge one action."""
    act = action(verb, args)
    return VERBS[act.name].landed(act, OPERATION, now if isinstance(now, Snapshot) else Snapshot(now))


def body_of(request: Request) -> Any:
    """Return a request's body as JSON to look into."""
    return request.body


def signed(body: bytes, *, secret: str = SECRET, delivery: str = "d-1") -> dict[str, str]:
    """Return the headers Cloud sends; without a delivery's name, Data Center's."""
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    named = {"x-atlassian-webhook-identifier": delivery} if delivery else {}
    return {"x-hub-signature": f"sha256={mac}", **named}


def payload(**said: Any) -> bytes:
    """Write a delivery; what is not named is as for a changed issue of Cloud's."""
    whole = {
        "timestamp": 1_795_253_400_000,
        "webhookEvent": "jira:issue_updated",
        "user": {"accountId": DAN.id},
        "issue": {"id": "10001", "key": "OPS-1", "fields": {"summary": "VPN drops"}},
        "changelog": {"id": "7", "items": [{"field": "priority"}]},
        **said,
    }
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def connect(site: JiraSandbox, url: str = "", **changes: Any) -> JiraConnector:
    """Open a connector on ``site``, or under another address with its credentials."""
    environment = site.environment() | ({"JIRA_URL": url} if url else {})
    given = {name: environment[each] for name, each in CONNECTOR.environment.items() if each in environment}
    return CONNECTOR.open("jira", CONNECTOR.settings.model_validate({**given, **changes}))


class Desk:
    """A site, a connector on it, and one issue: what most stories need."""

    def __init__(self, site: JiraSandbox, connector: JiraConnector, key: str) -> None:
        self.site, self.world, self.connector, self.key = site, site.world, connector, key

    @property
    def ref(self) -> TicketRef:
        """The issue."""
        return TicketRef("jira", self.world.issue(self.key).id)

    def other(self, **changes: Any) -> Desk:
        """Return the same desk with another issue."""
        return Desk(self.site, self.connector, self.world.create_issue("Another", **changes))

    async def read(self) -> Snapshot:
        """Read the issue afresh."""
        return await self.connector.read(self.ref)

    async def plan(self, verb: str, args: Mapping[str, Any], operation: Operation = OPERATION) -> Request:
        """Plan from a fresh read."""
        act = action(verb, args, self.ref)
        return VERBS[act.name].plan(act, operation, await self.read())

    async def send(
        self, verb: str, args: Mapping[str, Any], operation: Operation = OPERATION
    ) -> VendorAnswer:
        """Plan and send."""
        request = await self.plan(verb, args, operation)
        return await self.connector.send(request, Permit(action(verb, args, self.ref).digest(), operation))

    async def landed(self, verb: str, args: Mapping[str, Any], operation: Operation = OPERATION) -> Landed:
        """Judge from a fresh read."""
        act = action(verb, args, self.ref)
        return VERBS[act.name].landed(act, operation, await self.read())

    def writes(self) -> list[str]:
        """Return every changing request the site has seen."""
        return [f"{each.method} {each.path}" for each in self.site.exchanges if each.method != "GET"]
