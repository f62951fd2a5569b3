"""Floods of alike tickets in one queue: what was noticed, what is known of them, and what is to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.core.errors import Malformed
from bot.core.events import CardPlace
from bot.core.fingerprint import fingerprint
from bot.core.ids import EventId

VERSION = 1
"""Of the stored shape; raised when older data no longer reads."""


@dataclass(frozen=True, slots=True)
class Member:
    """One ticket of a flood. Its words are not kept."""

    id: str
    """The vendor's immutable id."""
    key: str
    url: str
    at: datetime
    """When it came in."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Whose tickets are compared with each other: those of one queue, which the same people read."""

    connector: str
    name: str

    @property
    def lane(self) -> str:
        """Where everything about the floods of this queue is put in order; also the document's key."""
        return f"incidents:{self.connector}:{fingerprint(self.name)[:20]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A flood that was called out, and may be one incident: that is asked, never said."""

    id: str
    """The id of the ticket that was its first when it was called out."""
    since: datetime
    until: datetime
    """When its last ticket came."""
    members: tuple[Member, ...]
    """In the order they came; not all of a very large one."""
    count: int
    terms: tuple[str, ...]
    """Words that most of them share, out of redacted texts; somebody else's words all the same."""
    told_at: datetime | None = None
    """When its message was last ordered to be brought up to date; None where it has none."""
    behind: bool = False
    """It has grown since, and the message is due."""
    over_at: datetime | None = None
    place: CardPlace | None = None
    """Where its message hangs in Slack."""
    linking: bool = False
    """It was ordered to ask people whether to link its tickets; that is ordered once."""


@dataclass(frozen=True, slots=True)
class Incidents:
    """All that is known of one queue's floods; replaced whole, never mutated."""

    queue: Queue
    known: tuple[Incident, ...] = ()
    """Oldest first."""
    seen: tuple[EventId, ...] = ()

    def find(self, ident: str) -> Incident | None:
        """Return the incident called ``ident``."""
        return next((each for each in self.known if each.id == ident), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """A replica has noticed alike tickets, or one more of them. Others notice the same."""

    id: EventId
    at: datetime
    members: tuple[Member, ...]
    count: int
    """More than ``members`` where not all are named."""
    terms: tuple[str, ...]
    shown: bool
    """Whether people are to be told: the mode lets us speak there, and there is somewhere to say it."""
    links: bool = False
    """Whether people are to be asked to link them: the mode lets us ask there, and the system's verb can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Time to look whether its message is behind, and whether it has calmed down."""

    id: EventId
    at: datetime
    incident: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Make the message in Slack show the incident as it stands; a late or doubled one is harmless."""

    id: str
    incident: str


@dataclass(frozen=True, slots=True)
class Propose:
    """Ask people, on one card, whether to link its tickets to its first."""

    id: str
    """Named for the incident alone: ordered twice, it is one job."""
    incident: str


Step: TypeAlias = Tell | Look | Propose
"""What a decision leads to; a Look comes at its ``at``."""


_DOCUMENT: Final = TypeAdapter(tuple[int, Incidents])
_JOBS: Final[Mapping[type, TypeAdapter[Any]]] = {
    Flood: TypeAdapter(tuple[int, Queue, Flood]),
    Look: TypeAdapter(tuple[int, Queue, Look]),
    Tell: TypeAdapter(tuple[int, Queue, Tell]),
    Propose: TypeAdapter(tuple[int, Queue, Propose]),
}
Travels = TypeVar("Travels", Flood, Look, Tell, Propose)


def written(value: Incidents) -> bytes:
    """Return the document as JSON."""
    return _DOCUMENT.dump_json((VERSION, value))


def read(data: bytes) -> Incidents:
    """Return what :func:`written` wrote.

    Raises:
        Malformed: not ours, or of another version; the job that wanted it becomes a dead letter.
    """
    try:
        version, value = _DOCUMENT.validate_json(data)
    except ValidationError as error:
        raise Malformed("what is stored of a queue's floods does not read") from error
    _check(version)
    return value


def sealed(queue: Queue, body: Flood | Look | Tell | Propose) -> bytes:
    """Return what a job carries."""
    return _JOBS[type(body)].dump_json((VERSION, queue, body))


def unsealed(kind: type[Travels], data: bytes) -> tuple[Queue, Travels]:
    """Return what :func:`sealed` was given. Raises as :func:`read`."""
    try:
        version, queue, body = _JOBS[kind].validate_json(data)
    except ValidationError as error:
        raise Malformed("a job about a queue's floods does not read") from error
    _check(version)
    return queue, body


def _check(version: int) -> None:
    if version != VERSION:
        raise Malformed(f"written by format {version}, this build reads {VERSION}: use what wrote it")
