"""Slack's limits on blocks and views, checked before anything is sent: Slack's client checks almost none.

Numbers: https://docs.slack.dev/reference/block-kit/blocks and …/block-elements, as measured in our research
(a limit is counted in code points here; Slack does not say, so texts stay well below).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.core.foreign import thing

Blocks = Sequence[Mapping[str, Any]]

MESSAGE_BLOCKS_MAX: Final = 50
"""Per message."""
VIEW_BLOCKS_MAX: Final = 100
"""Per modal."""
TEXT_CHARS_MAX: Final = 3_000
"""Of a section's or context's text, and of what a text input holds."""
FIELD_CHARS_MAX: Final = 2_000
"""Of one of a section's fields."""
FIELDS_MAX: Final = 10
"""Per section."""
HEADER_CHARS_MAX: Final = 150
"""Of a header."""
BUTTON_CHARS_MAX: Final = 75
"""Of a button's label; an option's text has the same limit."""
VALUE_CHARS_MAX: Final = 2_000
"""Of a button's value."""
OPTION_VALUE_CHARS_MAX: Final = 150
"""Of an option's value."""
OPTIONS_MAX: Final = 100
"""Per select menu."""
ID_CHARS_MAX: Final = 255
"""Of block_id, action_id, callback_id."""
TITLE_CHARS_MAX: Final = 24
"""Of a modal's title, submit and close."""
METADATA_CHARS_MAX: Final = 3_000
"""Of a modal's private_metadata."""
CONFIRM_CHARS_MAX: Final[Mapping[str, int]] = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
"""Of each part of the question before a click
(https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object)."""
SPOKEN_CHARS_MAX: Final = 75
"""Of a button's ``accessibility_label``."""
VIEW_BYTES_MAX: Final = 250_000
"""Of a view as JSON; Slack answers ``view_too_large`` above it."""
MESSAGE_TEXT_CHARS_MAX: Final = 4_000
"""Of a message's top-level text; chat.update refuses more."""

_TEXT_MAX: Final[Mapping[str, int]] = {"header": HEADER_CHARS_MAX, "section": TEXT_CHARS_MAX}
_ELEMENT_TEXT_MAX: Final[Mapping[str, int]] = {"button": BUTTON_CHARS_MAX, "mrkdwn": TEXT_CHARS_MAX}


def faults_of_message(text: str, blocks: Blocks) -> list[str]:
    """Return every limit that a message breaks, in words; empty when it may be sent."""
    found = _faults_of_blocks(blocks, MESSAGE_BLOCKS_MAX)
    if not text.strip():
        found.append("a message needs a text: screen readers and notifications read only that")
    return found + _too_long("text", text, MESSAGE_TEXT_CHARS_MAX)


def faults_of_view(view: Mapping[str, Any]) -> list[str]:
    """Return every limit that a modal or a Home breaks, in words; empty when it may be shown."""
    found = _faults_of_blocks(view.get("blocks", ()), VIEW_BLOCKS_MAX)
    for part in ("title", "submit", "close"):
        found += _too_long(part, view.get(part, {}).get("text", ""), TITLE_CHARS_MAX)
    found += _too_long("private_metadata", view.get("private_metadata", ""), METADATA_CHARS_MAX)
    found += _too_long("callback_id", view.get("callback_id", ""), ID_CHARS_MAX)
    size = len(json.dumps(view))
    if size > VIEW_BYTES_MAX:
        found.append(f"a view of {size} bytes, at most {VIEW_BYTES_MAX}")
    if "submit" not in view and any(block.get("type") == "input" for block in view.get("blocks", ())):
        found.append("a modal with inputs needs a submit button")
    return found


def _faults_of_blocks(blocks: Blocks, blocks_max: int) -> list[str]:
    found = [f"{len(blocks)} blocks, at most {blocks_max}"] if len(blocks) > blocks_max else []
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        found.append("a block_id stands twice")
    for block in blocks:
        found += _faults_of_block(block)
    return found


def _faults_of_block(block: Mapping[str, Any]) -> list[str]:
    kind = str(block.get("type"))
    found = _too_long(f"{kind} block_id", block.get("block_id", ""), ID_CHARS_MAX)
    text = thing(block.get("text"))
    if text:
        words = str(text.get("text", ""))
        found += _too_long(f"{kind} text", words, _TEXT_MAX.get(kind, TEXT_CHARS_MAX))
        if not words:
            found.append(f"{kind} has an empty text")
    fields = block.get("fields", ())
    if len(fields) > FIELDS_MAX:
        found.append(f"{len(fields)} fields in a section, at most {FIELDS_MAX}")
    for field in fields:
        found += _too_long("field", field.get("text", ""), FIELD_CHARS_MAX)
    actions = [element["action_id"] for element in _elements(block) if "action_id" in element]
    if len(actions) != len(set(actions)):
        found.append("an action_id stands twice in a block")
    for element in _elements(block):
        found += _faults_of_element(element)
    return found


def _elements(block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if block.get("type") != "rich_text":
        yield from block.get("elements", ())
    if isinstance(block.get("element"), Mapping):
        yield block["element"]
    if isinstance(block.get("accessory"), Mapping):
        yield block["accessory"]


def _faults_of_element(element: Mapping[str, Any]) -> list[str]:
    kind, text = str(element.get("type")), element.get("text")
    found = _too_long(f"{kind} action_id", element.get("action_id", ""), ID_CHARS_MAX)
    # A button has a text object, a context element is one itself.
    words = text if isinstance(text, str) else str(thing(element.get("text")).get("text", ""))
    found += _too_long(f"{kind} text", words, _ELEMENT_TEXT_MAX.get(kind, TEXT_CHARS_MAX))
    found += _too_long(f"{kind} value", element.get("value", ""), VALUE_CHARS_MAX)
    found += _too_long(f"{kind} initial_value", element.get("initial_value", ""), TEXT_CHARS_MAX)
    found += _too_long(f"{kind} label", element.get("accessibility_label", ""), SPOKEN_CHARS_MAX)
    for part, chars_max in CONFIRM_CHARS_MAX.items():
        asked = thing(thing(element.get("confirm")).get(part))
        found += _too_long(f"{kind} confirm {part}", asked.get("text", ""), chars_max)
    options = element.get("options", ())
    if len(options) > OPTIONS_MAX:
        found.append(f"{len(options)} options, at most {OPTIONS_MAX}")
    for option in options:
        found += _too_long("option text", option["text"]["text"], BUTTON_CHARS_MAX)
        found += _too_long("option value", option["value"], OPTION_VALUE_CHARS_MAX)
    return found


def _too_long(what: str, text: str, chars_max: int) -> list[str]:
    return [f"{what} has {len(text)} characters, at most {chars_max}"] if len(text) > chars_max else []
