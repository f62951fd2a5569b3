"""Small builders that the tests of this connector share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.core.actions import Action, Landed, Request, VendorAnswer
from bot.core.ids import ActionName, Operation
from bot.core.permit import Permit
from bot.core.tickets import Actor, Comment, FieldValue, Snapshot, Ticket, TicketRef, Value
from bot.core.untrusted import Untrusted
from connectors.servicenow import CONNECTOR
from connectors.servicenow.actions import add_work_note, assign, link, reply_publicly, resolve, set_fields
from connectors.servicenow.client import ServiceNow
from connectors.servicenow.mapping import Home
from connectors.servicenow.settings import ServiceNowSettings
from sandbox.servicenow import ServiceNowSandbox

SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
RECORD = "a" * 32
GROUP = "b" * 32
PERSON = "c" * 32
OPERATION = Operation("CS-0123456789AB")
OTHER = Operation("CS-BA9876543210")
US = Actor("countersign.bot", Untrusted("Countersign"), is_us=True, is_person=False)
HOME = Home("servicenow", "https://acme.service-now.com", US)
REF = TicketRef("servicenow", f"incident:{RECORD}")
VERBS = {
    each.name: each
    for each in (
        add_work_note.ACTION,
        reply_publicly.ACTION,
        set_fields.ACTION,
        assign.ACTION,
        resolve.ACTION,
        link.ACTION,
    )
}


def pick(value: str, label: str = "") -> dict[str, str]:
    """Write one picked value as plain JSON."""
    return {"id": value, "label": label or value}


def action(verb: str, args: Mapping[str, Any], target: TicketRef = REF) -> Action:
    """Make an action of this connector."""
    kind = VERBS[ActionName(f"servicenow.{verb}")]
    return Action(kind.name, target, args, kind.risk)


def ticket(
    *,
    summary: str = "VPN drops",
    description: str = "",
    fields: Mapping[str, FieldValue] | None = None,
    **changes: Any,
) -> Ticket:
    """Make an open incident."""
    values: dict[str, Any] = {
        "ref": REF,
        "key": "INC0010001",
        "url": "https://acme.service-now.com/nav_to.do",
        "queue": "Network",
        "kind": "incident",
        "status": Value("2", "In Progress"),
        "closed": False,
        "summary": Untrusted(summary),
        "description": Untrusted(description),
        "fields": dict(fields or {}),
        "reporter": None,
        "created_at": NOW,
        "updated_at": NOW,
        "version": "3",
    }
    return Ticket(**{**values, **changes})


def entry(text: str, *, public: bool, author: Actor = US, operation: Operation | None = None) -> Comment:
    """Make one entry of a journal."""
    return Comment(f"id of {text[:10]}", NOW, author, public, Untrusted(text), operation)


def snapshot(of: Ticket | None = None, *comments: Comment) -> Snapshot:
    """Put a ticket and its conversation together."""
    return Snapshot(of or ticket(), comments, notes_editable=False)


def permit(act: Action, operation: Operation = OPERATION) -> Permit:
    """Allow one execution, as the last gate does."""
    return Permit(act.digest(), operation)


def settings(url: str, **changes: Any) -> ServiceNowSettings:
    """Make settings with a user and a password, unless told otherwise."""
    given: dict[str, Any] = {"url": url, "webhook_secret": SECRET, **changes}
    if not {"api_key", "client_id"} & set(given):
        given = {"user": "countersign.bot", "password": "sandbox-password", **given}
    return ServiceNowSettings.model_validate(given)


def connect(url: str, **changes: Any) -> ServiceNow:
    """Open a connector."""
    return CONNECTOR.open("servicenow", settings(url, **changes))


class Desk:
    """A sandbox, a connector on it, and one incident: what most stories need."""

    def __init__(self, vendor: ServiceNowSandbox, connector: ServiceNow, number: str) -> None:
        self.vendor, self.world, self.connector, self.number = vendor, vendor.world, connector, number

    @property
    def ref(self) -> TicketRef:
        """The incident."""
        return TicketRef("servicenow", f"incident:{self.world.sys_id(self.number)}")

    async def read(self) -> Snapshot:
        """Read the incident afresh."""
        return await self.connector.read(self.ref)

    async def plan(self, act: Action, operation: Operation = OPERATION) -> Request:
        """Plan from a fresh read."""
        return VERBS[act.name].plan(act, operation, await self.read())

    async def send(
        self, verb: str, args: Mapping[str, Any], operation: Operation = OPERATION
    ) -> VendorAnswer:
        """Plan and send."""
        act = self.action(verb, args)
        return await self.connector.send(await self.plan(act, operation), permit(act, operation))

    async def landed(self, verb: str, args: Mapping[str, Any], operation: Operation = OPERATION) -> Landed:
        """Judge from a fresh read."""
        act = self.action(verb, args)
        return VERBS[act.name].landed(act, operation, await self.read())

    def action(self, verb: str, args: Mapping[str, Any]) -> Action:
        """Make an action on the incident."""
        return action(verb, args, self.ref)

    def writes(self) -> list[str]:
        """Every changing request the instance has seen."""
        return [f"{x.method} {x.path}" for x in self.vendor.exchanges if x.method != "GET"]
