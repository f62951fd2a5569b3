"""The forms behind the buttons: prefilled with what is proposed, within limits, never dropping a value."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from approvals.clicks import parse_value
from approvals.limits import faults_of_view
from approvals.modals import edit_fields, edit_text, notice, offered, picked, reject
from bot.core.actions import Action, Risk
from bot.core.dossier import Tracked
from bot.core.ids import ActionName
from bot.core.tickets import Allowed, Choices, Transition, Value
from bot.core.untrusted import Untrusted
from bot.core.words import LANGUAGES
from tests.approvals.drawing import ALLOWED, DOSSIER, LONG, faults_of_form, texts, tracked
from tests.approvals.test_card import HOSTILE, proposable
from tests.making import HIGH, REF, proposal, reply, set_fields

View = dict[str, Any]
MANY = Allowed((Choices("priority", "Priority", tuple(Value(str(n), f"Value {n}") for n in range(500))),))
CODES = Allowed((Choices("close_code", "Close code", (Value("a", "Solved"), Value("b", "Duplicate"))),))
ARNE = Value("arne", "Arne Agent")
OPEN, DONE, WON_T_DO = Value("1", "Open"), Value("9", "Done"), Value("8", "Won't do")
STEPS = Allowed(
    transitions=(
        Transition("31", "Finish", DONE),
        Transition("32", "Won't do", WON_T_DO),
        Transition("33", "Escalate", Value("7", "Escalated"), needs=("reason",)),
    )
)


def of_verb(verb: str, args: dict[str, Any], before: dict[str, Any], risk: Risk = Risk.REVERSIBLE) -> Tracked:
    """A proposal of another verb than ``set_fields``."""
    action = Action(ActionName(f"jira.{verb}"), REF, args, risk)
    return tracked(replace(proposal(), action=action, basis=replace(proposal().basis, before=before)))


def to_somebody(to: Value | None = ARNE) -> Tracked:
    args = {"to": {"id": to.id, "label": to.label} if to else None}
    return of_verb("assign", args, {"assignee": ()})


def a_step() -> Tracked:
    args = {"id": "31", "name": "Finish", "to": {"id": "9", "label": "Done"}, "fields": {}}
    return of_verb("transition", args, {"status": (OPEN,)}, Risk.IRREVERSIBLE)


def resolved(notes: str = "Reset the tunnel.") -> Tracked:
    args = {"close_code": {"id": "a", "label": "Solved"}, "close_notes": notes}
    before: dict[str, Any] = {"state": (OPEN,), "close_code": (), "close_notes": ()}
    return of_verb("resolve", args, before, Risk.IRREVERSIBLE)


def forms(language: str) -> dict[str, View]:
    text = tracked(proposal(reply("We are on our way.")))
    fields = tracked()
    return {
        "text": edit_text(DOSSIER, text, language),
        "too long": edit_text(DOSSIER, tracked(proposal(reply(LONG))), language),
        "fields": edit_fields(DOSSIER, fields, ALLOWED, language),
        "reject": reject(DOSSIER, fields, language),
        "people": edit_fields(DOSSIER, to_somebody(), Allowed(), language),
        "many": edit_fields(DOSSIER, fields, MANY, language),
        "step": edit_fields(DOSSIER, a_step(), STEPS, language),
        "resolve": edit_fields(DOSSIER, resolved(), CODES, language),
        "no menu": edit_fields(DOSSIER, fields, Allowed(), language),
        "notice": notice("A title that is longer than Slack takes", "Something.", language),
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", forms("en"))
def test_a_form_passes_every_judge(name: str, language: str) -> None:
    view = forms(language)[name]
    assert faults_of_view(view) == []
    assert faults_of_form(view) == []


@pytest.mark.parametrize("name", ["text", "fields", "reject", "people", "many", "step", "resolve"])
def test_a_form_carries_which_revision_it_is_about(name: str) -> None:
    kept = json.loads(forms("en")[name]["private_metadata"])
    assert parse_value(kept["value"]) == (proposal().id, 1)


def inputs(view: View) -> dict[str, Any]:
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


def test_a_reply_is_edited_from_exactly_what_is_proposed() -> None:
    assert inputs(forms("en")["text"])["text"]["initial_value"] == "We are on our way."


def test_a_reply_too_long_for_the_form_is_not_cut_but_refused() -> None:
    view = forms("en")["too long"]
    assert not inputs(view)
    assert "over 3,000 characters" in json.dumps(view)


def test_a_field_offers_what_may_be_set_now_with_the_proposed_value_chosen() -> None:
    menu = inputs(forms("en")["fields"])["field:priority"]
    assert menu["initial_option"]["text"]["text"] == "High"
    assert [o["text"]["text"] for o in menu["options"]] == [
        "High",
        "Highest",
        "Medium",
        "Low",
        "leave as it is",
    ]


def test_more_values_than_a_menu_holds_are_searched_for_and_the_proposed_one_is_chosen() -> None:
    many = MANY.choices[0].values
    of = tracked(proposal(set_fields(priority=(many[499],))))
    view = edit_fields(DOSSIER, of, MANY, "en")
    menu = inputs(view)["field:priority"]
    assert (menu["type"], menu["min_query_length"]) == ("external_select", 0)
    assert "options" not in menu
    assert menu["initial_option"]["value"] == "=499"
    unknown = tracked(proposal(set_fields(priority=(Value("999", "Gone"),))))
    kept = inputs(edit_fields(DOSSIER, unknown, MANY, "en"))["field:priority"]
    assert kept["initial_option"]["value"] == "keep", "what is no longer allowed is not offered"


@pytest.mark.parametrize(("count", "kind"), [(99, "static_select"), (100, "external_select")])
def test_a_menu_lists_as_many_as_slack_takes_leaving_it_alone_included(count: int, kind: str) -> None:
    values = (HIGH[0], *(Value(f"v{n}", f"Value {n}") for n in range(count - 1)))
    view = edit_fields(DOSSIER, tracked(), Allowed((Choices("priority", "Priority", values),)), "en")
    assert faults_of_view(view) == []
    assert inputs(view)["field:priority"]["type"] == kind


def test_who_gets_a_ticket_is_searched_for_from_the_first_letter() -> None:
    menu = inputs(forms("en")["people"])["field:assignee"]
    assert (menu["type"], menu["min_query_length"]) == ("external_select", 1)
    assert menu["initial_option"]["value"] == "=arne"
    nobody = inputs(edit_fields(DOSSIER, to_somebody(None), Allowed(), "en"))["field:assignee"]
    assert "initial_option" not in nobody, "taking it away is what was proposed; an edit names somebody"


def test_a_transition_offers_the_next_steps_it_could_take_and_no_others() -> None:
    menu = inputs(forms("en")["step"])["field:status"]
    assert [(o["value"], o["text"]["text"]) for o in menu["options"]] == [
        ("=31", "Finish → Done"),
        ("=32", "Won't do"),
    ], "not the one whose screen asks for a reason, and no way to leave it alone"
    assert menu["initial_option"]["value"] == "=31"


def test_a_resolution_is_edited_as_a_code_and_as_text() -> None:
    found = inputs(forms("en")["resolve"])
    assert found["field:close_code"]["initial_option"]["value"] == "=a"
    assert found["close_notes"]["initial_value"] == "Reset the tunnel."
    too_long = edit_fields(DOSSIER, resolved("x" * 3_001), CODES, "en")
    assert not inputs(too_long)
    assert "over 3,000 characters" in json.dumps(too_long)


def test_a_change_without_any_list_of_values_says_so_and_takes_no_answer() -> None:
    view = forms("en")["no menu"]
    assert "submit" not in view
    assert "no list of values" in json.dumps(view)


def test_a_search_finds_by_any_part_of_a_label_in_any_case_and_never_too_many() -> None:
    values = (*MANY.choices[0].values, Value("x", "Élan VITAL"), Value("y" * 200, "Value too long to carry"))
    assert [o["value"] for o in offered(values, "vital", "en", keep=True)] == ["=x", "keep"]
    assert [o["value"] for o in offered(values, " élan", "en", keep=False)] == ["=x"]
    everything = offered(values, "value", "en", keep=True)
    assert len(everything) == 100
    assert everything[-1]["value"] == "keep", "a field can be left alone whatever was typed"
    assert offered(values, "no such thing", "en", keep=False) == []


def test_a_value_that_is_no_longer_allowed_is_not_offered() -> None:
    view = edit_fields(
        DOSSIER, tracked(), Allowed((Choices("priority", "Priority", (Value("1", "Highest"),)),)), "en"
    )
    assert inputs(view)["field:priority"]["initial_option"]["value"] == "keep"


def test_a_field_that_would_get_several_values_has_no_menu_that_would_drop_some() -> None:
    two = (Value("a", "a"), Value("b", "b"))
    of = tracked(proposal(set_fields(labels=two, priority=HIGH)))
    allowed = Allowed((Choices("labels", "Labels", two, several=True), *ALLOWED.choices))
    assert list(inputs(edit_fields(DOSSIER, of, allowed, "en"))) == ["field:priority"]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda w: repr(w)[:24])
def test_hostile_labels_and_texts_stay_plain(words: str) -> None:
    odd = Value("9", words)
    dossier = replace(DOSSIER, summary=Untrusted(words))
    of = tracked(
        replace(
            proposal(set_fields(priority=(Value("9", proposable(words)),))),
            why=Untrusted(words),
            says=words[:2000],
        )
    )
    allowed = Allowed((Choices("priority", words, (odd, *HIGH)),))
    for view in (edit_fields(dossier, of, allowed, "en"), reject(dossier, of, "en")):
        assert faults_of_view(view) == []
        assert not [said for kind, said in texts(view) if kind == "mrkdwn"]


@pytest.mark.parametrize(
    ("block", "option", "found"),
    [
        ("field:priority", "=2", ("priority", Value("2", "High"))),
        ("field:priority", "keep", ("priority", None)),
        ("field:priority", "2", ("priority", None)),
        ("text", "=2", None),
    ],
)
def test_what_was_chosen_is_read_back(block: str, option: str, found: object) -> None:
    assert picked(block, option, "High") == found
