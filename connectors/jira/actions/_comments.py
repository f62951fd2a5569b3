"""What the verbs that write comments have in common: which of Jira's two APIs, and how one is found again."""

from __future__ import annotations

from pydantic import JsonValue

from bot.core.actions import Landed, Landing, Request
from bot.core.ids import Operation
from bot.core.tickets import Snapshot
from connectors.jira.marks import CommentKind, comment_properties
from connectors.jira.place import place_of


def through_platform(
    now: Snapshot, body: str, operation: Operation, *, kind: CommentKind, replaces: str = ""
) -> Request:
    """Return the request to the platform API; there a comment is public unless a property says otherwise."""
    internal = kind == "note" and place_of(now.ticket).has_portal
    payload: dict[str, JsonValue] = {
        "body": body,
        "properties": comment_properties(operation, kind, internal=internal),
    }
    path = f"/rest/api/2/issue/{now.ticket.ref.id}/comment"
    return Request(
        method="PUT" if replaces else "POST",
        path=f"{path}/{replaces}" if replaces else path,
        body=payload,
        operation=operation,
        expects_internal=internal,
    )


def through_desk(now: Snapshot, body: str, operation: Operation) -> Request:
    """Return the request to the service desk API, which demands to be told that a comment is internal."""
    payload: dict[str, JsonValue] = {"body": body, "public": False}
    path = f"/rest/servicedeskapi/request/{now.ticket.ref.id}/comment"
    return Request("POST", path, payload, operation, expects_internal=True)


def judge(operation: Operation, now: Snapshot, *, public: bool) -> Landed:
    """Look for our comment; the wrong visibility counts as not wholly there."""
    found = next((each for each in now.comments if each.operation == operation), None)
    if found is None:
        return Landed(Landing.NOT_APPLIED)
    if found.public != public and place_of(now.ticket).has_portal:
        return Landed(Landing.PARTLY, ("public" if public else "internal",))
    return Landed(Landing.APPLIED)
