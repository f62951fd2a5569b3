"""Events and effects as jobs: which pool and lane, which id, and the trace that runs through them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, assert_never

from bot.core.codec import decode, encode
from bot.core.effects import (
    CountApproval,
    Effect,
    Execute,
    Learn,
    Observe,
    Ping,
    ReadTicket,
    RunErrand,
    RunSkill,
    SetGrant,
    ShowCard,
    TellTalk,
    Wake,
    Whisper,
)
from bot.core.errands import Errand, sealed
from bot.core.errors import Malformed
from bot.core.events import Event
from bot.core.ids import TraceId, trace_id
from bot.core.tickets import TicketRef
from bot.runtime.jobs import FAST, MODEL, POOLS, VENDOR, Job

CHAT: Final = "chat"
"""Calls to Slack: their own pool, so that a hanging Slack delays neither clicks nor tickets."""
RUNS: Final = "runs"
"""Runs of conversations: they wait for a model for a minute, and neither skills nor each other."""
ALL_POOLS: Final = (*POOLS, CHAT, RUNS)

_NECK: Final = b', "body": '
DELIVERY, EVENT, EFFECT, SLACK, FILL = "delivery", "event", "effect", "slack", "fill"
"""Kinds of jobs: a vendor's raw POST, a fact, an order, what came from Slack, a form to fill in."""
ERRAND: Final = "errand"
"""Kind of the jobs that run a skill because somebody asked."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event or an effect, the ticket it is about and the trace it belongs to."""

    ref: TicketRef
    trace: TraceId
    body: Any
    """An Event or an Effect; which one the job's kind says."""


def event_job(ref: TicketRef, event: Event, trace: TraceId, *, delay_s: float = 0.0) -> Job:
    """Return the job that brings ``event`` to its ticket's lane, in order."""
    return Job(
        id=f"e:{event.id}",
        kind=EVENT,
        data=_seal(ref, trace, event),
        lane=ref.lane,
        pool=FAST,
        delay_ms=max(0, round(delay_s * 1000)),
    )


def effect_job(ref: TicketRef, effect: Effect, trace: TraceId, now: datetime) -> Job:
    """Return the job that carries ``effect`` out, off the ticket's lane: nothing slow delays a click."""
    if isinstance(effect, Wake):
        return event_job(ref, effect.event, trace, delay_s=(effect.event.at - now).total_seconds())
    if isinstance(effect, RunErrand):
        return errand_job(effect.errand, trace)
    delay_s = (effect.at - now).total_seconds() if isinstance(effect, Observe) else 0.0
    return Job(
        id=f"o:{effect.id}",
        kind=EFFECT,
        data=_seal(ref, trace, effect),
        # One after another: two that find no card up would both post one.
        lane=f"card:{effect.proposal}" if isinstance(effect, ShowCard) else "",
        pool=_pool(effect),
        delay_ms=max(0, round(delay_s * 1000)),
    )


def errand_job(errand: Errand, trace: TraceId | None = None, *, lost: bool = False) -> Job:
    """Return the job that runs a skill because somebody asked; the same errand is the same job.

    ``lost``: it could not be run, and the job only says so.
    """
    ident = f"a:{errand.id}/lost" if lost else f"a:{errand.id}"
    data = sealed(errand, trace or trace_id(errand.id), lost=lost)
    return Job(id=ident, kind=ERRAND, data=data, pool=MODEL)


def _pool(effect: Effect) -> str:
    match effect:
        case ReadTicket() | Execute() | Observe():
            return VENDOR
        case RunSkill():
            return MODEL
        case ShowCard() | Whisper() | Ping():
            return CHAT
        case CountApproval() | SetGrant() | Learn() | TellTalk():
            return FAST
        case Wake() | RunErrand():
            raise AssertionError("it has a job of its own kind")
        case _ as unreachable:
            assert_never(unreachable)


def unseal(data: bytes) -> Envelope:
    """Read what :func:`event_job` or :func:`effect_job` wrote.

    Raises:
        Malformed: not ours; the job becomes a dead letter.
    """
    try:
        # Inside a JSON string these quotes would be escaped, so the first one found is ours.
        written, neck, body = data.partition(_NECK)
        if not neck or not body.endswith(b"}"):
            raise Malformed("a job's data is cut off")
        head = json.loads(written + b"}")
        ref = TicketRef(head["connector"], head["ticket"])
        return Envelope(ref, TraceId(head["trace"]), decode(body[:-1]))
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(f"a job's data does not read: {type(error).__name__}") from error


def _seal(ref: TicketRef, trace: TraceId, body: Event | Effect) -> bytes:
    # The body is JSON already: it is put in as it is rather than parsed and written again.
    head = json.dumps({"connector": ref.connector, "ticket": ref.id, "trace": trace})
    return head[:-1].encode() + _NECK + encode(body) + b"}"
