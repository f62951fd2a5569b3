"""What a proposal would do, as people are shown it: its text, each field before and after. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from bot.core.actions import Proposal
from bot.core.arguments import Pick
from bot.core.creation import Kind, typed_in
from bot.core.deeds import said_in
from bot.core.foreign import thing, things
from bot.core.notes import shown
from bot.core.tickets import FieldValue, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say

SUMMARY, DESCRIPTION = "summary", "description"
"""Names of arguments of ``create``."""
TEXT, TO, FIELDS, CODE, NOTES = "text", "to", "fields", "close_code", "close_notes"
"""Names of arguments: of a reply, of a verb that sets one field, of ``set_fields``, of ``resolve``."""
PARENT = "parent"
"""The argument of a ``link`` to the only parent a ticket may have: it would end the one before."""


def payload_text(proposal: Proposal) -> str | None:
    """Return the text a proposal would post for the requester, or None when it posts none."""
    text = proposal.action.args.get(TEXT)
    return text if isinstance(text, str) else None


def long_text(proposal: Proposal) -> str | None:
    """Return the text of a proposal that people have to read whole: a reply, a resolution, a description."""
    args = proposal.action.args
    found = next((args[name] for name in (NOTES, DESCRIPTION) if args.get(name)), None)
    return payload_text(proposal) or (found if isinstance(found, str) else None)


def long_fields(proposal: Proposal) -> list[tuple[str, str]]:
    """Return (what people call the field, its text) for each field that holds several lines."""
    return [
        (label_of(proposal, name), each.text)
        for name, each in typed_in(proposal.action.args).items()
        if each.kind is Kind.PROSE
    ]


def touched(proposal: Proposal) -> dict[str, FieldValue]:
    """Return the fields that a proposal's arguments name, with the values they would have."""
    args, known = proposal.action.args, dict(proposal.basis.before)
    found = _picked(args.get(FIELDS)) | {
        name: (Value(each.text, each.shown()),)
        for name, each in typed_in(args).items()
        if each.kind is not Kind.PROSE
    }
    aimed = next((name for name in (TO, PARENT) if name in args), "")
    if aimed:
        named = next((name for name in known if name not in found), aimed)
        found = {named: _one(args[aimed])} | found
    if CODE in args:
        found[CODE] = _one(args[CODE])
    return found


def label_of(proposal: Proposal, field: str) -> str:
    """Return what people call a field, as whoever proposed it knew it; else its name, made readable."""
    return proposal.labels.get(field) or field.replace("_", " ").capitalize()


def changes(proposal: Proposal) -> list[tuple[str, FieldValue, FieldValue]]:
    """Return (what people call the field, before, after) for each field a proposal sets."""
    return [
        (label_of(proposal, name), proposal.basis.before.get(name, ()), after)
        for name, after in touched(proposal).items()
    ]


def change_lines(proposal: Proposal, language: str) -> list[str]:
    """Return one line a change, before and after."""
    return [
        say(
            language,
            "card.change",
            field=Untrusted(name).line(),
            before=shown(before, language),
            after=shown(after, language),
        )
        for name, before, after in changes(proposal)
    ]


def rows(proposal: Proposal, language: str) -> list[str]:
    """Return the changes; led by the sentence where they are not all that would happen."""
    lines = change_lines(proposal, language)
    args = proposal.action.args
    whole = (FIELDS in args or TO in args) and SUMMARY not in args
    return lines if whole and lines else [Untrusted(said_in(proposal.says, language)).line(), *lines]


def is_editable(proposal: Proposal) -> bool:
    """Whether the edit form knows this kind of change; a new ticket's form was its own."""
    return SUMMARY not in proposal.action.args and any(
        name in proposal.action.args for name in (TEXT, TO, FIELDS, CODE)
    )


def _picked(fields: object) -> dict[str, FieldValue]:
    """Read picked fields; how many there may be is the verb's own affair."""
    return {
        name: tuple(Pick.model_validate(each).value() for each in things(picks))
        for name, picks in thing(fields).items()
    }


def _one(pick: object) -> FieldValue:
    """Read one value; what is none, or was taken away, reads as empty."""
    try:
        return (Pick.model_validate(pick).value(),) if isinstance(pick, Mapping) else ()
    except ValidationError:
        return ()


def labelled(values: FieldValue) -> Value | None:
    """Return the only value there is, for a menu that takes one."""
    return values[0] if len(values) == 1 else None
