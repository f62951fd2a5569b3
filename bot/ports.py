"""The holes in the wall: every way the bot touches the outside, as a Protocol.

A port is named for what the bot needs, not for who provides it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel

from bot.core.actions import Action, Args, Landed, Request, Risk, VendorAnswer
from bot.core.alike import Alike
from bot.core.dossier import Dossier
from bot.core.events import TicketTouched
from bot.core.ids import ActionName, Operation
from bot.core.judgement import Judgement, Question
from bot.core.permit import Permit
from bot.core.rejections import TurnedDown
from bot.core.reports import Report
from bot.core.tickets import Actor, Allowed, FieldValue, PastTicket, Snapshot, Ticket, TicketRef, Value
from bot.links import Linked
from bot.sources import Source
from bot.writers import Writer


class Clock(Protocol):
    """Time, so that tests can own it."""

    def now(self) -> datetime:
        """Return the current instant, always UTC and aware."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait ``seconds``; returns at once for zero or less."""
        ...


class Model(Protocol):
    """A brain: it judges one ticket. Ours are the local one and Claude, and the cascade over both."""

    async def judge(self, question: Question) -> Judgement:
        """Answer what it can; a field it is unsure of is left out.

        Raises:
            Retry: away, busy or over budget: another brain may answer.
            Reject: it answered something we do not accept (cut, refused, outside of the schema).
        """
        ...


class TicketReader(Protocol):
    """Read access. All a skill ever gets."""

    async def read(self, ref: TicketRef) -> Snapshot:
        """Fetch the ticket and its conversation as they are now.

        Raises:
            Retry: the system is busy or away.
            Missing: no such ticket, or we may not see it.
            Forbidden: our credentials are refused.
        """
        ...

    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        """Fetch what may be set on this ticket now. Raises as :meth:`read`.

        ``steps``: also where the workflow may go and who may have it; without, those are empty and not asked.
        """
        ...

    async def similar(self, ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        """Fetch up to ``limit`` solved tickets that share words with it, from the same connector.

        Best first as the vendor ranks them; never the ticket itself. Raises as :meth:`read`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST from a vendor, verified."""

    id: str
    """The vendor's own id of it, stable across its retries; a digest of the body when it sends none."""
    lane: str
    """Where what it says is put in order (``TicketRef.lane``), or empty when the body cannot be read."""


class Webhook(Protocol):
    """The pure half of a connector: bytes in, facts out."""

    def verify(
        self, connector: str, headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime
    ) -> Delivery:
        """Check the signature over the raw bytes and name the delivery. Header names are lower case.

        Reads just enough of the body to find the ticket; one it cannot read gives an empty lane, no error.

        Raises:
            Unverified: no signature, a wrong one, or a timestamp too far from ``now``.
        """
        ...

    def parse(
        self, connector: str, delivery: Delivery, body: bytes, *, us: Actor, at: datetime
    ) -> Sequence[TicketTouched]:
        """Read one verified delivery: 0, 1 or more events, ids derived from ``delivery.id``.

        ``us`` is the account the bot runs under, so that our own echoes are told apart; ``at`` stands in
        where the payload has no time of its own. An event kind we do not know gives no event, no error.

        Raises:
            Malformed: not JSON, or not a payload of this vendor.
        """
        ...


class ActionType(Protocol):
    """One verb of one connector. Pure: it says what to send and judges what a fresh read shows."""

    @property
    def name(self) -> ActionName:
        """``<connector kind>.<verb>``; the file is named for the verb."""
        ...

    @property
    def risk(self) -> Risk:
        """How bad a wrong one is."""
        ...

    @property
    def arguments(self) -> type[BaseModel]:
        """The only arguments it takes; extra ones are refused."""
        ...

    @property
    def undo(self) -> str:
        """Catalogue key of how it is undone, or why it cannot be."""
        ...

    def describe(self, args: Args) -> str:
        """Say in one imperative sentence, ending in a full stop, what will happen."""
        ...

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        """Return each field it sets and the value it will have; empty for messages."""
        ...

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        """Return the one request it comes down to, marker included, given the ticket as it is.

        Raises:
            Refused: it cannot be done on this ticket (no such transition any more, say), with words.
        """
        ...

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        """Judge from a fresh read whether it is there."""
        ...

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        """Return the arguments of the same verb that set everything back, or None when nothing does.

        ``before``: each touched field as it was when ``action`` was approved.
        """
        ...


@dataclass(frozen=True, slots=True)
class PastPage:
    """Some of the solved tickets that meet a query."""

    tickets: tuple[PastTicket, ...]
    after: str
    """Where the next page begins; empty after the last."""


class Connector(TicketReader, Linked, Protocol):
    """One running system of tickets: a folder under ``connectors/``, opened with its settings."""

    @property
    def name(self) -> str:
        """The instance's name in the configuration; ``jira`` and ``servicenow`` by default."""
        ...

    @property
    def kind(self) -> str:
        """The folder's name; action names start with it."""
        ...

    @property
    def webhook(self) -> Webhook:
        """Its pure half."""
        ...

    @property
    def webhook_secret(self) -> str:
        """What deliveries are signed with; empty: none are accepted."""
        ...

    @property
    def actions(self) -> Mapping[ActionName, ActionType]:
        """Its verbs."""
        ...

    @property
    def suggestible(self) -> tuple[str, ...]:
        """The fields triage may suggest, in the order people read them."""
        ...

    @property
    def settle_s(self) -> float:
        """How long after a lost answer the vendor may still commit the write, in seconds."""
        ...

    @property
    def sources(self) -> tuple[Source, ...]:
        """What else this system knows, over the same account: its knowledge, its inventory; often nothing.

        They live as long as the connector, which closes them.
        """
        ...

    async def whoami(self) -> Actor:
        """Return the account we run under; remembered after the first call. Raises as :meth:`read`."""
        ...

    async def find(self, key: str) -> TicketRef:
        """Return which ticket people mean by ``key``, or by what :meth:`Linked.key_of` returned.

        Raises as :meth:`read`.
        """
        ...

    async def changed_since(self, moment: datetime, limit: int) -> tuple[TicketTouched, ...]:
        """Return tickets changed at or after ``moment``, oldest first, at most ``limit``.

        Raises as :meth:`read`. Event ids derive from the ticket and its version, so that an overlap gives
        the same ids.
        """
        ...

    async def members(self, group: str) -> tuple[str, ...]:
        """Return the e-mail addresses, in lower case, of the active people in one of this system's groups.

        People whose address the system does not show are left out.

        Raises:
            Missing: no such group, or we may not see it. Others as :meth:`read`.
        """
        ...

    async def people(self, ticket: Ticket, query: str, limit: int) -> tuple[Value, ...]:
        """Return up to ``limit`` people who may have ``ticket`` and whose name or address holds ``query``.

        Best first as the vendor ranks them. Raises as :meth:`read`.
        """
        ...

    async def solved(self, limit: int) -> tuple[PastTicket, ...]:
        """Return the ``limit`` most recently solved tickets, to learn from. Raises as :meth:`read`."""
        ...

    async def solved_page(self, query: str, after: str) -> PastPage:
        """Return some of the solved tickets that meet ``query``, oldest first; empty: all of ours.

        ``query``: conditions in the vendor's own language, without an order (JQL, an encoded query).
        ``after``: where to begin, as the page before said; empty at the beginning.

        Raises:
            Refused: the vendor does not understand the query, or no longer where to begin.
            Others as :meth:`read`.
        """
        ...

    async def looked_up(self, action: ActionName, args: Args, ticket: Ticket) -> Args:
        """Return ``args`` of one of our verbs with the ids of what they only name; most name nothing.

        Asked before a change of ``ticket`` is shown, and again before it is made: what was looked up already
        is held against the system as it is, and comes back as it was.

        Raises:
            Refused: what they name does not exist or cannot be used on ``ticket`` now, with words.
            Retry: as :meth:`read`.
        """
        ...

    async def send(self, request: Request, permit: Permit) -> VendorAnswer:
        """Make the one attempt. No retry inside, whatever happens.

        Raises:
            Retry: it definitely did not happen (429, refused connection, name not resolved).
            Ambiguous: nobody knows (read timeout, reset, 5xx, a page instead of JSON).
            Refused: a definite no (400, 409, 422), with the vendor's words.
            Forbidden: 401 or 403. Missing: 404.
            Leaked: ``request.expects_internal`` and the answer says public; ``made`` names the comment.
        """
        ...

    async def withdraw(self, ref: TicketRef, comment: str) -> bool:
        """Delete a comment of ours that leaked; False where the vendor cannot."""
        ...

    async def close(self) -> None:
        """Give back threads and sockets."""
        ...


class Dossiers(Protocol):
    """Read access to what the bot knows."""

    async def dossier(self, ref: TicketRef) -> Dossier:
        """Return what we know of a ticket; empty when that is nothing.

        Raises:
            Retry: Redis is away.
        """
        ...


class Chat(Protocol):
    """Slack's Web API, its rate limits kept for all replicas together."""

    async def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call ``method`` once with JSON arguments and return the answer.

        Raises:
            Retry: rate limited, away, or cut off; whether Slack did it is unknown, so callers bear a repeat.
            Refused: Slack said no; ``str(error)`` is its error code (``channel_not_found``).
            Forbidden: the token is refused or a scope is missing.
        """
        ...


class Neighbours(Protocol):
    """What else is open beside a ticket."""

    async def of(self, snapshot: Snapshot) -> Alike:
        """Return what a person should compare the ticket with, and which flood of tickets it came in.

        Raises:
            Retry: Redis is away.
        """
        ...


class Skill(Protocol):
    """Reads a ticket and comes back with a report. Never writes."""

    @property
    def name(self) -> str:
        """The folder's name."""
        ...

    @property
    def on_change(self) -> bool:
        """Whether it reads every ticket that changes; False: only where a person asks for it."""
        ...

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        """Return what it found. An empty report is a fine answer; nothing is made up to fill it."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """All a skill may use."""

    tickets: TicketReader
    model: Model
    suggestible: tuple[str, ...]
    turned_down: tuple[TurnedDown, ...] = ()
    """What people said no to on this ticket, newest last, with their reasons."""
    neighbours: Neighbours | None = None
    """None: nobody keeps an eye on what else is open."""
    writer: Writer | None = None
    """None: no model is set up; the skill does what it can without."""
    sources: tuple[Source, ...] = ()
    """Knowledge, inventory and telemetry, as far as they are set up."""
    asked_by: str = ""
    """Slack user id of the person who asked for this run; empty: the ticket's change did."""
    language: str = "en"
    """What that person reads, or the desk's."""
