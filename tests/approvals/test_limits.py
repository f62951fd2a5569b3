"""Each of Slack's limits, one over: the check names it. Slack's own client checks hardly any of them."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.limits import faults_of_message, faults_of_view


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str = "ok", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(**more: Any) -> dict[str, Any]:
    return {
        "type": "actions",
        "elements": [{"type": "button", "action_id": "a", "text": plain("Go"), **more}],
    }


def menu(*options: dict[str, Any]) -> dict[str, Any]:
    element = {"type": "static_select", "action_id": "a", "options": list(options)}
    return {"type": "input", "label": plain("l"), "element": element}


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([section() for _ in range(51)], "51 blocks, at most 50"),
        ([section("x" * 3001)], "section text has 3001"),
        ([section("")], "section has an empty text"),
        ([section(fields=[plain("f")] * 11)], "11 fields"),
        ([section(fields=[plain("f" * 2001)])], "field has 2001"),
        ([section(block_id="b" * 256)], "block_id has 256"),
        ([section(block_id="b"), section(block_id="b")], "a block_id stands twice"),
        (
            [section(accessory={"type": "button", "action_id": "a" * 256, "text": plain("x")})],
            "action_id has 256",
        ),
        ([{"type": "header", "text": plain("h" * 151)}], "header text has 151"),
        ([button(text=plain("t" * 76))], "button text has 76"),
        ([button(value="v" * 2001)], "button value has 2001"),
        ([{"type": "actions", "elements": button()["elements"] * 2}], "an action_id stands twice"),
        ([{"type": "context", "elements": [{"type": "mrkdwn", "text": "c" * 3001}]}], "mrkdwn text has 3001"),
        ([menu(*[{"text": plain("o"), "value": "v"}] * 101)], "101 options"),
        ([menu({"text": plain("o" * 76), "value": "v"})], "option text has 76"),
        ([menu({"text": plain("o"), "value": "v" * 151})], "option value has 151"),
    ],
)
def test_one_over_is_named(blocks: list[dict[str, Any]], says: str) -> None:
    (fault,) = faults_of_message("text", blocks)
    assert says in fault


@pytest.mark.parametrize(
    "blocks",
    [
        [section("x" * 3000, block_id="b" * 255, fields=[plain("f" * 2000)] * 10)] + [section()] * 49,
        [{"type": "header", "text": plain("h" * 150)}, button(text=plain("t" * 75), value="v" * 2000)],
        [menu(*[{"text": plain("o" * 75), "value": "v" * 150}] * 100)],
    ],
)
def test_exactly_at_the_limit_is_fine(blocks: list[dict[str, Any]]) -> None:
    assert faults_of_message("t" * 4000, blocks) == []


@pytest.mark.parametrize(
    ("text", "says"), [("", "needs a text"), ("  ", "needs a text"), ("t" * 4001, "4001")]
)
def test_the_text_for_those_who_see_no_blocks_is_checked_too(text: str, says: str) -> None:
    (fault,) = faults_of_message(text, [section()])
    assert says in fault


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"title": plain("t" * 25)}, "title has 25"),
        ({"submit": plain("t" * 25)}, "submit has 25"),
        ({"close": plain("t" * 25)}, "close has 25"),
        ({"private_metadata": "m" * 3001}, "private_metadata has 3001"),
        ({"callback_id": "c" * 256}, "callback_id has 256"),
        ({"blocks": [section() for _ in range(101)]}, "101 blocks, at most 100"),
        ({"blocks": [menu()]}, "needs a submit button"),
    ],
)
def test_a_form_has_limits_of_its_own(more: dict[str, Any], says: str) -> None:
    view = {"type": "modal", "title": plain("t"), "blocks": [section()], **more}
    (fault,) = faults_of_view(view)
    assert says in fault


def asking(**more: str) -> dict[str, Any]:
    parts = {"title": "t", "text": "t", "confirm": "c", "deny": "d", **more}
    return button(confirm={name: plain(words) for name, words in parts.items()})


@pytest.mark.parametrize(
    ("part", "chars_max"), [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)]
)
def test_the_question_before_a_click_has_limits_of_its_own(part: str, chars_max: int) -> None:
    assert faults_of_message("text", [asking(**{part: "x" * chars_max})]) == []
    (fault,) = faults_of_message("text", [asking(**{part: "x" * (chars_max + 1)})])
    assert f"confirm {part} has {chars_max + 1}" in fault


def test_what_a_screen_reader_says_of_a_button_has_a_limit() -> None:
    assert faults_of_message("text", [button(accessibility_label="x" * 75)]) == []
    (fault,) = faults_of_message("text", [button(accessibility_label="x" * 76)])
    assert "76" in fault


def test_a_view_may_not_be_larger_than_slack_takes_however_its_parts_fit() -> None:
    blocks = [section("🔥" * 3000) for _ in range(8)]
    (fault,) = faults_of_view({"type": "home", "blocks": blocks})
    assert "bytes" in fault
    assert faults_of_view({"type": "home", "blocks": blocks[:6]}) == []
