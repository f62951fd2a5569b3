"""A conversation as a model sees it: who said what, which tools were called, what they answered.

Everything in it that people or systems wrote is masked already: see :data:`bot.core.masked.Masked`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pydantic import JsonValue

from bot.core.judgement import Usage
from bot.core.masked import Masked
from bot.core.tickets import TicketRef


@dataclass(frozen=True, slots=True)
class Heard:
    """What a person said, or what we have to tell the model between two turns of its own."""

    text: Masked
    ts: str = ""
    """The message's, by which a deletion names it; empty: it is none."""
    about: TicketRef | None = None
    """The ticket the conversation was about from here on."""


@dataclass(frozen=True, slots=True)
class Call:
    """The model wants a tool used."""

    id: str
    """The provider's, unique within a conversation."""
    tool: str
    arguments: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Spoke:
    """One answer of the model: words, tools it wants used, or both."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    unseen: str = ""
    """The provider's own, opaque: it gets it back while the same answer goes on; nobody else reads it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one call came to."""

    call: str
    text: Masked
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """What the calls of the turn before came to, every one of them."""

    results: tuple[Result, ...]


Turn: TypeAlias = Heard | Spoke | Returned


@dataclass(frozen=True, slots=True)
class Tool:
    """Something a model may ask for."""

    name: str
    about: str
    schema: Mapping[str, JsonValue]
    """JSON Schema of its arguments."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is given. Rules and tools come first and change seldom: a provider can keep them."""

    rules: str
    tools: tuple[Tool, ...]
    turns: tuple[Turn, ...]
    connector: str = ""
    """Whose text is in it, for residency; empty: nobody's yet."""
    queue: str = ""
    others: tuple[tuple[str, str], ...] = ()
    """Connector and queue of everything else whose text is in it: residency is the strictest of all."""
    ticket: str = ""
    """``<connector>:<id>``, for the budget; empty: none."""
    person: str = ""
    """Slack user id, for the budget; empty: no person asked."""
    run: str = ""
    """For the budget of one run."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer to a :class:`Prompt`, whole and valid by the provider's own word."""

    spoke: Spoke
    usage: Usage = field(default_factory=Usage)
