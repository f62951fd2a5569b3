"""Something happened to a ticket: what it is now, what no longer applies, and who should read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import assert_never

from approvals.drift import drift
from approvals.policy import Rulebook
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import ReadTicket, RunSkill
from bot.core.events import TicketRead, TicketTouched, TicketVanished
from bot.core.ids import EffectId
from bot.core.modes import Mode
from bot.core.rejections import TurnedDown
from bot.core.words import say
from bot.decide.commanding import commanded
from bot.decide.learning import judged_by_closing
from bot.decide.noting import retell
from bot.decide.transition import Draft, Transition, where_skill
from bot.decide.undoing import built_upon, forget_undo
from bot.decide.voting import why_moved

RUNS_PER_HOUR_MAX = 20
"""Skill runs per ticket and hour. People do not rewrite a ticket that often; another automation may."""
HOUR = timedelta(hours=1)


def decide(
    dossier: Dossier, event: TicketTouched | TicketRead | TicketVanished, book: Rulebook
) -> Transition:
    """Turn news of a ticket into the next dossier."""
    match event:
        case TicketTouched():
            return _touched(dossier, event, book)
        case TicketRead():
            return _read(dossier, event, book)
        case TicketVanished():
            return _gone(Draft(dossier, event), event.why, book)
        case _ as unreachable:
            assert_never(unreachable)


def _touched(dossier: Dossier, event: TicketTouched, book: Rulebook) -> Transition:
    """Look again, unless it was us."""
    draft = Draft(dossier, event)
    if event.by_us:
        return draft.done()
    if event.gone:
        return _gone(draft, event.what, book)
    draft.order(lambda ident: ReadTicket(ident, event.ref, event.at))
    draft.record("ticket.touched", actor=event.ref.connector, because=event.what)
    return draft.done()


def _gone(draft: Draft, why: str, book: Rulebook) -> Transition:
    """Forget what waits: there is nothing left to change."""
    draft.dossier = replace(draft.dossier, gone=True)
    draft.record("ticket.gone", actor=draft.dossier.ref.connector, because=why)
    _sweep(draft, lambda _tracked: say(book.language, "drift.gone"))
    return draft.done()


def _read(dossier: Dossier, event: TicketRead, book: Rulebook) -> Transition:
    """Take the ticket as it is, drop what no longer applies, and let skills read what is new to them."""
    ticket = event.snapshot.ticket
    draft = Draft(
        replace(
            dossier,
            key=ticket.key,
            url=ticket.url,
            queue=ticket.queue,
            kind=ticket.kind,
            summary=ticket.summary,
            essence=ticket.essence,
            closed=ticket.closed,
            gone=False,
            notes_editable=event.snapshot.notes_editable,
            silenced=event.snapshot.answered_by_person_after(event.touched_at),
        ),
        event,
    )
    swept = _sweep(
        draft,
        lambda tracked: (
            why_moved(dossier, ticket.queue, tracked, book)
            or drift(tracked.proposal, event.snapshot, book.language)
        ),
    )
    built_upon(draft, event.snapshot)
    judged_by_closing(draft, dossier, event)
    if swept and (draft.dossier.note.comment or not draft.dossier.silenced):
        retell(draft, book)
    commanded(draft, event, book)
    if not ticket.closed:
        _run_skills(draft, event, book)
    return draft.done()


def _run_skills(draft: Draft, event: TicketRead, book: Rulebook) -> None:
    """Order each skill that is on here to read the ticket, once per essence.

    Where a person has answered, that state of the ticket is theirs: it counts as read, whatever comes next.
    """
    essence = event.snapshot.ticket.essence
    for skill in book.reading:
        off = book.mode(where_skill(draft.dossier, skill)) is Mode.OFF
        if off or draft.dossier.read_by.get(skill) == essence:
            continue
        draft.dossier = replace(draft.dossier, read_by={**draft.dossier.read_by, skill: essence})
        if not draft.dossier.silenced and _may_run_again(draft, skill):
            turned_down = draft.dossier.turned_down
            draft.order(partial(_run_skill, skill=skill, event=event, turned_down=turned_down))


def _may_run_again(draft: Draft, skill: str) -> bool:
    """Count a run, or break what looks like a loop: two automations that answer each other for ever."""
    recent = tuple(at for at in draft.dossier.ran_at if draft.event.at - at < HOUR)
    if len(recent) >= RUNS_PER_HOUR_MAX:
        draft.record("loop.broken", actor=f"skill:{skill}", because=f"{len(recent)} runs within an hour")
        return False
    draft.dossier = replace(draft.dossier, ran_at=(*recent, draft.event.at))
    return True


def _run_skill(
    ident: EffectId, *, skill: str, event: TicketRead, turned_down: tuple[TurnedDown, ...]
) -> RunSkill:
    return RunSkill(ident, skill, event.snapshot, event.touched_at, turned_down)


def _sweep(draft: Draft, why: Callable[[Tracked], str | None]) -> bool:
    """Make every waiting proposal stale for which ``why`` has words; return whether there was one.

    Only what still waits for a human. An approved one is under way, and it is often that one's own write that
    changed the ticket; its permit checks again.
    """
    waiting = [t for t in draft.dossier.tracked.values() if t.status is Status.PENDING]
    stale = [(tracked, reason) for tracked in waiting if (reason := why(tracked)) is not None]
    for tracked, reason in stale:
        draft.move(tracked, Status.STALE, actor=draft.dossier.ref.connector, reason=reason)
        draft.show_card(tracked.proposal.id)
    if draft.dossier.gone:
        forget_undo(draft)
    return bool(stale)
