"""A skill run because somebody asked for it: which, on what, for whom, and where the answer goes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from pydantic import TypeAdapter, ValidationError

from bot.core.errors import Malformed
from bot.core.ids import EventId, TraceId

_COMMAND: Final = re.compile(r"\s*[@/]countersign[ \t]+([A-Za-z_]{1,30})[ \t]*(?:\Z|[\r\n])", re.IGNORECASE)
VERSION = 1
"""Of the stored shape; raised when older data no longer reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InSlack:
    """So that only whoever asked sees it."""

    channel: str
    user: str
    team: str
    """Of the person, as the payload says: a stranger has another one than we."""
    thread_ts: str = ""
    """Of the thread it was asked in; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTicket:
    """As an internal note on the ticket it is about."""

    comment: str
    """Id of the comment that asked."""


Place: TypeAlias = InSlack | OnTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One skill, run once on one ticket for one person."""

    id: EventId
    """Derived from the message or the comment that asked, so that a replay is the same errand."""
    skill: str
    """As it was written; it may not exist."""
    connector: str
    """The instance's name."""
    key: str
    """The ticket as people call it."""
    person: str
    """Slack user id; the vendor's own id of the person where the place is the ticket."""
    language: str
    """In which the answer is worded."""
    place: Place


def command(text: str) -> str:
    """Return the word behind ``@countersign`` or ``/countersign`` on the first line; empty: it is no command.

    One word and nothing else on the line: a sentence about the bot is not an order to it.
    """
    found = _COMMAND.match(text)
    return found.group(1).lower() if found else ""


_JOB: Final[TypeAdapter[tuple[int, str, bool, Errand]]] = TypeAdapter(tuple[int, str, bool, Errand])


@dataclass(frozen=True, slots=True)
class SealedErrand:
    """What a job carries."""

    errand: Errand
    trace: TraceId
    lost: bool = False
    """It could not be run; all that is left to do is to say so."""


def sealed(errand: Errand, trace: TraceId, *, lost: bool = False) -> bytes:
    """Return what a job carries."""
    return _JOB.dump_json((VERSION, trace, lost, errand))


def unsealed(data: bytes) -> SealedErrand:
    """Return what :func:`sealed` was given.

    Raises:
        Malformed: not ours, or of another version; the job becomes a dead letter.
    """
    try:
        version, trace, lost, errand = _JOB.validate_json(data)
    except ValidationError as error:
        raise Malformed("a job that runs a skill on request does not read") from error
    if version != VERSION:
        raise Malformed(f"written by format {version}, this build reads {VERSION}: use what wrote it")
    return SealedErrand(errand, TraceId(trace), lost)
