"""Arguments that verbs of several connectors share: pydantic models, because a person's edit enters here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from bot.core.actions import Args
from bot.core.tickets import FieldValue, Value

TEXT_CHARS_MAX = 30_000
"""Jira refuses comments over 32,767 characters and we add a marker; ServiceNow journals take more."""

LineKind = Literal["title", "heading", "field", "bullet", "quote", "text", "link", "fine"]


class Arguments(BaseModel):
    """Base of all: what is not named is refused, and nothing changes after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)


PICK_CHARS_MAX = 255
"""Of an id or a label, in characters: as long as a label of Jira's may be."""


class Pick(Arguments):
    """One value out of the live allowed values."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=PICK_CHARS_MAX)]
    label: Annotated[str, StringConstraints(max_length=PICK_CHARS_MAX)]

    def value(self) -> Value:
        """Return it as core knows it."""
        return Value(self.id, self.label)


class NoteLine(Arguments):
    """One line of an internal note, without markup; the connector escapes it and gives it its looks."""

    kind: LineKind
    text: str
    """May hold words from tickets and models: never markup."""
    label: str = ""
    """For ``field``: what stands before the colon."""
    url: str = ""
    """For ``link``: only ever built from our own configuration."""


class NoteArguments(Arguments):
    """``add_internal_note`` and ``add_work_note``."""

    lines: Annotated[tuple[NoteLine, ...], Field(min_length=1, max_length=200)]
    replaces: str = ""
    """The vendor's id of our earlier note, to be edited in place; empty: a new one."""


class ReplyArguments(Arguments):
    """``reply_publicly``."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=TEXT_CHARS_MAX, strip_whitespace=True)]


class FieldsArguments(Arguments):
    """``set_fields``: each field and what it will hold; an empty list clears it."""

    fields: Annotated[dict[str, list[Pick]], Field(min_length=1, max_length=20)]

    def values(self) -> dict[str, FieldValue]:
        """Return the fields as core knows them."""
        return {name: tuple(pick.value() for pick in picks) for name, picks in self.fields.items()}


class PickArguments(Arguments):
    """``set_priority``."""

    to: Pick


class AssignArguments(Arguments):
    """``assign``: to whom; None takes the ticket away from everybody."""

    to: Pick | None


class TransitionArguments(Arguments):
    """``transition``: by id, with the status it must lead to, because names are not unique."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    name: Annotated[str, StringConstraints(max_length=255)]
    to: Pick
    fields: dict[str, list[Pick]] = Field(default_factory=dict[str, list[Pick]])
    """What its screen requires (a resolution, say)."""


class ResolveArguments(Arguments):
    """``resolve``: ServiceNow's data policy wants a code and notes."""

    close_code: Pick
    close_notes: Annotated[str, StringConstraints(min_length=1, max_length=4_000, strip_whitespace=True)]


class ParentArguments(Arguments):
    """``link`` where a system knows parents and children: whose child it becomes; nobody's where empty."""

    others: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,10}[0-9]{1,20}$")], ...],
        Field(max_length=1),
    ]
    """Its number, as people write it. A list, as every ``link`` takes one; nobody has two parents."""
    parent: Pick | None = None
    """Which record that is, looked up before anybody is asked."""
    back: bool = False
    """Sets back what was there before, whatever state that parent is in by now."""

    @model_validator(mode="after")
    def _one_parent(self) -> ParentArguments:
        if self.parent is not None and (self.parent.label,) != self.others:
            raise ValueError("parent has to be the record that others names")
        return self


def pick_json(value: Value) -> JsonValue:
    """Return ``value`` as plain arguments write a :class:`Pick`; a label too long is cut, an id never."""
    return {"id": value.id, "label": value.label[:PICK_CHARS_MAX]}


def accepted(model: type[BaseModel], args: Args) -> Args | None:
    """Return ``args`` if ``model`` takes them, else None: what a vendor showed us need not fit back in."""
    try:
        model.model_validate(dict(args))
    except ValidationError:
        return None
    return args


def assignment(before: Mapping[str, FieldValue], field: str) -> Args | None:
    """Return what ``assign`` takes to restore ``field``; None where it held several people, or is unknown."""
    if field not in before or len(before[field]) > 1:
        return None
    had = before[field]
    return accepted(AssignArguments, {"to": pick_json(had[0]) if had else None})


def restoration(fields: Iterable[str], before: Mapping[str, FieldValue]) -> Args | None:
    """Return what ``set_fields`` takes to restore ``fields``; None where what one of them held is unknown."""
    wanted = tuple(fields)
    if any(name not in before for name in wanted):
        return None
    return accepted(
        FieldsArguments, {"fields": {name: [pick_json(each) for each in before[name]] for name in wanted}}
    )


LINKED_AT_ONCE: Final = 1
"""An edit of Jira's refuses a second operation on links (``IssueLinksRestFieldOperationsHandler`` in its
server's source), and one change is one request: several links are several changes on one card."""


class LinkArguments(Arguments):
    """``link`` where a ticket may have any number of links: a new one stands beside those there are.

    A verb that sets a ticket's only parent takes arguments of its own: a second link would end the first.
    """

    others: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,60}-[0-9]{1,12}$")], ...],
        Field(min_length=1, max_length=LINKED_AT_ONCE),
    ]
    """Keys of the tickets to link to."""
    type: Annotated[str, StringConstraints(min_length=1, max_length=60)] = "Relates"
    """As what: the name of one of the system's types."""

    @property
    def other(self) -> str:
        """Return the one ticket it is linked to."""
        (only,) = self.others
        return only
