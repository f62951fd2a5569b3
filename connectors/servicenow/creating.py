"""Records that are still to be made: what their form offers, and whether one is there. Blocking.

A record carries the token of its form in ``correlation_id`` from the insert on, and the operation in
``correlation_display``: both in the one POST, and readable without the right to the journal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from bot.core.creation import CreationForm, FormField, Unborn, blank
from bot.core.errors import Forbidden, Missing, Refused
from bot.core.ids import Operation
from bot.core.tickets import Choices, Snapshot, TicketRef, Value
from bot.core.untrusted import Untrusted
from connectors._addresses import address
from connectors.servicenow import asking, mapping, reading
from connectors.servicenow.actions.create import FORM_FIELD, OPERATION_FIELD
from connectors.servicenow.choices import CHOICE_FIELDS
from connectors.servicenow.labels import label_of
from connectors.servicenow.mapping import LABEL_CHARS_MAX, SUGGESTIBLE, Home, Row, raw
from connectors.servicenow.queries import SYS_ID, literal
from connectors.servicenow.reading import USER_TABLE
from connectors.servicenow.wire import Select, Wire

DICTIONARY_TABLE: Final = "sys_dictionary"
MANDATORY_MAX: Final = 200
"""Mandatory columns read of one table."""
ALSO_MAX: Final = 20
"""Columns asked for beside the mandatory ones: what one refusal names."""
SEARCHED_MAX: Final = 200
"""Records read for one menu: more than it shows, and a bound on what one answer may weigh."""
WORDS_MAX: Final = 5
"""Asked for of what somebody typed: each is a LIKE over a whole table."""
SUMMARY_CHARS_MAX: Final = 160
"""Of ``short_description``, as an instance comes; the platform cuts what is longer, without a word."""
FILLED: Final = frozenset({"short_description", "description", "number", "caller_id", "state", "opened_by"})
"""Columns that need no menu: the form has them, or the platform fills them in."""
_CALLED: Final = re.compile(r"[\w][\w ./()-]{0,79}")
"""A column's name or label that may stand in a list of values."""
_MANDATORY: Final = re.compile(r"following fields are mandatory: (?P<names>[^:]+)")
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


def dictionary(wire: Wire, table: str, also: Collection[str]) -> list[Row]:
    """Return the columns that must be filled, and those called ``also``; none where that may not be read."""
    tables = table if table == "task" else f"{table},task"
    conditions = [f"nameIN{tables}", "mandatory=true"]
    called = sorted(each for each in also if _CALLED.fullmatch(each))[:ALSO_MAX]
    if called:
        conditions[-1] += f"^ORelementIN{','.join(called)}^ORcolumn_labelIN{','.join(called)}"
    select = Select(
        DICTIONARY_TABLE, "^".join([*conditions, "ORDERBYelement"]), asking.COLUMNS, MANDATORY_MAX
    )
    try:
        rows = wire.rows(select).rows
    except (Forbidden, Missing):
        return []
    found: dict[str, Row] = {}
    # A table's own row says more than the one it inherits; whatever was ignored of the query is left out.
    for row in sorted(rows, key=lambda each: raw(each, "name") != table):
        wanted = raw(row, "mandatory") == "true" or bool(
            {raw(row, "element"), raw(row, "column_label")} & set(also)
        )
        if wanted and raw(row, "element") and raw(row, "active") != "false":
            found.setdefault(raw(row, "element"), row)
    return list(found.values())


def form(table: str, choices: Sequence[Choices], columns: Sequence[Row], url: str) -> CreationForm:
    """Put a form together: what triage may suggest, and what the dictionary requires. Pure."""
    names = {raw(row, "element") for row in columns}
    offered = [each for each in choices if each.field in SUGGESTIBLE and each.values]
    known = {each.field for each in offered} | FILLED
    fields = [FormField(each, each.field in names) for each in offered]
    unfillable: list[str] = []
    for row in (each for each in columns if raw(each, "element") not in known):
        field = asking.asked(row, choices) if asking.may_be_set(raw(row, "element")) else None
        if field is None:
            label = raw(row, "column_label") or label_of(raw(row, "element"))
            unfillable.append(Untrusted(label).line(LABEL_CHARS_MAX))
        else:
            fields.append(field)
    return CreationForm(
        queue=table,
        type=(kind := Value(table, table)),
        types=(kind,),
        fields=tuple(sorted(fields, key=lambda each: not each.required)),
        unfillable=tuple(unfillable),
        url=f"{url}/{table}.do?sys_id=-1" if unfillable else "",
        takes_requester=table == mapping.INCIDENT,
        summary_chars_max=SUMMARY_CHARS_MAX,
    )


def listed(columns: Sequence[Row]) -> list[str]:
    """Return the columns whose values are choices beyond those that every form has. Pure."""
    names = (raw(row, "element") for row in columns if raw(row, "choice") not in {"", "0"})
    return sorted({each for each in names if asking.may_be_set(each)} - set(CHOICE_FIELDS))


def searched(wire: Wire, table: str, column: str, words: str, limit: int) -> tuple[Value, ...]:
    """Return records that ``column`` may refer to and that are called like that, by name."""
    target = _target(wire, table, column)
    try:
        typed = [literal(word) for word in words.split()[:WORDS_MAX]]
    except Refused:
        return ()
    if not target or not typed:
        return ()
    name = asking.NAMED[target]
    active = ["active=true"] if target in asking.ACTIVE else []
    query = "^".join([*active, *(f"{name}LIKE{word}" for word in typed), f"ORDERBY{name}"])
    found = _records(wire, Select(target, query, ("sys_id", name, "active"), SEARCHED_MAX))
    # Held against what was typed once more: a condition may be ignored.
    fitting = [each for each in found if all(word.casefold() in each.label.casefold() for word in typed)]
    return tuple(fitting[:limit])


def named(wire: Wire, table: str, column: str, ids: Collection[str]) -> tuple[Value, ...]:
    """Return those of ``ids`` that are records ``column`` may refer to."""
    target, wanted = _target(wire, table, column), sorted(each for each in ids if SYS_ID.fullmatch(each))
    if not target or not wanted:
        return ()
    select = Select(
        target, f"sys_idIN{','.join(wanted)}", ("sys_id", asking.NAMED[target], "active"), SEARCHED_MAX
    )
    return tuple(each for each in _records(wire, select) if each.id in wanted)


def complaints(why: str) -> dict[str, str]:
    """Return what the instance said of each column, by label, out of a failure's words."""
    found = _MANDATORY.search(why)
    names = found["names"].split(",") if found else []
    return {name.strip(): found[0] for name in names if found and name.strip()}


def _target(wire: Wire, table: str, column: str) -> str:
    """Return the table a column refers to; empty where people cannot search it."""
    row = next((each for each in dictionary(wire, table, (column,)) if raw(each, "element") == column), None)
    reference = raw(row, "reference") if row is not None and asking.may_be_set(column) else ""
    return reference if reference in asking.NAMED else ""


def _records(wire: Wire, select: Select) -> list[Value]:
    name = asking.NAMED[select.table]
    return [
        Value(raw(row, "sys_id"), Untrusted(raw(row, name)).line(LABEL_CHARS_MAX))
        for row in wire.rows(select).rows
        if SYS_ID.fullmatch(raw(row, "sys_id")) and raw(row, name).strip() and raw(row, "active") != "false"
    ]


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
