"""All the bot knows about one ticket."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.actions import Proposal, Receipt
from bot.core.events import CardPlace
from bot.core.ids import Digest, EffectId, Essence, EventId, Operation, ProposalId, SlackUserId
from bot.core.outcomes import Guess
from bot.core.rejections import TurnedDown
from bot.core.reports import Report
from bot.core.tickets import TicketRef
from bot.core.untrusted import Untrusted
from bot.core.verdicts import Ask

HEARERS_MAX = 20
"""Conversations that wait for the same change to end; one more is told that it is not waited for there."""
SEEN_MAX = 256
"""Event ids kept per ticket. Redis remembers deliveries for longer (the lanes' dedupe keys); this list
covers what is replayed from inside, which comes within minutes."""


class Status(enum.Enum):
    """Where a proposal stands. Legal moves: ``approvals/states.py``."""

    PENDING = "pending"
    APPROVED = "approved"
    EXECUTING = "executing"
    EXECUTED = "executed"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    REJECTED = "rejected"
    STALE = "stale"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DENIED = "denied"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's yes."""

    by: SlackUserId
    at: datetime
    name: Untrusted = field(default_factory=lambda: Untrusted(""))
    stands_in_for: SlackUserId | None = None
    """The approver whose vote this is, when it is not the person's own."""


@dataclass(frozen=True, slots=True)
class Hearer:
    """A conversation that asked for a change which people were being asked about already."""

    talk: str
    """Its lane."""
    asked_as: ProposalId
    """What it calls what it asked for, and waits for."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A proposal and where it stands."""

    proposal: Proposal
    status: Status
    digest: Digest
    """Of ``proposal.action``, taken when it was proposed or edited; recomputed at every click."""
    revision: int = 1
    rule: str = ""
    because: str = ""
    ask: Ask | None = None
    """None when policy allowed or denied it without asking anybody."""
    asked_at: datetime | None = None
    expires_at: datetime | None = None
    cards: tuple[CardPlace, ...] = ()
    decided_by: str = ""
    """``slack:U…`` or ``policy``."""
    decided_at: datetime | None = None
    reason: str = ""
    """A rejection's or a failure's words; escape them."""
    edited: bool = False
    decided_name: Untrusted = field(default_factory=lambda: Untrusted(""))
    """The person's name, for the ticket; empty when policy decided."""
    rounds: int = 0
    """How often it was settled that a write had not landed."""
    operation: Operation | None = None
    order: EffectId | None = None
    """Of the newest claim; two orders may count their attempts alike."""
    fence: int = 0
    """Of the newest claim."""
    request: str = ""
    """Fingerprint of the request that is on its way; empty: nothing has been sent, or it was settled."""
    receipt: Receipt | None = None
    votes: tuple[Vote, ...] = ()
    """Who has agreed to this revision."""
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    """From then on ``ask.escalate_to`` may decide as well."""
    bundle: ProposalId | None = None
    """The first proposal of the set it came in; None: it came alone."""
    too_few: int | None = None
    """How many people can decide, when that is fewer than have to agree."""
    undoable: bool = False
    """It was done, and the ticket still holds exactly what it set."""
    undone_by: ProposalId | None = None
    """The proposal that would set it back, while that one is under way or done."""
    undo_trouble: str = ""
    """Why the last attempt to set it back did not work; escape it."""
    always: bool = False
    """From this card somebody allowed the same change for good."""
    hearers: tuple[Hearer, ...] = ()
    """Who asked for the same while people were being asked, and hears how it ends as well."""

    @property
    def card_of(self) -> ProposalId:
        """The proposal under which the card is known: the set's first, or this one."""
        return self.bundle or self.proposal.id

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who may decide at present, as the rule said when it asked; escalation has widened it."""
        if self.ask is None:
            return ()
        wider = self.ask.escalate_to if self.escalated_at else ()
        return tuple(dict.fromkeys((*self.ask.approvers, *wider)))


@dataclass(frozen=True, slots=True)
class Did:
    """A change we made, for the loop breaker."""

    digest: Digest
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """The living note on the ticket."""

    comment: str = ""
    """The vendor's id of our comment; empty while it is on its way, and always in a journal."""
    material: str = ""
    """Fingerprint of what it says, so that the same is not said twice."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All the bot knows about one ticket; replaced whole, never mutated."""

    ref: TicketRef
    key: str = ""
    url: str = ""
    queue: str = ""
    kind: str = ""
    summary: Untrusted = field(default_factory=lambda: Untrusted(""))
    essence: Essence | None = None
    """Of the ticket as last read."""
    closed: bool = False
    gone: bool = False
    notes_editable: bool = True
    silenced: bool = False
    """A person has answered: the bot says nothing more until the requester writes something new."""
    read_by: Mapping[str, Essence] = field(default_factory=dict[str, Essence])
    """Skill to the essence it last read, so that the same words are not read twice."""
    report: Report | None = None
    """The latest, without proposals: what the note is rendered from when an outcome is added to it."""
    guesses: tuple[Guess, ...] = ()
    """What skills hold for right, shown or not, to be held against what people make of it."""
    note: Note = field(default_factory=Note)
    note_action: str = ""
    """The verb that leaves an internal note in this system; empty until a skill has run."""
    tracked: Mapping[ProposalId, Tracked] = field(default_factory=dict[ProposalId, Tracked])
    turned_down: tuple[TurnedDown, ...] = ()
    """What people said no to, newest last: on the same essence it is not proposed again."""
    ran_at: tuple[datetime, ...] = ()
    """When skills were started, the last hour's only: another automation may be answering us."""
    did: tuple[Did, ...] = ()
    """What was done without a person's click, the last day's only."""
    acted_at: tuple[datetime, ...] = ()
    """When executions were started, the last hour's only: the ceiling counts them."""
    commands: tuple[str, ...] = ()
    """Ids of comments that asked for a skill and were heard, newest last."""
    writes: int = 0
    """How many writes were started; a read that is older than the newest of them proves nothing."""
    seen: tuple[EventId, ...] = ()

    def having_seen(self, event: EventId) -> Dossier:
        """Return a copy that remembers ``event``."""
        return replace(self, seen=(*self.seen, event)[-SEEN_MAX:])

    def put(self, tracked: Tracked) -> Dossier:
        """Return a copy in which ``tracked`` replaces the proposal of the same id."""
        return replace(self, tracked={**self.tracked, tracked.proposal.id: tracked})
