"""A step as a card: within Slack's limits, others' words inert, and its presses read or refused."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from approvals.ladder_card import ANSWERS, KEEP, TAKE, UNDO, StepClick, parse_step, share, step_card
from approvals.limits import faults_of_message
from bot.core.errors import Malformed
from bot.core.events import CardPlace
from bot.core.ladder import Advice, Evidence, Ladder, Move, Step, StepAnswer, StepId, StepStatus
from bot.core.modes import Mode
from bot.core.rungs import LadderRules, Rung
from bot.core.untrusted import Untrusted
from bot.core.words import LANGUAGES
from tests.approvals.drawing import faults_by_schema, faults_by_sdk, texts
from tests.approvals.test_card import HOSTILE
from tests.approvals.test_clicks import JSON
from tests.making import ALICE, T0

IDENT = StepId("s" + "0" * 31)
LADDER = Ladder("jira", kind="jira")


def step(status: StepStatus = StepStatus.OFFERED, move: Move = Move.RAISE, **more: Any) -> Step:
    known = Evidence(Rung("OPS", "triage", "category", "1"), "Mail", 148, 150, 0.9527, 0.9984)
    now, to = (Mode.SUGGEST, Mode.APPROVE) if move is Move.RAISE else (Mode.APPROVE, Mode.SUGGEST)
    advice = Advice(evidence=known, move=move, now=now, to=to, automatic=False, new=150)
    made = Step(id=IDENT, advice=advice, status=status, at=T0, approvers=(ALICE, "S0MANAGERS", "jira/Leads"))
    return replace(made, **more)


DECIDED: dict[str, Any] = {"by": "slack:U0ALICE", "by_name": Untrusted("Alice Moreau"), "decided_at": T0}
STEPS = {
    "offered": step(),
    "offered down": step(move=Move.LOWER),
    "raised": step(StepStatus.TAKEN, **DECIDED),
    "lowered": step(StepStatus.TAKEN, Move.LOWER, **DECIDED),
    "lowered by itself": step(StepStatus.TAKEN, Move.LOWER),
    "kept": step(StepStatus.KEPT, **DECIDED),
    "withdrawn": step(StepStatus.WITHDRAWN),
    "undone": step(StepStatus.UNDONE, **DECIDED),
}


def said_on(name: str) -> str:
    drawn = step_card(LADDER, STEPS[name], LadderRules(), "en")
    return "\n".join(text for _, text in texts(drawn.blocks))


def buttons(of: Step, language: str = "en") -> list[tuple[str, str]]:
    blocks = step_card(LADDER, of, LadderRules(), language).blocks
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [(each["action_id"], each["value"]) for row in rows for each in row]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STEPS)
def test_a_step_passes_every_judge(name: str, language: str) -> None:
    drawn = step_card(LADDER, STEPS[name], LadderRules(), language)
    assert faults_of_message(drawn.text, drawn.blocks) == []
    assert faults_by_schema("KnownBlocks", drawn.blocks) == []
    assert faults_by_sdk(drawn.blocks) == []


def test_buttons_are_there_for_what_can_still_be_done() -> None:
    value = f"{IDENT}|jira"
    found = {name: buttons(each) for name, each in STEPS.items()}
    assert found["offered"] == found["offered down"] == [(TAKE, value), (KEEP, value)]
    assert found["raised"] == found["lowered"] == found["lowered by itself"] == [(UNDO, value)]
    assert found["kept"] == found["withdrawn"] == found["undone"] == []


def test_the_figures_stand_on_it_and_are_never_rounded_up() -> None:
    said = said_on("offered")
    assert "148 of the last 150 suggestions were right: 98.6 %, and between 95.2 % and 99.9 %" in said
    assert "Promised are 95 %; below 93 %" in said
    assert (share(0.9999), share(1.0), share(0.0)) == ("99.9 %", "100 %", "0 %")


def test_what_was_lowered_by_itself_says_so_and_how_to_take_it_back() -> None:
    said = said_on("lowered by itself")
    assert "without a click" in said
    assert f"countersign ladder undo {IDENT[:9]}" in said
    assert "without a click" not in said_on("lowered")


@pytest.mark.parametrize("words", HOSTILE, ids=lambda w: repr(w)[:24])
def test_what_a_system_calls_a_value_stays_plain(words: str) -> None:
    known = Evidence(Rung(words, "triage", words, words), words, 148, 150, 0.9527, 0.9984)
    hostile = replace(STEPS["raised"], by_name=Untrusted(words))
    hostile = replace(hostile, advice=replace(hostile.advice, evidence=known))
    drawn = step_card(LADDER, hostile, LadderRules(), "en")
    assert faults_of_message(drawn.text, drawn.blocks) == []
    assert faults_by_schema("KnownBlocks", drawn.blocks) == []
    small = next(block for block in drawn.blocks if block["type"] == "context")["elements"][0]["text"]
    for text in (drawn.text, small):
        assert "<!" not in text
        assert "<@" not in text
        assert "<http" not in text


def press(action: str = TAKE, value: str = f"{IDENT}|jira") -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U0ALICE", "team_id": "T0MAIN"},
        "trigger_id": "1.2.abc",
        "container": {"channel_id": "C0APPROVALS", "message_ts": "1.1"},
        "actions": [{"action_id": action, "value": value}],
    }


@pytest.mark.parametrize("action", sorted(ANSWERS))
def test_a_press_is_read(action: str) -> None:
    click = parse_step(press(action))
    assert (click.connector, click.step, click.answer) == ("jira", IDENT, ANSWERS[action])
    assert click.by.id == "U0ALICE"
    assert click.place == CardPlace(channel="C0APPROVALS", ts="1.1")
    assert parse_step({**press(), "container": {}}).place is None
    assert ANSWERS[UNDO] is StepAnswer.UNDO


@pytest.mark.parametrize(
    "value", ["", IDENT, f"{IDENT}|", f"{IDENT}|a b", f"x{IDENT}|jira", f"{IDENT}|jira|1"]
)
def test_a_value_that_is_not_ours_is_refused(value: str) -> None:
    with pytest.raises(Malformed):
        parse_step(press(value=value))


@given(JSON)
def test_whatever_comes_it_is_read_or_refused(payload: Any) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(parse_step(payload), StepClick)
