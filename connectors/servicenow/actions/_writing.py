"""What every verb shares: the PATCH it comes down to, and the judgement of fields after a fresh read."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from bot.core.actions import Landed, Landing, Request
from bot.core.ids import Operation
from bot.core.tickets import FieldValue, Snapshot
from connectors.servicenow.mapping import place


def patch(
    now: Snapshot, body: Mapping[str, JsonValue], operation: Operation, *, expects_internal: bool = False
) -> Request:
    """Return one PATCH of the record by its sys_id: never an update by query.

    A query with a misspelt field is cut short by the platform and may hit another record.
    """
    table, sys_id = place(now.ticket.ref)
    return Request(
        method="PATCH",
        path=f"/api/now/table/{table}/{sys_id}",
        body=dict(body),
        operation=operation,
        expects_internal=expects_internal,
    )


def ids(value: FieldValue) -> tuple[str, ...]:
    """Return what the vendor calls the values; labels may change under us."""
    return tuple(each.id for each in value)


def fields_landed(wanted: Mapping[str, FieldValue], operation: Operation, now: Snapshot) -> Landed:
    """Judge a change of fields.

    The marker travels in the same PATCH, which the platform carries out as a whole. With it there, a field
    that differs was dropped (an ACL, a rule) or changed again since: partly. Without it, nothing happened.
    """
    missing = tuple(
        name for name, value in wanted.items() if ids(now.ticket.fields.get(name, ())) != ids(value)
    )
    if not missing:
        return Landed(Landing.APPLIED)
    if operation in now.operations:
        return Landed(Landing.PARTLY, missing)
    return Landed(Landing.NOT_APPLIED, missing)
