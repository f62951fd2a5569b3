"""A skill has read the ticket: what policy says about each proposal, and what the note tells."""

from __future__ import annotations

from dataclasses import replace

from pydantic import JsonValue

from approvals.policy import Rulebook
from bot.core.actions import Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.events import SkillFinished
from bot.core.modes import Mode
from bot.core.reports import Report
from bot.core.requests import Requested
from bot.core.rungs import Footing
from bot.decide.considering import consider, put_together
from bot.decide.learning import keep_guesses
from bot.decide.noting import retell
from bot.decide.requesting import requested
from bot.decide.transition import Draft, Transition, where_skill


def decide(dossier: Dossier, event: SkillFinished | Requested, book: Rulebook) -> Transition:
    """Take what a skill or a person wants changed."""
    if isinstance(event, Requested):
        return requested(dossier, event, book)
    return skill_finished(dossier, event, book)


def skill_finished(dossier: Dossier, event: SkillFinished, book: Rulebook) -> Transition:
    """Judge what the skill brought, unless the ticket has moved on meanwhile."""
    draft = Draft(replace(dossier, note_action=event.note_action), event)
    actor = f"skill:{event.skill}"
    _record_run(draft, event, actor)
    outdated = _why_outdated(dossier, event)
    if outdated:
        draft.record("report.outdated", actor=actor, because=outdated)
        return draft.done()
    keep_guesses(draft, event)
    footing = book.footing(where_skill(draft.dossier, event.skill), event.held)
    report = _shown(event.report, footing)
    if report is None:
        draft.record("report.kept", actor=actor, because=f"mode is {footing.base.value}")
        return draft.done()
    draft.dossier = replace(draft.dossier, report=report)
    _propose(draft, event, book, footing)
    retell(draft, book, quiet_after=event.touched_at)
    return draft.done()


def mode_of(footing: Footing, dossier: Dossier, tracked: Tracked) -> Mode:
    """Return how far the bot may go with ``tracked``: by the lowest of what it sets.

    A note may go as far as anything that it shows.
    """
    action = tracked.proposal.action
    if action.risk is not Risk.NOTE:
        return footing.of_change(action.args)
    findings = dossier.report.findings if dossier.report is not None else ()
    modes = [footing.base, *(footing.of_value(each.field, each.value.id) for each in findings)]
    return max(modes, key=lambda mode: mode.rank)


def _shown(report: Report, footing: Footing) -> Report | None:
    """Return what people are shown of a report, without its proposals; None where that is nothing."""
    findings = tuple(
        each for each in report.findings if footing.of_value(each.field, each.value.id).reaches(Mode.SUGGEST)
    )
    told = replace(report, findings=findings, wishes=(), proposals=())
    if footing.base.reaches(Mode.SUGGEST):
        return told
    # Only some suggestions were raised out of the shadow: the rest of the report stays there.
    return replace(told, similar=(), draft=None, draft_source="") if findings else None


def _propose(draft: Draft, event: SkillFinished, book: Rulebook, footing: Footing) -> None:
    """Judge each proposal; several that have to be asked share one card."""
    asked: list[Tracked] = []
    for proposal in event.report.proposals:
        mode = footing.of_change(proposal.action.args)
        if not mode.reaches(Mode.APPROVE):
            continue
        if proposal.action.risk is Risk.NOTE or proposal.action.target != draft.dossier.ref:
            # The living note is the bot's own, and a skill speaks of the ticket it has read.
            because = f"{proposal.action.name} is not its to ask"
            draft.record("proposal.withheld", actor=f"skill:{event.skill}", because=because)
            continue
        human = mode is not Mode.AUTO
        tracked = consider(draft, book, proposal, human=human, grants=event.grants)
        if tracked is not None and tracked.status is Status.PENDING:
            asked.append(tracked)
    put_together(draft, book, asked)


def _why_outdated(dossier: Dossier, event: SkillFinished) -> str:
    """Return why nobody needs this report any more, or an empty string."""
    if dossier.essence is not None and event.snapshot.ticket.essence != dossier.essence:
        return "the ticket changed while it was being read"
    if dossier.gone or dossier.closed:
        return "the ticket was closed while it was being read"
    return "a person has answered" if dossier.silenced else ""


def _record_run(draft: Draft, event: SkillFinished, actor: str) -> None:
    usage = event.report.usage
    draft.record(
        "skill.finished",
        actor=actor,
        details={
            "brain": event.report.brain,
            "degraded": event.report.degraded,
            "findings": len(event.report.findings),
            "similar": len(event.report.similar),
            "draft": event.report.draft is not None,
            "model": usage.model,
            "tokens_in": usage.tokens_in,
            "tokens_out": usage.tokens_out,
            "tokens_cached": usage.tokens_cached,
            "usd": usage.usd,
            **_both(event.report),
        },
    )


def _both(report: Report) -> dict[str, JsonValue]:
    """Return what was said and what the local brain thought, where a model was paid beside it."""
    if not report.local:
        return {}
    said: dict[str, JsonValue] = {
        each.field: {"value": each.value.label, "confidence": each.confidence} for each in report.findings
    }
    local: dict[str, JsonValue] = {
        each.field: {"value": each.value.label, "confidence": each.confidence, "proven": each.proven}
        for each in report.local
    }
    return {"said": said, "local": local}
