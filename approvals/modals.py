"""The forms behind a card's buttons: edit each kind of change, reject with a reason. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from approvals.blocks import Block, bold, plain, quote, said
from approvals.limits import (
    BUTTON_CHARS_MAX,
    OPTION_VALUE_CHARS_MAX,
    OPTIONS_MAX,
    TEXT_CHARS_MAX,
    TITLE_CHARS_MAX,
)
from approvals.payload import FIELDS, NOTES, TO, label_of, payload_text, touched
from approvals.standing import value
from bot.core.dossier import Dossier, Tracked
from bot.core.tickets import Allowed, Choices, Transition, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say

EDIT_FORM, REJECT_FORM = "approval:edit_submit", "approval:reject_submit"
"""``callback_id``s (contract §7)."""
TEXT, REASON = "text", "reason"
PICK_ACTION: Final = "pick"
"""``action_id`` of every menu in a form: Slack names it when it asks for options."""
FIELD: Final = "field:"
"""block_id of a field's menu: this and the field's name."""
KEEP: Final = "keep"
"""Value of the option that leaves a field as it is; no vendor's id is spelled like it, see :data:`PICK`."""
PICK: Final = "="
"""Stands before a vendor's id in an option's value."""
REASON_CHARS_MAX = 300
"""Of a rejection's reason: it goes on the card and on the ticket."""
PEOPLE_FIELDS: Final = frozenset({"assignee", "assigned_to"})
"""Who has a ticket is searched for, because no system lists everybody."""
STATUS: Final = "status"
"""The field that a transition sets: its menu offers the workflow's next steps."""

View = dict[str, Any]


def edit_text(dossier: Dossier, tracked: Tracked, language: str) -> View:
    """Return the form to edit a reply, prefilled with exactly what is proposed."""
    text = payload_text(tracked.proposal) or ""
    if len(text) > TEXT_CHARS_MAX:
        return notice(say(language, "modal.edit"), say(language, "modal.too_long"), language)
    block = _writing(TEXT, "modal.reply", text, language) | {"hint": plain(say(language, "modal.reply_hint"))}
    return _form(EDIT_FORM, tracked, [_about(dossier), block], language)


def edit_fields(dossier: Dossier, tracked: Tracked, allowed: Allowed, language: str) -> View:
    """Return the form to edit anything but a reply: one menu a field, filled with what may be set right now.

    A field that would get several values has no menu: one that takes one value would drop the others unseen.
    """
    args = tracked.proposal.action.args
    notes = args.get(NOTES)
    if isinstance(notes, str) and len(notes) > TEXT_CHARS_MAX:
        return notice(say(language, "modal.edit"), say(language, "modal.too_long"), language)
    blocks, allowed = [_about(dossier)], with_steps(allowed, tracked)
    for name, after in touched(tracked.proposal).items():
        if len(after) <= 1:
            choices = _named(name, allowed, tracked)
            chosen = proposed_step(tracked) if is_step(tracked, name) else after
            blocks += _menu(choices, chosen, keep=may_keep(tracked, name), language=language)
    if isinstance(notes, str):
        blocks.append(_writing(NOTES, "modal.notes", notes, language))
    if len(blocks) == 1:
        return notice(say(language, "modal.edit"), say(language, "modal.no_menu"), language)
    return _form(EDIT_FORM, tracked, blocks, language)


def may_keep(tracked: Tracked, name: str) -> bool:
    """Whether a field may be left out of the change: one of several, and not what the verb is about."""
    args = tracked.proposal.action.args
    fields = args.get(FIELDS)
    return isinstance(fields, dict) and name in fields and TO not in args


def is_step(tracked: Tracked, name: str) -> bool:
    """Whether the menu of ``name`` offers steps of the workflow rather than values."""
    args = tracked.proposal.action.args
    return name == STATUS and "id" in args and TO in args


def reject(dossier: Dossier, tracked: Tracked, language: str) -> View:
    """Return the form that asks why."""
    element = {
        "type": "plain_text_input",
        "action_id": REASON,
        "multiline": True,
        "max_length": REASON_CHARS_MAX,
    }
    block = {
        "type": "input",
        "block_id": REASON,
        "optional": True,
        "label": plain(say(language, "modal.reason")),
        "hint": plain(say(language, "modal.reason_hint")),
        "element": element,
    }
    view = _form(REJECT_FORM, tracked, [_about(dossier), block], language)
    return view | {
        "title": plain(say(language, "modal.reject")),
        "submit": plain(say(language, "modal.reject_submit")),
    }


def notice(title: str, text: str, language: str) -> View:
    """Return a modal that only says something."""
    return {
        "type": "modal",
        "callback_id": "approval:notice",
        "title": plain(title[:TITLE_CHARS_MAX]),
        "close": plain(say(language, "modal.close")),
        "blocks": [{"type": "section", "block_id": "notice", "text": plain(text)}],
    }


def picked(block: str, option: str, label: str) -> tuple[str, Value | None] | None:
    """Return (field, chosen value or None to leave it) for one menu's answer; None when it is not a menu."""
    if not block.startswith(FIELD):
        return None
    name = block.removeprefix(FIELD)
    return name, Value(option.removeprefix(PICK), label) if option.startswith(PICK) else None


def offered(values: Sequence[Value], query: str, language: str, *, keep: bool) -> list[Block]:
    """Return what a menu that asks as one types shows for ``query``: the first that hold it, in any case."""
    wanted = query.strip().casefold()
    found = [each for each in _fitting(values) if wanted in Untrusted(each.label).line().casefold()]
    leave = [_option(KEEP, say(language, "modal.keep"))] if keep else []
    return [_option(PICK + each.id, each.label) for each in found[: OPTIONS_MAX - len(leave)]] + leave


def steps(transitions: Sequence[Transition], sets: frozenset[str]) -> tuple[Value, ...]:
    """Return the workflow's next steps as values, without those whose screen asks for more than ``sets``."""
    return tuple(
        Value(step.id, step.to.label if step.name == step.to.label else f"{step.name} → {step.to.label}")
        for step in transitions
        if sets >= frozenset(step.needs)
    )


def _form(callback: str, tracked: Tracked, blocks: list[Block], language: str) -> View:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain(say(language, "modal.edit")),
        "submit": plain(say(language, "modal.edit_submit")),
        "close": plain(say(language, "modal.cancel")),
        "private_metadata": json.dumps({"value": value(tracked.proposal, tracked.revision)}),
        "blocks": blocks,
    }


def _about(dossier: Dossier) -> Block:
    return quote("about", bold(dossier.key), said(dossier.summary.line(120)))


def _writing(name: str, label: str, text: str, language: str) -> Block:
    element = {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": True,
        "max_length": TEXT_CHARS_MAX,
        "initial_value": text,
    }
    return {"type": "input", "block_id": name, "label": plain(say(language, label)), "element": element}


def _named(name: str, allowed: Allowed, tracked: Tracked) -> Choices:
    """Return what ``name`` may be set to now; no values where that is searched for, or nothing is."""
    found = allowed.of(name)
    return found if found is not None else Choices(name, label_of(tracked.proposal, name), ())


def _menu(choices: Choices, after: tuple[Value, ...], *, keep: bool, language: str) -> list[Block]:
    """Return the menu of one field, if it has one: listed where Slack's limit allows, else searched."""
    chosen, values = (after[0] if after else None), _fitting(choices.values)
    if choices.field in PEOPLE_FIELDS:
        return [_input(choices, _searching(chosen, language, keep=keep, letters=1))]
    if len(values) + keep > OPTIONS_MAX:
        there = next((v for v in values if chosen is not None and v.id == chosen.id), None)
        return [_input(choices, _searching(there, language, keep=keep, letters=0))]
    return [_input(choices, _listing(values, chosen, language, keep=keep))] if values else []


def with_steps(allowed: Allowed, tracked: Tracked) -> Allowed:
    """Return ``allowed`` with the workflow's next steps as the choices of the status, for a transition."""
    if not is_step(tracked, STATUS):
        return allowed
    sets = frozenset(touched(tracked.proposal)) - {STATUS}
    label = label_of(tracked.proposal, STATUS)
    choices = Choices(STATUS, label, steps(allowed.transitions, sets))
    return Allowed((*(c for c in allowed.choices if c.field != STATUS), choices), allowed.transitions)


def proposed_step(tracked: Tracked) -> tuple[Value, ...]:
    """Return the step that a transition proposes, as its menu names it."""
    ident = tracked.proposal.action.args.get("id")
    return (Value(str(ident), ""),) if ident else ()


def _listing(values: Sequence[Value], chosen: Value | None, language: str, *, keep: bool) -> Block:
    """Return a menu with what is proposed first."""
    ordered = [v for v in values if chosen and v.id == chosen.id]
    ordered += [v for v in values if not chosen or v.id != chosen.id]
    options = [_option(PICK + v.id, v.label) for v in ordered]
    there = bool(chosen and ordered and ordered[0].id == chosen.id)
    if keep:
        options.append(_option(KEEP, say(language, "modal.keep")))
    element: Block = {"type": "static_select", "action_id": PICK_ACTION, "options": options}
    initial = options[0] if there else options[-1] if keep else None
    return element | ({"initial_option": initial} if initial else {})


def _searching(chosen: Value | None, language: str, *, keep: bool, letters: int) -> Block:
    """Return a menu that asks us for its options as people type, from ``letters`` characters on."""
    element: Block = {
        "type": "external_select",
        "action_id": PICK_ACTION,
        "min_query_length": letters,
        "placeholder": plain(say(language, "modal.search")),
    }
    if chosen is not None and _fitting([chosen]):
        return element | {"initial_option": _option(PICK + chosen.id, chosen.label)}
    return element | ({"initial_option": _option(KEEP, say(language, "modal.keep"))} if keep else {})


def _input(choices: Choices, element: Block) -> Block:
    label = Untrusted(choices.label).line(BUTTON_CHARS_MAX) or choices.field
    return {"type": "input", "block_id": FIELD + choices.field, "label": plain(label), "element": element}


def _fitting(values: Sequence[Value]) -> list[Value]:
    return [v for v in values if len(PICK + v.id) <= OPTION_VALUE_CHARS_MAX and Untrusted(v.label)]


def _option(option: str, label: str) -> Block:
    return {"text": plain(Untrusted(label).line(BUTTON_CHARS_MAX) or "?"), "value": option}
