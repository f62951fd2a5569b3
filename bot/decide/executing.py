"""What became of a write: claimed, sent, done, refused, unknown, looked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias, assert_never

from approvals.policy import Rulebook
from bot.core.actions import Risk
from bot.core.dossier import Did, Dossier, Status, Tracked
from bot.core.effects import Execute, Observe
from bot.core.events import (
    Claimed,
    Drifted,
    Executed,
    ExecutionStarted,
    Failed,
    GaveUp,
    NotSent,
    Observed,
    OutcomeUnknown,
)
from bot.core.words import say
from bot.decide.considering import DAY
from bot.decide.granting import count_approval
from bot.decide.learning import judged_by_people
from bot.decide.noting import is_living, not_noted, noted, tell_outcome
from bot.decide.transition import Draft, Transition
from bot.decide.undoing import executed

ROUNDS_MAX = 2
"""How often a write may be sent and settled as not landed before a person is told (approvals.md)."""
ACTOR = "executor"
HOUR = timedelta(hours=1)
DID_MAX = 100
"""Changes without a click remembered for a day, for the loop breaker."""

About: TypeAlias = (
    Claimed | ExecutionStarted | NotSent | Executed | Failed | Drifted | OutcomeUnknown | Observed | GaveUp
)


def write_under_way(dossier: Dossier) -> bool:
    """Whether a request for this ticket is on its way, or its fate is not settled."""
    return any(tracked.request for tracked in dossier.tracked.values())


def decide(dossier: Dossier, event: About, book: Rulebook) -> Transition:
    """Turn an executor's report into the next dossier; one on a proposal we do not hold changes nothing."""
    draft = Draft(dossier, event)
    tracked = dossier.tracked.get(event.proposal)
    if tracked is not None:
        _report(draft, tracked, event, book)
    return draft.done()


def _report(draft: Draft, tracked: Tracked, event: About, book: Rulebook) -> None:
    match event:
        case Claimed():
            _claimed(draft, tracked, event)
        case ExecutionStarted():
            _started(draft, tracked, event)
        case NotSent():
            _not_sent(draft, tracked, event)
        case OutcomeUnknown():
            _unknown(draft, tracked, event)
        case Observed():
            _observed(draft, tracked, event, book)
        case GaveUp():
            _gave_up(draft, tracked, event, book)
        case Executed() | Failed() | Drifted():
            _ended(draft, tracked, event, book)
        case _ as unreachable:
            assert_never(unreachable)


def _claimed(draft: Draft, tracked: Tracked, event: Claimed) -> None:
    """Give the proposal to the newest claimant, as long as nothing has been sent for it."""
    claimed = replace(tracked, operation=event.operation, order=event.order, fence=event.fence)
    if tracked.status is Status.EXECUTING and not tracked.request and event.fence > tracked.fence:
        draft.dossier = draft.dossier.put(claimed)
        draft.record("proposal.reclaimed", actor=ACTOR, tracked=claimed)
    elif tracked.status is Status.APPROVED:
        draft.move(claimed, Status.EXECUTING, actor=ACTOR)


def _started(draft: Draft, tracked: Tracked, event: ExecutionStarted) -> None:
    """Write ahead: from here on nobody may send again before it is settled what became of this."""
    dossier = draft.dossier
    if not _holds(tracked, event) or tracked.request:
        return
    if write_under_way(dossier) or dossier.writes != event.writes:
        # Another write came between the read and now: its permit would rest on an old ticket.
        return
    started = replace(tracked, request=event.request)
    dossier = replace(dossier.put(started), writes=dossier.writes + 1)
    if tracked.proposal.action.risk is not Risk.NOTE:
        recent = tuple(at for at in dossier.acted_at if event.at - at < HOUR)
        dossier = replace(dossier, acted_at=(*recent, event.at))
    draft.dossier = dossier
    details = {"operation": str(tracked.operation), "request": event.request}
    draft.record("write.started", actor=ACTOR, tracked=started, details=details)


def _not_sent(draft: Draft, tracked: Tracked, event: NotSent) -> None:
    if not _holds(tracked, event) or not tracked.request:
        return
    dossier = draft.dossier.put(replace(tracked, request=""))
    if tracked.proposal.action.risk is not Risk.NOTE:
        # It changed nothing, so the ceiling does not count it: a busy vendor must not use it up.
        dossier = replace(dossier, acted_at=dossier.acted_at[:-1])
    draft.dossier = dossier
    draft.record("write.not_sent", actor=ACTOR, tracked=tracked, because=event.why)


def _holds(tracked: Tracked, event: ExecutionStarted | NotSent) -> bool:
    """Whether the newest claim is that of the attempt which reports."""
    claim = (tracked.order, tracked.fence)
    return tracked.status is Status.EXECUTING and claim == (event.order, event.fence)


def _unknown(draft: Draft, tracked: Tracked, event: OutcomeUnknown) -> None:
    """Say that we do not know, and look once the vendor can no longer surprise us."""
    moved = draft.move(tracked, Status.UNCERTAIN, actor=ACTOR, reason=event.why)
    if moved is None:
        return
    at = event.at + timedelta(seconds=event.settle_s)
    draft.order(lambda ident: Observe(ident, tracked.proposal.id, at))
    draft.show_card(tracked.proposal.id)


def _observed(draft: Draft, tracked: Tracked, event: Observed, book: Rulebook) -> None:
    if tracked.status is not Status.UNCERTAIN:
        return
    if event.applied:
        _end(draft, book, replace(tracked, receipt=event.receipt, request=""), Status.EXECUTED, "")
        return
    again = replace(tracked, rounds=tracked.rounds + 1, request="")
    if again.rounds >= ROUNDS_MAX:
        system = draft.dossier.ref.connector
        _end(draft, book, again, Status.FAILED, say(book.language, "failed.twice", system=system))
        return
    if draft.move(again, Status.EXECUTING, actor=ACTOR, reason="it had not landed") is not None:
        draft.order(lambda ident: Execute(ident, again.proposal.id, again.revision))


def _gave_up(draft: Draft, tracked: Tracked, event: GaveUp, book: Rulebook) -> None:
    """End what the queue dropped: nothing waits for ever, and where nobody knows, a person has to look."""
    if tracked.status not in {Status.APPROVED, Status.EXECUTING, Status.UNCERTAIN}:
        return
    sent = bool(tracked.request) or tracked.status is Status.UNCERTAIN
    key = "failed.nobody_knows" if sent else "failed.gave_up"
    why = say(book.language, key, system=draft.dossier.ref.connector)
    draft.record("execution.given_up", actor=ACTOR, tracked=tracked, because=event.why)
    _end(draft, book, replace(tracked, request=""), Status.FAILED, why)


def _ended(draft: Draft, tracked: Tracked, event: Executed | Failed | Drifted, book: Rulebook) -> None:
    settled = replace(tracked, request="")
    match event:
        case Executed():
            _end(draft, book, replace(settled, receipt=event.receipt), Status.EXECUTED, "")
        case Failed():
            _end(draft, book, settled, Status.FAILED, event.why, gone=event.gone)
        case Drifted():
            _end(draft, book, settled, Status.STALE, event.what)


def _end(
    draft: Draft, book: Rulebook, tracked: Tracked, status: Status, reason: str, *, gone: bool = False
) -> None:
    ended = draft.move(tracked, status, actor=ACTOR, reason=reason)
    if ended is None:
        return
    draft.show_card(ended.proposal.id)
    if status is Status.EXECUTED:
        _done(draft, ended)
    if is_living(ended):
        if status is Status.EXECUTED:
            noted(draft, book, ended, ended.receipt.reference if ended.receipt else "")
        else:
            not_noted(draft, ended, gone=gone)
    else:
        tell_outcome(draft, book, ended)


def _done(draft: Draft, tracked: Tracked) -> None:
    """Count what was done, and offer its undo."""
    if tracked.proposal.action.risk is Risk.NOTE:
        return
    executed(draft, tracked)
    judged_by_people(draft, tracked)
    if tracked.votes:
        count_approval(draft, tracked)
    else:
        recent = tuple(did for did in draft.dossier.did if draft.event.at - did.at < DAY)
        did = (*recent, Did(tracked.digest, draft.event.at))[-DID_MAX:]
        draft.dossier = replace(draft.dossier, did=did)
