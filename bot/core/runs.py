"""One run of the agent: what it is given, and what it comes back with. A run ends when it asks a human."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.core.actions import Proposal
from bot.core.ids import EventId, SlackUserId
from bot.core.judgement import Usage
from bot.core.tickets import Snapshot, TicketRef
from bot.core.turns import Turn
from bot.core.untrusted import Untrusted


@dataclass(frozen=True, slots=True)
class Kept:
    """Which value stands behind which placeholder, for as long as a conversation is remembered."""

    originals: Mapping[str, str] = field(default_factory=dict[str, str])
    """Placeholder to value; never of a secret."""
    marks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Fingerprint of a value to its placeholder, so that the same value keeps it; of secrets as well."""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    """Kind of value to the highest number given."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a conversation remembers between two runs."""

    turns: tuple[Turn, ...] = ()
    kept: Kept = field(default_factory=Kept)
    focus: TicketRef | None = None
    """The ticket it is about: the thread's own, or the one the person named last."""
    read: tuple[str, ...] = ()
    """Origins of the outside text in ``turns`` (``<connector>:<ticket id>``, ``source:<name>``)."""


@dataclass(frozen=True, slots=True)
class Said:
    """A person has said something."""

    text: Untrusted
    ts: str = ""
    """The message's, by which a deletion names it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of proposals that the run before ended with."""

    outcomes: Mapping[str, str]
    """Proposal id to the value of its ``Status``; ``pending`` where people are still being asked."""
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    """Proposal id to a rejection's or a failure's words."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the agent is to answer."""

    id: EventId
    """Derived from the message, so that a run that is repeated after a crash makes the same proposals."""
    talk: str
    """Lane of the conversation."""
    person: SlackUserId
    language: str
    memory: Memory
    news: tuple[Said | Settled, ...]
    """Since the run before, oldest first; never empty."""


class Ending(enum.Enum):
    """How a run ended."""

    ANSWERED = "answered"
    ASKED = "asked"
    """It proposes something: people decide, and the conversation waits."""
    STOPPED = "stopped"
    """The person pressed Stop."""
    UNUSABLE = "unusable"
    """The model refused, was cut, or answered something we do not accept, more than once."""
    ENDLESS = "endless"
    """It did not come to an end within its steps."""
    SPENT = "spent"
    """A budget is used up: the local brain answered."""
    AWAY = "away"
    """The model is away: the local brain answered."""
    ALARMED = "alarmed"
    """The canary came out: somebody's text speaks through the model. Nothing it said is used."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of it."""

    ending: Ending
    memory: Memory
    text: Untrusted
    """What the person reads, placeholders put back, links and mentions harmless; may be empty."""
    proposals: tuple[Proposal, ...] = ()
    """All on one ticket, ``by`` the person, ``talk`` the conversation."""
    snapshot: Snapshot | None = None
    """Of that ticket, which the proposals rest on."""
    notes: tuple[str, ...] = ()
    """Catalogue keys of what the person should know: the local brain answered, words were left out."""
    usage: Usage = field(default_factory=Usage)
    calls: tuple[str, ...] = ()
    """Names of the tools that were used, in order, for the audit."""


News: TypeAlias = Said | Settled


@dataclass(frozen=True, slots=True)
class Step:
    """Something the agent does between question and answer, for the person to watch."""

    id: str
    says: str
    """Key of the catalogue."""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    """What fills its gaps; escaped where it is shown."""
    done: bool = False
