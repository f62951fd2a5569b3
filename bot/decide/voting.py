"""May this person decide on this, and whose vote would it be? Any doubt is a refusal in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from approvals.policy import Rulebook, evaluate
from bot.core.dossier import Dossier, Status, Tracked, Vote
from bot.core.events import AlwaysAsked, Answered, Clicker, Edited, UndoAsked
from bot.core.ids import SlackUserId
from bot.core.untrusted import Untrusted
from bot.core.verdicts import Allow, Ask, Deny
from bot.core.words import say
from bot.decide.transition import Draft, where

AboutCard = Answered | Edited | UndoAsked | AlwaysAsked


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a click does not count, for the one who clicked."""

    key: str
    """Of the catalogue."""
    words: tuple[tuple[str, str], ...] = ()
    """What fills its gaps."""


def why_not_now(tracked: Tracked | None, event: Answered | Edited, book: Rulebook) -> Refusal | None:
    """Return why nobody could decide by this click, whoever they are; in the order of docs/approvals.md."""
    if tracked is None:
        return Refusal("refused.unknown")
    if tracked.status is not Status.PENDING:
        return settled(tracked, book.language)
    if event.revision != tracked.revision:
        return Refusal("refused.revision")
    if tracked.expires_at is not None and event.at >= tracked.expires_at:
        return Refusal("refused.expired")
    return None


def settled(tracked: Tracked, language: str) -> Refusal:
    """Say how it ended and through whom."""
    who = tracked.decided_name.line(80)
    by = say(language, "refused.by", who=who) if who else ""
    status = say(language, f"status.{tracked.status.value}")
    return Refusal("refused.settled", (("status", status), ("by", by)))


def asked_now(draft: Draft, tracked: Tracked, book: Rulebook) -> Ask | Allow | Refusal:
    """Return what policy says at this moment, not what it said when we asked."""
    proposal = tracked.proposal
    verdict = evaluate(book, proposal.action, where(draft.dossier, proposal), human=True)
    return refused_by(verdict) if isinstance(verdict, Deny) else verdict


def refused_by(verdict: Deny) -> Refusal:
    """Tell a person that policy says no."""
    return Refusal("refused.policy", (("why", verdict.because),))


def why_moved(before: Dossier, queue: str, tracked: Tracked, book: Rulebook) -> str | None:
    """Return words when the ticket is in another queue by now, where another rule decides; else None."""
    if queue == before.queue:
        return None
    proposal = tracked.proposal
    place = where(replace(before, queue=queue), proposal)
    same = evaluate(book, proposal.action, place, human=tracked.decided_by != "policy").rule == tracked.rule
    return None if same else say(book.language, "drift.moved", queue=queue)


def why_not_digest(tracked: Tracked) -> Refusal | None:
    """Return a refusal when what is stored is not what was shown."""
    same = tracked.proposal.action.digest() == tracked.digest
    return None if same else Refusal("refused.digest")


def principal(ask: Ask, tracked: Tracked, by: Clicker) -> SlackUserId | Refusal:
    """Return whose voice ``by`` has here: their own, or that of an approver they stand in for.

    ``ask``: the rule as it is now. Who has agreed already is no obstacle; see :func:`vote`.
    """
    approvers = set(approvers_now(ask, tracked))
    asker = tracked.proposal.by
    if {by.id, *by.groups} & approvers:
        return Refusal("refused.four_eyes") if ask.four_eyes and asker == by.id else by.id
    lent = [who for who, groups in by.stands_in_for.items() if ask.stand_ins and {who, *groups} & approvers]
    if not lent:
        return Refusal("refused.not_approver", (("approvers", " ".join(approvers_now(ask, tracked))),))
    free = [who for who in lent if not (ask.four_eyes and asker in {who, by.id})]
    # Who stands in for several lends a voice that has not been given yet.
    unspent = [who for who in free if who not in _spent(tracked)]
    return next(iter(unspent or free), None) or Refusal("refused.four_eyes")


def approvers_now(ask: Ask, tracked: Tracked) -> tuple[str, ...]:
    """Return who may decide, escalation included."""
    wider = ask.escalate_to if tracked.escalated_at is not None else ()
    return tuple(dict.fromkeys((*ask.approvers, *wider)))


def vote(draft: Draft, tracked: Tracked, by: Clicker, whose: SlackUserId) -> Tracked | Refusal:
    """Return ``tracked`` with one more yes; one person has one voice, and so has whom they stand in for."""
    if {by.id, whose} & _spent(tracked):
        return Refusal("refused.voted")
    new = Vote(by=by.id, at=draft.event.at, name=by.name, stands_in_for=None if whose == by.id else whose)
    return replace(tracked, votes=(*tracked.votes, new))


def _spent(tracked: Tracked) -> set[SlackUserId]:
    """Return everybody whose yes is counted, in person or through a stand-in."""
    return {voice for each in tracked.votes for voice in (each.by, each.stands_in_for) if voice}


def decided(draft: Draft, tracked: Tracked, by: Clicker) -> Tracked:
    """Return ``tracked`` with who decided it, and when."""
    names = [each.name for each in tracked.votes] or [by.name]
    return replace(tracked, decided_by=by.actor, decided_name=_joined(names), decided_at=draft.event.at)


def _joined(names: Iterable[Untrusted]) -> Untrusted:
    return Untrusted(", ".join(name.line(80) for name in names if name))
