"""What a person's client makes of Block Kit: which elements can be used, and the state it sends along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.slack.blocks import interactive
from sandbox.slack.elements import check_options
from sandbox.slack.shapes import Json, as_array, as_object

MIN_QUERY_CHARS: Final = 3
"""docs.slack.dev/reference/block-kit/block-elements/select-menu-element: when the app does not say."""
Blocks = list[dict[str, Any]]
State = dict[str, dict[str, dict[str, Any]]]
"""``state.values`` of payloads: by ``block_id``, then by ``action_id``."""
TYPED: Final = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
PICKED: Final[Mapping[str, tuple[str, str]]] = {
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
}
"""The key an element's value has in payloads, and the key of its preset."""
ONE_OPTION: Final = frozenset({"static_select", "external_select", "radio_buttons", "overflow"})
MORE_OPTIONS: Final = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})
STATEFUL: Final = TYPED | set(PICKED) | (ONE_OPTION - {"overflow"}) | MORE_OPTIONS


def elements(blocks: Blocks) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each block with each element in it that a person can use, in reading order."""
    for block in blocks:
        for element in interactive(block):
            yield block, element


def pick(blocks: Blocks, action_id: str, value: str | None) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Find the element ``action_id``; of several, the one that can have ``value``; ``None``: no such."""
    named = [pair for pair in elements(blocks) if pair[1].get("action_id") == action_id]
    if value is None or len(named) < 2:  # noqa: PLR2004  # two or more need telling apart
        return named[0] if named else None
    return next((pair for pair in named if can_have(pair[1], value)), None)


def can_have(element: Mapping[str, Any], value: Json) -> bool:
    """Whether ``element`` has, or offers, ``value``."""
    return element.get("value") == value or any(option["value"] == value for option in options(element))


def options(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the options of a menu, of all its groups."""
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


def action(block: Mapping[str, Any], element: Mapping[str, Any], value: Json) -> dict[str, Any]:
    """Return the entry of ``actions`` for using ``element``.

    Raises:
        ValueError: the element does not offer ``value``.
    """
    kind = element["type"]
    entry: dict[str, Any] = {"type": kind, "action_id": element["action_id"], "block_id": block["block_id"]}
    if kind in ("button", "icon_button", "workflow_button"):
        entry |= {key: element[key] for key in ("text", "value", "style", "url") if key in element}
        if value is not None and value != element.get("value"):
            raise ValueError(f"the button {element['action_id']} has the value {element.get('value')!r}")
        return entry
    if kind == "feedback_buttons":
        chosen = next(
            (
                element[key]
                for key in ("positive_button", "negative_button")
                if element[key].get("value") == value
            ),
            None,
        )
        if chosen is None:
            raise ValueError(f"no feedback button has the value {value!r}")
        return {**entry, "text": chosen["text"], "value": chosen["value"]}
    return {**entry, **_filled(element, value)}


def _filled(element: Mapping[str, Any], value: Json) -> dict[str, Any]:
    """Return what a payload says of ``element`` once somebody set it to ``value`` (``None``: nothing)."""
    kind = element["type"]
    if kind in TYPED:
        return {"value": None if value is None else str(value)}
    if kind in ONE_OPTION:
        return {"selected_option": None if value is None else _option(element, value)}
    if kind in MORE_OPTIONS:
        return {"selected_options": [_option(element, each) for each in as_array(value) or []]}
    if kind in PICKED:
        return {PICKED[kind][0]: value}
    raise ValueError(f"a {kind} has no value")


def asking(blocks: Blocks, block_id: str, typed: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the block and the menu in it that asks the app what it offers for ``typed``.

    Raises:
        LookupError: there is none.
        ValueError: the client does not ask for so few characters.
    """
    for block in blocks:
        element = as_object(block.get("element")) or {}
        if block["block_id"] == block_id and str(element.get("type")).endswith("external_select"):
            if len(typed) < int(element.get("min_query_length", MIN_QUERY_CHARS)):
                raise ValueError(f"the client does not ask for {len(typed)} characters")
            return block, element
    raise LookupError(f"no menu to search in {block_id!r}")


def offers(answer: Json) -> list[dict[str, Any]]:
    """Return what an app answered a menu that asked.

    Raises:
        ValueError: Slack would show an error instead.
    """
    listed = as_array((as_object(answer) or {}).get("options")) or []
    faults = check_options(listed)
    if faults:
        raise ValueError(f"Slack does not show these options: {faults}")
    return [dict(each) for each in listed]


def with_offers(blocks: Blocks, offered: Mapping[str, list[dict[str, Any]]]) -> Blocks:
    """Return ``blocks`` with the options that the app offered in menus that ask for them.

    A client shows no others, besides the preset.
    """
    found = [dict(block) for block in blocks]
    for block in found:
        element = block.get("element")
        if element is not None and element["type"].endswith("external_select"):
            presets = [element["initial_option"]] if "initial_option" in element else []
            presets += element.get("initial_options", [])
            block["element"] = {**element, "options": [*presets, *offered.get(block["block_id"], [])]}
    return found


def _option(element: Mapping[str, Any], value: Json) -> dict[str, Any]:
    found = next((option for option in options(element) if option["value"] == value), None)
    if found is None:
        offered = [option["value"] for option in options(element)]
        raise ValueError(f"{element['action_id']} does not offer {value!r}; it offers {offered}")
    return found


def _preset(element: Mapping[str, Any]) -> Json:
    kind = element["type"]
    if kind in ONE_OPTION:
        chosen = element.get("initial_option")
        return chosen["value"] if chosen else None
    if kind in MORE_OPTIONS:
        return [option["value"] for option in element.get("initial_options", [])]
    return element.get(PICKED[kind][1] if kind in PICKED else "initial_value")


def state_of(blocks: Blocks, values: Mapping[str, Mapping[str, Json]]) -> State:
    """Return ``state.values``: what the person entered, and the presets of what they left alone.

    ``values`` is by ``block_id``, then by ``action_id``; options are named by their value.

    Raises:
        ValueError: a value for something that is not there, or that it does not offer.
    """
    entered = {(block_id, action_id): v for block_id, part in values.items() for action_id, v in part.items()}
    state: State = {}
    for block, element in elements(blocks):
        if element["type"] not in STATEFUL:
            continue
        place = (block["block_id"], element["action_id"])
        value = entered.pop(place) if place in entered else _preset(element)
        filled = {"type": element["type"], **_filled(element, value)}
        state.setdefault(place[0], {})[place[1]] = filled
    if entered:
        raise ValueError(f"no such inputs (block_id, action_id): {sorted(entered)}")
    return state


def refusals(blocks: Blocks, state: State) -> dict[str, str]:
    """Return what the person's own client refuses to submit, by ``block_id``: empty or too long inputs."""
    refused: dict[str, str] = {}
    for block, element in elements(blocks):
        if block["type"] != "input" or element["type"] not in STATEFUL:
            continue
        filled = state[block["block_id"]][element["action_id"]]
        value = next((item for key, item in filled.items() if key != "type"), None)
        if value in (None, "", []):
            if not block.get("optional", False):
                refused[block["block_id"]] = "Please complete this required field."
        elif element["type"] == "plain_text_input" and not _fits(element, str(value)):
            refused[block["block_id"]] = "This is too short or too long."
    return refused


def _fits(element: Mapping[str, Any], text: str) -> bool:
    return int(element.get("min_length", 0)) <= len(text) <= int(element.get("max_length", 3000))
