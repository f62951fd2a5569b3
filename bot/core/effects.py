"""Orders: what the runtime is to do next. Imperative, data only, closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bot.core.events import Event
from bot.core.ids import EffectId, ProposalId, SlackUserId
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


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Make the card in Slack show the proposal as it stands: post it, or bring every copy up to date.

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


Effect: TypeAlias = ReadTicket | RunSkill | ShowCard | Whisper | Execute | Observe | Wake
