"""ServiceNow's JSON to our Ticket, Comment and PastTicket. Pure.

Records are read with ``sysparm_display_value=all``: each field is ``{"display_value", "value"}``, all text;
a field an ACL hides is simply absent (Table API, docs.servicenow.com "c_TableAPI").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from bot.core.errors import Forbidden, Missing
from bot.core.fingerprint import fingerprint
from bot.core.tickets import (
    ATTACHMENTS_MAX,
    Actor,
    Attachment,
    Comment,
    FieldValue,
    PastTicket,
    Snapshot,
    Ticket,
    TicketRef,
    Value,
)
from bot.core.untrusted import Untrusted
from connectors.servicenow import journal
from connectors.servicenow.queries import SYS_ID, TABLE, moment

Row = Mapping[str, Any]
"""One record as the Table API gives it."""

SUGGESTIBLE: Final = ("category", "subcategory", "impact", "urgency", "assignment_group")
"""What triage may suggest. Priority is not among them: the instance computes it from impact and urgency by
rules of its own, which differ from the documented ones on real instances."""
PARENT: Final = "parent_incident"
"""The incident that this one is a child of; incidents alone have it (Table API, c_TableAPI, samples)."""
READ_BACK: Final = ("assigned_to", "state", "close_code", "close_notes", "priority", PARENT)
"""What else a snapshot carries, so that a fresh read can judge every verb."""

RECORD_FIELDS: Final = (
    "sys_id",
    "number",
    "short_description",
    "description",
    "active",
    "caller_id",
    "caller_id.user_name",
    "opened_by",
    "opened_by.user_name",
    "sys_created_on",
    "sys_updated_on",
    "sys_updated_by",
    "sys_mod_count",
    *SUGGESTIBLE,
    *READ_BACK,
)
JOURNAL_FIELDS: Final = ("sys_id", "element", "element_id", "value", "sys_created_on", "sys_created_by")
ATTACHMENT_FIELDS: Final = (
    "file_name",
    "content_type",
    "size_bytes",
    "sys_created_on",
    "sys_created_by",
    "table_name",
    "table_sys_id",
)
"""Of ``sys_attachment``: what c_AttachmentAPI.md shows of a file besides its content."""
PAST_FIELDS: Final = (
    "sys_id",
    "number",
    "short_description",
    "description",
    "sys_updated_on",
    "resolved_at",
    "closed_at",
    "close_notes",
    "caller_id",
    *SUGGESTIBLE,
)

INCIDENT: Final = "incident"
RESOLVED: Final = "6"
CLOSED_STATES: Final = frozenset({RESOLVED, "7", "8"})
"""Resolved, closed, cancelled: incident-management/c_IncidentManagementStateModel.md."""

LABEL_CHARS_MAX: Final = 200
"""Of a label, in characters: a choice's label has 100 at most, a group's name 80."""
_MACHINES: Final = frozenset({"system", "guest", "glide.maint"})
"""Accounts of the platform itself; what they write is no person's answer."""
_SIZE: Final = re.compile(r"[0-9]{1,15}")
_ENTRY: Final = re.compile(
    r"^(?P<at>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) - (?P<who>[^\n]+?) \([^()\n]+\)\n", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Home:
    """What mapping has to know about the instance it reads from."""

    connector: str
    url: str
    """The base URL, without a slash at the end."""
    us: Actor


def ticket_ref(connector: str, table: str, sys_id: str) -> TicketRef:
    """Name a record: a sys_id is read through its table, so the id carries both."""
    return TicketRef(connector, f"{table}:{sys_id}")


def place(ref: TicketRef) -> tuple[str, str]:
    """Return the table and the sys_id that :func:`ticket_ref` put together.

    Raises:
        Missing: it is no reference of ours.
    """
    table, _, sys_id = ref.id.partition(":")
    if not TABLE.fullmatch(table) or not SYS_ID.fullmatch(sys_id):
        raise Missing("that is not a ServiceNow record: its id is <table>:<sys_id>")
    return table, sys_id


def raw(row: Row, name: str) -> str:
    """Return a field's value, empty where it is unset or hidden."""
    value = _part(row, name, "value")
    return value if isinstance(value, str) else ""


def shown(row: Row, name: str) -> str:
    """Return what people see in a field, its value where the instance gives no other words."""
    display = _part(row, name, "display_value")
    return display if isinstance(display, str) and display else raw(row, name)


def field_value(row: Row, name: str) -> FieldValue:
    """Return a field as core knows it."""
    value = raw(row, name)
    return (Value(value, Untrusted(shown(row, name)).line(LABEL_CHARS_MAX)),) if value else ()


def to_ticket(row: Row, table: str, home: Home) -> Ticket:
    """Read one record.

    Raises:
        Forbidden: a field we cannot do without is hidden by an ACL.
    """
    needed = ("sys_id", "number", "state", "sys_created_on", "sys_updated_on", "sys_mod_count")
    hidden = [name for name in needed if not raw(row, name)]
    if hidden:
        raise Forbidden(
            f"{table}.{', '.join(hidden)} cannot be read: give the bot's account read access to it"
        )
    ref = ticket_ref(home.connector, table, raw(row, "sys_id"))
    return Ticket(
        ref=ref,
        key=raw(row, "number"),
        url=record_url(home.url, table, raw(row, "sys_id")),
        queue=_queue(row, table),
        kind=table,
        status=Value(raw(row, "state"), Untrusted(shown(row, "state")).line(LABEL_CHARS_MAX)),
        closed=_closed(row, table),
        summary=Untrusted(raw(row, "short_description")),
        description=Untrusted(raw(row, "description")),
        fields={name: field_value(row, name) for name in (*SUGGESTIBLE, *READ_BACK)},
        reporter=_reporter(row, home),
        created_at=_moment(row, table, "sys_created_on"),
        updated_at=_moment(row, table, "sys_updated_on"),
        version=raw(row, "sys_mod_count"),
    )


def to_snapshot(
    ticket: Ticket, comments: Sequence[Comment], attachments: Sequence[Attachment] | None
) -> Snapshot:
    """Put a ticket, its conversation and the names of its files together; None: those are not known."""
    return Snapshot(
        ticket,
        tuple(comments),
        notes_editable=False,
        attachments=tuple(attachments or ()),
        attachments_known=attachments is not None,
    )


def to_attachments(rows: Sequence[Row], ticket: Ticket, home: Home) -> tuple[Attachment, ...]:
    """Read rows of sys_attachment, oldest first; one without a readable date is left out.

    The instance does not say which of them the caller sees; their own they do.
    """
    requester = ticket.reporter.id if ticket.reporter else ""
    found: list[Attachment] = []
    for row in rows:
        at = _first_moment(row, ("sys_created_on",))
        if at is None:
            continue
        name, size = raw(row, "sys_created_by"), raw(row, "size_bytes")
        found.append(
            Attachment(
                name=Untrusted(raw(row, "file_name")),
                kind=Untrusted(raw(row, "content_type")),
                size_bytes=int(size) if _SIZE.fullmatch(size) else 0,
                at=at,
                by=_account(name, home) if name else None,
                public=bool(name) and name == requester,
            )
        )
    return tuple(sorted(found, key=lambda each: each.at))[-ATTACHMENTS_MAX:]


def to_comments(rows: Sequence[Row], home: Home) -> list[Comment]:
    """Read rows of sys_journal_field, in any order, into messages, oldest first."""
    found = [
        _comment(row, home) for row in rows if raw(row, "element") in (journal.COMMENTS, journal.WORK_NOTES)
    ]
    # Entries of one second keep the order in which the instance gave them.
    return sorted(found, key=lambda each: each.at)


def from_display(
    text: str, element: str, *, ahead: timedelta, home: Home, reporter: Actor | None
) -> list[Comment]:
    """Read a journal's display text, for accounts that may not read sys_journal_field.

    It is every entry under ``2026-11-21 09:30:00 - Name (Work notes)``, newest first, dates in the account's
    time zone, ``ahead`` of UTC. An entry that contains such a line reads as two: better than nothing, and
    the README says which right makes it exact.
    """
    heads = list(_ENTRY.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    found: list[Comment] = []
    for head, end in zip(heads, ends, strict=False):
        body = text[head.end() : end].strip()
        at = moment(head["at"]) - ahead
        found.append(
            Comment(
                id=f"{element}:{fingerprint([head['at'], head['who'], body])[:32]}",
                at=at,
                author=_named(head["who"], home, reporter),
                public=element == journal.COMMENTS,
                body=Untrusted(body),
                operation=journal.marker(body) if element == journal.WORK_NOTES else None,
            )
        )
    return found[::-1]


def zone(row: Row) -> timedelta:
    """Return how far the account's time zone is ahead of UTC, as the record's own dates show it."""
    for name in ("sys_updated_on", "sys_created_on"):
        try:
            return moment(shown(row, name)) - moment(raw(row, name))
        except ValueError:
            continue
    return timedelta(0)


def to_past(row: Row, table: str, home: Home, score: float = 0.0) -> PastTicket:
    """Read a solved record; a date the account may not see is None."""
    fields = {name: field_value(row, name) for name in SUGGESTIBLE}
    notes = raw(row, "close_notes")
    return PastTicket(
        key=raw(row, "number"),
        url=record_url(home.url, table, raw(row, "sys_id")),
        queue=_queue(row, table),
        summary=Untrusted(raw(row, "short_description")),
        description=Untrusted(raw(row, "description")),
        fields={name: value for name, value in fields.items() if value},
        closed_at=_first_moment(row, ("resolved_at", "closed_at", "sys_updated_on")),
        answer=Untrusted(notes) if notes.strip() else None,
        score=score,
    )


def to_lesson(row: Row, table: str, home: Home) -> PastTicket:
    """Read a solved record to learn from: also who asked."""
    return replace(to_past(row, table, home), person=raw(row, "caller_id"))


def record_url(base: str, table: str, sys_id: str) -> str:
    """Return where a person opens a record."""
    return f"{base}/nav_to.do?uri={quote(f'{table}.do?sys_id={sys_id}', safe='')}"


def _part(row: Row, name: str, part: str) -> object:
    field = row.get(name)
    if not isinstance(field, dict):
        return field
    both: dict[str, object] = field  # pyright: ignore[reportUnknownVariableType]  # JSON: its keys are text
    return both.get(part)


def _comment(row: Row, home: Home) -> Comment:
    element, body = raw(row, "element"), raw(row, "value")
    internal = element == journal.WORK_NOTES
    return Comment(
        id=raw(row, "sys_id"),
        at=_moment(row, "sys_journal_field", "sys_created_on"),
        author=_account(raw(row, "sys_created_by"), home),
        public=not internal,
        body=Untrusted(body),
        # The requester cannot write work notes, so nobody outside can forge a marker there.
        operation=journal.marker(body) if internal else None,
    )


def _account(user_name: str, home: Home) -> Actor:
    if user_name == home.us.id:
        return home.us
    return Actor(user_name, Untrusted(user_name), is_person=user_name.casefold() not in _MACHINES)


def _named(display: str, home: Home, reporter: Actor | None) -> Actor:
    """Tell who wrote an entry that carries a display name only."""
    for each in (home.us, reporter):
        if each is not None and each.name.raw == display:
            return each
    return Actor(display, Untrusted(display), is_person=display.casefold() not in _MACHINES)


def _reporter(row: Row, home: Home) -> Actor | None:
    for name in ("caller_id", "opened_by"):
        # The journal names authors by user name, so the requester has to go by theirs too.
        who = raw(row, f"{name}.user_name") or raw(row, name)
        if who:
            return Actor(who, Untrusted(shown(row, name)), is_us=who == home.us.id)
    return None


def _queue(row: Row, table: str) -> str:
    return Untrusted(shown(row, "assignment_group")).line(LABEL_CHARS_MAX) or table


def _closed(row: Row, table: str) -> bool:
    if table == INCIDENT:
        return raw(row, "state") in CLOSED_STATES
    return raw(row, "active") == "false"


def _moment(row: Row, table: str, name: str) -> datetime:
    try:
        return moment(raw(row, name))
    except ValueError as error:
        raise Forbidden(
            f"{table}.{name} does not read as a date: it is hidden or changed on the way"
        ) from error


def _first_moment(row: Row, names: Sequence[str]) -> datetime | None:
    for name in names:
        try:
            return moment(raw(row, name))
        except ValueError:
            continue
    return None
