"""What a skill tells the person who asked: a few labelled lines, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.untrusted import Untrusted


@dataclass(frozen=True, slots=True)
class Reference:
    """Something a line rests on."""

    title: Untrusted
    url: str = ""
    """Built from our own configuration; empty: it has no address."""


@dataclass(frozen=True, slots=True)
class BriefLine:
    """One line."""

    label: str
    """Key of the catalogue: what stands before the colon; empty: nothing does."""
    text: Untrusted
    about: Reference | None = None
    """What the line tells of; stands before its text, and leads there."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What was found out, ready to be drawn for Slack or for a ticket's internal note.

    Words of more than a line, a reply to the requester above all, stand beside it in ``Report.draft``.
    """

    title: str
    """Key of the catalogue."""
    lines: tuple[BriefLine, ...] = ()
    """Empty: there is nothing to tell, and ``title`` says so."""
    references: tuple[Reference, ...] = ()
    """What the lines, or the draft beside them, rest on."""
    also: tuple[Reference, ...] = ()
    """What was found beside that, and nothing here rests on: for a person to look at."""
