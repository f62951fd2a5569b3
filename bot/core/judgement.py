"""What a brain is asked and what it says back: the shapes that the `Model` port and skills share."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.rejections import TurnedDown
from bot.core.tickets import Choices, FieldValue, PastTicket, Value
from bot.core.untrusted import Untrusted

BOTH = "local+"
"""Before a model's name: the local brain answered what it was sure of, the model the rest."""


@dataclass(frozen=True, slots=True)
class FieldQuestion:
    """Which of ``choices`` fits; what the ticket says now."""

    choices: Choices
    current: FieldValue


@dataclass(frozen=True, slots=True)
class Question:
    """One ticket, put to a brain."""

    connector: str
    queue: str
    summary: Untrusted
    description: Untrusted
    conversation: tuple[Untrusted, ...]
    """Public messages, oldest first."""
    fields: tuple[FieldQuestion, ...]
    similar: tuple[PastTicket, ...]
    """Past tickets that share words with it, with what was set on them: most alike first, once recalled."""
    language: str
    """ISO 639-1: what the requester writes, for the draft."""
    turned_down: tuple[TurnedDown, ...] = ()
    """What people said no to on this ticket, newest last, with their reasons."""
    settled: frozenset[str] = frozenset()
    """Of ``fields``, those nobody needs to answer; they stay, so that a model's rules stay the same."""
    wants_draft: bool = True
    """Whether a reply to the requester is wanted; without, whoever answers may save the words."""
    people: tuple[Untrusted, ...] = ()
    """Names of whoever asked and wrote here: masked before any text leaves."""
    key: str = ""
    """Of the ticket itself, which may have been learned from already; empty: it has none."""
    ticket: str = ""
    """``<connector>:<id>``, for the budget; empty: none."""
    reader: str = "en"
    """ISO 639-1: what colleagues read, for reasons."""
    attachments: tuple[Untrusted, ...] = ()
    """Names of files the requester sees, oldest first, each on one line; nobody has looked into them."""


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """One suggested value, out of the live allowed values or not at all."""

    field: str
    value: Value
    confidence: float
    """How likely ``value`` alone is right, 0 to 1."""
    quote: Untrusted
    """Words of the ticket it rests on, verbatim; empty when it rests on past tickets alone."""
    because: Untrusted
    """One short sentence."""
    proven: bool = False
    """Answers as sure as this one have been right often enough on the desk's own past tickets: nobody else
    needs to be asked."""
    others: tuple[Value, ...] = ()
    """What it was torn between besides ``value``, best first; empty: ``value`` is sure enough by itself."""
    together: float = 0.0
    """How likely one of them all is right, where that is sure enough to be shown; 0: it is not."""


@dataclass(frozen=True, slots=True)
class Thought:
    """What the local brain held for right of one field, kept where a model was asked as well."""

    field: str
    value: Value
    confidence: float
    proven: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost."""

    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """A brain's answer."""

    brain: str
    """``local``, the provider's model name, or ``local+`` and that name: what the note says."""
    answers: tuple[FieldAnswer, ...] = ()
    draft: Untrusted | None = None
    """A reply to the requester, or None when there is nothing good to say."""
    draft_source: str = ""
    """Key of the past ticket it was adapted from, or empty."""
    similar: tuple[PastTicket, ...] = ()
    """Past tickets to show, most alike first: what helps of the question's, and what else was learned."""
    degraded: str = ""
    """Why the local brain answered instead of the provider (a catalogue key), or empty."""
    usage: Usage = field(default_factory=Usage)
    local: tuple[Thought, ...] = ()
    """What the local brain thought by itself, where a model was paid: for the record."""
