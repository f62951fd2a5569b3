"""What happens next. Pure: the same dossier and event always give the same answer.

Read this file first. Everything the bot can do is one ``case`` below; the work is in the module named for it.
"""

from __future__ import annotations

from typing import assert_never

from approvals.policy import Rulebook
from bot.core.dossier import Dossier
from bot.core.events import (
    AlwaysAsked,
    Answered,
    Cancelled,
    CardShown,
    Claimed,
    Drifted,
    Edited,
    Escalated,
    Event,
    Executed,
    ExecutionStarted,
    Expired,
    Failed,
    GaveUp,
    NotSent,
    Observed,
    OutcomeUnknown,
    Reminded,
    SkillFinished,
    TicketRead,
    TicketTouched,
    TicketVanished,
    TooFew,
    UndoAsked,
)
from bot.core.requests import Requested
from bot.decide import answering, executing, granting, proposing, reading, timing, undoing
from bot.decide.transition import Transition

__all__ = ["Transition", "decide"]


def decide(dossier: Dossier, event: Event, book: Rulebook) -> Transition:
    """Turn one fact into the next dossier, the orders to carry out and the records to keep."""
    if event.id in dossier.seen:
        # Webhooks and streams both deliver at least once; the second time is a no-op.
        return Transition(dossier)
    return _dispatch(dossier.having_seen(event.id), event, book)


def _dispatch(dossier: Dossier, event: Event, book: Rulebook) -> Transition:
    match event:
        case TicketTouched() | TicketRead() | TicketVanished():
            return reading.decide(dossier, event, book)
        case SkillFinished() | Requested():
            return proposing.decide(dossier, event, book)
        case CardShown() | Answered() | Edited():
            return answering.decide(dossier, event, book)
        case Reminded() | Escalated() | Expired() | Cancelled() | TooFew():
            return timing.decide(dossier, event, book)
        case UndoAsked():
            return undoing.decide(dossier, event, book)
        case AlwaysAsked():
            return granting.decide(dossier, event, book)
        case (
            Claimed()
            | ExecutionStarted()
            | NotSent()
            | Executed()
            | Failed()
            | Drifted()
            | OutcomeUnknown()
            | Observed()
            | GaveUp()
        ):
            return executing.decide(dossier, event, book)
        case _ as unreachable:
            assert_never(unreachable)
