"""What the verbs that change fields have in common: one PUT of the issue, one comparison of a fresh read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from bot.core.actions import Landed, Landing, Request
from bot.core.errors import Refused
from bot.core.ids import Operation
from bot.core.tickets import FieldValue, Snapshot
from bot.core.untrusted import Untrusted
from connectors.jira.marks import edit_marks
from connectors.jira.place import place_of

LABELS: Final = {
    "issuetype": "Issue type",
    "priority": "Priority",
    "components": "Components",
    "labels": "Labels",
    "assignee": "Assignee",
    "resolution": "Resolution",
    "status": "Status",
}
"""What people call the fields the bot sets; Jira translates these per user, our cards do not."""
LABEL_CHARS_MAX: Final = 120
"""Of a vendor's label in a sentence, in characters: the sentence is a card's title."""
LISTS: Final = frozenset({"components", "labels", "versions", "fixVersions"})


def put_issue(operation: Operation, now: Snapshot, fields: Mapping[str, FieldValue]) -> Request:
    """Return the one PUT that sets ``fields`` and leaves the marker.

    Lists are changed by what is added and removed, so that a label somebody else adds meanwhile survives.
    """
    body: dict[str, JsonValue] = {}
    whole: dict[str, JsonValue] = {}
    update: dict[str, JsonValue] = {}
    for name, values in fields.items():
        steps = _steps(name, now.ticket.fields.get(name, ()), values) if name in LISTS else []
        if steps:
            update[name] = steps
        else:
            whole[name] = field_json(name, values, cloud=place_of(now.ticket).cloud)
    if whole:
        body["fields"] = whole
    if update:
        body["update"] = update
    body |= edit_marks(operation, now.ticket.operations)
    return Request("PUT", f"/rest/api/2/issue/{now.ticket.ref.id}", body, operation)


def field_json(name: str, values: FieldValue, *, cloud: bool) -> JsonValue:
    """Return ``values`` as Jira takes them for the field ``name``.

    Raises:
        Refused: several values for a field that takes one.
    """
    if name == "labels":
        return [value.id for value in values]
    if name in LISTS:
        return [{"id": value.id} for value in values]
    if len(values) > 1:
        raise Refused(f"{label(name)} takes one value, not {len(values)}", fields={name: "takes one value"})
    if not values:
        return None
    if name == "assignee":
        return {"accountId" if cloud else "name": values[0].id}
    return {"id": values[0].id}


def judge(operation: Operation, now: Snapshot, fields: Mapping[str, FieldValue]) -> Landed:
    """Compare a fresh read with what was asked for.

    The marker proves that the request was carried out: what differs then was dropped, or changed again.
    Without it and with a difference, nothing was done: one request is carried out whole.
    """
    missing = tuple(
        name for name, values in fields.items() if not same(now.ticket.fields.get(name, ()), values)
    )
    if not missing:
        return Landed(Landing.APPLIED)
    if operation in now.ticket.operations:
        return Landed(Landing.PARTLY, missing)
    return Landed(Landing.NOT_APPLIED)


def same(one: FieldValue, other: FieldValue) -> bool:
    """Compare by id, in any order: labels of values are translated, and lists have no order."""
    return {value.id for value in one} == {value.id for value in other}


def label(name: str) -> str:
    """Return what people call the field."""
    return LABELS.get(name) or Untrusted(name).line(LABEL_CHARS_MAX)


def said(values: FieldValue) -> str:
    """Return ``values`` as part of a sentence."""
    return ", ".join(Untrusted(value.label or value.id).line(LABEL_CHARS_MAX) for value in values)


def _steps(name: str, before: FieldValue, after: FieldValue) -> list[JsonValue]:
    have, want = [value.id for value in before], [value.id for value in after]
    steps: list[JsonValue] = [{"add": _item(name, each)} for each in want if each not in have]
    return [*steps, *({"remove": _item(name, each)} for each in have if each not in want)]


def _item(name: str, value_id: str) -> JsonValue:
    return value_id if name == "labels" else {"id": value_id}
