"""Details show everything, however long, page by page; nothing of it is markup."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from approvals.clicks import parse_value
from approvals.details import MORE, PAGE_BYTES_MAX, Facts, details, page_of
from approvals.limits import faults_of_view
from bot.core.actions import Receipt
from bot.core.dossier import Status, Tracked, Vote
from bot.core.ids import Operation
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from bot.core.words import LANGUAGES
from tests.approvals.drawing import ASKED, DOSSIER, decided, faults_of_form, texts, tracked
from tests.approvals.test_card import HOSTILE, proposable
from tests.making import ALICE, CAROL, after, proposal, reply, set_fields

View = dict[str, Any]


def pages(of: Tracked, told: Facts | None = None, language: str = "en") -> list[View]:
    """Every page, turned as a person would turn them."""
    found = [details(DOSSIER, [(of, told or Facts())], language)]
    while (onward := turns(found[-1]).get("next")) is not None:
        found.append(details(DOSSIER, [(of, told or Facts())], language, page=onward))
    return found


def turns(view: View) -> dict[str, int]:
    """Where each of its buttons leads, by what a person reads on it."""
    rows = [block for block in view["blocks"] if block["type"] == "actions"]
    return {row["elements"][0]["text"]["text"].split()[0].lower(): page_of(row["block_id"]) for row in rows}


def read(view: View) -> str:
    return "".join(words for kind, words in texts(view) if kind == "text")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["Short.", "x" * 30_000, "🔥" * 30_000, "é\n" * 15_000])
def test_every_page_passes_every_judge(text: str, language: str) -> None:
    for view in pages(tracked(proposal(reply(text))), Facts(undo="There is no way."), language):
        assert faults_of_view(view) == []
        assert faults_of_form(view) == []
        assert len(json.dumps(view)) < PAGE_BYTES_MAX * 1.5


def test_details_show_a_reply_whole_however_long() -> None:
    text = "".join(chr(0x4E00 + n % 20_000) for n in range(30_000))
    found = pages(tracked(proposal(reply(text))))
    assert len(found) > 1
    assert text in "".join(
        read(view).partition("Page ")[0].replace("OPS-1Printer on fire", "") for view in found
    )


def test_pages_can_be_turned_back_and_the_ends_have_no_way_on() -> None:
    found = pages(tracked(proposal(reply("🔥" * 30_000))))
    assert len(found) > 2
    assert set(turns(found[0])) == {"next"}
    assert turns(found[1]) == {"previous": 0, "next": 2}
    assert set(turns(found[-1])) == {"previous"}
    button = next(b for b in found[1]["blocks"] if b["type"] == "actions")["elements"][0]
    assert (button["action_id"], parse_value(button["value"])) == (MORE, (proposal().id, 1))


def test_a_page_that_is_not_there_any_more_is_the_last_one() -> None:
    assert details(DOSSIER, [(tracked(), Facts())], "en", page=99) == pages(tracked())[-1]
    assert page_of("page:7") == 7
    assert [page_of(odd) for odd in ("page:", "page:-1", "page:²", "x", "")] == [0, 0, 0, 0, 0]


def test_every_fact_is_there() -> None:
    vote = Vote(by=ALICE, at=after(5), name=Untrusted("Alice Moreau"))
    ask = replace(ASKED, quorum=2, approvers=(ALICE, "S0MANAGERS", "jira/Ops leads"))
    of = tracked(ask=ask, votes=(vote,), reminded_at=after(30), escalated_at=after(120))
    shown = read(details(DOSSIER, [(of, Facts(undo="The former values can be set back."))], "en"))
    for part in (
        "Priority: Low → High",
        "approvals[2] asks for jira.set_fields · approvals[2]",
        "May decide: U0ALICE, S0MANAGERS, jira/Ops leads",
        "Approvals needed: 2",
        "Approved by: Alice Moreau (20.11.2026 09:05 UTC)",
        "Asked by: skill:triage",
        "The summary says fire.",
        "Undo: The former values can be set back.",
        "Expires: 20.11.2026 17:00 UTC",
        "Reminded: 20.11.2026 09:30 UTC",
        "Escalated: 20.11.2026 11:00 UTC",
        f"SHA-256 {of.digest}",
        f"{of.proposal.id} · 1",
    ):
        assert part in shown


def test_after_the_decision_details_say_how_it_ended_and_what_the_system_calls_it() -> None:
    receipt = Receipt(Operation("CS-0123456789AB"), "10777")
    of = decided(Status.EXECUTED, receipt=receipt, operation=receipt.operation)
    shown = read(details(DOSSIER, [(of, Facts())], "en"))
    assert "Status: Done: Set Priority to High. Approved by Alice." in shown
    assert "reference: 10777" in shown
    assert "CS-0123456789AB" in shown
    assert "still asked" not in shown


def test_all_that_share_a_card_are_shown_one_after_the_other() -> None:
    first, second = tracked(), tracked(proposal(set_fields(labels=(Value("a", "fire"),)), number=2))
    view = details(DOSSIER, [(first, Facts()), (second, Facts())], "en", card=True)
    assert faults_of_view(view) == []
    assert faults_of_form(view) == []
    assert view["callback_id"] == "approval:details_all"
    shown = read(view)
    assert (
        shown.index(first.proposal.id)
        < shown.index("Labels: not set → fire")
        < shown.index(second.proposal.id)
    )


@pytest.mark.parametrize("words", HOSTILE, ids=lambda w: repr(w)[:24])
def test_what_others_wrote_stays_plain(words: str) -> None:
    what = proposal(set_fields(priority=(Value("9", proposable(words)),)))
    of = tracked(
        replace(what, why=Untrusted(words), says=words[:2000]),
        votes=(Vote(by=CAROL, at=after(1), name=Untrusted(words)),),
    )
    for view in pages(of, Facts(undo=words[:300])):
        assert faults_of_view(view) == []
        assert not [said for kind, said in texts(view) if kind == "mrkdwn"]
