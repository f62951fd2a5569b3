"""A ticket that does not exist yet: what it is called until then, and what it would be made of. Pure.

Its id names the form it was asked for in, so that the same form asked for twice is the same ticket, and
whoever looks for it afterwards knows what to look for and since when.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import Field, StringConstraints, model_validator

from bot.core.arguments import Arguments, Pick
from bot.core.fingerprint import fingerprint
from bot.core.foreign import thing
from bot.core.tickets import Choices, FieldValue, Snapshot, Ticket, TicketRef, Value
from bot.core.untrusted import Untrusted

VERB: Final = "create"
SUMMARY_CHARS_MAX: Final = 255
"""Jira takes no more; ServiceNow's short description holds 160, and its form says so."""
DESCRIPTION_CHARS_MAX: Final = 30_000
"""Jira refuses more than 32,767 characters; ServiceNow cuts what is longer than its column."""
FIELDS_MAX: Final = 30
"""Of one form: a modal takes a hundred blocks, and people fill in fewer."""
_ID: Final = re.compile(
    r"new:(?P<queue>[A-Za-z][A-Za-z0-9_]{0,99}):(?P<token>(?P<at>[0-9a-f]{8})[0-9a-f]{24})"
)
_QUEUE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True)
class Unborn:
    """What the id of a ticket that may not exist says."""

    queue: str
    """Jira: project key. ServiceNow: the table."""
    token: str
    """32 digits and letters a to f: what the ticket will carry, and nothing else does."""
    since: datetime
    """When its form was opened: it cannot be older."""


def unborn(ref: TicketRef) -> Unborn | None:
    """Return what ``ref`` says of a ticket to be made; None: it names one that exists."""
    found = _ID.fullmatch(ref.id)
    if found is None:
        return None
    since = datetime.fromtimestamp(int(found["at"], 16), tz=UTC)
    return Unborn(found["queue"], found["token"], since)


def new_ref(connector: str, queue: str, opened: datetime, form: str) -> TicketRef:
    """Name the ticket that ``form``, opened at that time, would make; the same form, the same ticket.

    Raises:
        ValueError: no queue is spelled like that.
    """
    if not _QUEUE.fullmatch(queue):
        raise ValueError("that is no queue")
    stamp = int(opened.timestamp())
    token = f"{stamp:08x}{fingerprint(['create', form, stamp])[:24]}"
    return TicketRef(connector, f"new:{queue}:{token}")


class Kind(enum.StrEnum):
    """What a field takes; everything but ``MENU`` is typed."""

    MENU = "menu"
    """Values out of a list, or found by searching."""
    LINE = "line"
    PROSE = "prose"
    """Several lines."""
    WORDS = "words"
    """Single words between blanks: labels."""
    NUMBER = "number"
    WHOLE = "whole"
    """A number without decimals."""
    DATE = "date"
    """As ``2026-11-30``."""
    MOMENT = "moment"
    """As ``2026-11-30T09:00:00Z``: to the second, in UTC."""
    URL = "url"


class Shape(enum.StrEnum):
    """How values out of a menu are sent, where the field's name does not tell."""

    LIST = "list"
    PERSON = "person"
    PEOPLE = "people"
    CASCADE = "cascade"
    """A value, and one below it under the name :func:`below`."""


_BELOW: Final = ":below"
TYPED_CHARS_MAX: Final = 3_000
"""Of one typed value: what an input of Slack's holds; the systems' own limits are in the form."""


def below(name: str) -> str:
    """Return what the second step of a cascading field is called."""
    return name + _BELOW


def above(name: str) -> str:
    """Return which field ``name`` is the second step of; empty: it is none."""
    return name.removesuffix(_BELOW) if name.endswith(_BELOW) else ""


class Typed(Arguments):
    """A value that somebody typed, as :mod:`bot.core.creation_inputs` writes it."""

    kind: Kind
    text: Annotated[str, StringConstraints(min_length=1, max_length=TYPED_CHARS_MAX)]

    def shown(self) -> str:
        """Return it as people read it."""
        if self.kind is Kind.MOMENT:
            return self.text.replace("T", " ").replace("Z", " UTC")
        return self.text


Called = Annotated[str, StringConstraints(max_length=255)]


class CreateArguments(Arguments):
    """``create``: everything the new ticket is made with; what is not named is left to the system."""

    type: Pick
    summary: Annotated[
        str, StringConstraints(min_length=1, max_length=SUMMARY_CHARS_MAX, pattern=r"^[^\r\n]+$")
    ]
    description: Annotated[str, StringConstraints(max_length=DESCRIPTION_CHARS_MAX)] = ""
    fields: Annotated[dict[str, list[Pick]], Field(max_length=FIELDS_MAX)] = Field(
        default_factory=dict[str, list[Pick]]
    )
    typed: Annotated[dict[str, Typed], Field(max_length=FIELDS_MAX)] = Field(default_factory=dict[str, Typed])
    shapes: Annotated[dict[str, Shape], Field(max_length=FIELDS_MAX)] = Field(
        default_factory=dict[str, Shape]
    )
    names: Annotated[dict[str, Called], Field(max_length=FIELDS_MAX)] = Field(
        default_factory=dict[str, Called]
    )
    """What people call the fields."""
    requester: Pick | None = None
    """Whose ticket it is; None: the account the bot runs under."""

    @model_validator(mode="after")
    def _each_once(self) -> CreateArguments:
        if set(self.fields) & set(self.typed) or not set(self.shapes) <= set(self.fields):
            raise ValueError("a field is picked or typed, and only what is picked has a shape")
        if len(self.fields) + len(self.typed) > FIELDS_MAX:
            raise ValueError(f"a form has at most {FIELDS_MAX} fields")
        return self

    def values(self) -> dict[str, FieldValue]:
        """Return the picked fields as core knows them."""
        return {name: tuple(pick.value() for pick in picks) for name, picks in self.fields.items()}

    def says(self, queue: str) -> str:
        """Say in one imperative sentence what will be made; long texts are named, and shown beside it."""
        of = Untrusted(self.type.label or self.type.id).line()
        whose = f" for {Untrusted(self.requester.label).line()}" if self.requester else ""
        set_to = [
            f"{self._called(name)} {', '.join(Untrusted(each.label or each.id).line() for each in picks)}"
            for name, picks in self.fields.items()
        ]
        set_to += [
            f"{self._called(name)} {Untrusted(each.shown()).line() if each.kind is not Kind.PROSE else '…'}"
            for name, each in self.typed.items()
        ]
        with_ = f" (with {', '.join(set_to)})" if set_to else ""
        title = Untrusted(self.summary).line()
        return f"Create a ticket{' in ' + queue if queue else ''} of type {of}{whose}: “{title}”{with_}."

    def _called(self, name: str) -> str:
        return Untrusted(self.names.get(name) or name).line()


@dataclass(frozen=True, slots=True)
class FormField:
    """One field that a form asks for."""

    choices: Choices
    """Its name and what people call it; its values, where it has any."""
    required: bool = False
    kind: Kind = Kind.MENU
    chars_max: int = TYPED_CHARS_MAX
    """Of what is typed."""
    least: int | None = None
    most: int | None = None
    """Of a number; None: any."""
    searched: bool = False
    """Its values are nowhere listed: they are found by what is typed, see ``bot.creators``."""
    shape: Shape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationForm:
    """What a ticket may be made with just now, in one queue and of one type."""

    queue: str
    type: Value
    types: tuple[Value, ...]
    fields: tuple[FormField, ...] = ()
    unfillable: tuple[str, ...] = ()
    """What people call the fields that it requires and that no form of Slack's can ask for."""
    url: str = ""
    """Where such a ticket is made by hand, built from our own configuration; only where some are."""
    takes_requester: bool = False
    """Whether it may be made in somebody's name."""
    summary_chars_max: int = SUMMARY_CHARS_MAX

    def labels(self) -> dict[str, str]:
        """Return each field with what people call it."""
        return {each.choices.field: each.choices.label for each in self.fields}


def typed_in(args: Mapping[str, object]) -> dict[str, Typed]:
    """Return what was typed, out of plain arguments of ``create``; nothing where they are another verb's."""
    return {name: Typed.model_validate(each) for name, each in thing(args.get("typed")).items()}


def blank(
    ref: TicketRef, wanted: Unborn, *, url: str, fields: Mapping[str, FieldValue] | None = None
) -> Snapshot:
    """Return what is there before the ticket is made: nothing, in its queue."""
    return Snapshot(
        Ticket(
            ref=ref,
            key=f"{wanted.queue} (new)",
            url=url,
            queue=wanted.queue,
            kind="",
            status=Value("", ""),
            closed=False,
            summary=Untrusted(""),
            description=Untrusted(""),
            fields=dict(fields or {}),
            reporter=None,
            created_at=wanted.since,
            updated_at=wanted.since,
            version="",
        )
    )
