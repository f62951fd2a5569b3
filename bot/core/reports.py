"""What a skill brings back from reading a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.actions import Args, Proposal
from bot.core.alike import Alike
from bot.core.briefs import Brief
from bot.core.judgement import Thought, Usage
from bot.core.tickets import FieldValue, PastTicket, Value
from bot.core.untrusted import Untrusted


@dataclass(frozen=True, slots=True)
class Finding:
    """One suggested field, as the note shows it."""

    field: str
    label: str
    current: FieldValue
    value: Value
    confidence: float
    quote: Untrusted
    because: Untrusted
    others: tuple[Value, ...] = ()
    """What else it may be; with these it is shown, and never proposed."""
    together: float = 0.0
    """How likely one of them all is right; 0: not even that is sure enough."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A change a skill would like; the runtime turns it into a Proposal."""

    verb: str
    """A verb of the ticket's own connector: ``set_fields``, ``reply_publicly``."""
    args: Args
    why: Untrusted
    confidence: float | None = None
    before: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    rests_on_last_public: bool = False
    hangs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Field to the field of the same wish whose value it belongs to."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Field to what people call it, where no finding says so."""


@dataclass(frozen=True, slots=True)
class Report:
    """One run of one skill."""

    findings: tuple[Finding, ...] = ()
    similar: tuple[PastTicket, ...] = ()
    draft: Untrusted | None = None
    draft_source: str = ""
    brain: str = ""
    degraded: str = ""
    """Why the local brain stood in (a catalogue key), or empty."""
    usage: Usage = field(default_factory=Usage)
    local: tuple[Thought, ...] = ()
    """What the local brain thought, where a model was paid: for the record."""
    wishes: tuple[Wish, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    """Made of ``wishes`` by the runtime, never by a skill."""
    alike: Alike = field(default_factory=Alike)
    """Other open tickets to compare this one with; nothing is proposed about them."""
    brief: Brief | None = None
    """What is told to whoever asked; None: the skill speaks through the note alone."""
