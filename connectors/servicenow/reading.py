"""What is read from an instance: each function is a few blocking requests over one thread's wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.core.errors import Forbidden, Missing, Refused
from bot.core.events import TicketTouched
from bot.core.ids import EventId, Operation
from bot.core.tickets import (
    ATTACHMENTS_MAX,
    COMMENTS_MAX,
    Actor,
    Attachment,
    Comment,
    Snapshot,
    Ticket,
    TicketRef,
)
from bot.core.untrusted import Untrusted
from connectors.servicenow import journal, mapping, queries
from connectors.servicenow.mapping import Home, Row, raw
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.wire import Page, Select, Wire

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

JOURNAL_TABLE: Final = "sys_journal_field"
ATTACHMENT_TABLE: Final = "sys_attachment"
USER_TABLE: Final = "sys_user"
ELEMENTS: Final = (journal.WORK_NOTES, journal.COMMENTS)
WHO_AM_I: Final = "sys_id=javascript:gs.getUserID()"
"""Asks the instance who the caller is: for keys and tokens, whose account only the instance knows."""
PAGES_MAX: Final = 20
"""How many short pages are followed before what we have is returned: ACLs may hide all of a page."""


@dataclass(slots=True)
class Access:
    """What we have learnt about the right to read what hangs on a record: the journal's table, the files'."""

    granted: bool = False
    """The journal has given rows before, so an empty answer is the truth."""
    files_refused: bool = False
    """The last look at the files was refused, and the log says so already."""


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


def snapshot(wire: Wire, ref: TicketRef, home: Home, access: Access) -> Snapshot:
    """Fetch a record and its conversation, not its files. Raises as ``bot.ports.TicketReader.read``."""
    found = record(wire, ref, home)
    return mapping.to_snapshot(found.ticket, conversation(wire, found, home, access), None)


@dataclass(frozen=True, slots=True)
class Record:
    """A ticket, and the row it was read from."""

    ticket: Ticket
    row: Row


def record(wire: Wire, ref: TicketRef, home: Home) -> Record:
    """Fetch a record alone. Raises as ``bot.ports.TicketReader.read``."""
    table, sys_id = mapping.place(ref)
    row = wire.record(table, sys_id, mapping.RECORD_FIELDS)
    return Record(mapping.to_ticket(row, table, home), row)


def attachments(wire: Wire, ticket: Ticket, home: Home, access: Access) -> tuple[Attachment, ...] | None:
    """Fetch what the newest files on a record are called; None where the account may not list them.

    Raises:
        Retry: as ``bot.ports.TicketReader.read``: the whole read is made again.
    """
    table, sys_id = mapping.place(ticket.ref)
    query = f"table_name={table}^table_sys_id={sys_id}^ORDERBYDESCsys_created_on"
    select = Select(ATTACHMENT_TABLE, query, mapping.ATTACHMENT_FIELDS, ATTACHMENTS_MAX)
    try:
        rows = wire.rows(select).rows
    except (Forbidden, Missing, Refused) as error:
        if not access.files_refused:
            log.warning("attachments_not_listed", connector=home.connector, why=type(error).__name__)
        access.files_refused = True
        return None
    access.files_refused = False
    # As with the journal: whatever of the query was ignored, another record's files are not this one's.
    mine = [row for row in rows if (raw(row, "table_name"), raw(row, "table_sys_id")) == (table, sys_id)]
    return mapping.to_attachments(mine, ticket, home)


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


def conversation(wire: Wire, record: Record, home: Home, access: Access) -> list[Comment]:
    """Read the journal's table; where it is refused or shows nothing, the record's own display text.

    An ACL either refuses the table or hides each of its rows; the latter looks like an empty journal.
    Raises as ``bot.ports.TicketReader.read``.
    """
    ticket, row = record.ticket, record.row
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
