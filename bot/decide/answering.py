"""A human clicked, edited, or let a card be found again."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from approvals.policy import Rulebook, evaluate
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Execute, Whisper
from bot.core.events import Answer, Answered, CardPlace, CardShown, Edited
from bot.core.rejections import TurnedDown
from bot.core.untrusted import Untrusted
from bot.core.verdicts import Allow, Ask, Deny
from bot.decide.considering import judged, put_to_people
from bot.decide.learning import judged_by_people
from bot.decide.noting import tell_outcome
from bot.decide.transition import Draft, Transition, where
from bot.decide.voting import (
    AboutCard,
    Refusal,
    asked_now,
    decided,
    principal,
    refused_by,
    vote,
    why_not_digest,
    why_not_now,
)

TURNED_DOWN_MAX = 200
"""Rejections remembered per ticket, the newest ones."""
CARDS_MAX = 10
"""Copies of one card that are kept up to date: one a channel, plus those a crash may have doubled."""
REDRAWN = frozenset({"refused.revision", "refused.settled", "refused.expired"})
"""After these refusals the card is drawn again: what was clicked may be an old drawing."""


def decide(dossier: Dossier, event: CardShown | Answered | Edited, book: Rulebook) -> Transition:
    """Turn what happened on a card into the next dossier."""
    draft = Draft(dossier, event)
    if event.proposal in dossier.tracked and not isinstance(event, Edited):
        adopt(draft, dossier.tracked[event.proposal], event.place)
    tracked = draft.dossier.tracked.get(event.proposal)
    match event:
        case CardShown():
            pass
        case Answered():
            _answered(draft, event, tracked, book)
        case Edited():
            _edited(draft, event, tracked, book)
        case _ as unreachable:
            assert_never(unreachable)
    return draft.done()


def adopt(draft: Draft, tracked: Tracked, place: CardPlace | None) -> None:
    """Remember where a card hangs; one we lost track of (a crash after posting) is found by its click."""
    first = draft.dossier.tracked.get(tracked.card_of, tracked)
    if place is not None and place not in first.cards:
        draft.dossier = draft.dossier.put(replace(first, cards=(*first.cards, place)[-CARDS_MAX:]))


def approve(draft: Draft, tracked: Tracked, actor: str) -> None:
    """Order the execution of what has all the votes it needs."""
    draft.dossier = draft.dossier.put(tracked)
    if draft.move(tracked, Status.APPROVED, actor=actor) is not None:
        draft.order(lambda ident: Execute(ident, tracked.proposal.id, tracked.revision))
        draft.show_card(tracked.proposal.id)


def refuse(draft: Draft, event: AboutCard, tracked: Tracked | None, refusal: Refusal) -> None:
    """Tell the clicker alone: if a refusal closed the card, bystanders could take it from the approvers."""
    draft.record("click.refused", actor=event.by.actor, tracked=tracked, because=refusal.key)
    place = None if isinstance(event, Edited) else event.place
    first = draft.dossier.tracked.get(tracked.card_of) if tracked else None
    channel = place.channel if place else (first.cards[-1].channel if first and first.cards else "")
    if not event.by.operator:
        draft.order(lambda ident: Whisper(ident, event.by.id, channel, refusal.key, dict(refusal.words)))
    if tracked is not None and refusal.key in REDRAWN:
        draft.show_card(tracked.proposal.id)


def _answered(draft: Draft, event: Answered, tracked: Tracked | None, book: Rulebook) -> None:
    """Take an answer that counts; explain every other one to whoever gave it."""
    refusal = why_not_now(tracked, event, book)
    if refusal is not None or tracked is None:
        refuse(draft, event, tracked, refusal or Refusal("refused.unknown"))
        return
    counted = _counted(draft, event, tracked, book)
    if isinstance(counted, Refusal):
        refuse(draft, event, tracked, counted)
        return
    after, missing = counted
    match event.answer:
        case Answer.APPROVE if missing > 0:
            draft.dossier = draft.dossier.put(after)
            details = {"votes": len(after.votes), "missing": missing}
            draft.record("vote.cast", actor=event.by.actor, tracked=after, details=details)
            draft.show_card(after.proposal.id)
        case Answer.APPROVE:
            approve(draft, decided(draft, after, event.by), event.by.actor)
        case Answer.REJECT:
            _rejected(
                draft, event, replace(decided(draft, tracked, event.by), decided_name=event.by.name), book
            )
        case _ as unreachable:
            assert_never(unreachable)


def _counted(
    draft: Draft, event: Answered, tracked: Tracked, book: Rulebook
) -> tuple[Tracked, int] | Refusal:
    """Return the proposal with this voice counted and how many more it needs, or why it does not count."""
    if event.by.refused:
        return Refusal(event.by.refused)
    ask = asked_now(draft, tracked, book)
    if isinstance(ask, Refusal):
        return ask
    # A note that a rule allowed meanwhile: nobody has to be asked any more.
    whose = event.by.id if isinstance(ask, Allow) else principal(ask, tracked, event.by)
    if isinstance(whose, Refusal):
        return whose
    altered = why_not_digest(tracked)
    if altered is not None:
        return altered
    if event.answer is Answer.REJECT:
        return tracked, 0
    voted = vote(draft, tracked, event.by, whose)
    if isinstance(voted, Refusal):
        return voted
    return voted, (1 if isinstance(ask, Allow) else ask.quorum) - len(voted.votes)


def _rejected(draft: Draft, event: Answered, tracked: Tracked, book: Rulebook) -> None:
    proposal = tracked.proposal
    no = TurnedDown(
        digest=tracked.digest,
        essence=proposal.basis.essence,
        action=proposal.action.name,
        says=proposal.says,
        reason=Untrusted(event.reason),
        at=event.at,
    )
    others = [
        each for each in draft.dossier.turned_down if (each.digest, each.essence) != (no.digest, no.essence)
    ]
    draft.dossier = replace(draft.dossier, turned_down=(*others, no)[-TURNED_DOWN_MAX:])
    ended = draft.move(tracked, Status.REJECTED, actor=event.by.actor, reason=event.reason)
    if ended is not None:
        draft.show_card(ended.proposal.id)
        tell_outcome(draft, book, ended)
        judged_by_people(draft, ended)


def _edited(draft: Draft, event: Edited, tracked: Tracked | None, book: Rulebook) -> None:
    """Judge the edited action afresh; its editor's yes counts when policy lets them approve the result."""
    refusal = why_not_now(tracked, event, book)
    if refusal is None and tracked is not None:
        refusal = _why_not_edit(draft, tracked, event, book)
    if refusal is not None or tracked is None:
        refuse(draft, event, tracked, refusal or Refusal("refused.unknown"))
        return
    basis = replace(tracked.proposal.basis, before=event.before)
    proposal = replace(
        tracked.proposal, action=event.action, says=event.says, basis=basis, can_undo=event.can_undo
    )
    verdict = evaluate(book, event.action, where(draft.dossier, proposal), human=True)
    if isinstance(verdict, Deny):
        refuse(draft, event, tracked, refused_by(verdict))
        return
    changed = replace(
        tracked,
        proposal=proposal,
        digest=event.action.digest(),
        revision=tracked.revision + 1,
        edited=True,
        votes=(),
    )
    changed = judged(changed, verdict, draft, book) if isinstance(verdict, Ask) else changed
    draft.dossier = draft.dossier.put(changed)
    draft.record("proposal.edited", actor=event.by.actor, tracked=changed, details={"was": tracked.digest})
    _count_editor(draft, event, changed, verdict, book)


def _count_editor(
    draft: Draft, event: Edited, changed: Tracked, verdict: Ask | Allow, book: Rulebook
) -> None:
    """Let the editor's yes count towards the quorum, or put the new revision to others."""
    whose = event.by.id if isinstance(verdict, Allow) else principal(verdict, changed, event.by)
    voted = whose if isinstance(whose, Refusal) else vote(draft, changed, event.by, whose)
    if isinstance(voted, Refusal):
        put_to_people(draft, book, changed)
        return
    if isinstance(verdict, Ask) and len(voted.votes) < verdict.quorum:
        draft.dossier = draft.dossier.put(voted)
        details = {"votes": len(voted.votes), "missing": verdict.quorum - len(voted.votes)}
        draft.record("vote.cast", actor=event.by.actor, tracked=voted, details=details)
        put_to_people(draft, book, voted)
        return
    approve(draft, decided(draft, voted, event.by), event.by.actor)


def _why_not_edit(draft: Draft, tracked: Tracked, event: Edited, book: Rulebook) -> Refusal | None:
    """Only who may decide may edit; and an edit changes arguments, nothing else."""
    if event.by.refused:
        return Refusal(event.by.refused)
    if tracked.proposal.undoes is not None:
        return Refusal("refused.undo_as_it_is")
    ask = asked_now(draft, tracked, book)
    if isinstance(ask, Refusal):
        return ask
    whose = None if isinstance(ask, Allow) else principal(ask, tracked, event.by)
    if isinstance(whose, Refusal):
        return whose
    old, new = tracked.proposal.action, event.action
    same = (old.name, old.target, old.risk) == (new.name, new.target, new.risk)
    return why_not_digest(tracked) if same else Refusal("refused.digest")
