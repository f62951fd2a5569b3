"""Which record the incident is that another one is to be the child of, and whether it may be. Blocking."""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError

from bot.core.actions import Args
from bot.core.arguments import ParentArguments, pick_json
from bot.core.errors import Forbidden, Missing, Refused
from bot.core.tickets import Ticket, Value
from bot.core.untrusted import Untrusted
from connectors.servicenow import queries
from connectors.servicenow.mapping import (
    CLOSED_STATES,
    INCIDENT,
    LABEL_CHARS_MAX,
    PARENT,
    Row,
    place,
    raw,
    shown,
)
from connectors.servicenow.wire import Select, Wire

FIELDS: Final = ("sys_id", "number", "state", PARENT)


def looked_up(wire: Wire, args: Args, ticket: Ticket) -> Args:
    """Return ``args`` of ``servicenow.link`` with the record that its number stands for.

    What was looked up before is read again by its sys_id. An undo may go back to any parent there is.

    Raises:
        Refused: there is no such incident, or it cannot be the parent of ``ticket``, with words.
        Retry: the instance is away.
    """
    try:
        wanted = ParentArguments.model_validate(dict(args))
    except ValidationError:
        return args  # whoever makes a proposal of them refuses in its own words
    if not wanted.others:
        return args
    number, mine = wanted.others[0], ticket.key
    if number == mine:
        raise Refused(f"{mine} cannot be its own parent")
    row = _record(wire, number, wanted.parent.id if wanted.parent else "")
    if raw(row, "sys_id") == place(ticket.ref)[1]:
        raise Refused(f"{mine} cannot be its own parent")
    if not wanted.back:
        _check(row, number, ticket)
    return {**args, "parent": pick_json(Value(raw(row, "sys_id"), number))}


def _record(wire: Wire, number: str, sys_id: str) -> Row:
    """Read the one incident with this number, and this sys_id where that is known already."""
    unknown = Refused(f"ServiceNow has no incident {number}, or the account may not see it")
    try:
        if sys_id:
            rows: tuple[Row, ...] = (wire.record(INCIDENT, queries.sys_id(sys_id), FIELDS),)
        else:
            query = f"number={queries.number(number)}"
            rows = wire.rows(Select(INCIDENT, query, FIELDS, limit=2)).rows
    except (Missing, Forbidden) as error:
        raise unknown from error
    # A condition that the platform does not understand is ignored, and gives other records.
    found = [
        row for row in rows if raw(row, "number") == number and queries.SYS_ID.fullmatch(raw(row, "sys_id"))
    ]
    if not found:
        raise unknown
    if len(found) > 1:
        raise Refused(f"several incidents have the number {number}: link them by hand")
    return found[0]


def _check(row: Row, number: str, ticket: Ticket) -> None:
    """Hold a parent against what makes a family that ServiceNow keeps in step: one level, and open."""
    if not raw(row, "state") or PARENT not in row:
        raise Refused(
            f"{INCIDENT}.state and {INCIDENT}.{PARENT} of {number} cannot be read: give the account access"
        )
    if raw(row, "state") in CLOSED_STATES:
        state = Untrusted(shown(row, "state")).line(LABEL_CHARS_MAX)
        raise Refused(f"{number} is {state}: a ticket becomes the child of an open incident only")
    if raw(row, PARENT):
        above = Untrusted(shown(row, PARENT)).line(LABEL_CHARS_MAX)
        raise Refused(f"{number} is itself a child of {above}: link the ticket to that one")
    if any(value.id == raw(row, "sys_id") for value in ticket.fields.get(PARENT, ())):
        raise Refused(f"{ticket.key} is a child of {number} already")
