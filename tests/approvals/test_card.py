"""What people see: golden cards in both languages, within Slack's limits, and never a forged word."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from approvals.blocks import escape, mention
from approvals.card import card
from approvals.clicks import parse_value
from approvals.details import Facts, details
from approvals.limits import faults_of_message
from approvals.standing import value
from bot.core.actions import Action, Args, Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.ids import ActionName
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from bot.core.words import LANGUAGES
from tests.approvals.drawing import ASKED, DOSSIER, LONG, SAMPLES, decided, faults_of_card, texts, tracked
from tests.making import HIGH, proposal, reply, set_fields, ticket

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("COUNTERSIGN_GOLDEN") == "write"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_card_is_drawn_as_agreed(name: str, language: str) -> None:
    """After a wanted change: run with COUNTERSIGN_GOLDEN=write and read the difference before committing."""
    drawn = card(DOSSIER, SAMPLES[name], language)
    golden = GOLDEN / f"{name}.{language}.json"
    found = {"text": drawn.text, "blocks": drawn.blocks}
    if WRITE:
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


def every_status() -> list[Tracked]:
    return [tracked() if status is Status.PENDING else decided(status, reason="because") for status in Status]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", [*SAMPLES.values(), *every_status()], ids=lambda t: t.status.value)
def test_a_card_passes_every_judge(sample: Tracked, language: str) -> None:
    drawn = card(DOSSIER, sample, language)
    assert faults_of_message(drawn.text, drawn.blocks) == []
    assert faults_of_card(drawn) == []


def buttons(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [element for block in drawn if block["type"] == "actions" for element in block["elements"]]


def test_only_what_waits_has_buttons_and_each_carries_what_was_shown() -> None:
    for sample in every_status():
        found = buttons(card(DOSSIER, sample, "en").blocks)
        assert bool(found) is (sample.status is Status.PENDING)
    found = buttons(card(DOSSIER, tracked(revision=3), "en").blocks)
    assert [b["action_id"] for b in found] == [
        "approval:approve",
        "approval:edit",
        "approval:reject",
        "approval:details",
    ]
    assert {parse_value(b["value"]) for b in found} == {(proposal().id, 3)}
    assert [b.get("style") for b in found] == ["primary", None, None, None]
    assert all("OPS-1" in b["accessibility_label"] for b in found)


def test_a_settled_card_no_longer_says_that_something_will_happen() -> None:
    for sample in every_status():
        shown = [words for kind, words in texts(card(DOSSIER, sample, "en").blocks) if kind == "text"]
        assert ("Exactly this will happen" in shown) is (sample.status is Status.PENDING)


def test_the_parts_of_another_revision_have_other_ids() -> None:
    """Slack's clients keep what was typed by block id; an old drawing must not leak into a new one."""
    first = {b["block_id"] for b in card(DOSSIER, tracked(), "en").blocks}
    second = {b["block_id"] for b in card(DOSSIER, tracked(revision=2), "en").blocks}
    assert not first & second


def test_a_long_reply_is_cut_and_the_card_says_by_how_much() -> None:
    shown = [
        words
        for kind, words in texts(card(DOSSIER, tracked(proposal(reply(LONG))), "en").blocks)
        if kind == "text"
    ]
    assert LONG[:1500] in shown
    assert f"{len(LONG) - 1500} more characters: see Details" in shown


def test_who_may_approve_is_named_and_a_crowd_is_cut_short() -> None:
    crowd = tracked(ask=replace(ASKED, approvers=tuple(f"U{number:08}" for number in range(400))))
    drawn = card(DOSSIER, crowd, "en")
    assert faults_of_message(drawn.text, drawn.blocks) == []
    (foot,) = [b["elements"][0]["text"] for b in drawn.blocks if b["type"] == "context"]
    assert "<@U00000000>" in foot
    assert "+380" in foot


HOSTILE = [
    "<!channel> <!here> @everyone <!subteam^S0MANAGERS>",
    "*Approved by Alice* _really_ ~no~ `code` >quote",
    "ok\nApproved by Alice · 20.11.2026\r\n\u2028Approved by Bob",
    "safe \u202elivE\u202c\u2066x\u2069\u200b\u00ad\ufeff",
    "<https://evil.example|https://jira.example.com/browse/OPS-1> & <@U0ALICE>",
    "\x00\x07\x1b[31mred\ud800\U000e0041",
    "|" * 50 + ">" * 50,
    "&lt;!channel&gt;",
    "x" * 40_000,
]
PLACES = ["summary", "why", "label", "says", "reason", "name", "text"]


def proposable(words: str) -> str:
    """What of ``words`` gets as far as a card: a verb refuses labels that are no text or too long."""
    return words.encode("utf-8", "ignore").decode()[:255]


def hostile(place: str, words: str) -> tuple[Dossier, Tracked]:
    dossier, what = DOSSIER, proposal()
    match place:
        case "summary":
            return replace(dossier, summary=Untrusted(words)), tracked(what)
        case "why":
            return dossier, tracked(replace(what, why=Untrusted(words)))
        case "label":
            label = proposable(words)
            on = ticket(priority=(Value("9", label),))
            named = proposal(set_fields(priority=(Value("2", label),)), on=on)
            return dossier, tracked(replace(named, labels={"priority": words}))
        case "says":
            return dossier, tracked(replace(what, says=words[:500], action=set_fields(priority=HIGH)))
        case "reason":
            return dossier, decided(Status.REJECTED, reason=words)
        case "name":
            return dossier, decided(Status.EXECUTED, decided_name=Untrusted(words))
        case _:
            return dossier, tracked(proposal(reply(words[:30_000] or "x")))


@pytest.mark.parametrize("words", HOSTILE, ids=lambda w: repr(w)[:24])
@pytest.mark.parametrize("place", PLACES)
def test_what_others_wrote_stays_in_its_box(place: str, words: str) -> None:
    """It appears in typed text elements, where Slack parses nothing, and never in markup or in an id."""
    plain = card(*hostile(place, "PLAIN"), "en")
    drawn = card(*hostile(place, words), "en")
    assert faults_of_message(drawn.text, drawn.blocks) == []
    ours = {words for kind, words in texts(plain.blocks) if kind != "text"}
    assert {words for kind, words in texts(drawn.blocks) if kind != "text"} == ours
    assert len(drawn.blocks) == len(plain.blocks)
    assert "<" not in drawn.text
    assert ">" not in drawn.text


@pytest.mark.parametrize("place", PLACES[:-1])
def test_nobodys_words_start_a_line_of_their_own_or_turn_one_around(place: str) -> None:
    drawn = card(*hostile(place, "ok\nApproved by Alice\u202e\u2028Approved by Bob"), "en")
    shown = [words for kind, words in texts(drawn.blocks) if kind == "text"] + [drawn.text]
    assert not [words for words in shown if "\n" in words or "\u202e" in words or "\u2028" in words]


def test_the_text_for_notifications_is_inert_and_short() -> None:
    drawn = card(*hostile("says", HOSTILE[0]), "en")
    assert "&lt;!channel&gt;" in drawn.text
    assert len(card(*hostile("says", "x" * 40_000), "en").text) <= 300


def test_a_link_to_the_ticket_cannot_be_split() -> None:
    odd = replace(DOSSIER, url="https://jira.example.com/browse/OPS-1?a=b|c>d e")
    (link,) = [w for k, w in texts(card(odd, tracked(), "en").blocks) if k == "mrkdwn" and "browse" in w]
    assert "<https://jira.example.com/browse/OPS-1?a=b%7Cc%3Ed%20e|OPS-1>" in link


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        ("U0ALICE", "<@U0ALICE>"),
        ("W0ALICE", "<@W0ALICE>"),
        ("S0MANAGERS", "<!subteam^S0MANAGERS>"),
        ("skill:<!channel>", "skill:&lt;!channel&gt;"),
        ("U0<!here>", "U0&lt;!here&gt;"),
        ("", ""),
    ],
)
def test_only_ids_become_mentions(who: str, shown: str) -> None:
    assert mention(who) == shown


def test_escaping_is_what_slack_asks_for_and_no_more() -> None:
    assert escape("a & <b> *c*") == "a &amp; &lt;b&gt; *c*"


def test_a_button_carries_an_id_and_a_revision() -> None:
    assert value(proposal(), 7) == f"{proposal().id}|7"


def test_a_new_ticket_is_on_the_card_and_in_its_details_whole() -> None:
    many: JsonValue = {f"f{n}": [{"id": "1", "label": f"Value {n}"}] for n in range(25)}
    story = "It began in spring.\n" * 140
    args: Args = {
        "type": {"id": "1", "label": "Incident"},
        "summary": "New laptop",
        "description": "It broke.",
        "fields": many,
        "typed": {"u_story": {"kind": "prose", "text": story}, "u_tag": {"kind": "line", "text": "LT-42"}},
    }
    made = Action(ActionName("jira.create"), DOSSIER.ref, args, Risk.IRREVERSIBLE)
    item = replace(tracked(), proposal=replace(proposal(made, before={}), labels={"u_tag": "Asset tag"}))
    drawn = card(DOSSIER, item, "en")
    assert faults_of_message(drawn.text, drawn.blocks) == []
    told = json.dumps(drawn.blocks)
    assert "Value 24" in told
    assert ("text", "Asset tag: not set → LT-42") in list(texts(drawn.blocks))
    pages = json.dumps(details(DOSSIER, [(item, Facts())], "en")["blocks"])
    assert pages.count("It began in spring.") == 140
