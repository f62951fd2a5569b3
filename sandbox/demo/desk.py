"""What the page knows of a ticket, the same for both systems, and what a person may do with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypedDict


class Person(TypedDict):
    """Somebody who may act in a ticket system from the page."""

    id: str
    name: str
    agent: bool
    """Agents may write internal notes and change fields; requesters only write messages."""


class Option(TypedDict):
    """One value of a menu."""

    value: str
    label: str


class Field(TypedDict):
    """One field as people see it."""

    name: str
    label: str
    value: str
    """What is read; empty: not set."""
    raw: str
    """What a menu or an input holds for it."""
    kind: str
    """``select``, ``line``, ``text``, or ``fixed``: not for people to set here."""
    options: list[Option]


class Entry(TypedDict):
    """One note or message."""

    id: str
    author: str
    bot: bool
    internal: bool
    at: str
    text: str
    markup: str
    """``wiki`` or ``plain``: how the system keeps it."""
    edited: bool


class Step(TypedDict):
    """One line of a ticket's history."""

    at: str
    who: str
    bot: bool
    what: str


class Row(TypedDict):
    """A ticket in the list."""

    id: str
    """``<system>:<key>``."""
    system: str
    key: str
    summary: str
    status: str
    priority: str
    updated: str
    done: bool
    notes: int
    """Internal notes so far."""


class Opened(TypedDict):
    """A ticket, whole."""

    row: Row
    requester: str
    created: str
    description: str
    fields: list[Field]
    entries: list[Entry]
    history: list[Step]


class Desk(Protocol):
    """One ticket system. Unknown names raise ``LookupError``; what the system refuses, ``ValueError``."""

    system: str

    def on_change(self, ring: Callable[[], None]) -> None:
        """Call ``ring`` at every change of a ticket."""
        ...

    def people(self) -> list[Person]:
        """Return who may act here, requesters last."""
        ...

    def rows(self) -> list[Row]:
        """Return the tickets opened since the start, newest first."""
        ...

    def key_of(self, reference: str) -> str:
        """Return the key of what a link or the audit calls ``reference``: a key or the vendor's own id."""
        ...

    def opened(self, key: str) -> Opened:
        """Return one ticket, also one of the past."""
        ...

    def create(self, summary: str, description: str) -> str:
        """Open a ticket as the requester and return its key."""
        ...

    def comment(self, key: str, person: str, text: str, *, internal: bool) -> None:
        """Write on a ticket."""
        ...

    def edit(self, key: str, person: str, name: str, value: str) -> None:
        """Set one field as a person does in a form."""
        ...


def select(name: str, label: str, value: tuple[str, str], options: list[Option]) -> Field:
    """Return a menu; ``value`` is what is read and what the menu holds."""
    shown, raw = value
    return {"name": name, "label": label, "value": shown, "raw": raw, "kind": "select", "options": options}


def typed(name: str, label: str, value: str, kind: str = "line") -> Field:
    """Return an input of one line, of several (``text``), or a ``fixed`` value."""
    return {"name": name, "label": label, "value": value, "raw": value, "kind": kind, "options": []}
