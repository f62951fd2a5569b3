"""What Slack sends when people act, read into our words; whatever does not fit is refused, never guessed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.clicks import ITEMS_MAX, parse_click, parse_query, parse_submission, parse_value, parse_values
from bot.core.errors import Malformed
from bot.core.events import CardPlace

IDENT = "p" + "0123456789abcdef" * 2
PROPOSAL = IDENT[:32]
SAMPLES = Path(__file__).parents[2] / "../shared/data/slack/java-slack-sdk"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def click(**more: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "team": {"id": "T0MAIN"},
        "user": {"id": "U0ALICE", "team_id": "T0MAIN"},
        "container": {"type": "message", "channel_id": "C0APPROVALS", "message_ts": "1.1"},
        "trigger_id": "t.1",
        "actions": [{"action_id": "approval:approve", "value": f"{PROPOSAL}|2"}],
        **more,
    }


def form(**more: Any) -> dict[str, Any]:
    view = {
        "id": "V1",
        "callback_id": "approval:edit_submit",
        "private_metadata": json.dumps({"value": f"{PROPOSAL}|2"}),
        "state": {
            "values": {
                "text": {"text": {"type": "plain_text_input", "value": "Hello"}},
                "empty": {"text": {"type": "plain_text_input", "value": None}},
                "field:priority": {
                    "pick": {
                        "type": "static_select",
                        "selected_option": {"value": "=2", "text": {"type": "plain_text", "text": "High"}},
                    }
                },
                "field:none": {"pick": {"type": "static_select", "selected_option": None}},
            }
        },
        **more,
    }
    return {"type": "view_submission", "team": {"id": "T0MAIN"}, "user": {"id": "U0ALICE"}, "view": view}


def test_a_click_says_who_what_and_where() -> None:
    found = parse_click(click())
    assert (found.action, found.proposal, found.revision) == ("approval:approve", PROPOSAL, 2)
    assert (found.by.id, found.by.team, found.trigger) == ("U0ALICE", "T0MAIN", "t.1")
    assert found.place == CardPlace(channel="C0APPROVALS", ts="1.1")


def test_a_stranger_keeps_the_team_of_their_own() -> None:
    """Slack Connect: ``team`` is where the app is installed, whoever clicks there."""
    found = parse_click(click(user={"id": "U0STRANGER", "team_id": "T0OTHER"}))
    assert found.by.team == "T0OTHER"


def test_an_organisation_wide_installation_has_no_team_of_the_payload() -> None:
    assert parse_click(click(team=None, user={"id": "W0ALICE", "team_id": "T9"})).by.team == "T9"


def test_a_click_outside_a_message_has_no_place() -> None:
    assert parse_click(click(container={"type": "view", "view_id": "V1"})).place is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        None,
        7,
        PROPOSAL,
        f"{PROPOSAL}|",
        f"{PROPOSAL}|0",
        f"{PROPOSAL}|-1",
        f"{PROPOSAL}|1 ",
        f" {PROPOSAL}|1",
        f"{PROPOSAL}|1\n",
        f"{PROPOSAL[:-1]}|1",
        f"{PROPOSAL}a|1",
        f"{PROPOSAL.upper()}|1",
        f"{PROPOSAL}|1|2",
        f"{PROPOSAL}|9999999",
        f"{PROPOSAL}|٣",
        "q" + PROPOSAL[1:] + "|1",
    ],
)
def test_a_value_that_was_cut_or_edited_is_not_ours(value: object) -> None:
    with pytest.raises(Malformed):
        parse_value(value)
    with pytest.raises(Malformed):
        parse_click(click(actions=[{"action_id": "approval:approve", "value": value}]))


@pytest.mark.parametrize(
    "payload",
    [
        {},
        click(actions=[]),
        click(actions=None),
        click(actions=["approve"]),
        click(user=None),
        click(user={"id": "alice"}),
        click(user={"id": "<!channel>"}),
        click(user=["U0ALICE"]),
        {key: each for key, each in click().items() if key != "trigger_id"},
    ],
)
def test_what_is_no_click_of_ours_is_refused(payload: Mapping[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_click(payload)


def test_a_form_says_what_was_typed_and_chosen() -> None:
    found = parse_submission(form())
    assert (found.form, found.proposal, found.revision, found.view) == (
        "approval:edit_submit",
        PROPOSAL,
        2,
        "V1",
    )
    assert found.texts == {"text": "Hello", "empty": ""}
    assert found.picks == {"field:priority": ("=2", "High")}


@pytest.mark.parametrize(
    "more",
    [
        {"private_metadata": ""},
        {"private_metadata": "[]"},
        {"private_metadata": "null"},
        {"private_metadata": json.dumps({"value": f"{PROPOSAL}|x"})},
        {"private_metadata": None},
        {"state": None},
        {"state": {"values": []}},
        {"state": {"values": {"a": {"b": "c"}}}},
        {"state": {"values": {"a": {"b": {"selected_option": {"value": "x"}}}}}},
        {"state": {"values": {"a": {"b": {"selected_option": "x"}}}}},
    ],
)
def test_a_form_that_was_cut_or_edited_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_submission(form(**more))


@given(JSON, JSON)
def test_nothing_but_malformed_comes_of_whatever_is_sent(one: Any, other: Any) -> None:
    for payload in (one, click(actions=[one], user=other), form(state=one, private_metadata=other)):
        for parse in (parse_click, parse_submission):
            try:
                parse(payload)
            except Malformed:
                continue


def samples() -> list[Path]:
    return sorted(SAMPLES.rglob("*.json"))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no ../shared/data/slack/java-slack-sdk")
@pytest.mark.parametrize("path", samples(), ids=lambda p: p.stem)
def test_slacks_own_samples_are_read_or_refused(path: Path) -> None:
    payload = json.loads(path.read_text(encoding="utf-8"))
    for parse in (parse_click, parse_submission):
        with pytest.raises(Malformed):
            parse(payload)


# -- several at once, menus, pages


def several(count: int) -> str:
    return ",".join(f"p{number:031x}|{number + 1}" for number in range(count))


@pytest.mark.parametrize("action", ["approval:approve_all", "approval:reject_all", "approval:undo"])
def test_a_button_for_several_names_each_with_its_revision(action: str) -> None:
    found = parse_click(click(actions=[{"action_id": action, "value": several(3)}]))
    assert found.items == tuple((f"p{number:031x}", number + 1) for number in range(3))
    assert (found.proposal, found.revision) == found.items[0]


@pytest.mark.parametrize(
    "action",
    ["approval:approve", "approval:edit", "approval:reject", "approval:details", "approval:always", "x:y"],
)
def test_a_button_for_one_that_names_several_is_refused(action: str) -> None:
    with pytest.raises(Malformed):
        parse_click(click(actions=[{"action_id": action, "value": several(2)}]))
    assert len(parse_click(click(actions=[{"action_id": action, "value": several(1)}])).items) == 1


@pytest.mark.parametrize(
    "value",
    [
        "",
        ",",
        several(2) + ",",
        "," + several(2),
        several(1) + "," + several(1),
        several(2).replace(",", " , "),
        several(2).replace(",", ";"),
        several(ITEMS_MAX + 1),
        several(ITEMS_MAX)[:-1] + "x",
        None,
        7,
        [several(1)],
    ],
)
def test_a_value_for_several_that_was_cut_or_edited_is_refused_whole(value: Any) -> None:
    with pytest.raises(Malformed):
        parse_values(value)


@given(st.lists(st.tuples(st.integers(0, 16**31 - 1), st.integers(1, 999_999)), min_size=1, max_size=50))
def test_what_a_button_for_several_carries_is_read_back(items: list[tuple[int, int]]) -> None:
    unlike = list({number: (f"p{number:031x}", revision) for number, revision in items}.values())
    assert list(parse_values(",".join(f"{ident}|{revision}" for ident, revision in unlike))) == unlike


def test_a_page_is_turned_where_it_is_shown() -> None:
    view = {"id": "V7", "callback_id": "approval:details"}
    action = {"action_id": "approval:more", "value": f"{PROPOSAL}|2", "block_id": "page:3"}
    found = parse_click(click(actions=[action], view=view, container={"type": "view", "view_id": "V7"}))
    assert (found.block, found.view, found.form, found.place) == ("page:3", "V7", "approval:details", None)


def query(**more: Any) -> dict[str, Any]:
    metadata = json.dumps({"value": f"{PROPOSAL}|2"})
    return {
        "type": "block_suggestion",
        "user": {"id": "U0ALICE", "team_id": "T0MAIN"},
        "action_id": "pick",
        "block_id": "field:team",
        "value": "net",
        "view": {"id": "V1", "callback_id": "approval:edit_submit", "private_metadata": metadata},
        **more,
    }


def test_what_is_typed_into_a_menu_is_read_with_what_it_is_about() -> None:
    found = parse_query(query())
    assert (found.proposal, found.revision, found.block, found.text) == (PROPOSAL, 2, "field:team", "net")
    assert found.form == "approval:edit_submit"
    assert parse_query(query(value=None)).text == ""


@pytest.mark.parametrize("missing", ["view", "block_id"])
def test_a_menu_that_is_not_ours_is_refused(missing: str) -> None:
    with pytest.raises(Malformed):
        parse_query({key: each for key, each in query().items() if key != missing})


@given(st.dictionaries(st.sampled_from([*query(), "x"]), JSON, max_size=6))
def test_any_menu_payload_is_read_or_refused(changed: dict[str, Any]) -> None:
    with contextlib.suppress(Malformed):
        parse_query(query(**changed))
