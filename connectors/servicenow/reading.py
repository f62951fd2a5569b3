"""What is read from an instance: each function is a few blocking requests over one thread's wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.errors import Forbidden, Missing, Refused
from bot.core.events import TicketTouched
from bot.core.ids import EventId, Operation
from bot.core.tickets import COMMENTS_MAX, Actor, Comment, Snapshot, Ticket, TicketRef
from bot.core.untrusted import Untrusted
from connectors.servicenow import journal, mapping, queries
from connectors.servicenow.mapping import Home, Row, raw
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.wire import Page, Select, Wire

JOURNAL_TABLE: Final = "sys_journal_field"
USER_TABLE: Final = "sys_user"
ELEMENTS: Final = (journal.WORK_NOTES, journal.COMMENTS)
WHO_AM_I: Final = "sys_id=javascript:gs.getUserID()"
"""Asks the instance who the caller is: for keys and tokens, whose account only the instance knows."""
PAGES_MAX: Final = 20
"""How many short pages are followed before what we have is returned: ACLs may hide all of a page."""


@dataclass(slots=True)
class JournalAccess:
    """What we have learnt about the right to read the journal's own table."""

    granted: bool = False
    """It has given rows before, so an empty answer is the truth."""


def account(wire: Wire, settings: ServiceNowSettings) -> Actor:
    """Fetch the account we run under.

    Raises:
        Forbidden: the instance does not say who we are, or the account may not read sys_user.
    """
    query = f"user_name={queries.literal(settings.user)}" if settings.user else WHO_AM_I
    found = wire.rows(Select(USER_TABLE, query, ("sys_id", "user_name", "name"), limit=2)).rows
    # One too many: the platform did not understand the query and gave the whole table.
    if len(found) != 1 or not raw(found[0], "user_name"):
        raise Forbidden(
            "ServiceNow does not say which account we are: give it read access to its own sys_user record, "
            "or set SERVICENOW_USER to its user name"
        )
    name = raw(found[0], "name") or raw(found[0], "user_name")
    return Actor(raw(found[0], "user_name"), Untrusted(name), is_us=True, is_person=False)


def snapshot(wire: Wire, ref: TicketRef, home: Home, access: JournalAccess) -> Snapshot:
    """Fetch a record and its conversation. Raises as ``bot.ports.TicketReader.read``."""
    table, sys_id = mapping.place(ref)
    row = wire.record(table, sys_id, mapping.RECORD_FIELDS)
    ticket = mapping.to_ticket(row, table, home)
    return mapping.to_snapshot(ticket, _conversation(wire, ticket, row, home, access))


def leaked_entry(wire: Wire, table: str, sys_id: str, operation: Operation, home: Home) -> str | None:
    """Return the id of a public entry that carries our marker, or None where there is none.

    Raises as ``bot.ports.TicketReader.read``: then nothing is known.
    """
    try:
        entries = _entries(wire, sys_id, home)
    except Forbidden:
        entries = _displayed(wire, (table, sys_id), {}, home, None)
    found = (each.id for each in entries if each.public and journal.marker(each.body.raw) == operation)
    return next(found, None)


def by_number(wire: Wire, key: str, tables: Sequence[str], connector: str) -> TicketRef:
    """Find a record by what people call it. Raises as ``bot.ports.TicketReader.read``."""
    number = queries.number(key)
    for table in tables:
        page = wire.rows(Select(table, f"number={number}", ("sys_id", "number"), limit=2))
        for row in page.rows:
            if raw(row, "number") == number:
                return mapping.ticket_ref(connector, table, raw(row, "sys_id"))
    raise Missing(f"ServiceNow has no {number}, or the account may not see it")


def many(wire: Wire, select: Select) -> list[Row]:
    """Fetch up to ``select.limit`` rows, following pages that ACLs made short."""
    found: list[Row] = []
    offset = select.offset
    for _ in range(PAGES_MAX):
        page: Page = wire.rows(Select(select.table, select.query, select.fields, select.limit, offset))
        found += page.rows
        offset += select.limit
        if not page.more or len(found) >= select.limit:
            break
    return found[: select.limit]


def touched(wire: Wire, table: str, since: datetime, limit: int, home: Home) -> list[TicketTouched]:
    """Fetch which records of ``table`` changed at or after ``since``, oldest first."""
    fields = ("sys_id", "sys_updated_on", "sys_updated_by", "sys_mod_count")
    rows = many(wire, Select(table, queries.changed_since(since), fields, limit))
    found: list[TicketTouched] = []
    for row in rows:
        try:
            at = queries.moment(raw(row, "sys_updated_on"))
            record = queries.sys_id(raw(row, "sys_id"))
        except (ValueError, Refused) as error:
            raise Forbidden(
                f"{table}.sys_updated_on cannot be read: give the bot's account access"
            ) from error
        found.append(
            TicketTouched(
                id=EventId(f"{home.connector}:poll:{record}:{raw(row, 'sys_mod_count')}"),
                at=at,
                ref=mapping.ticket_ref(home.connector, table, record),
                what="poll",
                by_us=raw(row, "sys_mod_count") != "0" and raw(row, "sys_updated_by") == home.us.id,
            )
        )
    return found


def _conversation(wire: Wire, ticket: Ticket, row: Row, home: Home, access: JournalAccess) -> list[Comment]:
    """Read the journal's table; where it is refused or shows nothing, the record's own display text.

    An ACL either refuses the table or hides each of its rows; the latter looks like an empty journal.
    """
    where = mapping.place(ticket.ref)
    try:
        entries = _entries(wire, where[1], home)
    except Forbidden:
        return _displayed(wire, where, row, home, ticket.reporter)
    if entries or access.granted:
        access.granted = True
        return entries
    return _displayed(wire, where, row, home, ticket.reporter)


def _entries(wire: Wire, sys_id: str, home: Home) -> list[Comment]:
    query = f"element_id={sys_id}^elementIN{','.join(ELEMENTS)}^ORDERBYDESCsys_created_on"
    page = wire.rows(Select(JOURNAL_TABLE, query, mapping.JOURNAL_FIELDS, COMMENTS_MAX))
    # Checked again here: another ticket's conversation must not end up in this one, whatever was ignored.
    return mapping.to_comments([row for row in page.rows if raw(row, "element_id") == sys_id], home)


def _displayed(
    wire: Wire, where: tuple[str, str], row: Row, home: Home, reporter: Actor | None
) -> list[Comment]:
    table, sys_id = where
    shown = wire.record(table, sys_id, ("sys_updated_on", *ELEMENTS))
    ahead = mapping.zone(row or shown)
    found = [
        each
        for element in ELEMENTS
        for each in mapping.from_display(
            mapping.shown(shown, element), element, ahead=ahead, home=home, reporter=reporter
        )
    ]
    return sorted(found, key=lambda each: each.at)[-COMMENTS_MAX:]
