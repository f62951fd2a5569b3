"""The tools that propose: one a verb that policy may let happen, with arguments a model can fill. Pure.

A model never sees an id. What it writes are labels, as people read them; :mod:`bot.agent.vetting` finds the
value that is meant, or refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from approvals.policy import Rule, Rulebook, fits
from bot.core.actions import Risk
from bot.core.arguments import (
    AssignArguments,
    FieldsArguments,
    LinkArguments,
    NoteArguments,
    ParentArguments,
    PickArguments,
    ReplyArguments,
    ResolveArguments,
    TransitionArguments,
)
from bot.core.foreign import thing, things
from bot.core.ids import ActionName
from bot.core.turns import Tool
from bot.ports import ActionType, Connector

PREFIX: Final = "propose_"
WHY_CHARS_MAX: Final = 500
"""Of a reason, in characters: one sentence on a card."""
LABEL_CHARS_MAX: Final = 255
"""Of a label, in characters: as long as one of Jira's may be."""
NOTE_CHARS_MAX: Final = 8_000
REPLY_CHARS_MAX: Final = 8_000
CLOSE_NOTES_CHARS_MAX: Final = 4_000
"""Of a text, in characters: what somebody reads before agreeing to it; ServiceNow takes 4,000 to resolve."""
FIELDS_MAX: Final = 10
"""Of one proposal: a card shows each with what it was before."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=LABEL_CHARS_MAX, strip_whitespace=True)]
_WHY = Annotated[str, StringConstraints(max_length=WHY_CHARS_MAX)]


class Wanted(BaseModel):
    """Base of what a proposing tool takes: nothing else, nothing of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    why: _WHY = Field(description="One plain sentence for whoever approves it: what it rests on.")


class FieldWanted(BaseModel):
    """One field."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    field: Label = Field(description="The field's name, as read_ticket lists it.")
    value: Annotated[str, StringConstraints(max_length=LABEL_CHARS_MAX, strip_whitespace=True)] = Field(
        description="One of the values read_ticket lists for it; empty takes the present one away."
    )


class FieldsWanted(Wanted):
    """For ``set_fields``."""

    fields: Annotated[list[FieldWanted], Field(min_length=1, max_length=FIELDS_MAX)]


class PickWanted(Wanted):
    """For verbs that set one field."""

    to: Label = Field(description="One of the values read_ticket lists.")


class AssignWanted(Wanted):
    """For ``assign``."""

    to: Annotated[str, StringConstraints(max_length=LABEL_CHARS_MAX, strip_whitespace=True)] = Field(
        description="The person's name or a placeholder that stands for it; me for the person you talk with; "
        "empty takes the ticket away from its assignee."
    )


class StepWanted(Wanted):
    """For ``transition``."""

    to: Label = Field(description="The status it should have, as read_ticket lists the next ones.")
    step: Annotated[str, StringConstraints(max_length=LABEL_CHARS_MAX, strip_whitespace=True)] = Field(
        default="", description="The step's name, only where two steps lead to the same status."
    )
    fields: Annotated[list[FieldWanted], Field(max_length=FIELDS_MAX)] = Field(
        default_factory=list[FieldWanted], description="What the step asks for, if anything."
    )


class LinkWanted(Wanted):
    """For ``link``."""

    other: Label = Field(
        description="Key of the other ticket: one the person named, or a search of yours found."
    )


class NoteWanted(Wanted):
    """For internal notes."""

    text: Annotated[
        str, StringConstraints(min_length=1, max_length=NOTE_CHARS_MAX, strip_whitespace=True)
    ] = Field(description="Plain text for colleagues; a line that begins with a dash is a bullet.")


class ReplyWanted(Wanted):
    """For what the requester reads."""

    text: Annotated[
        str, StringConstraints(min_length=1, max_length=REPLY_CHARS_MAX, strip_whitespace=True)
    ] = Field(description="Plain text for the requester, in the requester's language.")


class ResolveWanted(Wanted):
    """For ``resolve``."""

    close_code: Label = Field(description="One of the values read_ticket lists for close_code.")
    close_notes: Annotated[
        str, StringConstraints(min_length=1, max_length=CLOSE_NOTES_CHARS_MAX, strip_whitespace=True)
    ] = Field(description="How it was solved, in plain text.")


WANTED: Final[Mapping[type[BaseModel], type[Wanted]]] = {
    FieldsArguments: FieldsWanted,
    PickArguments: PickWanted,
    AssignArguments: AssignWanted,
    TransitionArguments: StepWanted,
    NoteArguments: NoteWanted,
    ReplyArguments: ReplyWanted,
    ResolveArguments: ResolveWanted,
    LinkArguments: LinkWanted,
    ParentArguments: LinkWanted,
}
"""What a verb takes to what a model is asked for. A verb that takes anything else is not on offer."""
_ABOUT: Final[Mapping[type[BaseModel], str]] = {
    FieldsArguments: "set fields to values that are allowed now",
    PickArguments: "set one field to a value that is allowed now",
    AssignArguments: "give the ticket to a person",
    TransitionArguments: "move the ticket to another status",
    NoteArguments: "leave an internal note that the requester never sees",
    ReplyArguments: "send the requester a reply",
    ResolveArguments: "resolve the incident with a code and notes",
    LinkArguments: "link the ticket to another one of the same system",
    ParentArguments: "make the ticket the child of another one of the same system",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One verb that can be proposed."""

    tool: Tool
    kind: str
    """Of connector."""
    verb: str
    wanted: type[Wanted]


def offers(connectors: Iterable[Connector], book: Rulebook) -> dict[str, Offer]:
    """Return what can be proposed, by the tool's name, sorted: the same every time for the same policy."""
    found: dict[str, Offer] = {}
    for connector in connectors:
        for name, kind in connector.actions.items():
            wanted = WANTED.get(kind.arguments)
            if wanted is None or not may_happen(book, connector.name, name, kind.risk):
                continue
            offer = _offer(name, kind, wanted)
            found[offer.tool.name] = offer
    return dict(sorted(found.items()))


def may_happen(book: Rulebook, connector: str, name: ActionName, risk: Risk) -> bool:
    """Whether some rule lets this happen after somebody agreed; what exactly is asked is known only then."""
    for rule in book.rules:
        if not _may_speak_of(rule, connector, name, risk):
            continue
        if rule.ask is not None or (rule.allow and risk is Risk.NOTE):
            return True
        if not rule.allow and _always(rule):
            return False
    return False


@cache
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments, references resolved: not every server follows them.

    Made once a process: it takes longer than all the rest of a turn.
    """
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    inlined: dict[str, Any] = _inline(schema, definitions)
    return inlined


def _offer(name: ActionName, kind: ActionType, wanted: type[Wanted]) -> Offer:
    of, _, verb = name.partition(".")
    about = (
        f"Ask people to let the bot {_ABOUT[kind.arguments]}. Only on the ticket the conversation is about. "
        "Nothing is changed by this: a person decides."
    )
    return Offer(Tool(f"{PREFIX}{of}_{verb}", about, schema_of(wanted)), of, verb, wanted)


def _may_speak_of(rule: Rule, connector: str, name: ActionName, risk: Risk) -> bool:
    match = rule.match
    return (
        (not match.action or fits(match.action, name))
        and (not match.connector or match.connector == connector)
        and (match.risk is None or match.risk is risk)
        and not match.skill
        and match.undo is not True
    )


def _always(rule: Rule) -> bool:
    """Whether the rule speaks of every ticket, value and person."""
    match = rule.match
    return not (match.queue or match.to or match.field or match.by)


def _inline(part: object, definitions: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inline(each, definitions) for each in things(cast("object", part))]
    if not isinstance(part, dict):
        return part
    found = thing(cast("object", part))
    if "$ref" in found:
        return _inline(definitions[str(found["$ref"]).rpartition("/")[2]], definitions)
    return {key: _inline(each, definitions) for key, each in found.items() if not _is_title(key, each)}


def _is_title(key: str, value: object) -> bool:
    """Whether it is pydantic's title, which says nothing the name does not; a property may be called so."""
    return key == "title" and isinstance(value, str)
