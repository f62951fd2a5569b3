"""Block Kit as Slack's servers judge it: what each block and element may hold, and how much of it.

Limits: docs.slack.dev/reference/block-kit. Lengths are counted in characters of the text as sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.slack import elements as kit
from sandbox.slack.shapes import Json, Rule, Shape, anything, as_object, boolean, many, string, typed, whole

MESSAGE_BLOCKS_MAX: Final = 50
VIEW_BLOCKS_MAX: Final = 100
MARKDOWN_CHARS_MAX: Final = 12_000
"""Of one ``markdown`` block, and of all those of a message together."""
TABLE_ROWS_MAX, TABLE_COLUMNS_MAX, TABLE_CHARS_MAX = 100, 20, 10_000
CONTAINER_KEYS: Final = (
    *("title", "subtitle", "rich_text_title", "icon", "width"),
    *("is_collapsible", "default_collapsed", "has_header_divider"),
)
VIDEO_KEYS: Final = ("author_name", "description", "provider_icon_url", "provider_name", "title_url")
SURFACE_ONLY: Final[Mapping[str, frozenset[str]]] = {
    "markdown": frozenset({"message"}),
    "table": frozenset({"message"}),
    "data_table": frozenset({"message"}),
    "data_visualization": frozenset({"message"}),
    "task_card": frozenset({"message"}),
    "plan": frozenset({"message"}),
    "alert": frozenset({"modal"}),
}
"""Blocks that exist on some surfaces only: ``message``, ``modal`` or ``home``."""


def _block(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, **more: Any) -> Shape:
    return Shape({"type": anything, **required}, {"block_id": string(255), **(optional or {})}, **more)


BLOCKS: Final[Mapping[str, Rule]] = {
    "section": _block(
        {},
        {
            "text": kit.text(3000),
            "fields": many(kit.text(2000), 1, 10),
            "accessory": kit.element(kit.IN_SECTION),
            "expand": boolean,
        },
        one_of=("text", "fields"),
    ),
    "header": _block({"text": kit.plain(150)}, {"level": whole(1, 4)}),
    "divider": _block({}),
    "image": _block(
        {"alt_text": string(2000)},
        {"image_url": string(3000, 1), "slack_file": anything, "title": kit.plain(2000, 0)},
        one_of=("image_url", "slack_file"),
    ),
    "context": _block({"elements": many(kit.element(kit.IN_CONTEXT), 1, 10)}),
    "actions": _block({"elements": many(kit.element(kit.IN_ACTIONS), 1, 25)}),
    "context_actions": _block({"elements": many(kit.element(kit.IN_CONTEXT_ACTIONS), 1, 5)}),
    "input": _block(
        {"label": kit.plain(2000), "element": kit.element(kit.IN_INPUT)},
        {"hint": kit.plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": _block({"elements": many(kit.RICH_TEXT_PART, 1, 1000)}),
    "markdown": _block({"text": string(MARKDOWN_CHARS_MAX, 1)}),
    "table": _block(
        {"rows": many(many(anything, 1, TABLE_COLUMNS_MAX), 1, TABLE_ROWS_MAX)},
        {"column_settings": many(anything, 0, TABLE_COLUMNS_MAX)},
    ),
    "alert": _block({"text": kit.text(200)}, {"level": string(20)}),
    "card": _block(
        {},
        {
            "title": kit.text(150),
            "subtitle": kit.text(150),
            "body": kit.text(200),
            "actions": many(kit.element(kit.IN_ACTIONS), 1, 3),
            "hero_image": anything,
            "icon": anything,
        },
        one_of=("title", "body", "hero_image", "actions"),
    ),
    "carousel": _block({"elements": many(anything, 1, 10)}),
    "container": _block(
        {"child_blocks": many(anything, 1, 10)},
        dict.fromkeys(CONTAINER_KEYS, anything),
    ),
    "task_card": _block(
        {"task_id": string(255), "title": string(3000), "status": string(30)},
        {"details": anything, "output": anything, "sources": anything},
    ),
    "plan": _block({"title": anything}, {"tasks": many(anything, 0, 50)}),
    "video": _block(
        {
            "video_url": string(3000),
            "thumbnail_url": string(3000),
            "alt_text": string(2000),
            "title": anything,
        },
        dict.fromkeys(VIDEO_KEYS, anything),
    ),
    "file": _block({"external_id": string(255), "source": string(20)}),
    "data_table": _block(
        {"caption": anything, "rows": many(anything, 1, 201)},
        dict.fromkeys(["page_size", "row_header_column_index"], anything),
    ),
    "data_visualization": _block({}, dict.fromkeys(["title", "chart"], anything)),
}
"""Every block this Slack knows. The newest (carousel, plan, data_*) are checked for their counts only."""
BLOCK: Final = typed(lambda: BLOCKS, "block")


def check_blocks(blocks: Json, surface: str, at: str = "/blocks") -> list[str]:
    """Return what Slack would refuse in ``blocks`` on a ``message``, ``modal`` or ``home``."""
    errors: list[str] = []

    def report(what: str, where: str) -> None:
        errors.append(f"{what} [json-pointer:{where}]")

    most = MESSAGE_BLOCKS_MAX if surface == "message" else VIEW_BLOCKS_MAX
    many(BLOCK, 0, most)(blocks, at, report)
    if not errors:
        listed: list[dict[str, Json]] = blocks
        errors += _misplaced(listed, surface, at)
        errors += _repeated(listed, at)
        errors += _too_much(listed, at)
    return errors


def _misplaced(blocks: list[dict[str, Json]], surface: str, at: str) -> Iterable[str]:
    for index, block in enumerate(blocks):
        if surface not in SURFACE_ONLY.get(block["type"], {surface}):
            what = f"unsupported type: {block['type']} is not allowed in a {surface}"
            yield f"{what} [json-pointer:{at}/{index}/type]"


def _repeated(blocks: list[dict[str, Json]], at: str) -> Iterable[str]:
    """``block_id`` is unique in a message or view, ``action_id`` in its block."""
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if name and name in seen:
            yield f"`block_id` {name} already exists for another block [json-pointer:{at}/{index}/block_id]"
        seen.add(name or "")
        actions = [item["action_id"] for item in interactive(block) if item.get("action_id")]
        for action in sorted({each for each in actions if actions.count(each) > 1}):
            yield f"`action_id` {action} already exists for another element [json-pointer:{at}/{index}]"


def _too_much(blocks: list[dict[str, Json]], at: str) -> Iterable[str]:
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_CHARS_MAX:
        what = f"markdown text must be less than {MARKDOWN_CHARS_MAX + 1} characters in total"
        yield f"{what} [json-pointer:{at}]"
    tables = [block for block in blocks if block["type"] == "table"]
    if len(tables) > 1:
        yield f"only one table allowed [json-pointer:{at}]"
    if any(len(str(table["rows"])) > TABLE_CHARS_MAX * 3 for table in tables):
        # Cells are typed objects; three times the limit is more than any table within it takes as JSON.
        yield f"table must be less than {TABLE_CHARS_MAX + 1} characters [json-pointer:{at}]"


def interactive(block: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Return the elements of ``block`` a person can act on, in reading order."""
    found: list[Json] = [*block.get("elements", []), *block.get("actions", [])]
    found += [block[key] for key in ("accessory", "element") if key in block]
    objects = (as_object(item) for item in found)
    return [item for item in objects if item is not None and item.get("type") in kit.ELEMENTS]
