"""The App Home as a view: within Slack's limits, in both languages, and its presses read or refused."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.views import View

from approvals.home import GRANTS_MAX, REVOKE, SET, WAITING_MAX, Room, Waiting, home, parse_home
from approvals.home_extras import RECENT_MAX, RESUME, STOP, STOPS_MAX, UNDO, Lately, Stopped
from approvals.limits import faults_of_view
from bot.core.errors import Malformed
from bot.core.grants import Grant
from bot.core.ids import ActionName, ProposalId, Shape, SlackUserId
from bot.core.words import LANGUAGES
from tests.approvals.drawing import DOSSIER, faults_by_schema, faults_by_sdk, texts, tracked
from tests.approvals.test_card import HOSTILE
from tests.approvals.test_clicks import JSON
from tests.making import ALICE, BOB, T0


def grant(number: int, says: str = "Set Priority to High.") -> Grant:
    return Grant(
        shape=Shape(f"{number:024x}"),
        action=ActionName("jira.set_fields"),
        connector="jira",
        queue="OPS",
        says=says,
        by=SlackUserId(ALICE),
        at=T0,
        rule="approvals[1]",
    )


def lately(number: int, says: str = "Set Priority to High.") -> Lately:
    return Lately(
        proposal=ProposalId(f"p{number:031x}"),
        revision=1,
        key="OPS-1",
        url="https://jira.example.com/browse/OPS-1",
        says=says,
        at=T0,
        undoable=number % 2 == 0,
    )


WAITS = Waiting(dossier=DOSSIER, tracked=tracked(), url="https://example.slack.com/archives/C1/p1")
EMPTY = Room(waiting=(), more=0, stand_in=None, until=None, grants=())
FULL = Room(
    waiting=[WAITS] * WAITING_MAX,
    more=7,
    stand_in=SlackUserId(BOB),
    until=date(2026, 12, 1),
    grants=[(grant(number), number % 2 == 0) for number in range(GRANTS_MAX + 3)],
    recent=[lately(number) for number in range(RECENT_MAX + 2)],
    language="fr",
    stops=[Stopped(scope=f"connector:c{number}", why="it drops fields") for number in range(STOPS_MAX + 2)],
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", [EMPTY, FULL], ids=["empty", "full"])
def test_a_home_passes_every_judge(room: Room, language: str) -> None:
    view = home(room, language)
    assert faults_of_view(view) == []
    assert faults_by_schema("KnownBlocks", view["blocks"]) == []
    assert faults_by_sdk(view["blocks"]) == []
    read: Any = View(**view)
    assert read.to_dict() == view


def actions(room: Room) -> list[dict[str, Any]]:
    blocks = home(room, "en")["blocks"]
    return [each for block in blocks if block["type"] == "actions" for each in block["elements"]]


def test_only_what_somebody_may_revoke_has_a_button() -> None:
    found = [each["value"] for each in actions(FULL) if each["action_id"] == REVOKE]
    assert found == [f"{number:024x}" for number in range(0, GRANTS_MAX, 2)]


def test_a_stand_in_is_shown_where_it_is_changed() -> None:
    by_name = {each["action_id"]: each for each in actions(FULL)}
    assert by_name["home:stand_in"]["initial_user"] == BOB
    assert by_name["home:until"]["initial_date"] == "2026-12-01"
    assert "home:clear" in by_name
    assert "home:clear" not in {each["action_id"] for each in actions(EMPTY)}


def test_what_cannot_be_set_back_has_no_button_and_who_may_not_stop_has_none() -> None:
    undo = [each["value"] for each in actions(FULL) if each["action_id"] == UNDO]
    assert undo == [f"p{number:031x}|1" for number in range(0, RECENT_MAX, 2)]
    assert [each["value"] for each in actions(FULL) if each["action_id"] == RESUME] == [
        f"connector:c{number}" for number in range(STOPS_MAX)
    ]
    assert [each["value"] for each in actions(FULL) if each["action_id"] == STOP] == ["*"]
    assert not {UNDO, RESUME, STOP} & {each["action_id"] for each in actions(EMPTY)}
    everything = dataclasses.replace(EMPTY, stops=[Stopped(scope="*", why="")])
    assert STOP not in {each["action_id"] for each in actions(everything)}


def test_a_press_on_undo_or_resume_is_read_with_what_it_is_about() -> None:
    assert parse_home(press(UNDO, f"p{'a' * 31}|3")).item == ("p" + "a" * 31, 3)
    assert parse_home(press(RESUME, "skill:triage")).scope == "skill:triage"
    with pytest.raises(Malformed):
        parse_home(press(UNDO, "p123|1"))


@pytest.mark.parametrize("words", HOSTILE, ids=lambda w: repr(w)[:24])
def test_what_was_done_and_why_it_stopped_stay_plain(words: str) -> None:
    def room(says: str) -> Room:
        return dataclasses.replace(EMPTY, recent=[lately(0, says)], stops=[Stopped(scope="*", why=says)])

    plain, odd = home(room("x"), "en"), home(room(words), "en")
    assert faults_of_view(odd) == []
    ours = {said for kind, said in texts(plain["blocks"]) if kind != "text"}
    assert {said for kind, said in texts(odd["blocks"]) if kind != "text"} == ours


@pytest.mark.parametrize("words", HOSTILE, ids=lambda w: repr(w)[:24])
def test_what_others_wrote_stays_plain(words: str) -> None:
    plain = home(Room(waiting=(), more=0, stand_in=None, until=None, grants=[(grant(1), True)]), "en")
    odd = home(Room(waiting=(), more=0, stand_in=None, until=None, grants=[(grant(1, words), True)]), "en")
    assert faults_of_view(odd) == []
    ours = {said for kind, said in texts(plain["blocks"]) if kind != "text"}
    assert {said for kind, said in texts(odd["blocks"]) if kind != "text"} == ours


def press(action: str = SET, value: str = "set", **more: Any) -> dict[str, Any]:
    picked = {
        "home:stand_in": {"type": "users_select", "selected_user": BOB},
        "home:until": {"type": "datepicker", "selected_date": "2026-12-01"},
    }
    return {
        "type": "block_actions",
        "user": {"id": ALICE, "team_id": "T0MAIN"},
        "trigger_id": "t.1",
        "actions": [{"action_id": action, "value": value}],
        "view": {"type": "home", "state": {"values": {"stand_in:pick": picked}}},
        **more,
    }


def test_a_press_is_read_with_what_was_chosen() -> None:
    found = parse_home(press())
    assert (found.action, found.by.id, found.stand_in) == (SET, ALICE, BOB)
    assert found.until == date(2026, 12, 1)
    assert parse_home(press(REVOKE, "a" * 24)).shape == "a" * 24


def test_nothing_chosen_reads_as_nothing() -> None:
    found = parse_home(press(view={"type": "home", "state": {"values": {}}}))
    assert (found.stand_in, found.until, found.shape) == (None, None, None)


@pytest.mark.parametrize("value", ["", "a" * 23, "A" * 24, "a" * 25, "g" * 24, "a" * 24 + "\n"])
def test_a_permission_whose_name_was_cut_or_edited_is_not_looked_for(value: str) -> None:
    with pytest.raises(Malformed):
        parse_home(press(REVOKE, value))


@given(st.dictionaries(st.sampled_from([*press(), "x"]), JSON, max_size=6))
def test_any_press_is_read_or_refused(changed: dict[str, Any]) -> None:
    with contextlib.suppress(Malformed):
        parse_home({**press(), **changed})
