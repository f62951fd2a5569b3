"""The forms behind the buttons: prefilled with what is proposed, within limits, never dropping a value."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from approvals.clicks import parse_value
from approvals.limits import faults_of_view
from approvals.modals import details, edit_fields, edit_text, notice, picked, reject
from bot.core.tickets import Allowed, Choices, Value
from bot.core.untrusted import Untrusted
from bot.core.words import LANGUAGES
from tests.approvals.drawing import ALLOWED, DOSSIER, LONG, faults_of_form, texts, tracked
from tests.approvals.test_card import HOSTILE, proposable
from tests.making import HIGH, proposal, reply, set_fields

View = dict[str, Any]


def forms(language: str) -> dict[str, View]:
    text = tracked(proposal(reply("We are on our way.")))
    fields = tracked()
    return {
        "text": edit_text(DOSSIER, text, language),
        "too long": edit_text(DOSSIER, tracked(proposal(reply(LONG))), language),
        "fields": edit_fields(DOSSIER, fields, ALLOWED, language),
        "reject": reject(DOSSIER, fields, language),
        "details": details(DOSSIER, fields, language),
        "long details": details(DOSSIER, tracked(proposal(reply("x" * 30_000))), language),
        "notice": notice("A title that is longer than Slack takes", "Something.", language),
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", forms("en"))
def test_a_form_passes_every_judge(name: str, language: str) -> None:
    view = forms(language)[name]
    assert faults_of_view(view) == []
    assert faults_of_form(view) == []


@pytest.mark.parametrize("name", ["text", "fields", "reject"])
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


def test_the_proposed_value_is_offered_however_many_there_are() -> None:
    many = tuple(Value(str(n), f"Value {n}") for n in range(500))
    of = tracked(proposal(set_fields(priority=(many[499],))))
    view = edit_fields(DOSSIER, of, Allowed((Choices("priority", "Priority", many),)), "en")
    assert faults_of_view(view) == []
    menu = inputs(view)["field:priority"]
    assert len(menu["options"]) == 100
    assert menu["initial_option"]["value"] == "=499"


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
    for view in (
        edit_fields(dossier, of, allowed, "en"),
        reject(dossier, of, "en"),
        details(dossier, of, "en"),
    ):
        assert faults_of_view(view) == []
        assert not [said for kind, said in texts(view) if kind == "mrkdwn"]


def test_details_show_a_reply_whole_however_long() -> None:
    text = "".join(chr(97 + n % 26) for n in range(30_000))
    view = details(DOSSIER, tracked(proposal(reply(text))), "en")
    assert text in "".join(words for kind, words in texts(view) if kind == "text")


def test_details_name_rule_digest_and_who_asked() -> None:
    shown = json.dumps(forms("en")["details"])
    for part in ("approvals[2]", proposal().action.digest(), "skill:triage", proposal().id):
        assert part in shown


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
