"""Every record the bot writes is told in words, with the right people, tickets and counts."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.audit.kinds import KINDS
from bot.core.audit import Record
from bot.core.codec import encode
from bot.core.dossier import Status
from bot.core.words import CATALOGUE
from sandbox.demo.sentences import REFUSALS, SENTENCES, UNDO, VERBS
from sandbox.demo.telling import Line, Names, Teller

ROOT = Path(__file__).parents[3]
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def teller() -> Teller:
    people = {"U0ALICE": "Alice Moreau", "S0DIRECTORS": "the directors"}
    return Teller(Names(lambda system, ident: f"OPS-{ident}" if system == "jira" else "", people.__getitem__))


def tell(teller: Teller, what: str, **fields: Any) -> Line:
    """As the feed reads it from the stream: through the bot's own codec."""
    given: dict[str, Any] = {"at": AT, "ticket": "jira:7", "actor": "policy", **fields}
    return teller.tell("1-0", json.loads(encode(Record(what=what, **given)))["d"])


def kinds_written_by_the_bot() -> set[str]:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    named = set(re.findall(r"record\(\s*\"([a-z_]+\.[a-z_]+)\"", source))
    named |= set(re.findall(r"\bwhat=\"([a-z_]+\.[a-z_]+)\"", source))
    verdicts = {f"verdict.{name}" for name in ("allow", "ask", "deny")}
    moves = {f"proposal.{status.value}" for status in Status}
    return named | verdicts | moves | set(KINDS)


def test_there_are_words_for_every_kind_of_record() -> None:
    kinds = kinds_written_by_the_bot()
    assert {"stop.set", "stand_in.set", "vote.cast"} <= kinds, "the search above finds what is written"
    assert not kinds - set(SENTENCES), "sandbox/demo/sentences.py has no words for these"


def test_every_sentence_can_be_said_of_any_record(teller: Teller) -> None:
    for kind in SENTENCES:
        line = tell(teller, kind)
        assert line["text"], kind
        assert not set("{}") & set(line["text"]), kind


def test_there_are_words_for_every_verb_of_the_connectors() -> None:
    files = (ROOT / "connectors").glob("*/actions/[a-z]*.py")
    verbs = {path.stem for path in files}
    assert len(verbs) > 5
    assert verbs <= set(VERBS) - {UNDO}


def test_there_are_words_for_every_refusal_of_a_click() -> None:
    assert {key for key in CATALOGUE if key.startswith("refused.")} - {"refused.by"} <= set(REFUSALS)


def test_a_kind_nobody_knows_is_told_by_its_name(teller: Teller) -> None:
    line = tell(teller, "moon.landed_on")
    assert (line["tone"], line["text"]) == ("quiet", "moon landed on")


def test_an_approval_names_the_person_and_what_the_verdict_said_it_would_do(teller: Teller) -> None:
    asked = tell(teller, "verdict.ask", proposal="p1", because="approvals[1] asks for jira.set_priority")
    approved = tell(teller, "proposal.approved", proposal="p1", actor="slack:U0ALICE")
    assert asked["text"] == "Asked for approval to change the priority"
    assert approved["text"] == "Alice Moreau approved: change the priority"
    assert approved["key"] == "OPS-7"
    assert approved["ticket"] == "jira:OPS-7"


def test_notes_and_changes_are_counted_apart(teller: Teller) -> None:
    tell(teller, "verdict.allow", proposal="n", because="approvals[0] allows servicenow.add_work_note")
    tell(teller, "verdict.ask", proposal="c", because="approvals[1] asks for jira.set_fields")
    assert teller.totals["waiting"] == 1
    tell(teller, "proposal.executed", proposal="n")
    tell(teller, "proposal.executed", proposal="c")
    assert (teller.totals["notes"], teller.totals["changes"], teller.totals["waiting"]) == (1, 1, 0)


def test_an_edit_and_a_refused_click_leave_the_card_waiting(teller: Teller) -> None:
    tell(teller, "verdict.ask", proposal="c", because="approvals[1] asks for jira.set_fields")
    tell(teller, "proposal.edited", proposal="c", actor="slack:U0ALICE")
    tell(teller, "click.refused", proposal="c", actor="slack:U0ALICE", because="refused.not_approver")
    assert teller.totals == {"read": 0, "notes": 0, "waiting": 1, "changes": 0, "refused": 1}


def test_a_ticket_that_is_gone_is_told_without_a_key(teller: Teller) -> None:
    line = tell(teller, "ticket.gone", ticket="servicenow:incident:0")
    assert (line["ticket"], line["key"]) == ("", "")


def test_a_reading_says_what_it_found_and_what_it_cost(teller: Teller) -> None:
    details = {"brain": "local", "findings": 1, "similar": 5, "draft": True, "tokens_in": 0, "usd": 0.0}
    line = tell(teller, "skill.finished", actor="skill:triage", details=details)
    assert (
        line["text"]
        == "Read the ticket with the local brain: 1 suggestion, 5 similar past tickets, a drafted reply"
    )
    assert line["more"] == ""
    paid = tell(teller, "skill.finished", details={"tokens_in": 900, "tokens_out": 100, "usd": 0.0123})
    assert paid["more"] == "1,000 tokens, 0.0123 USD"


def test_a_vote_says_how_many_more_it_takes_and_leaves_the_card_waiting(teller: Teller) -> None:
    tell(teller, "verdict.ask", proposal="r", because="approvals[5] asks for jira.reply_publicly")
    cast = tell(teller, "vote.cast", proposal="r", actor="slack:U0ALICE", details={"votes": 1, "missing": 1})
    assert cast["text"] == "Alice Moreau agreed to post a public reply; 1 more has to agree"
    tell(teller, "proposal.reminded", proposal="r", actor="timer")
    wider = tell(teller, "proposal.escalated", proposal="r", actor="timer", details={"to": ["S0DIRECTORS"]})
    assert wider["text"] == "Nobody decided for so long that the directors may decide as well"
    assert wider["actor"] == "the clock"
    assert teller.totals["waiting"] == 1
    expired = tell(teller, "proposal.expired", proposal="r", actor="timer")
    assert (expired["tone"], expired["text"]) == ("no", "Nobody decided in time")
    assert teller.totals["waiting"] == 0


def test_an_undo_is_told_as_one_to_its_end(teller: Teller) -> None:
    tell(teller, "verdict.ask", proposal="c", because="approvals[2] asks for jira.set_fields")
    tell(teller, "proposal.executed", proposal="c")
    asked = tell(teller, "undo.asked", proposal="u", actor="slack:U0ALICE", details={"undoes": "c"})
    assert asked["text"] == "Alice Moreau asked to set a change back"
    assert teller.totals["waiting"] == 1
    approved = tell(teller, "proposal.approved", proposal="u", actor="slack:U0ALICE")
    assert approved["text"] == "Alice Moreau approved: set a change back"
    done = tell(teller, "proposal.executed", proposal="u")
    assert done["text"] == "Set the old values back and read the ticket again"
    undone = tell(teller, "proposal.undone", proposal="c", actor="slack:U0ALICE", because="")
    assert "undone" in undone["text"]
    assert (teller.totals["waiting"], teller.totals["changes"]) == (0, 2)


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("*", "the whole bot"),
        ("connector:servicenow", "everything on ServiceNow"),
        ("skill:triage", "the triage skill"),
    ],
)
def test_the_kill_switch_is_told_with_what_it_covers_and_why(teller: Teller, scope: str, words: str) -> None:
    details = {"scope": scope}
    stopped = tell(teller, "stop.set", ticket="", actor="slack:U0ALICE", because="odd", details=details)
    assert (stopped["tone"], stopped["text"]) == ("alert", f"Alice Moreau stopped {words}")
    assert stopped["more"] == "odd"
    lifted = tell(teller, "stop.lifted", ticket="", actor="cli:alice", details=details)
    assert lifted["text"] == f"alice, at the command line let {words} go on"
