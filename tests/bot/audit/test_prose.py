"""What is encrypted and what stays readable: figures and our own sentences are, everything else is not."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.policy import DEFAULT_RULES, Match, Rule, Rulebook, Where, evaluate
from bot.audit import kinds
from bot.audit.prose import merged, split
from bot.core.actions import Action, Risk
from bot.core.dossier import Status
from bot.core.ids import ActionName
from bot.core.verdicts import Asking
from bot.core.words import CATALOGUE
from tests.bot.audit.conftest import record
from tests.making import REF

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "because",
    [
        "refused.not_approver",
        "drift.text",
        "rejected before",
        "it had not landed",
        "mode is suggest",
        "12 runs within an hour",
        "no rule matches jira.assign",
        "approvals[3] denies servicenow.close",
        "",
    ],
)
def test_our_own_sentences_stay_readable(because: str) -> None:
    clear, words = split(record(because=because))
    assert clear.get("because", "") == because
    assert not words


@pytest.mark.parametrize(
    "because",
    [
        "Bob said no",
        "rejected before lunch",
        "mode is off because Bob is ill",
        "pending to approved",
        "no rule matches Bob Smith at all",
        "Bob",
        "jira refused: user bob@example.org may not",
        "Priority was High and is now Bob's",
    ],
)
def test_what_a_person_or_a_vendor_wrote_is_encrypted(because: str) -> None:
    clear, words = split(record(what="proposal.rejected", because=because))
    assert "because" not in clear
    assert words["because"] == because


def test_two_states_and_a_vendors_event_stay_readable_where_they_belong() -> None:
    assert split(record(what="move.refused", because="denied to approved"))[0]["because"]
    assert split(record(what="ticket.touched", because="jira:issue_updated"))[0]["because"]
    assert "because" not in split(record(what="ticket.touched", because="Bob Smith wrote"))[0]


@pytest.mark.parametrize(
    "actor", ["slack:U0ALICE", "skill:triage", "policy", "timer", "cli:root", "cli:al(root)"]
)
def test_who_did_it_stays_readable(actor: str) -> None:
    assert split(record(actor=actor))[0]["actor"] == actor


@pytest.mark.parametrize(
    "actor", ["bob@example.org", "Bob Smith", "5b10ac8d:Bob", "slack:Bob Smith", "bsmith"]
)
def test_a_vendors_name_for_a_person_is_encrypted(actor: str) -> None:
    clear, words = split(record(actor=actor))
    assert "actor" not in clear
    assert words["actor"] == actor


def test_details_are_words_unless_they_are_known_to_be_figures() -> None:
    details: dict[str, Any] = {
        "tokens_in": 12,
        "usd": 0.25,
        "draft": True,
        "request": "a" * 64,
        "to": ["S0DIRECTORS", "U0ALICE"],
        "gone": [],
        "model": "claude-opus-5",
        "reason": "ill",
        "brain": "Bob Smith, by hand",
        "nested": {"tokens": 1},
    }
    clear, words = split(record(details=details))
    assert set(words["details"]) == {"reason", "brain", "nested"}
    assert merged(clear, words)["details"] == details


@given(st.text(max_size=60), st.text(max_size=30))
def test_nothing_is_lost_by_the_split(because: str, actor: str) -> None:
    whole = record(3, because=because, actor=actor)
    clear, words = split(whole)
    back = merged(clear, words)
    assert (back.get("because", ""), back.get("actor", "")) == (because, actor)
    assert back["details"] == whole.details


def test_a_number_that_is_none_cannot_stop_the_sealing() -> None:
    details: dict[str, Any] = {"usd": float("nan"), "deep": {"list": [float("inf"), 1.5]}}
    _, words = split(record(details=details))
    assert words["details"] == {"usd": "nan", "deep": {"list": ["inf", 1.5]}}


def test_what_policy_says_stays_readable() -> None:
    """Its sentences are made in approvals/policy.py; a new one there must be known here."""
    act = Action(ActionName("jira.assign"), REF, {}, Risk.REVERSIBLE)
    where = Where(connector="jira", queue="OPS")
    rules = [
        (),
        DEFAULT_RULES,
        (Rule(name="approvals[0]", match=Match(), allow=True),),
        (Rule(name="approvals[0]", match=Match()),),
        (Rule(name="approvals[0]", match=Match(), ask=Asking(approvers=("U0ALICE",))),),
    ]
    for each in rules:
        for human in (True, False):
            verdict = evaluate(Rulebook(rules=each), act, where, human=human)
            clear, _ = split(record(what="verdict.deny", because=verdict.because))
            assert clear.get("because") == verdict.because


def written_kinds() -> set[str]:
    """Every kind of record that product code writes with a literal name."""
    found: set[str] = set()
    for folder in ("bot", "approvals", "skills", "connectors"):
        for path in (ROOT / folder).rglob("*.py"):
            if "audit" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                found |= _kinds_in(node)
    return found


def _kinds_in(node: ast.AST) -> set[str]:
    if not isinstance(node, ast.Call):
        return set()
    named = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if named not in {"record", "_record", "Record"}:
        return set()
    whats = [node.args[0]] if node.args else [each.value for each in node.keywords if each.arg == "what"]
    said = [each.value for each in whats if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return {each for each in said if "." in each}


def test_every_kind_of_record_is_explained() -> None:
    written = written_kinds()
    assert "vote.cast" in written, "the search finds what is there"
    missing = written - set(kinds.KINDS)
    assert not missing, f"say in bot/audit/kinds.py what these are: {sorted(missing)}"
    assert {f"proposal.{status.value}" for status in Status} <= set(kinds.KINDS)


def test_every_class_is_one_of_ocsf_and_its_numbers_agree() -> None:
    for what, kind in kinds.KINDS.items():
        numbers = kind.ocsf()
        assert numbers["class_uid"] in kinds.CLASSES, what
        assert numbers["type_uid"] == numbers["class_uid"] * 100 + numbers["activity_id"]
        assert numbers["category_uid"] == numbers["class_uid"] // 1000
    assert kinds.kind("write.started").ocsf()["type_uid"] == 600303
    assert kinds.kind("proposal.never_heard_of").ocsf()["class_uid"] == 3004
    assert kinds.kind("never.heard_of").ocsf()["class_uid"] == 0


def test_the_catalogue_has_no_key_that_is_a_sentence() -> None:
    assert all(" " not in key for key in CATALOGUE)


def test_the_table_of_kinds_in_the_documents_is_drawn_from_the_code() -> None:
    told = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    assert kinds.table() in told, "paste what bot.audit.kinds.table() returns"
