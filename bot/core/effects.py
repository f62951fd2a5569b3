"""Orders: what the runtime is to do next. Imperative, data only, closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bot.core.errands import Errand
from bot.core.events import Event
from bot.core.grants import Grant
from bot.core.ids import EffectId, ProposalId, Shape, SlackUserId
from bot.core.outcomes import Outcome
from bot.core.rejections import TurnedDown
from bot.core.tickets import Snapshot, TicketRef


@dataclass(frozen=True, slots=True)
class ReadTicket:
    """Fetch the ticket and its conversation."""

    id: EffectId
    ref: TicketRef
    touched_at: datetime


@dataclass(frozen=True, slots=True)
class RunSkill:
    """Let one skill read the ticket."""

    id: EffectId
    skill: str
    snapshot: Snapshot
    touched_at: datetime
    turned_down: tuple[TurnedDown, ...] = ()
    """What people said no to on this ticket before."""


@dataclass(frozen=True, slots=True)
class RunErrand:
    """Run a skill because somebody asked for it on the ticket."""

    id: EffectId
    errand: Errand


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Make the card in Slack show the proposal as it stands: post it, or bring every copy up to date.

    ``proposal`` names the card: for proposals that came as a set it is the set's (``Tracked.card_of``).

    It says what should be true, not what to do, so that a late or doubled one is harmless.
    """

    id: EffectId
    proposal: ProposalId


@dataclass(frozen=True, slots=True)
class Whisper:
    """Tell one person something in a channel, so that nobody else sees it."""

    id: EffectId
    to: SlackUserId
    channel: str
    says: str
    """A key of the catalogue."""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    """What fills its gaps; escaped where it is shown."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Send people a direct message with a link to a card; who is away is replaced by their stand-in."""

    id: EffectId
    proposal: ProposalId
    to: tuple[str, ...]
    """User ids and groups, as a rule's approvers."""
    says: str
    """A key of the catalogue."""
    words: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class TellTalk:
    """Bring how a proposal stands to the conversation it was asked for in."""

    id: EffectId
    talk: str
    """Its lane."""
    proposal: ProposalId
    status: str
    """Value of a ``Status``."""
    says: str
    why: str = ""
    """A rejection's or a failure's words; escape them."""
    asked_as: ProposalId | None = None
    """What that conversation calls it, where people were being asked for the same; None: the same."""


@dataclass(frozen=True, slots=True)
class CountApproval:
    """Remember that people approved this shape once more, unedited, and that it was done."""

    id: EffectId
    shape: Shape
    proposal: ProposalId


@dataclass(frozen=True, slots=True)
class SetGrant:
    """Put a standing permission in force."""

    id: EffectId
    grant: Grant


@dataclass(frozen=True, slots=True)
class Learn:
    """Remember what became of suggestions on this ticket, and that it has something to teach."""

    id: EffectId
    ref: TicketRef
    outcomes: tuple[Outcome, ...]
    whole: bool = False
    """It was closed: all its fields are as people wanted them, not only those that were suggested."""


@dataclass(frozen=True, slots=True)
class Execute:
    """Carry an approved Action out, once."""

    id: EffectId
    proposal: ProposalId
    revision: int


@dataclass(frozen=True, slots=True)
class Observe:
    """Look whether a write of unknown fate is there. Not before ``at``."""

    id: EffectId
    proposal: ProposalId
    at: datetime


@dataclass(frozen=True, slots=True)
class Wake:
    """Bring ``event`` at ``event.at``: a timer."""

    id: EffectId
    event: Event


Effect: TypeAlias = (
    ReadTicket
    | RunSkill
    | RunErrand
    | ShowCard
    | Whisper
    | Ping
    | TellTalk
    | CountApproval
    | SetGrant
    | Learn
    | Execute
    | Observe
    | Wake
)
