"""Text objects, options and interactive elements of Block Kit, and in which block each may stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.slack.shapes import Json, Report, Rule, Shape, anything, boolean, many, string, typed, whole

MRKDWN_CHARS_MAX: Final = 3000


def _text_shape(maximum: int, minimum: int, kinds: tuple[str, ...]) -> Rule:
    shapes: dict[str, Rule] = {
        "plain_text": Shape({"type": anything, "text": string(maximum, minimum)}, {"emoji": boolean}),
        "mrkdwn": Shape({"type": anything, "text": string(maximum, minimum)}, {"verbatim": boolean}),
    }
    allowed: Mapping[str, Rule] = {kind: shapes[kind] for kind in kinds}
    return typed(lambda: allowed, "text object")


def text(maximum: int) -> Rule:
    """Accept ``plain_text`` or ``mrkdwn`` of 1 to ``maximum`` characters."""
    return _text_shape(maximum, 1, ("plain_text", "mrkdwn"))


def plain(maximum: int, minimum: int = 1) -> Rule:
    """Accept ``plain_text`` alone, of ``minimum`` to ``maximum`` characters."""
    return _text_shape(maximum, minimum, ("plain_text",))


CONFIRM: Final = Shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": string(10, of=frozenset({"primary", "danger"}))},
)


def _option(words: Rule) -> Shape:
    more: dict[str, Rule] = {"description": text(75), "url": string(3000)}
    return Shape({"text": words, "value": string(150, 1)}, more)


OPTION: Final = _option(plain(75))
RICH_OPTION: Final = _option(text(75))
"""Checkboxes and radio buttons may format their labels; menus may not."""
GROUP: Final = Shape({"label": plain(75), "options": many(OPTION, 1, 100)})


def check_options(options: Json) -> list[str]:
    """Return what is wrong with what an app offers in a menu; at most a hundred are shown."""
    faults: list[str] = []
    many(OPTION, 0, 100)(options, "/options", lambda what, where: faults.append(f"{what} {where}"))
    return faults


def _acting(required: Mapping[str, Rule] | None = None, /, **optional: Rule) -> Shape:
    must: dict[str, Rule] = {"type": anything, **(required or {})}
    may: dict[str, Rule] = {"action_id": string(255), "confirm": CONFIRM, "focus_on_load": boolean}
    return Shape(must, {**may, **optional})


def _menu(**optional: Rule) -> Shape:
    return _acting(placeholder=plain(150), **optional)


def _typing(**optional: Rule) -> Shape:
    return _menu(initial_value=string(3000), dispatch_action_config=anything, **optional)


def _choice(value: Json, at: str, report: Report) -> None:
    """A static menu has options or option groups, not both."""
    one_or_many: dict[str, Rule] = {"initial_option": OPTION, "initial_options": many(OPTION, 1, 100)}
    _menu(
        options=many(OPTION, 1, 100),
        option_groups=many(GROUP, 1, 100),
        max_selected_items=whole(1, 100),
        **one_or_many,
    )(value, at, report)
    if ("options" in value) == ("option_groups" in value):
        report("must have exactly one of options or option_groups", at)


def _picking(one: str, several: str, **more: Rule) -> Shape:
    presets: dict[str, Rule] = {one: string(255), several: many(string(255), 0, 100)}
    return _menu(max_selected_items=whole(1, 100), **presets, **more)


_USERS: Final = _picking("initial_user", "initial_users")
_CHANNELS: Final = _picking("initial_channel", "initial_channels", response_url_enabled=boolean)
_CONVERSATIONS: Final = _picking(
    "initial_conversation",
    "initial_conversations",
    default_to_current_conversation=boolean,
    response_url_enabled=boolean,
    filter=anything,
)
_EXTERNAL: Final = _menu(
    initial_option=OPTION,
    initial_options=many(OPTION, 1, 100),
    min_query_length=whole(0, 1000),
    max_selected_items=whole(1, 100),
)
_IMAGE: Final = Shape(
    {"type": anything, "alt_text": string(2000)},
    {"image_url": string(3000, 1), "slack_file": anything},
    one_of=("image_url", "slack_file"),
)
_BUTTON: Final = _acting(
    {"text": plain(75)},
    url=string(3000),
    value=string(2000),
    style=string(10, of=frozenset({"primary", "danger"})),
    accessibility_label=string(75),
    visible_to_user_ids=many(string(255), 1, 10),
)
ELEMENTS: Final[Mapping[str, Rule]] = {
    "button": _BUTTON,
    "overflow": _acting({"options": many(OPTION, 1, 5)}),
    "static_select": _choice,
    "multi_static_select": _choice,
    "external_select": _EXTERNAL,
    "multi_external_select": _EXTERNAL,
    "users_select": _USERS,
    "multi_users_select": _USERS,
    "channels_select": _CHANNELS,
    "multi_channels_select": _CHANNELS,
    "conversations_select": _CONVERSATIONS,
    "multi_conversations_select": _CONVERSATIONS,
    "checkboxes": _acting({"options": many(RICH_OPTION, 1, 10)}, initial_options=many(RICH_OPTION, 1, 10)),
    "radio_buttons": _acting({"options": many(RICH_OPTION, 1, 10)}, initial_option=RICH_OPTION),
    "datepicker": _menu(initial_date=string(10)),
    "timepicker": _menu(initial_time=string(5), timezone=string(100)),
    "datetimepicker": _acting(initial_date_time=whole(10**9, 10**10 - 1)),
    "plain_text_input": _typing(
        multiline=boolean, min_length=whole(0, 3000), max_length=whole(1, MRKDWN_CHARS_MAX)
    ),
    "email_text_input": _typing(),
    "url_text_input": _typing(),
    "number_input": _typing(is_decimal_allowed=boolean, min_value=anything, max_value=anything),
    "rich_text_input": _menu(initial_value=anything, dispatch_action_config=anything),
    "file_input": _acting(filetypes=anything, max_files=whole(1, 10)),
    "workflow_button": _acting({"text": plain(75), "workflow": anything}, style=string(10)),
    "feedback_buttons": _acting({"positive_button": anything, "negative_button": anything}),
    "icon_button": _acting(
        {"icon": string(30), "text": plain(75)},
        value=string(2000),
        accessibility_label=string(75),
        visible_to_user_ids=many(string(255), 1, 10),
    ),
}
_PICKERS: Final = frozenset(name for name in ELEMENTS if name.endswith("select"))
IN_ACTIONS: Final = (
    _PICKERS
    | {"button", "overflow", "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker"}
    | {"workflow_button"}
) - {"rich_text_input"}
IN_SECTION: Final = (IN_ACTIONS | {"image"}) - {"datetimepicker"}
IN_INPUT: Final = (
    _PICKERS
    | {"checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker", "file_input"}
    | {name for name in ELEMENTS if name.endswith("_input")}
)
IN_CONTEXT: Final = frozenset({"image", "plain_text", "mrkdwn"})
IN_CONTEXT_ACTIONS: Final = frozenset({"feedback_buttons", "icon_button"})
_WORDS: Final = string(MRKDWN_CHARS_MAX, 1)
_OTHERS: Final[Mapping[str, Rule]] = {
    "image": _IMAGE,
    "plain_text": Shape({"type": anything, "text": _WORDS}, {"emoji": boolean}),
    "mrkdwn": Shape({"type": anything, "text": _WORDS}, {"verbatim": boolean}),
}


def element(names: frozenset[str]) -> Rule:
    """Accept one of the elements in ``names``."""
    allowed = {name: rule for name, rule in {**ELEMENTS, **_OTHERS}.items() if name in names}
    return typed(lambda: allowed, "element")


def _leaf(**keys: Rule) -> Shape:
    optional: dict[str, Rule] = {"style": anything}
    return Shape({"type": anything, **keys}, optional)


_LEAVES: Final[Mapping[str, Rule]] = {
    "text": _leaf(text=string(10**6, 1)),
    "link": Shape(
        {"type": anything, "url": string(3000, 1)},
        {"text": string(10**6), "style": anything, "unsafe": boolean},
    ),
    "emoji": Shape(
        {"type": anything, "name": string(255, 1)},
        {"unicode": string(255), "skin_tone": anything, "style": anything},
    ),
    "user": _leaf(user_id=string(255, 1)),
    "usergroup": _leaf(usergroup_id=string(255, 1)),
    "channel": _leaf(channel_id=string(255, 1)),
    "team": _leaf(team_id=string(255, 1)),
    "broadcast": _leaf(range=string(10, of=frozenset({"here", "channel", "everyone"}))),
    "color": _leaf(value=string(20)),
    "date": Shape(
        {"type": anything, "timestamp": anything, "format": string(1000, 1)},
        {"fallback": string(1000), "url": string(3000), "style": anything},
    ),
}
_LINE: Final = many(typed(lambda: _LEAVES, "rich text element"), 0, 10_000)
_BORDER: Final[Mapping[str, Any]] = {"border": anything}
_PARTS: Final[Mapping[str, Rule]] = {
    "rich_text_section": Shape({"type": anything, "elements": _LINE}),
    "rich_text_quote": Shape({"type": anything, "elements": _LINE}, _BORDER),
    "rich_text_preformatted": Shape(
        {"type": anything, "elements": _LINE}, {**_BORDER, "language": string(50)}
    ),
    "rich_text_list": Shape(
        {
            "type": anything,
            "style": string(10, of=frozenset({"bullet", "ordered"})),
            "elements": many(typed(lambda: _PARTS, "list item"), 0, 1000),
        },
        {**_BORDER, "indent": whole(0, 8), "offset": whole(0, 10**6)},
    ),
}
RICH_TEXT_PART: Final = typed(lambda: _PARTS, "rich text part")
