"""Records that are still to be made: what their form offers, and whether one is there. Blocking.

A record carries the token of its form in ``correlation_id`` from the insert on, and the operation in
``correlation_display``: both in the one POST, and readable without the right to the journal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.core.creation import CreationForm, FormField, Unborn, blank
from bot.core.errors import Forbidden, Missing, Refused
from bot.core.ids import Operation
from bot.core.tickets import Choices, Snapshot, TicketRef, Value
from bot.core.untrusted import Untrusted
from connectors._addresses import address
from connectors.servicenow import mapping, reading
from connectors.servicenow.actions.create import FORM_FIELD, OPERATION_FIELD
from connectors.servicenow.labels import label_of
from connectors.servicenow.mapping import LABEL_CHARS_MAX, SUGGESTIBLE, Home, raw
from connectors.servicenow.queries import SYS_ID, literal
from connectors.servicenow.reading import USER_TABLE
from connectors.servicenow.wire import Select, Wire

DICTIONARY_TABLE: Final = "sys_dictionary"
MANDATORY_MAX: Final = 200
"""Mandatory columns read of one table."""
SUMMARY_CHARS_MAX: Final = 160
"""Of ``short_description``, as an instance comes; the platform cuts what is longer, without a word."""
FILLED: Final = frozenset({"short_description", "description", "number", "caller_id", "state", "opened_by"})
"""Columns that need no menu: the form has them, or the platform fills them in."""
_OPERATION: Final = re.compile(r"CS-[0-9A-F]{12}")


def snapshot(wire: Wire, ref: TicketRef, wanted: Unborn, home: Home, access: reading.Access) -> Snapshot:
    """Return the record if it has been made, under ``ref``; else what is there before.

    Raises as ``bot.ports.TicketReader.read``; Forbidden: too, where the token cannot be read.
    """
    fields = ("sys_id", FORM_FIELD, OPERATION_FIELD)
    rows = wire.rows(Select(wanted.queue, f"{FORM_FIELD}={wanted.token}", fields, limit=2)).rows
    # A condition on a hidden or misspelt column is ignored and gives other records: nothing is known then.
    if any(raw(row, FORM_FIELD) != wanted.token for row in rows):
        raise Forbidden(f"{wanted.queue}.{FORM_FIELD} cannot be read: give the bot's account read and write")
    made = next((row for row in rows if SYS_ID.fullmatch(raw(row, "sys_id"))), None)
    if made is None:
        return replace(blank(ref, wanted, url=f"{home.url}/{wanted.queue}_list.do"), notes_editable=False)
    record = mapping.ticket_ref(home.connector, wanted.queue, raw(made, "sys_id"))
    found = reading.snapshot(wire, record, home, access)
    mark = raw(made, OPERATION_FIELD)
    marks = {*found.ticket.operations, *([Operation(mark)] if _OPERATION.fullmatch(mark) else [])}
    return replace(found, ticket=replace(found.ticket, ref=ref, operations=frozenset(marks)))


def mandatory(wire: Wire, table: str) -> dict[str, str]:
    """Return the columns that must be filled, with their labels; none where that may not be read."""
    names = table if table == "task" else f"{table},task"
    query = f"nameIN{names}^mandatory=true^ORDERBYelement"
    fields = ("name", "element", "column_label", "mandatory", "active")
    try:
        rows = wire.rows(Select(DICTIONARY_TABLE, query, fields, MANDATORY_MAX)).rows
    except (Forbidden, Missing):
        return {}
    return {
        raw(row, "element"): Untrusted(raw(row, "column_label")).line(LABEL_CHARS_MAX)
        for row in rows
        if raw(row, "mandatory") == "true" and raw(row, "element") and raw(row, "active") != "false"
    }


def form(table: str, choices: Sequence[Choices], required: dict[str, str]) -> CreationForm:
    """Put a form together: what triage may suggest, and what the dictionary requires. Pure."""
    offered = [each for each in choices if each.field in SUGGESTIBLE and each.values]
    known = {each.field for each in offered} | FILLED
    return CreationForm(
        queue=table,
        type=(kind := Value(table, table)),
        types=(kind,),
        fields=tuple(FormField(each, each.field in required) for each in offered),
        unfillable=tuple(label or label_of(name) for name, label in required.items() if name not in known),
        takes_requester=table == mapping.INCIDENT,
        summary_chars_max=SUMMARY_CHARS_MAX,
    )


def requester(wire: Wire, email: str) -> Value | None:
    """Return the one active user with this address. Raises as ``bot.ports.TicketReader.read``."""
    if not email:
        return None
    try:
        query = f"email={literal(email)}^active=true"
    except Refused:
        return None
    rows = wire.rows(Select(USER_TABLE, query, ("sys_id", "name", "email", "active"), limit=2)).rows
    named = [
        row
        for row in rows
        if address(raw(row, "email")) == email
        and raw(row, "active") == "true"
        and SYS_ID.fullmatch(raw(row, "sys_id"))
    ]
    if len(named) != 1:
        return None
    return Value(raw(named[0], "sys_id"), Untrusted(raw(named[0], "name")).line(LABEL_CHARS_MAX))
