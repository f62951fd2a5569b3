"""A person asks for changes: what policy says about each, and a card for what has to be agreed to."""

from __future__ import annotations

from dataclasses import replace

from approvals.policy import Rulebook, Where
from bot.core.actions import Proposal
from bot.core.creation import unborn
from bot.core.dossier import HEARERS_MAX, Dossier, Hearer, Status, Tracked
from bot.core.modes import Mode
from bot.core.requests import Requested
from bot.core.words import say
from bot.decide.considering import consider, put_together
from bot.decide.transition import Draft, Transition


def requested(dossier: Dossier, event: Requested, book: Rulebook) -> Transition:
    """Put each proposal to people; nothing a person asks for in words is carried out without a click.

    A form that makes a ticket was one: see :func:`_was_clicked`.
    """
    draft = Draft(_known(dossier, event), event)
    actor = event.by if ":" in event.by else f"slack:{event.by}" if event.by else dossier.ref.connector
    draft.record("change.requested", actor=actor, details={"proposals": len(event.proposals)})
    off = (
        book.mode(Where(connector=dossier.ref.connector, queue=draft.dossier.queue, by=event.by)) is Mode.OFF
    )
    asked: list[Tracked] = []
    for proposal in event.proposals:
        wrong = _why_not(dossier, event, proposal)
        if wrong:
            draft.record("proposal.withheld", actor=actor, because=wrong)
        elif off:
            _tell_denied(draft, proposal, say(book.language, "request.off"))
        elif not _waits_already(draft, book, proposal):
            asked += _judged(draft, book, proposal, clicked=_was_clicked(event, proposal))
    for card in [asked] if event.together else [[each] for each in asked]:
        put_together(draft, book, card)
    return draft.done()


def _was_clicked(event: Requested, proposal: Proposal) -> bool:
    """Whether a person has sent exactly this, read whole: only a form that makes a ticket is such."""
    return event.exact and unborn(proposal.action.target) is not None


def _judged(draft: Draft, book: Rulebook, proposal: Proposal, *, clicked: bool) -> list[Tracked]:
    """Ask policy, tell the conversation what it has to hear at once, and return what has to be asked."""
    tracked = consider(draft, book, proposal, human=not clicked)
    if tracked is None:
        return []
    waits = tracked.status is Status.PENDING
    # Who filled in a form does not see the card.
    if proposal.talk and (tracked.status is Status.DENIED or (waits and clicked)):
        draft.tell_talk(tracked)
    return [tracked] if waits else []


def _why_not(dossier: Dossier, event: Requested, proposal: Proposal) -> str:
    """Return why this was never a request of that person about that ticket; empty where it is one."""
    if proposal.action.target != dossier.ref:
        return "not of this ticket"
    if proposal.by != event.by:
        return "not of this person"
    # Only the bot's own note is ever told again in place: another comment is somebody's.
    return "would replace a comment" if proposal.action.args.get("replaces") else ""


def _tell_denied(draft: Draft, proposal: Proposal, why: str) -> None:
    denied = Tracked(proposal, Status.DENIED, proposal.action.digest(), because=why, reason=why)
    draft.record("verdict.deny", actor="policy", tracked=denied, because="the bot is off here")
    if proposal.talk:
        draft.tell_talk(denied)


def _known(dossier: Dossier, event: Requested) -> Dossier:
    """Return the dossier, filled in from what was read where the bot has never seen this ticket.

    One that it has seen is brought up to date by reading alone, which also ends what no longer applies.
    """
    dossier = replace(dossier, note_action=event.note_action)
    if dossier.key:
        return dossier
    ticket = event.snapshot.ticket
    return replace(
        dossier,
        key=ticket.key,
        url=ticket.url,
        queue=ticket.queue,
        kind=ticket.kind,
        summary=ticket.summary,
        closed=ticket.closed,
        notes_editable=event.snapshot.notes_editable,
    )


def _waits_already(draft: Draft, book: Rulebook, wanted: Proposal) -> bool:
    """Whether people are being asked for exactly this; that card is enough, and all hear how it ends."""
    digest = wanted.action.digest()
    for tracked in draft.dossier.tracked.values():
        if tracked.status is not Status.PENDING or tracked.digest != digest:
            continue
        if wanted.talk and wanted.id != tracked.proposal.id:
            _join(draft, book, tracked, wanted)
        return True
    return False


def _join(draft: Draft, book: Rulebook, tracked: Tracked, wanted: Proposal) -> None:
    """Have the conversation of ``wanted`` hear how ``tracked`` ends: it waits under a name of its own."""
    hearer = Hearer(wanted.talk, wanted.id)
    if hearer in tracked.hearers:
        return
    if len(tracked.hearers) >= HEARERS_MAX:
        why = say(book.language, "request.often")
        draft.tell_talk(Tracked(wanted, Status.CANCELLED, tracked.digest, reason=why))
        return
    draft.dossier = draft.dossier.put(replace(tracked, hearers=(*tracked.hearers, hearer)))
    draft.tell_hearer(tracked, hearer)
