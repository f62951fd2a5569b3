"""A proposal meets the policy: carried out, put to people, or not permitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from approvals.policy import Rulebook, evaluate
from approvals.states import ENDED
from bot.core.actions import Proposal, Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Execute, Ping, Wake
from bot.core.events import Escalated, Expired, Reminded
from bot.core.grants import Grant, shape
from bot.core.ids import EffectId, EventId
from bot.core.verdicts import Allow, Ask, Deny, Verdict
from bot.decide.transition import Draft, where

TRACKED_MAX = 60
"""Proposals kept per ticket; the oldest that are over go first. The audit keeps them all."""
SAME_PER_DAY_MAX = 2
"""How often one change is made to one ticket in a day without a click: somebody keeps setting it back."""
DAY = timedelta(days=1)


def consider(
    draft: Draft, book: Rulebook, proposal: Proposal, *, human: bool, grants: Sequence[Grant] = ()
) -> Tracked | None:
    """Ask policy about ``proposal``; None when it is passed over.

    What is allowed is ordered at once. What has to be asked is only kept: the caller puts it to people.
    """
    digest = proposal.action.digest()
    if proposal.id in draft.dossier.tracked:
        return None
    tracked = Tracked(proposal, Status.PENDING, digest)
    no = (digest, proposal.basis.essence)
    # A person who asks for it in so many words is heard all the same: the next no comes from a person, too.
    by_skill = ":" in proposal.by
    if by_skill and any((each.digest, each.essence) == no for each in draft.dossier.turned_down):
        draft.record("proposal.withheld", actor=proposal.by, tracked=tracked, because="rejected before")
        return None
    verdict = evaluate(book, proposal.action, where(draft.dossier, proposal), human=human)
    grant = _granted(draft.dossier, proposal, verdict, grants)
    if grant is not None:
        verdict = Allow(rule=verdict.rule, because=f"{grant.by} allowed exactly this for good")
    if isinstance(verdict, Allow) and _goes_round(draft, tracked):
        draft.record(
            "loop.broken", actor="policy", tracked=tracked, because="the same change again and again"
        )
        return None
    tracked = judged(tracked, verdict, draft, book)
    if grant is not None:
        tracked = replace(tracked, decided_by=f"grant:{grant.shape}")
    draft.dossier = _pruned(draft.dossier.put(tracked))
    kind = type(verdict).__name__.lower()
    draft.record(f"verdict.{kind}", actor="policy", tracked=tracked, because=verdict.because)
    if isinstance(verdict, Allow):
        draft.order(lambda ident: Execute(ident, proposal.id, tracked.revision))
    return tracked


def judged(tracked: Tracked, verdict: Verdict, draft: Draft, book: Rulebook) -> Tracked:
    """Return ``tracked`` with the verdict written into it; votes on an older revision do not count."""
    tracked = replace(tracked, rule=verdict.rule, because=verdict.because, votes=())
    at = draft.event.at
    match verdict:
        case Allow():
            return replace(tracked, status=Status.APPROVED, decided_by="policy", decided_at=at)
        case Ask():
            expires_at = book.moment(at, verdict.expires_after_s, business_hours=verdict.business_hours)
            return replace(
                tracked,
                ask=verdict,
                asked_at=at,
                expires_at=expires_at,
                reminded_at=None,
                escalated_at=None,
                too_few=None,
            )
        case Deny():
            return replace(tracked, status=Status.DENIED, reason=verdict.because)


def put_together(draft: Draft, book: Rulebook, asked: Sequence[Tracked]) -> None:
    """Put several to people that came at once: they share one card, each with its own choice."""
    if len(asked) > 1:
        known, first = draft.dossier.tracked, asked[0].proposal.id
        asked = [replace(known[each.proposal.id], bundle=first) for each in asked]
        for tracked in asked:
            draft.dossier = draft.dossier.put(tracked)
    for tracked in asked:
        put_to_people(draft, book, tracked)


def put_to_people(draft: Draft, book: Rulebook, tracked: Tracked) -> None:
    """Show the card of what was asked, tell who is on duty, and set the timers."""
    ask = tracked.ask
    assert ask is not None, "only what is asked is put to people"
    draft.show_card(tracked.proposal.id)
    if ask.on_duty:
        words = {"says": tracked.proposal.says}
        draft.order(lambda ident: Ping(ident, tracked.proposal.id, ask.on_duty, "ping.asked", words))
    for after_s, kind in ((ask.remind_after_s, Reminded), (ask.escalate_after_s, Escalated)):
        if after_s is None:
            continue
        due = book.moment(draft.event.at, after_s, business_hours=ask.business_hours)
        if tracked.expires_at is None or due < tracked.expires_at:
            draft.order(partial(_wake, tracked=tracked, kind=kind, at=due))
    if tracked.expires_at is not None:
        draft.order(partial(_wake, tracked=tracked, kind=Expired, at=tracked.expires_at))


def _wake(
    ident: EffectId, *, tracked: Tracked, kind: type[Reminded | Escalated | Expired], at: datetime
) -> Wake:
    name = kind.__name__.lower()
    event = kind(
        id=EventId(f"{ident}/{name}"), at=at, proposal=tracked.proposal.id, revision=tracked.revision
    )
    return Wake(ident, event)


def _granted(dossier: Dossier, proposal: Proposal, verdict: Verdict, grants: Sequence[Grant]) -> Grant | None:
    """Return the standing permission that replaces this card, if the rule that asks still offers such."""
    if not isinstance(verdict, Ask) or verdict.always_after is None:
        return None
    if proposal.action.risk is not Risk.REVERSIBLE or proposal.undoes is not None:
        return None
    wanted = shape(proposal.action, dossier.queue)
    return next((each for each in grants if each.shape == wanted), None)


def _goes_round(draft: Draft, tracked: Tracked) -> bool:
    if tracked.proposal.action.risk is Risk.NOTE:
        return False
    now = draft.event.at
    same = [did for did in draft.dossier.did if did.digest == tracked.digest and now - did.at < DAY]
    return len(same) >= SAME_PER_DAY_MAX


def _pruned(dossier: Dossier) -> Dossier:
    """Drop the oldest proposals that are over when there are too many; a living set keeps its first."""
    excess = len(dossier.tracked) - TRACKED_MAX
    if excess <= 0:
        return dossier
    alive = {each.card_of for each in dossier.tracked.values() if each.status not in ENDED}
    # The set's card hangs on its first: it stays as long as any other of the set is kept.
    alive |= {each.card_of for each in dossier.tracked.values() if each.card_of != each.proposal.id}
    alive |= {each.undone_by for each in dossier.tracked.values() if each.undone_by is not None}
    over = [
        ident for ident, tracked in dossier.tracked.items() if tracked.status in ENDED and ident not in alive
    ][:excess]
    return replace(dossier, tracked={k: v for k, v in dossier.tracked.items() if k not in over})
