"""From a form that was sent to the wish it comes down to, all of it held against what is live. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from approvals.creating_form import DESCRIPTION, QUEUE, SUMMARY, Draft, narrowed
from approvals.limits import TEXT_CHARS_MAX
from bot.core.arguments import pick_json
from bot.core.creation import VERB, CreationForm, FormField, Kind, above
from bot.core.creation_inputs import Fault, written
from bot.core.reports import Wish
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted

CHANGED: Final = Fault("create.changed")
"""The form itself no longer fits: another type, a field that is not there any more."""


class Unfit(Exception):  # not an error: the answer is no
    """The form no longer fits what is live."""

    def __init__(self, key: str, field: str) -> None:
        """``key``: of the catalogue. ``field``: what people call the field that does not fit."""
        super().__init__(key)
        self.key, self.field = key, field


def faults(draft: Draft, offers: CreationForm) -> dict[str, Fault]:
    """Return what is wrong in a form, by field; under the queue what is wrong with the form itself."""
    found: dict[str, Fault] = {}
    if draft.meta.type != offers.type.id or draft.meta.queue != offers.queue:
        found[QUEUE] = CHANGED
    if (set(draft.picks) | set(draft.typed)) - {each.choices.field for each in offers.fields}:
        found[QUEUE] = CHANGED
    if not Untrusted(draft.summary).line():
        found[SUMMARY] = Fault("create.empty")
    for name, text, most in (
        (SUMMARY, draft.summary, offers.summary_chars_max),
        (DESCRIPTION, draft.description, TEXT_CHARS_MAX),
    ):
        if len(text) > most:
            found[name] = Fault("create.too_long", {"n": str(most)})
    for each in offers.fields:
        fault = _fault(each, draft)
        if fault is not None:
            found[each.choices.field] = fault
    return found


def wished(draft: Draft, offers: CreationForm, requester: Value | None) -> Wish:
    """Return the wish for exactly this ticket; labels are the system's, never the client's.

    Raises:
        Unfit: a value or a type is not offered any more, or something required is not there.
    """
    wrong = faults(draft, offers)
    if wrong:
        name, fault = next(iter(wrong.items()))
        key = "create.missing" if fault.key in {"create.wanted", "create.empty"} else "create.outdated"
        raise Unfit(key, offers.labels().get(name) or offers.type.label)
    picked = {each.choices.field: _picked(each, draft) for each in offers.fields}
    fields: dict[str, JsonValue] = {name: list(values) for name, values in picked.items() if values}
    typed = _typed(draft, offers)
    args: dict[str, JsonValue] = {
        "type": pick_json(offers.type),
        "summary": Untrusted(draft.summary).line(offers.summary_chars_max),
        "description": Untrusted(draft.description).clean().strip(),
        "fields": fields,
        "typed": typed,
        "shapes": {
            each.choices.field: each.shape.value
            for each in offers.fields
            if each.shape is not None and each.choices.field in fields
        },
        "names": {name: label for name, label in offers.labels().items() if name in {**fields, **typed}},
        "requester": pick_json(requester) if requester is not None else None,
    }
    return Wish(verb=VERB, args=args, why=Untrusted(""), labels=offers.labels())


# -- inside ------------------------------------------------------------------------------------------------


def _fault(each: FormField, draft: Draft) -> Fault | None:
    choices = each.choices
    if each.kind is not Kind.MENU:
        text = written(each, draft.typed.get(choices.field, ""))
        return text if isinstance(text, Fault) else None
    wanted = draft.picks.get(choices.field, ())
    found = _offered(each, draft.picks)
    first = above(choices.field)
    if any(ident not in found for ident in wanted) or (len(wanted) > 1 and not choices.several):
        return Fault("create.gone")
    if each.required and not wanted and (found or each.searched):
        return Fault("create.wanted")
    return Fault("create.wanted") if first and wanted and not draft.picks.get(first) else None


def _offered(each: FormField, picks: Mapping[str, tuple[str, ...]]) -> dict[str, Value]:
    return {value.id: value for value in narrowed(each.choices, picks)}


def _picked(each: FormField, draft: Draft) -> list[JsonValue]:
    found = _offered(each, draft.picks)
    return [pick_json(found[ident]) for ident in draft.picks.get(each.choices.field, ())]


def _typed(draft: Draft, offers: CreationForm) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for each in offers.fields:
        text = written(each, draft.typed.get(each.choices.field, "")) if each.kind is not Kind.MENU else ""
        if isinstance(text, str) and text:
            found[each.choices.field] = {"kind": each.kind.value, "text": text}
    return found
