"""A ticket that does not exist yet: what it is called until then, and what it would be made of. Pure.

Its id names the form it was asked for in, so that the same form asked for twice is the same ticket, and
whoever looks for it afterwards knows what to look for and since when.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from bot.core.arguments import Arguments, Pick
from bot.core.fingerprint import fingerprint
from bot.core.tickets import Choices, FieldValue, Snapshot, Ticket, TicketRef, Value
from bot.core.untrusted import Untrusted

VERB: Final = "create"
SUMMARY_CHARS_MAX: Final = 255
"""Jira takes no more; ServiceNow's short description holds 160, and its form says so."""
DESCRIPTION_CHARS_MAX: Final = 30_000
"""Jira refuses more than 32,767 characters; ServiceNow cuts what is longer than its column."""
FIELDS_MAX: Final = 30
"""Of one form: a modal takes a hundred blocks, and people fill in fewer."""
_ID: Final = re.compile(
    r"new:(?P<queue>[A-Za-z][A-Za-z0-9_]{0,99}):(?P<token>(?P<at>[0-9a-f]{8})[0-9a-f]{24})"
)
_QUEUE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True)
class Unborn:
    """What the id of a ticket that may not exist says."""

    queue: str
    """Jira: project key. ServiceNow: the table."""
    token: str
    """32 digits and letters a to f: what the ticket will carry, and nothing else does."""
    since: datetime
    """When its form was opened: it cannot be older."""


def unborn(ref: TicketRef) -> Unborn | None:
    """Return what ``ref`` says of a ticket to be made; None: it names one that exists."""
    found = _ID.fullmatch(ref.id)
    if found is None:
        return None
    since = datetime.fromtimestamp(int(found["at"], 16), tz=UTC)
    return Unborn(found["queue"], found["token"], since)


def new_ref(connector: str, queue: str, opened: datetime, form: str) -> TicketRef:
    """Name the ticket that ``form``, opened at that time, would make; the same form, the same ticket.

    Raises:
        ValueError: no queue is spelled like that.
    """
    if not _QUEUE.fullmatch(queue):
        raise ValueError("that is no queue")
    stamp = int(opened.timestamp())
    token = f"{stamp:08x}{fingerprint(['create', form, stamp])[:24]}"
    return TicketRef(connector, f"new:{queue}:{token}")


class CreateArguments(Arguments):
    """``create``: everything the new ticket is made with; what is not named is left to the system."""

    type: Pick
    summary: Annotated[
        str, StringConstraints(min_length=1, max_length=SUMMARY_CHARS_MAX, pattern=r"^[^\r\n]+$")
    ]
    description: Annotated[str, StringConstraints(max_length=DESCRIPTION_CHARS_MAX)] = ""
    fields: Annotated[dict[str, list[Pick]], Field(max_length=FIELDS_MAX)] = Field(
        default_factory=dict[str, list[Pick]]
    )
    requester: Pick | None = None
    """Whose ticket it is; None: the account the bot runs under."""

    def values(self) -> dict[str, FieldValue]:
        """Return the picked fields as core knows them."""
        return {name: tuple(pick.value() for pick in picks) for name, picks in self.fields.items()}

    def says(self, queue: str) -> str:
        """Say in one imperative sentence what will be made."""
        of = Untrusted(self.type.label or self.type.id).line()
        whose = f" for {Untrusted(self.requester.label).line()}" if self.requester else ""
        set_to = [
            f"{name} {' '.join(Untrusted(each.label or each.id).line() for each in picks)}"
            for name, picks in self.fields.items()
        ]
        with_ = f" (with {', '.join(set_to)})" if set_to else ""
        title = Untrusted(self.summary).line()
        return f"Create a ticket{' in ' + queue if queue else ''} of type {of}{whose}{with_}: “{title}”."


@dataclass(frozen=True, slots=True)
class FormField:
    """One field that a form asks for."""

    choices: Choices
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationForm:
    """What a ticket may be made with just now, in one queue and of one type."""

    queue: str
    type: Value
    types: tuple[Value, ...]
    fields: tuple[FormField, ...] = ()
    unfillable: tuple[str, ...] = ()
    """What people call the fields that it requires and that no menu can fill."""
    takes_requester: bool = False
    """Whether it may be made in somebody's name."""
    summary_chars_max: int = SUMMARY_CHARS_MAX

    def labels(self) -> dict[str, str]:
        """Return each field with what people call it."""
        return {each.choices.field: each.choices.label for each in self.fields}


def blank(
    ref: TicketRef, wanted: Unborn, *, url: str, fields: Mapping[str, FieldValue] | None = None
) -> Snapshot:
    """Return what is there before the ticket is made: nothing, in its queue."""
    return Snapshot(
        Ticket(
            ref=ref,
            key=f"{wanted.queue} (new)",
            url=url,
            queue=wanted.queue,
            kind="",
            status=Value("", ""),
            closed=False,
            summary=Untrusted(""),
            description=Untrusted(""),
            fields=dict(fields or {}),
            reporter=None,
            created_at=wanted.since,
            updated_at=wanted.since,
            version="",
        )
    )
