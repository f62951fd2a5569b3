"""Block Kit is judged as Slack's servers judge it: each limit holds, and one less passes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.slack.blocks import check_blocks
from sandbox.slack.views import check_view
from tests.sandbox.slack.conftest import CARD, DATA, MODAL

Blocks = list[dict[str, Any]]


def words(count: int, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": kind, "text": "x" * count}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": words(3), **more}


def actions(*elements: dict[str, Any]) -> Blocks:
    return [{"type": "actions", "elements": list(elements)}]


def menu(count: int, **more: Any) -> dict[str, Any]:
    options = [{"text": words(1), "value": str(n)} for n in range(count)]
    return {"type": "static_select", "options": options, **more}


def section(**more: Any) -> Blocks:
    return [{"type": "section", **more}]


def quote(text: str) -> Blocks:
    part = {"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "elements": [part]}]


def table(rows: int, columns: int = 1) -> dict[str, Any]:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows}


CONFIRM = {"title": words(100), "text": words(300), "confirm": words(30), "deny": words(30)}
LIMITS: list[tuple[str, Blocks, Blocks]] = [
    ("blocks", [{"type": "divider"}] * 50, [{"type": "divider"}] * 51),
    ("section text", section(text=words(3000)), section(text=words(3001))),
    ("section text, empty", section(text=words(1)), section(text=words(0))),
    ("section with nothing", section(fields=[words(1)]), section()),
    ("section fields", section(fields=[words(1)] * 10), section(fields=[words(1)] * 11)),
    ("field text", section(fields=[words(2000)]), section(fields=[words(2001)])),
    ("header", [{"type": "header", "text": words(150)}], [{"type": "header", "text": words(151)}]),
    ("header kind", [{"type": "header", "text": words(1)}], [{"type": "header", "text": words(1, "mrkdwn")}]),
    (
        "context elements",
        [{"type": "context", "elements": [words(1, "mrkdwn")] * 10}],
        [{"type": "context", "elements": [words(1, "mrkdwn")] * 11}],
    ),
    (
        "context text",
        [{"type": "context", "elements": [words(3000, "mrkdwn")]}],
        [{"type": "context", "elements": [words(3001, "mrkdwn")]}],
    ),
    ("actions elements", actions(*[button()] * 25), actions(*[button()] * 26)),
    ("button text", actions(button(text=words(75))), actions(button(text=words(76)))),
    ("button text kind", actions(button()), actions(button(text=words(1, "mrkdwn")))),
    ("button value", actions(button(value="x" * 2000)), actions(button(value="x" * 2001))),
    ("button style", actions(button(style="primary")), actions(button(style="green"))),
    ("button url", actions(button(url="x" * 3000)), actions(button(url="x" * 3001))),
    ("action_id", actions(button(action_id="x" * 255)), actions(button(action_id="x" * 256))),
    (
        "accessibility label",
        actions(button(accessibility_label="x" * 75)),
        actions(button(accessibility_label="x" * 76)),
    ),
    ("confirm", actions(button(confirm=CONFIRM)), actions(button(confirm={**CONFIRM, "deny": words(31)}))),
    ("overflow options", actions({**menu(5), "type": "overflow"}), actions({**menu(6), "type": "overflow"})),
    ("checkboxes", actions({**menu(10), "type": "checkboxes"}), actions({**menu(11), "type": "checkboxes"})),
    ("menu options", actions(menu(100)), actions(menu(101))),
    ("menu without options", actions(menu(1)), actions({"type": "static_select"})),
    ("block_id", [{"type": "divider", "block_id": "x" * 255}], [{"type": "divider", "block_id": "x" * 256}]),
    (
        "repeated block_id",
        [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "b"}],
        [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}],
    ),
    (
        "repeated action_id",
        actions(button(action_id="a"), button(action_id="b")),
        actions(button(action_id="a"), button(action_id="a")),
    ),
    ("unknown block", [{"type": "divider"}], [{"type": "dividr"}]),
    ("unknown element", actions(button()), actions({"type": "knob"})),
    ("unknown key", actions(button()), actions(button(valeu="x"))),
    ("misplaced element", actions(button()), actions({"type": "plain_text_input"})),
    ("null block", [{"type": "divider"}], [None]),  # type: ignore[list-item]  # what a model drops silently
    ("empty rich text", quote("x"), quote("")),
    ("markdown", [{"type": "markdown", "text": "x" * 12_000}], [{"type": "markdown", "text": "x" * 12_001}]),
    (
        "markdown in total",
        [{"type": "markdown", "text": "x" * 6000}] * 2,
        [{"type": "markdown", "text": "x" * 6001}] * 2,
    ),
    ("table rows", [table(100)], [table(101)]),
    ("table columns", [table(1, 20)], [table(1, 21)]),
    ("tables", [table(1)], [table(1), table(1)]),
]


@pytest.mark.parametrize(("fits", "breaks"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS])
def test_a_limit_holds_and_what_fits_passes(fits: Blocks, breaks: Blocks) -> None:
    assert check_blocks(fits, "message") == []
    faults = check_blocks(breaks, "message")
    assert faults
    assert all("[json-pointer:/blocks" in fault for fault in faults)


@pytest.mark.parametrize(
    ("block", "surface"),
    [
        ({"type": "alert", "text": words(1)}, "message"),
        ({"type": "markdown", "text": "x"}, "modal"),
        (table(1), "home"),
    ],
)
def test_a_block_of_another_surface_is_refused(block: dict[str, Any], surface: str) -> None:
    assert "is not allowed in a" in check_blocks([block], surface)[0]


VIEWS: list[tuple[str, dict[str, Any]]] = [
    ("title", {"title": words(25)}),
    ("title kind", {"title": words(1, "mrkdwn")}),
    ("submit text", {"submit": words(25)}),
    ("close text", {"close": words(25)}),
    ("private_metadata", {"private_metadata": "x" * 3001}),
    ("callback_id", {"callback_id": "x" * 256}),
    ("unknown key", {"notify": True}),
    ("no such kind", {"type": "dialog"}),
    ("101 blocks", {"blocks": [{"type": "divider"}] * 101}),
]


@pytest.mark.parametrize("change", [case[1] for case in VIEWS], ids=[case[0] for case in VIEWS])
def test_a_view_over_a_limit_is_refused(change: dict[str, Any]) -> None:
    assert check_view(MODAL, "modal") == []
    assert check_view({**MODAL, **change}, "modal")


def test_inputs_need_a_submit_button() -> None:
    without = {key: value for key, value in MODAL.items() if key != "submit"}
    assert "submit" in check_view(without, "modal")[0]


def test_inputs_hold_at_most_three_thousand_characters() -> None:
    block: dict[str, Any] = json.loads(json.dumps(MODAL["blocks"][0]))
    block["element"]["max_length"] = 3001
    assert check_view({**MODAL, "blocks": [block]}, "modal")


def test_a_full_card_passes() -> None:
    assert check_blocks(CARD, "message") == []


def test_the_sample_messages_of_the_research_pass() -> None:
    samples = DATA.parents[1] / "research/slack-examples"
    if not samples.is_dir():
        pytest.skip("no ../shared/research/slack-examples")
    pending = json.loads((samples / "approval_pending.json").read_text())
    decided = json.loads((samples / "approval_decided.json").read_text())
    edit = json.loads((samples / "approval_edit_modal.json").read_text())
    assert check_blocks(pending["blocks"], "message") == []
    assert check_blocks(decided["blocks"], "message") == []
    assert check_view(edit.get("view", edit), "modal") == []
