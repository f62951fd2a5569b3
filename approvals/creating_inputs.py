"""The inputs of a form: one for each kind of field, and what a client sends of them. Pure.

Elements: https://docs.slack.dev/reference/block-kit/block-elements. A client checks some of what is typed;
what counts is checked again where the form is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from approvals.blocks import Block, plain
from approvals.limits import BUTTON_CHARS_MAX, OPTION_VALUE_CHARS_MAX, OPTIONS_MAX, TEXT_CHARS_MAX
from approvals.modals import PICK
from bot.core.creation import FormField, Kind
from bot.core.creation_inputs import moment_of
from bot.core.foreign import thing, things
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from bot.core.words import say

HINT_CHARS_MAX: Final = 300
"""Of the words below an input: Slack takes 2,000, and a view with thirty inputs not all of those."""
TYPED_ACTION: Final = "create:typed"
"""``action_id`` of what is typed."""
_TYPES: Final[Mapping[Kind, str]] = {
    Kind.NUMBER: "number_input",
    Kind.WHOLE: "number_input",
    Kind.DATE: "datepicker",
    Kind.MOMENT: "datetimepicker",
    Kind.URL: "url_text_input",
}
_PRESETS: Final[Mapping[str, str]] = {"datepicker": "initial_date", "datetimepicker": "initial_date_time"}
_SENT: Final[Mapping[str, str]] = {"datepicker": "selected_date", "datetimepicker": "selected_date_time"}
_TEXTS: Final = frozenset({"plain_text_input", "number_input", "url_text_input"})


def input_block(
    block: str, label: str, element: Block, *, asks: bool = False, optional: bool = False, hint: str = ""
) -> Block:
    """Return one input; ``hint``: words below it, ours or somebody's."""
    found: Block = {
        "type": "input",
        "block_id": block,
        "label": plain(Untrusted(label).line(BUTTON_CHARS_MAX)),
        "element": element,
        "dispatch_action": asks,
        "optional": optional,
    }
    told = Untrusted(hint).line(HINT_CHARS_MAX)
    return found | ({"hint": plain(told)} if told else {})


def writing(action: str, text: str, chars_max: int, *, long: bool) -> Block:
    """Return an input for one line of text, or for several."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": action,
        "multiline": long,
        "max_length": chars_max,
    }
    cut = Untrusted(text).clean(chars_max) if long else Untrusted(text).line(chars_max)
    return element | ({"initial_value": cut} if cut else {})


def typing(asked: FormField, text: str, chars_max: int) -> Block:
    """Return the input for what ``asked`` takes; what does not fit in it is left for the person to type."""
    most = min(asked.chars_max, chars_max)
    kind = _TYPES.get(asked.kind)
    if kind is None:
        return writing(TYPED_ACTION, text, most, long=asked.kind is Kind.PROSE)
    element: Block = {"type": kind, "action_id": TYPED_ACTION}
    if kind == "number_input":
        element["is_decimal_allowed"] = asked.kind is Kind.NUMBER
        element |= {"min_value": str(asked.least)} if asked.least is not None else {}
        element |= {"max_value": str(asked.most)} if asked.most is not None else {}
    preset: str | int = Untrusted(text).line(TEXT_CHARS_MAX)
    if asked.kind is Kind.MOMENT:
        at = moment_of(text)
        preset = int(at.timestamp()) if at is not None else int(text) if text.isdecimal() else 0
    return element | ({_PRESETS.get(kind, "initial_value"): preset} if preset else {})


def menu(
    values: Sequence[Value],
    chosen: Sequence[str],
    actions: tuple[str, str],
    language: str,
    *,
    several: bool = False,
    listed: bool = True,
) -> Block:
    """Return a menu, what is chosen first in its list; not ``listed``: it is searched.

    ``actions``: its ``action_id``, and the one where it is searched.
    """
    options = [option(each) for each in fitting(values)]
    picked = [each for each in options if each["value"].removeprefix(PICK) in chosen]
    picked = picked if several else picked[:1]
    kind = ("multi_" if several else "") + ("static_select" if listed else "external_select")
    element: Block = {"type": kind, "action_id": actions[0] if listed else actions[1]}
    if listed:
        element["options"] = [*picked, *(each for each in options if each not in picked)][:OPTIONS_MAX]
    else:
        element["min_query_length"] = 1
    if picked:
        element |= {"initial_options": picked} if several else {"initial_option": picked[0]}
    hint = "create.pick" if listed else "create.search"
    return element | {"placeholder": plain(say(language, hint))}


def fitting(values: Sequence[Value]) -> list[Value]:
    """Return the values that a menu of Slack's can hold."""
    return [
        each for each in values if len(PICK + each.id) <= OPTION_VALUE_CHARS_MAX and Untrusted(each.label)
    ]


def option(value: Value) -> Block:
    """Return one entry of a menu."""
    return {"text": plain(Untrusted(value.label).line(BUTTON_CHARS_MAX) or "?"), "value": PICK + value.id}


def typed(element: Mapping[str, Any]) -> str | None:
    """Return what stands in an input that is typed in; None: it is a menu."""
    kind = str(element.get("type"))
    if kind not in _TEXTS and kind not in _SENT:
        return None
    found = element.get(_SENT.get(kind, "value"))
    return "" if found is None else str(found)


def chosen(element: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids chosen in a menu; what they are called is asked for again."""
    options = things(element.get("selected_options")) or [element.get("selected_option")]
    found = tuple(str(thing(each).get("value") or "").removeprefix(PICK) for each in options)
    return found if all(found) else ()
