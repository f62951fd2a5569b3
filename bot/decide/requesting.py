"""A person asks for changes: what policy says about each, and a card for what has to be agreed to."""

from __future__ import annotations

from dataclasses import replace

from approvals.policy import Rulebook
from bot.core.actions import Proposal
from bot.core.dossier import Dossier, Status
from bot.core.requests import Requested
from bot.decide.considering import consider, put_to_people
from bot.decide.transition import Draft, Transition


def requested(dossier: Dossier, event: Requested, book: Rulebook) -> Transition:
    """Put each proposal to people; nothing a person asks for in words is carried out without a click."""
    ticket = event.snapshot.ticket
    known = replace(
        dossier,
        key=ticket.key,
        url=ticket.url,
        queue=ticket.queue,
        kind=ticket.kind,
        summary=ticket.summary,
        closed=ticket.closed,
        note_action=event.note_action,
    )
    draft = Draft(known, event)
    draft.record("change.requested", actor=f"slack:{event.by}", details={"proposals": len(event.proposals)})
    for proposal in event.proposals:
        if _waits_already(draft, proposal):
            continue
        tracked = consider(draft, book, proposal, human=True)
        if tracked is None:
            continue
        if tracked.status is Status.PENDING:
            put_to_people(draft, book, tracked)
        elif tracked.status is Status.DENIED and proposal.talk:
            draft.tell_talk(tracked)
    return draft.done()


def _waits_already(draft: Draft, wanted: Proposal) -> bool:
    """Whether people are being asked for exactly this; that card is enough, and both hear how it ends."""
    digest = wanted.action.digest()
    for tracked in draft.dossier.tracked.values():
        if tracked.status is not Status.PENDING or tracked.digest != digest:
            continue
        if not tracked.proposal.talk and wanted.talk:
            joined = replace(tracked, proposal=replace(tracked.proposal, talk=wanted.talk))
            draft.dossier = draft.dossier.put(joined)
            draft.tell_talk(joined)
        return True
    return False
