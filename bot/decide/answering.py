"""A human clicked, edited, or let the time run out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import assert_never

from approvals.policy import Rulebook, evaluate
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Execute, Whisper
from bot.core.events import Answer, Answered, CardPlace, CardShown, Clicker, Edited, Expired
from bot.core.verdicts import Allow, Ask, Deny
from bot.core.words import say
from bot.decide.considering import judged, wake_at_expiry
from bot.decide.noting import tell_outcome
from bot.decide.transition import Draft, Transition, skill_of, where

REJECTED_MAX = 200
"""Rejections remembered per ticket, the newest ones."""

Refusal = tuple[str, dict[str, str]]
"""A catalogue key and what fills its gaps."""


def decide(dossier: Dossier, event: CardShown | Answered | Edited | Expired, book: Rulebook) -> Transition:
    """Turn what happened around a card into the next dossier."""
    draft = Draft(dossier, event)
    tracked = dossier.tracked.get(event.proposal)
    match event:
        case CardShown():
            if tracked is not None:
                draft.dossier = dossier.put(_with_card(tracked, event.place))
        case Answered():
            _answered(draft, event, tracked, book)
        case Edited():
            _edited(draft, event, tracked, book)
        case Expired():
            waits = tracked is not None and tracked.status is Status.PENDING
            if tracked is not None and waits and tracked.revision == event.revision:
                _end(draft, book, tracked, Status.EXPIRED, actor="timer", reason="")
        case _ as unreachable:
            assert_never(unreachable)
    return draft.done()


def _answered(draft: Draft, event: Answered, tracked: Tracked | None, book: Rulebook) -> None:
    """Take the first answer that counts; explain every other one to whoever gave it."""
    if tracked is not None and event.place is not None:
        # A copy of the card we lost track of (a crash between posting and storing) is adopted by its click.
        tracked = _with_card(tracked, event.place)
        draft.dossier = draft.dossier.put(tracked)
    refusal = _why_not(draft, tracked, event, book)
    if refusal is not None or tracked is None:
        _refuse(draft, event, tracked, refusal or ("refused.unknown", {}))
        return
    decided = _decided(tracked, event.by, draft)
    actor = f"slack:{event.by.id}"
    match event.answer:
        case Answer.APPROVE:
            _approve(draft, decided, actor)
        case Answer.REJECT:
            key = f"{tracked.digest}|{tracked.proposal.basis.essence}"
            rejected = (*(each for each in draft.dossier.rejected if each != key), key)[-REJECTED_MAX:]
            draft.dossier = replace(draft.dossier, rejected=rejected)
            _end(draft, book, decided, Status.REJECTED, actor=actor, reason=event.reason)
        case _ as unreachable:
            assert_never(unreachable)


def _edited(draft: Draft, event: Edited, tracked: Tracked | None, book: Rulebook) -> None:
    """Judge the edited action afresh; its editor's yes counts when policy lets them approve the result."""
    refusal = _why_not(draft, tracked, event, book) or _why_not_edit(tracked, event)
    if refusal is not None or tracked is None:
        _refuse(draft, event, tracked, refusal or ("refused.unknown", {}))
        return
    verdict = evaluate(book, event.action, where(draft.dossier, skill_of(tracked)), human=True)
    if isinstance(verdict, Deny):
        _refuse(draft, event, tracked, ("refused.policy", {"why": verdict.because}))
        return
    actor = f"slack:{event.by.id}"
    basis = replace(tracked.proposal.basis, before=event.before)
    changed = replace(
        tracked,
        proposal=replace(tracked.proposal, action=event.action, says=event.says, basis=basis),
        digest=event.action.digest(),
        revision=tracked.revision + 1,
        edited=True,
    )
    changed = judged(changed, verdict, draft) if isinstance(verdict, Ask) else changed
    draft.dossier = draft.dossier.put(changed)
    draft.record("proposal.edited", actor=actor, tracked=changed, details={"was": tracked.digest})
    if isinstance(verdict, Ask) and _why_not_asked(verdict, changed, event.by) is not None:
        draft.show_card(changed.proposal.id)
        draft.order(partial(wake_at_expiry, tracked=changed))
        return
    _approve(draft, _decided(changed, event.by, draft), actor)


def _approve(draft: Draft, tracked: Tracked, actor: str) -> None:
    draft.dossier = draft.dossier.put(tracked)
    if draft.move(tracked, Status.APPROVED, actor=actor) is not None:
        draft.order(lambda ident: Execute(ident, tracked.proposal.id, tracked.revision))
        draft.show_card(tracked.proposal.id)


def _end(draft: Draft, book: Rulebook, tracked: Tracked, status: Status, *, actor: str, reason: str) -> None:
    ended = draft.move(tracked, status, actor=actor, reason=reason)
    if ended is not None:
        draft.show_card(ended.proposal.id)
        tell_outcome(draft, book, ended)


def _why_not(
    draft: Draft, tracked: Tracked | None, event: Answered | Edited, book: Rulebook
) -> Refusal | None:
    """Return why this answer does not count, or None when it does; in the order of docs/approvals.md."""
    if tracked is None:
        return "refused.unknown", {}
    if tracked.status is not Status.PENDING:
        who = tracked.decided_name.line(80)
        by = say(book.language, "refused.by", who=who) if who else ""
        return "refused.settled", {"status": say(book.language, f"status.{tracked.status.value}"), "by": by}
    if event.revision != tracked.revision:
        return "refused.revision", {}
    if tracked.expires_at is not None and event.at >= tracked.expires_at:
        return "refused.expired", {}
    return _why_not_person(draft, tracked, event.by, book) or _why_not_digest(tracked)


def _why_not_person(draft: Draft, tracked: Tracked, by: Clicker, book: Rulebook) -> Refusal | None:
    """Check the clicker against policy as it is now, not as it was when we asked."""
    if by.refused:
        return by.refused, {}
    action = tracked.proposal.action
    verdict = evaluate(book, action, where(draft.dossier, skill_of(tracked)), human=True)
    if isinstance(verdict, Deny):
        return "refused.policy", {"why": verdict.because}
    if isinstance(verdict, Allow):  # a note that a rule allowed meanwhile: nobody has to be asked
        return None
    return _why_not_asked(verdict, tracked, by)


def _why_not_asked(ask: Ask, tracked: Tracked, by: Clicker) -> Refusal | None:
    if not {by.id, *by.groups} & set(ask.approvers):
        return "refused.not_approver", {"approvers": " ".join(ask.approvers)}
    if ask.four_eyes and tracked.proposal.by == by.id:
        return "refused.four_eyes", {}
    return None


def _why_not_edit(tracked: Tracked | None, event: Edited) -> Refusal | None:
    """An edit changes arguments, nothing else: another verb or ticket would be another proposal."""
    if tracked is None:
        return None
    old, new = tracked.proposal.action, event.action
    same = (old.name, old.target, old.risk) == (new.name, new.target, new.risk)
    return None if same else ("refused.digest", {})


def _why_not_digest(tracked: Tracked) -> Refusal | None:
    same = tracked.proposal.action.digest() == tracked.digest
    return None if same else ("refused.digest", {})


def _refuse(draft: Draft, event: Answered | Edited, tracked: Tracked | None, refusal: Refusal) -> None:
    """Tell the clicker alone: if a refusal closed the card, bystanders could take it from the approvers."""
    key, words = refusal
    draft.record("click.refused", actor=f"slack:{event.by.id}", tracked=tracked, because=key)
    place = event.place if isinstance(event, Answered) else None
    channel = place.channel if place else (tracked.cards[-1].channel if tracked and tracked.cards else "")
    draft.order(lambda ident: Whisper(ident, event.by.id, channel, key, words))
    if tracked is not None and key in {"refused.revision", "refused.settled", "refused.expired"}:
        draft.show_card(tracked.proposal.id)  # what was clicked may be an old drawing


def _decided(tracked: Tracked, by: Clicker, draft: Draft) -> Tracked:
    return replace(tracked, decided_by=f"slack:{by.id}", decided_name=by.name, decided_at=draft.event.at)


def _with_card(tracked: Tracked, place: CardPlace) -> Tracked:
    if place in tracked.cards:
        return tracked
    return replace(tracked, cards=(*tracked.cards, place)[-CARDS_MAX:])


CARDS_MAX = 10
"""Copies of one card that are kept up to date: one a channel, plus those a crash may have doubled."""
