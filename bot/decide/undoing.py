"""Setting back what was done: a proposal of its own, through the same gate, while nobody has built on it."""

from __future__ import annotations

from dataclasses import replace

from approvals.policy import Rulebook, evaluate
from bot.core.actions import Basis, Proposal, Receipt
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Whisper
from bot.core.events import UndoAsked
from bot.core.ids import proposal_id
from bot.core.tickets import FieldValue, Snapshot
from bot.core.untrusted import Untrusted
from bot.core.verdicts import Ask, Deny
from bot.core.words import say
from bot.decide.answering import adopt, approve, refuse
from bot.decide.considering import judged, put_to_people
from bot.decide.transition import Draft, Transition, where
from bot.decide.voting import Refusal, approvers_now, decided, principal, refused_by, settled, vote


def decide(dossier: Dossier, event: UndoAsked, book: Rulebook) -> Transition:
    """Propose the compensating action of ``event.proposal``, or say why that is not possible."""
    draft = Draft(dossier, event)
    if event.proposal in dossier.tracked:
        adopt(draft, dossier.tracked[event.proposal], event.place)
    done = draft.dossier.tracked.get(event.proposal)
    refusal = _why_not(done, event, book)
    if refusal is not None or done is None or done.receipt is None:
        refuse(draft, event, done, refusal or Refusal("refused.unknown"))
        return draft.done()
    proposal = _proposal(draft, event, done, done.receipt, book.language)
    verdict = evaluate(book, proposal.action, where(draft.dossier, proposal), human=True)
    if isinstance(verdict, Deny):
        refuse(draft, event, done, refused_by(verdict))
        return draft.done()
    assert isinstance(verdict, Ask), "a person asks, so nothing but a note goes ahead without an answer"
    tracked = judged(Tracked(proposal, Status.PENDING, proposal.action.digest()), verdict, draft, book)
    if not _may_ask(verdict, tracked, done, event):
        approvers = " ".join(verdict.approvers)
        refuse(draft, event, done, Refusal("refused.not_approver", (("approvers", approvers),)))
        return draft.done()
    draft.dossier = draft.dossier.put(replace(done, undone_by=proposal.id, undo_trouble=""))
    draft.dossier = draft.dossier.put(tracked)
    draft.record("undo.asked", actor=event.by.actor, tracked=tracked, details={"undoes": done.proposal.id})
    _ask_or_approve(draft, event, tracked, book)
    draft.show_card(done.proposal.id)
    return draft.done()


def built_upon(draft: Draft, now: Snapshot) -> None:
    """Take the Undo button from cards whose change is not what the ticket holds any more; or give it back."""
    for tracked in list(draft.dossier.tracked.values()):
        if tracked.status is not Status.EXECUTED or tracked.receipt is None:
            continue
        if tracked.receipt.compensation is None or tracked.proposal.undoes is not None:
            continue
        clean = not now.ticket.closed and holds(tracked.receipt, now)
        _may_undo(draft, tracked, clean=clean)


def forget_undo(draft: Draft) -> None:
    """The ticket is gone: there is nothing to set back."""
    for tracked in list(draft.dossier.tracked.values()):
        _may_undo(draft, tracked, clean=False)


def executed(draft: Draft, tracked: Tracked) -> None:
    """Offer the undo of what was just done, and no longer that of an older change of the same fields."""
    receipt = tracked.receipt
    if receipt is None:
        return
    for other in list(draft.dossier.tracked.values()):
        touched = other.receipt is not None and bool(other.receipt.after.keys() & receipt.after.keys())
        if other.proposal.id != tracked.proposal.id and touched:
            _may_undo(draft, other, clean=False)
    current = draft.dossier.tracked[tracked.proposal.id]
    offered = receipt.compensation is not None and tracked.proposal.undoes is None
    draft.dossier = draft.dossier.put(replace(current, undoable=offered))


def holds(receipt: Receipt, now: Snapshot) -> bool:
    """Whether the ticket still has every value the receipt says was set."""
    return all(_ids(now.ticket.fields.get(name, ())) == _ids(value) for name, value in receipt.after.items())


def _may_undo(draft: Draft, tracked: Tracked, *, clean: bool) -> None:
    if tracked.undoable != clean and not (clean and tracked.status is not Status.EXECUTED):
        draft.dossier = draft.dossier.put(replace(tracked, undoable=clean))
        draft.show_card(tracked.proposal.id)


def _ids(value: FieldValue) -> frozenset[str]:
    return frozenset(each.id for each in value)


def _why_not(done: Tracked | None, event: UndoAsked, book: Rulebook) -> Refusal | None:
    if done is None:
        return Refusal("refused.unknown")
    if done.status is not Status.EXECUTED:
        return settled(done, book.language)
    if event.by.refused:
        return Refusal(event.by.refused)
    if event.revision != done.revision:
        return Refusal("refused.revision")
    if done.receipt is None or done.receipt.compensation is None or done.proposal.undoes is not None:
        return Refusal("refused.no_undo")
    if done.undone_by is not None:
        return Refusal("refused.undo_under_way")
    return None if done.undoable else Refusal("refused.built_upon")


def _proposal(draft: Draft, event: UndoAsked, done: Tracked, receipt: Receipt, language: str) -> Proposal:
    """Return the compensating action as a proposal that rests on our values still being there."""
    assert receipt.compensation is not None, "checked before"
    action = receipt.compensation.action
    return Proposal(
        id=proposal_id(draft.next_effect(), 0, action.digest()),
        action=action,
        says=receipt.compensation.says,
        why=Untrusted(say(language, "undo.why", says=done.proposal.says)),
        basis=Basis(essence=None, before=receipt.after),
        by=event.by.id,
        labels=done.proposal.labels,
        undoes=done.proposal.id,
    )


def _may_ask(ask: Ask, tracked: Tracked, done: Tracked, event: UndoAsked) -> bool:
    """Who asked for the change may ask for its undo, and so may everybody who could approve the undo."""
    approvers = set(approvers_now(ask, tracked))
    lent = event.by.stands_in_for.items() if ask.stand_ins else ()
    stands_in = any({who, *groups} & approvers for who, groups in lent)
    return bool({event.by.id, *event.by.groups} & approvers) or stands_in or done.proposal.by == event.by.id


def _ask_or_approve(draft: Draft, event: UndoAsked, tracked: Tracked, book: Rulebook) -> None:
    """Count the click as a yes where policy lets it; otherwise put the undo to others."""
    assert tracked.ask is not None, "policy asks for every undo"
    whose = principal(tracked.ask, tracked, event.by)
    voted = whose if isinstance(whose, Refusal) else vote(draft, tracked, event.by, whose)
    if isinstance(voted, Tracked) and len(voted.votes) >= tracked.ask.quorum:
        # Nobody else was asked, so it has no card of its own: the card of what it sets back tells.
        approve(draft, decided(draft, replace(voted, asked_at=None), event.by), event.by.actor)
        return
    waiting = voted if isinstance(voted, Tracked) else tracked
    draft.dossier = draft.dossier.put(waiting)
    put_to_people(draft, book, waiting)
    if not event.by.operator:
        channel = event.place.channel if event.place else ""
        draft.order(lambda ident: Whisper(ident, event.by.id, channel, "undo.others_asked"))
