"""Who may move what: only the person's own words point at tickets, and only at one at a time. Pure.

Four rules, whatever a model says:

* a ticket is read only if the person typed its key, our own search named it, or the conversation is about it;
* a change is proposed only on the ticket the conversation is about, and reading another never moves that;
* a person who names several tickets in one breath is asked which one is meant;
* nothing is proposed before the person has spoken: what became of a proposal is no wish for another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.agent.boxes import Origin, boxes, own_words
from bot.core.tickets import TicketRef
from bot.core.turns import Turn

KEYS_MAX: Final = 5
"""Of one message: more are a list, not a question about a ticket."""
_KEY: Final = re.compile(
    r"(?<![\w-])(?:[A-Z][A-Z0-9_]{1,19}-[0-9]{1,9}|[A-Z]{2,8}[0-9]{5,12})(?![\w-])", re.IGNORECASE | re.ASCII
)
"""``OPS-12`` and ``INC0010023``. What only looks like one (``UTF-8``) is found in no system and forgotten."""

Together: TypeAlias = Callable[[Sequence[tuple[str, str]]], bool]
"""Whether texts of these places, as :func:`residences` tells them, may be shown to one model."""


def anywhere(_places: Sequence[tuple[str, str]]) -> bool:
    """Let all texts go together: where no model is set up, or no rule says otherwise."""
    return True


@dataclass(frozen=True, slots=True)
class Focus:
    """The one ticket a conversation is about."""

    ref: TicketRef
    key: str
    queue: str

    @property
    def origin(self) -> Origin:
        """Where its text comes from."""
        return Origin(f"{self.ref.connector}:{self.ref.id}", self.queue)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a run stands on."""

    focus: Focus | None
    several: tuple[str, ...] = ()
    """Keys the person named together: then nothing is proposed before one is meant."""
    unknown: tuple[str, ...] = ()
    """Keys the person typed that no system knows, or that the person may not see."""
    spoken: bool = True
    """Whether the person said something since the run before; decisions alone are nobody's wish."""

    def why_not_propose(self, connector_kind: str, kind: str) -> str:
        """Say why nothing can be proposed by a tool of ``kind``, in words for a model; empty: it can."""
        if not self.spoken:
            return "The person has asked for nothing since. Say what became of it; propose nothing."
        if self.several:
            names = ", ".join(self.several)
            return f"The person named several tickets ({names}). Ask which one is meant; propose nothing."
        if self.focus is None:
            return "The person has not named a ticket. Ask for its key; propose nothing."
        if connector_kind != kind:
            return f"{self.focus.key} is no ticket of {kind}: use the tools of propose_{connector_kind}_."
        return ""

    def may_read(self, key: str, turns: Sequence[Turn]) -> bool:
        """Whether the ticket with this key may be read in a run with these turns."""
        wanted = key.upper()
        if self.focus is not None and wanted == self.focus.key.upper():
            return True
        return wanted in readable(turns)


def typed_keys(text: str) -> tuple[str, ...]:
    """Return the keys in ``text``, in capitals, each once, the first ones first."""
    found = dict.fromkeys(match.group().upper() for match in _KEY.finditer(text))
    return tuple(found)[:KEYS_MAX]


def readable(turns: Sequence[Turn]) -> frozenset[str]:
    """Return the keys that may be asked for: those a person typed, and those our own search found."""
    typed = (match.group().upper() for match in _KEY.finditer(own_words(turns)))
    found = (key.upper() for box in boxes(turns) for key in box.keys)
    return frozenset([*typed, *found])


def origins(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Return the names of everything outside that is in ``turns``, each once."""
    return tuple(dict.fromkeys(box.origin.name for box in boxes(turns)))


def residences(turns: Sequence[Turn]) -> tuple[tuple[str, str], ...]:
    """Return whose every text in ``turns`` is, each once, in order: connector and queue, or a source."""
    places = {box.origin.place for box in boxes(turns)}
    return tuple(sorted(places))
