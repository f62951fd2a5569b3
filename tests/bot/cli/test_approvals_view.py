"""What a terminal shows of a proposal: all of it, exactly, and nothing that a terminal would obey."""

from __future__ import annotations

import json
from dataclasses import replace

from pydantic import JsonValue

from approvals.policy import Match, Rule
from bot.cli.approvals_view import as_json, in_brief, in_full, row, standing, standing_row
from bot.core.actions import Action, Args, Risk
from bot.core.dossier import Dossier, Tracked
from bot.core.grants import Grant, shape
from bot.core.ids import ActionName
from bot.core.untrusted import Untrusted
from tests.making import ALICE, REF, T0, answered, asked, asking, proposal, reply, rulebook, set_fields

CONTROLS = {"\x1b", "\x07", "\x9b", "\u202e", "\u200b", "\r"}
TWO = rulebook(Rule(name="approvals[1]", match=Match(action="*"), ask=asking(ALICE, "U0BOB", quorum=2)))


def held(action: Action | None = None) -> tuple[Dossier, Tracked]:
    play, what = asked(proposal(action), TWO)
    return play.dossier, play.of(what)


def test_fields_are_shown_before_and_after() -> None:
    shown = in_full(*held(), "en")
    assert "  Priority: Low -> High" in shown.splitlines()
    assert "approvals[1]" in shown
    assert "U0ALICE U0BOB" in shown
    assert "0 of 2" in shown
    assert "2026-11-20 17:00 UTC" in shown, "until when"


def test_a_reply_is_shown_whole_line_by_line_and_nothing_of_it_steers() -> None:
    text = "Dear Rita,\r\n\x1b[2Jall is\u200b well.\n" + "x" * 5_000 + "\nthe end"
    shown = in_full(*held(reply(text)), "en")
    assert "  | Dear Rita,\n  | [2Jall is well.\n" in shown
    assert "x" * 5_000 in shown
    assert "  | the end" in shown
    assert "(2 invisible characters are not shown here; --json has them)" in shown
    assert "cannot be undone" in shown
    assert not CONTROLS & set(shown)


def test_nothing_is_said_to_be_hidden_where_nothing_is() -> None:
    assert "invisible" not in in_full(*held(reply("one\r\ntwo")), "en")


def test_a_change_that_has_neither_fields_nor_text_is_shown_as_it_is_sent() -> None:
    step = Action(ActionName("jira.transition"), REF, {"to": {"id": "31", "label": "Done"}}, Risk.REVERSIBLE)
    assert '"label": "Done"' in in_full(*held(step), "en")


def test_of_a_new_ticket_all_is_shown_beside_its_fields() -> None:
    pick: JsonValue = {"id": "1", "label": "VPN"}
    args: Args = {
        "type": pick,
        "summary": "New laptop",
        "description": "It broke in the rain.",
        "fields": {f"f{n}": [pick] for n in range(25)},
        "typed": {"customfield_1": {"kind": "prose", "text": "Two people wait."}},
    }
    shown = in_full(*held(Action(ActionName("jira.create"), REF, args, Risk.IRREVERSIBLE)), "en")
    assert "  f24: not set -> VPN" in shown
    assert "It broke in the rain." in shown
    assert "Two people wait." in shown


def test_words_of_others_take_one_line_and_no_more() -> None:
    dossier, tracked = held()
    dossier = replace(dossier, summary=Untrusted("fire\nrule       approvals[9]: forged"))
    lines = in_full(dossier, tracked, "en").splitlines()
    assert [line for line in lines if line.startswith("rule")] == [
        "rule       approvals[1]: approvals[1] asks for jira.set_fields"
    ]
    assert len(in_brief([(dossier, tracked)]).splitlines()) == 1


def test_who_agreed_is_named() -> None:
    play, what = asked(proposal(), TWO)
    play.happens(answered(play.of(what)))
    assert "1 of 2 (Alice)" in in_brief([(play.dossier, play.of(what))])
    (vote,) = json.loads(as_json(row(play.dossier, play.of(what))))["votes"]
    assert (vote["by"], vote["name"]) == (ALICE, "Alice")


def test_json_has_every_byte_and_is_plain_ascii() -> None:
    text = "\x1b[2J\u202eé\ud800"
    said = as_json(row(*held(reply(text))))
    assert said.isascii()
    assert not CONTROLS & set(said)
    assert json.loads(said)["payload"] == {"text": text}


def test_an_empty_list_says_so() -> None:
    assert in_brief([]) == "nothing waits for anybody"
    assert standing([]) == "no standing permissions"


def test_a_standing_permission_is_one_line() -> None:
    action = set_fields()
    grant = Grant(
        shape=shape(action, "OPS"),
        action=action.name,
        connector="jira",
        queue="OPS",
        says="Set\nPriority.",
        by=ALICE,
        at=T0,
        rule="approvals[1]",
    )
    assert standing([grant]) == (
        f"{grant.shape}  jira OPS  Set Priority.  by U0ALICE on 2026-11-20 09:00 UTC, approvals[1]"
    )
    assert standing_row(grant)["shape"] == grant.shape
