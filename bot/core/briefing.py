"""A skill's report as lines of an internal note, and as a brief where the skill itself speaks in findings."""

from __future__ import annotations

from typing import Final

from bot.core.alike import alike_lines
from bot.core.arguments import NoteLine
from bot.core.briefs import Brief, BriefLine, Reference
from bot.core.judgement import BOTH
from bot.core.notes import DRAFT_CHARS_MAX, SUMMARY_CHARS_MAX, shown, sureness
from bot.core.outgoing import quiet
from bot.core.reports import Finding, Report
from bot.core.untrusted import Untrusted
from bot.core.words import say

LINE_CHARS_MAX: Final = 400
"""Of one line of a brief: it is read at a glance."""
LINES_MAX: Final = 40
"""Of a brief; a note takes 200 lines, nobody reads that many."""
REFERENCES_MAX: Final = 10
"""Shown of what a brief rests on."""
ALSO_MAX: Final = 3
"""Shown of what was found beside that: they come best first, and none of them has proven its worth."""
_DEGRADED: Final = frozenset({"no_key", "provider_down", "budget_spent", "answer_refused", "stays_home"})


def brief_of(report: Report, language: str) -> Brief:
    """Return the report's brief; one made of its findings where the skill has none of its own."""
    if report.brief is not None:
        return report.brief
    lines = tuple(BriefLine("", Untrusted(_finding(each, language))) for each in report.findings)
    past = tuple(
        Reference(Untrusted(f"{each.key}: {each.summary.line(SUMMARY_CHARS_MAX)}"), each.url)
        for each in report.similar
    )
    found = bool(lines or past or report.draft)
    return Brief("brief.triage.title" if found else "brief.triage.nothing", lines, past)


def sources_of(brief: Brief) -> tuple[tuple[str, tuple[Reference, ...]], ...]:
    """Return what there is to open, each lot under the key of its heading; a lot without any is left out."""
    lots = (
        ("brief.references", brief.references[:REFERENCES_MAX]),
        ("brief.also", brief.also[:ALSO_MAX]),
    )
    return tuple((heading, references) for heading, references in lots if references)


def written_by(report: Report, language: str) -> str:
    """Say who put it together, and why no model did where one was to."""
    if report.degraded in _DEGRADED:
        return say(language, f"brief.degraded.{report.degraded}")
    model = report.brain.removeprefix(BOTH)
    if model in {"", "local"}:
        return say(language, "brief.by.record")
    return say(language, "brief.by.model", model=model)


def brief_note(report: Report, language: str) -> tuple[NoteLine, ...]:
    """Return the internal note that answers a command on the ticket."""
    brief = brief_of(report, language)
    lines = [NoteLine(kind="title", text=say(language, brief.title))]
    lines += [_line(each, language) for each in brief.lines[:LINES_MAX]]
    if report.brief is None:
        lines += alike_lines(report.alike, language)
    if report.draft:
        if report.brief is None:
            lines.append(NoteLine(kind="heading", text=say(language, "note.draft")))
        lines.append(NoteLine(kind="quote", text=report.draft.clean(DRAFT_CHARS_MAX)))
    for heading, references in sources_of(brief):
        lines.append(NoteLine(kind="heading", text=say(language, heading)))
        lines += [_reference(each) for each in references]
    lines.append(NoteLine(kind="fine", text=written_by(report, language)))
    return tuple(lines)


def _line(line: BriefLine, language: str) -> NoteLine:
    if line.about is not None:
        before = say(language, "itsm.label", label=say(language, line.label), value="") if line.label else ""
        told = Untrusted(f"{before}{line.about.title.line()}: {line.text.line()}")
        return _reference(Reference(told, line.about.url))
    text = quiet(line.text, LINE_CHARS_MAX)
    if line.label:
        return NoteLine(kind="field", label=say(language, line.label), text=text)
    return NoteLine(kind="bullet", text=text)


def _reference(reference: Reference) -> NoteLine:
    title = quiet(reference.title, LINE_CHARS_MAX)
    if reference.url:
        return NoteLine(kind="link", text=title, url=reference.url)
    return NoteLine(kind="bullet", text=title)


def _finding(finding: Finding, language: str) -> str:
    values = ", ".join(Untrusted(each.label).line() for each in (finding.value, *finding.others))
    return say(
        language,
        "brief.triage.field",
        field=Untrusted(finding.label).line(),
        value=values,
        current=shown(finding.current, language),
        sure=sureness(finding.together if finding.others else finding.confidence, language),
    )
