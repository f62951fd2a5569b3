"""The ticket and what was said on it, as every connector maps them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.fingerprint import fingerprint
from bot.core.ids import Essence, Operation
from bot.core.ordered import OrderedSet
from bot.core.untrusted import Untrusted


@dataclass(frozen=True, slots=True)
class TicketRef:
    """Which ticket: the connector's name and the vendor's immutable id (Jira issue id, ServiceNow sys_id).

    Keys are for people (``ticket.key``): a Jira issue that is moved keeps its id and changes its key.
    """

    connector: str
    id: str

    @property
    def lane(self) -> str:
        """Where everything that happens to this ticket is put in order; also its dossier's key."""
        return f"ticket:{self.connector}:{self.id}"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field: what the vendor calls it, and what people read."""

    id: str
    label: str


FieldValue = tuple[Value, ...]
"""Always a tuple: empty when unset, one for a plain field, several for labels and components."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in the ticket system."""

    id: str
    """accountId (Jira Cloud), user key or name (Data Center), sys_id or user name (ServiceNow)."""
    name: Untrusted
    is_us: bool = False
    """It is the account this bot runs under."""
    is_person: bool = True
    """False for apps, automations and integration users, as far as the vendor tells."""
    is_customer: bool = False
    """Known to ask for help and not to give it: an account for Jira Cloud's portal alone. False where the
    vendor does not tell."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One message on a ticket, ours included."""

    id: str
    at: datetime
    author: Actor
    public: bool
    """Whether the requester can read it."""
    body: Untrusted
    operation: Operation | None = None
    """The marker we left in it, when it is ours."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on a ticket, as the vendor lists it. What is in it is never fetched, by anything."""

    name: Untrusted
    kind: Untrusted
    """Its media type, as whoever attached it stated it."""
    size_bytes: int
    """0 where the vendor does not tell."""
    at: datetime
    by: Actor | None
    """None: nobody who is known any more."""
    public: bool = False
    """Whether the requester is known to see it. Where no vendor tells: what they attached themselves."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A snapshot of one ticket."""

    ref: TicketRef
    key: str
    url: str
    """Where a person opens it; built from our own configuration, never from ticket text."""
    queue: str
    """Jira: project key. ServiceNow: assignment group's name, or the table when there is none."""
    kind: str
    """Jira: issue type's name. ServiceNow: the table."""
    status: Value
    closed: bool
    """Done, resolved, closed or cancelled: nothing is proposed any more."""
    summary: Untrusted
    description: Untrusted
    fields: Mapping[str, FieldValue]
    """By the vendor's own field name: the fields triage may suggest, and the assignee."""
    reporter: Actor | None
    created_at: datetime
    updated_at: datetime
    version: str
    """Changes with every write by anybody (Jira: ``updated``; ServiceNow: ``sys_mod_count``)."""
    operations: OrderedSet[Operation] = frozenset()
    """Markers of ours that the ticket itself carries (issue property, journal)."""
    restricted: bool = False
    """Fewer people may read it than its queue's other tickets: its words are not shown beside those."""

    @property
    def essence(self) -> Essence:
        """Fingerprint of what people wrote."""
        return Essence(fingerprint([self.summary.raw, self.description.raw]))

    def is_asked_by(self, actor: Actor) -> bool:
        """Whether that is who reported it, or another customer, who asks along with them."""
        return actor.is_customer or (self.reporter is not None and actor.id == self.reporter.id)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A ticket and its conversation, read together."""

    ticket: Ticket
    comments: tuple[Comment, ...] = ()
    """Oldest first; the newest ``COMMENTS_MAX`` of them."""
    notes_editable: bool = True
    """Whether an internal note can be edited in place (Jira) or only followed by another (ServiceNow)."""
    portal: bool = True
    """Whether customers could read here what is not internal. False: all who comment work on tickets."""
    attachments: tuple[Attachment, ...] = ()
    """Oldest first; the newest ``ATTACHMENTS_MAX`` of them. No part of the essence."""
    attachments_known: bool = True
    """Whether ``attachments`` is the truth. False: it was not asked, or our account may not list them."""

    @property
    def last_public(self) -> str:
        """Id of the newest message the requester can read, or empty: a reply rests on it."""
        return next((c.id for c in reversed(self.comments) if c.public), "")

    @property
    def operations(self) -> frozenset[Operation]:
        """Every marker of ours that is on the ticket or on one of its comments."""
        return self.ticket.operations | {c.operation for c in self.comments if c.operation is not None}

    def answered_by_person_after(self, moment: datetime) -> bool:
        """Whether somebody of the desk wrote at or after ``moment``: then the bot keeps quiet.

        At, because that message itself may be the event that made us look.
        """
        return any(
            c.at >= moment
            and c.author.is_person
            and not c.author.is_us
            and not self.ticket.is_asked_by(c.author)
            for c in self.comments
        )


COMMENTS_MAX = 50
"""What a skill or an approver reads; older ones do not change a triage, and a ticket may have thousands."""

ATTACHMENTS_MAX = 20
"""What people mean by *the file they sent* is among the newest; a thread of mails brings a logo with each."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a field may be set to right now, on this very ticket."""

    field: str
    label: str
    """What people call the field."""
    values: tuple[Value, ...]
    several: bool = False
    """Whether it takes more than one value."""
    depends_on: str = ""
    """The field whose value narrows this one (ServiceNow subcategory: category); ``parents`` tells how."""
    parents: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    """Value id to the id of the parent value it belongs to; empty when nothing narrows it."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step the workflow offers now."""

    id: str
    name: str
    to: Value
    """The status it leads to: names of transitions are not unique, so this is what counts."""
    needs: tuple[str, ...] = ()
    """Fields its screen requires."""
    closes: bool = False
    """Whether the status it leads to counts as done."""
    screen: tuple[Choices, ...] = ()
    """What those of the required fields that list their values may be set to."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The live allowed values of one ticket: nothing outside of them is ever suggested."""

    choices: tuple[Choices, ...] = ()
    transitions: tuple[Transition, ...] = ()
    assignees: tuple[Value, ...] = ()

    def of(self, name: str) -> Choices | None:
        """Return the choices of the field ``name``, or None when it cannot be set here."""
        return next((c for c in self.choices if c.field == name), None)


@dataclass(frozen=True, slots=True)
class PastTicket:
    """A ticket that was solved before: what to learn from and what to show."""

    key: str
    url: str
    queue: str
    summary: Untrusted
    description: Untrusted
    fields: Mapping[str, FieldValue]
    closed_at: datetime | None = None
    answer: Untrusted | None = None
    """The last public reply of a person, or the resolution notes."""
    score: float = 0.0
    """0 to 1, how alike; 0 where nothing was compared."""
    copies: int = 0
    """How many others say nearly the same, and are not shown."""
    person: str = dataclasses.field(default="", repr=False)
    """The vendor's id of whoever asked, on tickets to learn from only: a pseudonym of it is what is kept."""
