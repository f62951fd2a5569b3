"""From a form that was sent to the arguments it asks for, validated by the verb's own model. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue, ValidationError

from approvals.clicks import Submission
from approvals.modals import FIELD, KEEP, STATUS, TEXT, is_step, may_keep, picked
from approvals.payload import CODE, FIELDS, NOTES, TO, payload_text, touched
from bot.core.arguments import pick_json
from bot.core.dossier import Tracked
from bot.core.tickets import FieldValue, Transition, Value
from bot.core.words import say
from bot.ports import ActionType

Errors = dict[str, str]
"""block_id to what is wrong with what was typed or chosen there."""
Wanted = dict[str, JsonValue]


def edited_args(
    form: Submission,
    tracked: Tracked,
    kind: ActionType | None,
    language: str,
    steps: Sequence[Transition] | None = None,
) -> tuple[Wanted | None, Errors]:
    """Return the arguments a form asks for, or what is wrong with it.

    ``steps``: the workflow's next ones as they are now, for a transition; None takes the form's word, which
    is enough to tell a person at once what they forgot.
    """
    args, errors = _wanted(form, tracked, language, steps)
    if args is None:
        return None, errors
    at = next(iter([*form.picks, *form.texts]), TEXT)
    bad = {at: say(language, "modal.bad_value")}
    if kind is None:
        return None, bad
    try:
        return kind.arguments.model_validate(args).model_dump(mode="json"), {}
    except ValidationError:
        return None, bad


def before_of(tracked: Tracked, fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Return the before-values of what an edited action touches, as the card showed them."""
    before = tracked.proposal.basis.before
    return {name: before.get(name, ()) for name in fields}


def _wanted(
    form: Submission, tracked: Tracked, language: str, steps: Sequence[Transition] | None
) -> tuple[Wanted | None, Errors]:
    args = tracked.proposal.action.args
    if payload_text(tracked.proposal) is not None:
        return _texted(form, TEXT, "modal.empty", language)
    chosen = _chosen(form, tracked)
    if CODE in args:
        notes, errors = _texted(form, NOTES, "modal.empty", language)
        code = chosen.get(CODE, ())
        return (notes | {CODE: pick_json(code[0])}, {}) if notes is not None and code else (None, errors)
    if TO in args:
        return _aimed(form, tracked, chosen, language, steps)
    if not chosen:
        at = next(iter(form.picks), TEXT)
        return None, {at: say(language, "modal.nothing_left")}
    return {FIELDS: _fields(chosen)}, {}


def _texted(form: Submission, name: str, empty: str, language: str) -> tuple[Wanted | None, Errors]:
    text = form.texts.get(name, "").strip()
    return ({name: text}, {}) if text else (None, {name: say(language, empty)})


def _aimed(
    form: Submission,
    tracked: Tracked,
    chosen: Mapping[str, FieldValue],
    language: str,
    steps: Sequence[Transition] | None,
) -> tuple[Wanted | None, Errors]:
    """Return the arguments of a verb that sets one field, perhaps with what a screen asks for."""
    (name, after), *rest = chosen.items()
    fields = _fields(dict(rest))
    if not is_step(tracked, STATUS):
        return {TO: pick_json(after[0]) if after else None}, {}
    step = _step(form, tracked, steps)
    if step is None:
        return None, {FIELD + name: say(language, "modal.bad_value")}
    to: JsonValue = pick_json(step.to)
    return {"id": step.id, "name": step.name, TO: to, FIELDS: fields}, {}


def _step(form: Submission, tracked: Tracked, steps: Sequence[Transition] | None) -> Transition | None:
    """Return the step that was chosen, as the workflow has it now."""
    block = FIELD + STATUS
    pick = picked(block, *form.picks[block]) if block in form.picks else None
    wanted = pick[1].id if pick and pick[1] else str(tracked.proposal.action.args.get("id"))
    if steps is None:
        return Transition(wanted, "", touched(tracked.proposal)[STATUS][0])
    return next((each for each in steps if each.id == wanted), None)


def _chosen(form: Submission, tracked: Tracked) -> dict[str, FieldValue]:
    """Return each field with what it should hold: what was chosen, or what is proposed where no menu was."""
    picks = {p[0]: p[1] for block, pick in form.picks.items() if (p := picked(block, *pick))}
    kept = {block.removeprefix(FIELD) for block, pick in form.picks.items() if pick[0] == KEEP}
    found: dict[str, FieldValue] = {}
    for name, after in touched(tracked.proposal).items():
        if name in kept and may_keep(tracked, name):
            continue
        value: Value | None = picks.get(name)
        found[name] = after if value is None else (value,)
    return found


def _fields(values: Mapping[str, FieldValue]) -> JsonValue:
    return {name: [pick_json(each) for each in value] for name, value in values.items()}
