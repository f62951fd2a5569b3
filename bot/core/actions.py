"""What the bot may want to do to a ticket, as data."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from bot.core.fingerprint import fingerprint
from bot.core.ids import ActionName, Digest, Essence, Operation, ProposalId
from bot.core.tickets import FieldValue, TicketRef
from bot.core.untrusted import Untrusted

Args = Mapping[str, JsonValue]
"""Arguments of an Action: plain JSON, validated by its ActionType's pydantic model."""


class Risk(enum.Enum):
    """How much harm a wrong Action can do. Closed: policy matches on it."""

    NOTE = "note"
    """Adds an internal note; nobody outside the desk sees it."""
    REVERSIBLE = "reversible"
    """Changes a field we can set back."""
    IRREVERSIBLE = "irreversible"
    """Reaches a customer, or cannot be undone."""


@dataclass(frozen=True, slots=True)
class Action:
    """One mutation of one ticket: a verb and its arguments."""

    name: ActionName
    target: TicketRef
    args: Args
    risk: Risk

    def digest(self) -> Digest:
        """Fingerprint of exactly what a human is shown and approves."""
        target = [self.target.connector, self.target.id]
        return Digest(fingerprint({"name": self.name, "target": target, "args": dict(self.args)}))


@dataclass(frozen=True, slots=True)
class Basis:
    """What a proposal rests on. When the ticket no longer agrees, the proposal is stale."""

    essence: Essence | None
    """None: what people wrote does not matter (an undo rests on the fields alone)."""
    before: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    """Each touched field as the approver sees it."""
    last_public: str | None = None
    """For a public reply: the newest message the requester could read. None: it does not matter."""
    quiet_after: datetime | None = None
    """For a note: a person's message after this moment means that the bot keeps quiet. None: it does not."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An Action somebody would like done, why, and what it rests on."""

    id: ProposalId
    action: Action
    says: str
    """One imperative sentence by the ActionType: ``Set Priority to High.`` May hold vendors' labels."""
    why: Untrusted
    basis: Basis
    by: str
    """Who asked: ``skill:triage`` or a Slack user id (four-eyes compares it)."""
    confidence: float | None = None
    """0 to 1 as the brain gave it, or None."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Field to what people call it; the field's own name where it is missing."""
    can_undo: bool = False
    """Whether there is a way back, given what the fields are now; said before anybody clicks."""
    talk: str = ""
    """Lane of the conversation it was asked for in, which is told how it ends; empty: none."""
    undoes: ProposalId | None = None
    """The executed proposal that this one would set back."""


@dataclass(frozen=True, slots=True)
class Request:
    """The one HTTP request an Action comes down to, exactly as it will be sent."""

    method: str
    path: str
    """Absolute path on the vendor's host, without its base URL."""
    body: Mapping[str, JsonValue]
    operation: Operation
    expects_internal: bool = False
    """The answer must state that what it made is not public; anything else is a leak."""


@dataclass(frozen=True, slots=True)
class VendorAnswer:
    """What the vendor said to a Request."""

    status: int
    body: JsonValue = None


class Landing(enum.Enum):
    """What a fresh read says about a write."""

    APPLIED = "applied"
    PARTLY = "partly"
    NOT_APPLIED = "not_applied"


@dataclass(frozen=True, slots=True)
class Landed:
    """The verdict of a read-back."""

    landing: Landing
    missing: tuple[str, ...] = ()
    """Fields that were asked for and did not land."""


@dataclass(frozen=True, slots=True)
class Compensation:
    """What would set an executed Action back."""

    action: Action
    says: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof from the outside that an Action was done."""

    operation: Operation
    reference: str
    """The vendor's own id for the change (comment id, changelog id, sys_mod_count), or empty."""
    before: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    after: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    url: str = ""
    compensation: Compensation | None = None
    """None: it cannot be undone."""
