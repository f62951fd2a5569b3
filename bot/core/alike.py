"""What else is open and may be about the same thing: questions to a person, never an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.arguments import NoteLine
from bot.core.outgoing import quiet
from bot.core.untrusted import Untrusted
from bot.core.words import say

QUOTE_CHARS_MAX = 160
"""Of each of the two texts: enough to see whether they mean the same, and a note is read at a glance."""
SHARED_CHARS_MAX = 160
"""Of the words that stand in both."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another ticket, as far as who may see it goes by that."""

    connector: str
    key: str
    queue: str


@dataclass(frozen=True, slots=True)
class SameAs:
    """Another open ticket that a person should compare with this one."""

    key: str
    url: str
    mine: Untrusted
    theirs: Untrusted
    """Both texts redacted."""
    shared: Untrusted
    """Words that stand in both, rarest first."""
    queue: str = ""
    """Where it is; whoever may not see that queue is not shown the ticket. Empty: kept by an older build."""


@dataclass(frozen=True, slots=True)
class PartOf:
    """Several people have reported what may be one incident, and this ticket is one of theirs."""

    key: str
    """Of the first of the tickets."""
    url: str
    count: int
    since: datetime
    shared: Untrusted
    """Words that most of them have in common."""


@dataclass(frozen=True, slots=True)
class Alike:
    """What else is open and alike; empty where nothing is."""

    same: tuple[SameAs, ...] = ()
    part_of: PartOf | None = None


def alike_lines(alike: Alike, language: str) -> list[NoteLine]:
    """Return what the note asks about other open tickets; nothing where there is nothing to ask."""
    lines: list[NoteLine] = []
    if alike.part_of is not None:
        lines += _incident(alike.part_of, language)
    if alike.same:
        lines.append(NoteLine(kind="heading", text=say(language, "note.same")))
    for each in alike.same:
        lines.append(NoteLine(kind="link", text=each.key, url=each.url))
        for key, text in (("note.same.mine", each.mine), ("note.same.theirs", each.theirs)):
            quoted = f"{say(language, key)} «{quiet(text, QUOTE_CHARS_MAX)}»"
            lines.append(NoteLine(kind="bullet", text=quoted))
        lines.append(_shared(each.shared, language))
    return lines


def _incident(part: PartOf, language: str) -> list[NoteLine]:
    since = part.since.strftime("%H:%M UTC")
    told = say(language, "note.incident", count=str(part.count), since=since)
    return [
        NoteLine(kind="heading", text=say(language, "note.incident.asked")),
        NoteLine(kind="text", text=told),
        NoteLine(kind="link", text=say(language, "note.incident.first", key=part.key), url=part.url),
        _shared(part.shared, language),
    ]


def _shared(words: Untrusted, language: str) -> NoteLine:
    return NoteLine(kind="fine", text=say(language, "note.shared", words=quiet(words, SHARED_CHARS_MAX)))
