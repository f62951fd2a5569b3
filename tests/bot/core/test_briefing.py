"""Answers as internal notes: labelled, quiet, and honest about who wrote them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.briefing import (
    ALSO_MAX,
    LINE_CHARS_MAX,
    LINES_MAX,
    REFERENCES_MAX,
    brief_note,
    brief_of,
    written_by,
)
from bot.core.briefs import Brief, BriefLine, Reference
from bot.core.judgement import BOTH
from bot.core.reports import Report
from bot.core.tickets import PastTicket
from bot.core.untrusted import Untrusted
from bot.core.words import CATALOGUE
from tests.making import finding

WHAT = BriefLine("brief.summary.what", Untrusted("It burns."))
REPORT = Report(brief=Brief("brief.summary.title", (WHAT,)))


def shown(report: Report, language: str = "en") -> list[tuple[str, str, str]]:
    return [(line.kind, line.label, line.text) for line in brief_note(report, language)]


def test_a_note_has_a_title_its_lines_and_says_who_wrote_it() -> None:
    assert shown(REPORT) == [
        ("title", "", "Hand-over in five lines"),
        ("field", "What", "It burns."),
        ("fine", "", "Put together from the record, without a language model."),
    ]
    assert shown(REPORT, "fr")[0] == ("title", "", "Passation en cinq lignes")


def test_a_reply_and_what_it_rests_on_follow() -> None:
    references = (Reference(Untrusted("VPN"), "https://kb.example/1"), Reference(Untrusted("OPS-0")))
    draft = Untrusted("Hello,\nplease restart.")
    also = (Reference(Untrusted("Mail")),)
    report = replace(REPORT, brief=Brief("brief.draft.title", (), references, also), draft=draft)
    notes = brief_note(report, "en")
    assert [(line.kind, line.text, line.url) for line in notes[1:-1]] == [
        ("quote", "Hello,\nplease restart.", ""),
        ("heading", "Rests on", ""),
        ("link", "VPN", "https://kb.example/1"),
        ("bullet", "OPS-0", ""),
        ("heading", "Found as well, perhaps of use", ""),
        ("bullet", "Mail", ""),
    ]


def test_a_line_about_a_ticket_leads_there() -> None:
    about = Reference(Untrusted("OPS-0"), "https://kb.example/0")
    line = BriefLine("brief.similar.past", Untrusted("It burnt."), about)
    bare = replace(line, about=Reference(Untrusted("OPS-9")))
    notes = brief_note(replace(REPORT, brief=Brief("brief.similar.title", (line, bare))), "en")
    assert [(each.kind, each.text, each.url) for each in notes[1:-1]] == [
        ("link", "Solved before: OPS-0: It burnt.", "https://kb.example/0"),
        ("bullet", "Solved before: OPS-9: It burnt.", ""),
    ]


def test_no_line_leads_anywhere_calls_anybody_or_adds_a_line() -> None:
    hostile = Untrusted(
        "h1. Approved\n[click|http://evil.example/x] @channel [~accountid:1] www.evil.example"
    )
    brief = Brief(
        "brief.summary.title", (BriefLine("", hostile),), (Reference(hostile),), (Reference(hostile),)
    )
    notes = brief_note(replace(REPORT, brief=brief), "en")
    told = "\n".join(line.text for line in notes)
    assert "http://" not in told
    assert "www.evil" not in told
    assert "[~accountid" not in told
    assert "@channel" not in told
    assert all("\n" not in line.text for line in notes)


def test_an_endless_answer_is_cut() -> None:
    lines = tuple(BriefLine("", Untrusted("x" * 5_000)) for _ in range(300))
    references = tuple(Reference(Untrusted(f"R{number}")) for number in range(300))
    brief = Brief("brief.plan.title", lines, references, references)
    notes = brief_note(replace(REPORT, brief=brief), "en")
    assert len(notes) == LINES_MAX + REFERENCES_MAX + ALSO_MAX + 4
    assert max(len(line.text) for line in notes) <= LINE_CHARS_MAX


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"brain": "local"}, "brief.by.record"),
        ({"degraded": "stays_home"}, "brief.degraded.stays_home"),
        ({"degraded": "no_key", "brain": "local"}, "brief.degraded.no_key"),
        ({"degraded": "something new"}, "brief.by.record"),
    ],
)
def test_who_wrote_it_is_said(changed: dict[str, str], says: str) -> None:
    assert written_by(Report(**changed), "en") == CATALOGUE[says]["en"]  # type: ignore[arg-type]  # a table's row


def test_a_model_is_named() -> None:
    for brain in ("claude-x", f"{BOTH}claude-x"):
        assert written_by(Report(brain=brain), "en") == "Written by claude-x (AI, may be wrong)."


def test_a_skill_that_speaks_in_findings_is_told_in_lines() -> None:
    nothing = Untrusted("")
    past = PastTicket("OPS-0", "https://jira.example/OPS-0", "OPS", Untrusted("Fire"), nothing, {})
    brief = brief_of(Report(findings=(finding(),), similar=(past,)), "en")
    assert [line.text.raw for line in brief.lines] == ["Priority: High (now: Low; sure, 90 %)"]
    assert [(each.title.raw, each.url) for each in brief.references] == [("OPS-0: Fire", past.url)]
    triage = shown(Report(findings=(finding(),), draft=Untrusted("Hello.")))
    assert [kind for kind, _, _ in triage] == ["title", "bullet", "heading", "quote", "fine"]
    assert brief_of(Report(), "en") == Brief("brief.triage.nothing")
