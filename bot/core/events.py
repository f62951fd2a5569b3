"""Facts: what has already happened. Past tense, immutable, closed.

Adding an event is a change to this file and to :func:`bot.decide.decide`; the type checker lists every
``match`` that has to learn it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bot.core.actions import Action, Receipt
from bot.core.grants import Grant
from bot.core.ids import ActionName, EffectId, EventId, Operation, ProposalId, SlackUserId
from bot.core.ordered import OrderedSet
from bot.core.reports import Report
from bot.core.requests import Requested
from bot.core.rungs import Moved
from bot.core.tickets import FieldValue, Snapshot, TicketRef
from bot.core.untrusted import Untrusted


class Answer(enum.Enum):
    """What a human clicked."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicker:
    """Who pressed the button, as looked up at that moment."""

    id: SlackUserId
    name: Untrusted = field(default_factory=lambda: Untrusted(""))
    """As Slack shows it; for the ticket, where a Slack id says nothing."""
    refused: str = ""
    """Why this person may never approve anything (a catalogue key: guest, stranger, bot, gone), or empty."""
    groups: OrderedSet[str] = frozenset()
    """Which of the approver groups asked about the person is in now."""
    stands_in_for: Mapping[SlackUserId, OrderedSet[str]] = field(
        default_factory=dict[SlackUserId, OrderedSet[str]]
    )
    """Who has named this person as their stand-in, each with the approver groups they are in."""
    operator: str = ""
    """On the command line: the login name behind ``id``. Empty in Slack."""

    @property
    def actor(self) -> str:
        """For the audit: ``slack:U…``, or ``cli:<login>``."""
        return f"cli:{self.operator}" if self.operator else f"slack:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPlace:
    """Where a card hangs in Slack."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTouched:
    """A connector told us that something happened to a ticket; what it is now has to be read."""

    id: EventId
    at: datetime
    ref: TicketRef
    what: str
    """The vendor's name for it, for the audit: ``jira:issue_updated``, ``incident.update``, ``poll``."""
    by_us: bool = False
    """Our own echo: it starts nothing."""
    gone: bool = False
    """The ticket was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRead:
    """The ticket as it is."""

    id: EventId
    at: datetime
    snapshot: Snapshot
    touched_at: datetime
    """When the event that made us look happened; a person's answer after it silences the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketVanished:
    """We went to read a ticket and it is not there, or no longer ours to see."""

    id: EventId
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillFinished:
    """A skill has read the ticket; its report may be empty."""

    id: EventId
    at: datetime
    skill: str
    snapshot: Snapshot
    """What it read; the note and the proposals rest on it."""
    report: Report
    touched_at: datetime
    note_action: ActionName
    """The verb that leaves an internal note in this system."""
    grants: tuple[Grant, ...] = ()
    """The standing permissions in force for what the report proposes."""
    held: tuple[Moved, ...] = ()
    """The modes that hold for this skill in this queue in place of the file's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardShown:
    """A card is up, or one of its copies was found by a click on it."""

    id: EventId
    at: datetime
    proposal: ProposalId
    place: CardPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A human pressed a button on an approval card."""

    id: EventId
    at: datetime
    proposal: ProposalId
    revision: int
    """What the button carried; must be the current one."""
    by: Clicker
    answer: Answer
    reason: str = ""
    """Why it was rejected, in the person's words; goes to the audit and the card, escaped."""
    place: CardPlace | None = None
    """The message that was clicked; None from other channels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A human changed what is proposed and said yes to the result."""

    id: EventId
    at: datetime
    proposal: ProposalId
    revision: int
    by: Clicker
    action: Action
    """The whole new Action, validated by its ActionType."""
    says: str
    before: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    """Before-values of every field the edited Action touches."""
    can_undo: bool = False
    """Whether there is a way back from the edited Action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Nobody decided in time."""

    id: EventId
    at: datetime
    proposal: ProposalId
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """Time to remind those who have not decided."""

    id: EventId
    at: datetime
    proposal: ProposalId
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """Nobody decided for so long that others may decide as well."""

    id: EventId
    at: datetime
    proposal: ProposalId
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What waits is called off: by the kill switch, or because its skill or rule was switched off."""

    id: EventId
    at: datetime
    proposal: ProposalId
    by: str
    """For the audit: ``slack:U…``, ``cli:<login>``, ``api`` or ``policy``."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFew:
    """Fewer people can decide than have to agree: a group is empty or gone."""

    id: EventId
    at: datetime
    proposal: ProposalId
    revision: int
    can: int
    """How many can."""
    gone: tuple[str, ...] = ()
    """Groups that Slack or the ticket system does not know any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoAsked:
    """A human wants an executed change set back."""

    id: EventId
    at: datetime
    proposal: ProposalId
    """The executed one."""
    revision: int
    by: Clicker
    place: CardPlace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlwaysAsked:
    """A human said: always allow exactly this."""

    id: EventId
    at: datetime
    proposal: ProposalId
    """The executed one whose shape is meant."""
    revision: int
    by: Clicker
    equal: int
    """How many changes of that shape people approved unedited and saw done."""
    place: CardPlace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveUp:
    """The queue will not try an execution again; see the dead letter of the same job."""

    id: EventId
    at: datetime
    proposal: ProposalId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An executor took an approved proposal on; nothing has been sent yet."""

    id: EventId
    at: datetime
    proposal: ProposalId
    operation: Operation
    order: EffectId
    """The Execute this is an attempt at."""
    fence: int
    """Grows with every attempt at the same order; only the newest holder may go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionStarted:
    """The write-ahead record: the very next thing is one request to the vendor."""

    id: EventId
    at: datetime
    proposal: ProposalId
    order: EffectId
    fence: int
    """With ``order``: whose claim has to hold."""
    request: str
    """Fingerprint of the exact request."""
    writes: int
    """``Dossier.writes`` at the claim, before the ticket was read; when it has grown, the read is too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The request of the write-ahead record was definitely not carried out; it may be sent again."""

    id: EventId
    at: datetime
    proposal: ProposalId
    order: EffectId
    fence: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """The outside confirmed an Action, or it was found already done."""

    id: EventId
    at: datetime
    proposal: ProposalId
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An Action was definitely not done, or only in part, and will not be tried again."""

    id: EventId
    at: datetime
    proposal: ProposalId
    why: str
    """In the vendor's words, or a sentence of ours; escape it."""
    missing: tuple[str, ...] = ()
    """Fields that did not land although the vendor said yes."""
    leaked: bool = False
    """An internal note came back public."""
    gone: bool = False
    """What was to be changed is not there: the ticket, or the note that was to be edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """At the last moment the ticket was not the one that was approved."""

    id: EventId
    at: datetime
    proposal: ProposalId
    what: str
    """What changed, for the card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeUnknown:
    """A request went out and nobody knows whether it was carried out."""

    id: EventId
    at: datetime
    proposal: ProposalId
    why: str
    settle_s: float
    """How long the vendor may still commit it; looking earlier proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """After the settle time we looked: the write is there, or it is not."""

    id: EventId
    at: datetime
    proposal: ProposalId
    applied: bool
    receipt: Receipt | None = None
    """With ``applied`` only."""


Event: TypeAlias = (
    TicketTouched
    | TicketRead
    | TicketVanished
    | SkillFinished
    | Requested
    | CardShown
    | Answered
    | Edited
    | Expired
    | Reminded
    | Escalated
    | Cancelled
    | TooFew
    | UndoAsked
    | AlwaysAsked
    | GaveUp
    | Claimed
    | ExecutionStarted
    | NotSent
    | Executed
    | Failed
    | Drifted
    | OutcomeUnknown
    | Observed
)
