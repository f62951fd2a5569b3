"""The internal note: what it says, as neutral lines; a connector escapes them and gives them their looks."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.actions import Risk
from bot.core.alike import alike_lines
from bot.core.arguments import NoteLine
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.fingerprint import fingerprint
from bot.core.judgement import BOTH
from bot.core.outgoing import quiet
from bot.core.reports import Finding, Report
from bot.core.tickets import FieldValue, PastTicket
from bot.core.untrusted import Untrusted
from bot.core.words import say

SURE_HIGH, SURE_MIDDLE = 0.85, 0.6
"""Where the words for confidence change. Only words: thresholds that act are the policy's."""
QUOTE_CHARS_MAX = 160
SUMMARY_CHARS_MAX = 90
DRAFT_CHARS_MAX = 4_000
REASON_CHARS_MAX = 300
OUTCOMES_MAX = 10
"""The newest this many decisions are listed; the audit has them all."""


def note(report: Report, dossier: Dossier, language: str) -> tuple[NoteLine, ...]:
    """Return the whole living note: suggestions, similar tickets, draft, decisions, and who judged."""
    lines = [NoteLine(kind="title", text=say(language, "note.title"))]
    lines += _findings(report, language)
    lines += alike_lines(report.alike, language)
    asked_about = {each.key for each in report.alike.same}
    similar = [past for past in report.similar if past.key not in asked_about]
    if similar:
        lines.append(NoteLine(kind="heading", text=say(language, "note.similar")))
        lines += [NoteLine(kind="link", text=_past(past, language), url=past.url) for past in similar]
    if report.draft is not None:
        lines.append(NoteLine(kind="heading", text=say(language, "note.draft")))
        lines.append(NoteLine(kind="quote", text=report.draft.clean(DRAFT_CHARS_MAX)))
        if report.draft_source:
            lines.append(
                NoteLine(kind="fine", text=say(language, "note.draft_from", key=report.draft_source))
            )
    lines += _decisions(dossier, language)
    lines.append(NoteLine(kind="fine", text=_judged_by(report, language)))
    return tuple(lines)


def outcome_note(tracked: Tracked, language: str) -> tuple[NoteLine, ...]:
    """Return the short note that follows a decision in a journal, whose entries cannot be edited."""
    return (NoteLine(kind="text", text=outcome(tracked, language)),)


def material(lines: Iterable[NoteLine]) -> str:
    """Fingerprint what a note says, so that the same is not said twice."""
    return fingerprint([line.model_dump() for line in lines])


def outcome(tracked: Tracked, language: str) -> str:
    """Return one sentence on where a proposal stands."""
    who = tracked.decided_name.line(80) or say(language, "outcome.policy")
    why = Untrusted(tracked.reason).line(REASON_CHARS_MAX)
    says = Untrusted(tracked.proposal.says).line()
    return say(language, f"outcome.{tracked.status.value}", says=says, who=who, why=why).strip()


def shown(value: FieldValue, language: str) -> str:
    """Return a field's value as people read it."""
    return ", ".join(Untrusted(each.label).line() for each in value) or say(language, "note.unset")


def sureness(confidence: float, language: str) -> str:
    """Return how sure, in words and percent."""
    step = "high" if confidence >= SURE_HIGH else "middle" if confidence >= SURE_MIDDLE else "low"
    return say(language, f"note.sure.{step}", percent=str(round(confidence * 100)))


def _findings(report: Report, language: str) -> list[NoteLine]:
    lines = [NoteLine(kind="heading", text=say(language, "note.suggested"))]
    if not report.findings:
        lines.append(NoteLine(kind="text", text=say(language, "note.nothing")))
    for finding in report.findings:
        lines += _finding(finding, language)
    return lines


def _finding(finding: Finding, language: str) -> list[NoteLine]:
    lines = [NoteLine(kind="field", label=finding.label, text=_suggested(finding, language))]
    if finding.quote:
        quoted = f"{say(language, 'note.rests')} «{quiet(finding.quote, QUOTE_CHARS_MAX)}»"
        lines.append(NoteLine(kind="bullet", text=quoted))
    elif finding.because:
        lines.append(NoteLine(kind="bullet", text=quiet(finding.because, QUOTE_CHARS_MAX)))
    return lines


def _suggested(finding: Finding, language: str) -> str:
    """Return the value, or what it was torn between."""
    current = shown(finding.current, language)
    values = [Untrusted(each.label).line() for each in (finding.value, *finding.others)]
    if not finding.others:
        sure = sureness(finding.confidence, language)
        return say(language, "note.value", value=values[0], current=current, sure=sure)
    or_ = say(language, "note.or")
    one_of = f"{', '.join(values[:-1])} {or_} {values[-1]}"
    if not finding.together:
        return say(language, "note.torn", values=one_of, current=current)
    percent = str(round(finding.together * 100))
    return say(language, "note.one_of", values=one_of, current=current, percent=percent)


def _past(past: PastTicket, language: str) -> str:
    said = f"{past.key}: {quiet(past.summary, SUMMARY_CHARS_MAX)}"
    key = "note.copy" if past.copies == 1 else "note.copies"
    return f"{said} ({say(language, key, n=str(past.copies))})" if past.copies else said


def _decisions(dossier: Dossier, language: str) -> list[NoteLine]:
    # A note that had to be asked for is not news of its own in the next one.
    asked = [t for t in dossier.tracked.values() if t.ask and t.proposal.action.risk is not Risk.NOTE]
    if not asked:
        return []
    lines = [NoteLine(kind="heading", text=say(language, "note.outcomes"))]
    for tracked in asked[-OUTCOMES_MAX:]:
        words = outcome(tracked, language)
        if tracked.status is Status.PENDING:
            words = f"{say(language, 'note.waits')}: {Untrusted(tracked.proposal.says).line()}"
        lines.append(NoteLine(kind="bullet", text=words))
    return lines


def _judged_by(report: Report, language: str) -> str:
    if report.degraded and f"note.degraded.{report.degraded}" in _DEGRADED:
        return say(language, f"note.degraded.{report.degraded}")
    if report.brain in {"", "local"}:
        return say(language, "note.brain.local")
    both = report.brain.removeprefix(BOTH)
    key = "note.brain.model" if both == report.brain else "note.brain.both"
    return say(language, key, model=both)


_DEGRADED = frozenset(
    {"note.degraded.provider_down", "note.degraded.budget_spent", "note.degraded.answer_refused"}
)
