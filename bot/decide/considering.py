"""A proposal meets the policy: carried out, put to people, or not permitted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from approvals.policy import Rulebook, evaluate
from bot.core.actions import Proposal
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Execute, Wake
from bot.core.events import Expired
from bot.core.ids import EffectId, EventId
from bot.core.verdicts import Allow, Ask, Deny, Verdict
from bot.decide.transition import Draft, where

TRACKED_MAX = 60
"""Proposals kept per ticket; the oldest that are over go first. The audit keeps them all."""


def consider(draft: Draft, book: Rulebook, proposal: Proposal, *, human: bool) -> None:
    """Ask policy about ``proposal`` and act on the verdict; a known or once rejected one is passed over."""
    digest = proposal.action.digest()
    if proposal.id in draft.dossier.tracked:
        return
    tracked = Tracked(proposal, Status.PENDING, digest)
    if f"{digest}|{proposal.basis.essence}" in draft.dossier.rejected:
        draft.record("proposal.withheld", actor=proposal.by, tracked=tracked, because="rejected before")
        return
    skill = proposal.by.removeprefix("skill:") if proposal.by.startswith("skill:") else ""
    verdict = evaluate(book, proposal.action, where(draft.dossier, skill), human=human)
    tracked = judged(tracked, verdict, draft)
    draft.dossier = _pruned(draft.dossier.put(tracked))
    draft.record(
        f"verdict.{type(verdict).__name__.lower()}", actor="policy", tracked=tracked, because=verdict.because
    )
    match verdict:
        case Allow():
            draft.order(lambda ident: Execute(ident, proposal.id, tracked.revision))
        case Ask():
            draft.show_card(proposal.id)
            draft.order(partial(wake_at_expiry, tracked=tracked))
        case Deny():
            pass


def judged(tracked: Tracked, verdict: Verdict, draft: Draft) -> Tracked:
    """Return ``tracked`` with the verdict written into it."""
    tracked = replace(tracked, rule=verdict.rule, because=verdict.because)
    at = draft.event.at
    match verdict:
        case Allow():
            return replace(tracked, status=Status.APPROVED, decided_by="policy", decided_at=at)
        case Ask():
            expires_at = at + timedelta(seconds=verdict.expires_after_s)
            return replace(tracked, ask=verdict, asked_at=at, expires_at=expires_at)
        case Deny():
            return replace(tracked, status=Status.DENIED, reason=verdict.because)


def wake_at_expiry(ident: EffectId, *, tracked: Tracked) -> Wake:
    """Order the timer that ends ``tracked`` when nobody decides."""
    assert tracked.expires_at is not None, "only what was asked expires"
    return Wake(
        ident,
        Expired(
            id=EventId(f"{ident}/expired"),
            at=tracked.expires_at,
            proposal=tracked.proposal.id,
            revision=tracked.revision,
        ),
    )


def _pruned(dossier: Dossier) -> Dossier:
    """Drop the oldest proposals that are over when there are too many."""
    excess = len(dossier.tracked) - TRACKED_MAX
    if excess <= 0:
        return dossier
    alive = {Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.UNCERTAIN}
    over = [ident for ident, tracked in dossier.tracked.items() if tracked.status not in alive][:excess]
    return replace(dossier, tracked={k: v for k, v in dossier.tracked.items() if k not in over})
