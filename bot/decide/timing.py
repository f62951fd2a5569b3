"""Nobody has decided yet: reminders, escalation, the end of the time, and calling it off."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from pydantic import JsonValue

from approvals.policy import Rulebook
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Ping
from bot.core.events import Cancelled, Escalated, Expired, Reminded, TooFew
from bot.decide.noting import tell_outcome
from bot.decide.transition import Draft, Transition

ACTOR = "timer"
About = Reminded | Escalated | Expired | Cancelled | TooFew


def decide(dossier: Dossier, event: About, book: Rulebook) -> Transition:
    """Turn what became of a waiting proposal into the next dossier; one that waits no more is left alone."""
    draft = Draft(dossier, event)
    tracked = dossier.tracked.get(event.proposal)
    if tracked is None or tracked.status is not Status.PENDING:
        return draft.done()
    if not isinstance(event, Cancelled) and event.revision != tracked.revision:
        return draft.done()
    match event:
        case Reminded():
            _remind(draft, tracked)
        case Escalated():
            _escalate(draft, tracked)
        case TooFew():
            _too_few(draft, tracked, event)
        case Expired():
            _end(draft, book, tracked, Status.EXPIRED, actor=ACTOR, reason="")
        case Cancelled():
            _end(draft, book, tracked, Status.CANCELLED, actor=event.by, reason=event.why)
        case _ as unreachable:
            assert_never(unreachable)
    return draft.done()


def _remind(draft: Draft, tracked: Tracked) -> None:
    """Write to who is on duty, or to all who may decide, except those who have agreed."""
    assert tracked.ask is not None, "only what is asked is pending"
    reminded = replace(tracked, reminded_at=draft.event.at)
    draft.dossier = draft.dossier.put(reminded)
    draft.record("proposal.reminded", actor=ACTOR, tracked=reminded)
    draft.show_card(tracked.proposal.id)
    agreed = {voice for each in tracked.votes for voice in (each.by, each.stands_in_for)}
    on_duty = tuple(who for who in tracked.ask.on_duty if who not in agreed)
    to = on_duty or tuple(who for who in tracked.approvers if who not in agreed)
    _ping(draft, tracked, to, "ping.reminded")


def _escalate(draft: Draft, tracked: Tracked) -> None:
    """Let others decide as well, and tell them."""
    assert tracked.ask is not None, "only what is asked is pending"
    wider = replace(tracked, escalated_at=draft.event.at, too_few=None)
    draft.dossier = draft.dossier.put(wider)
    to = tracked.ask.escalate_to
    draft.record("proposal.escalated", actor=ACTOR, tracked=wider, details={"to": list(to)})
    draft.show_card(tracked.proposal.id)
    _ping(draft, tracked, to, "ping.escalated")


def _too_few(draft: Draft, tracked: Tracked, event: TooFew) -> None:
    """Show on the card that it cannot be decided as things stand: the rule or the group needs mending."""
    if tracked.too_few == event.can:
        return
    warned = replace(tracked, too_few=event.can)
    draft.dossier = draft.dossier.put(warned)
    details: dict[str, JsonValue] = {"can": event.can, "gone": list(event.gone)}
    draft.record("proposal.too_few", actor="policy", tracked=warned, details=details)
    draft.show_card(tracked.proposal.id)


def _end(draft: Draft, book: Rulebook, tracked: Tracked, status: Status, *, actor: str, reason: str) -> None:
    ended = draft.move(tracked, status, actor=actor, reason=reason)
    if ended is not None:
        draft.show_card(ended.proposal.id)
        tell_outcome(draft, book, ended)


def _ping(draft: Draft, tracked: Tracked, to: tuple[str, ...], says: str) -> None:
    if to:
        words = {"says": tracked.proposal.says}
        draft.order(lambda ident: Ping(ident, tracked.proposal.id, to, says, words))
