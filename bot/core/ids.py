"""Identifiers that must not be mixed up, told apart by the type checker; how each survives a replay."""

from __future__ import annotations

import hashlib
from typing import NewType

EventId = NewType("EventId", str)
"""Unique per fact, stable across redeliveries: ``jira:<delivery>`` or ``<effect id>/<what happened>``."""

EffectId = NewType("EffectId", str)
"""``<event id>#<ordinal>``: a replay of the event names the same effects."""

ProposalId = NewType("ProposalId", str)
"""``p`` and 31 hex digits. It rides on every button, so it must not be guessable: see :func:`proposal_id`."""

Operation = NewType("Operation", str)
"""What one execution is called outside: ``CS-`` and 12 capital hex digits, left on the ticket as a marker."""

SlackUserId = NewType("SlackUserId", str)
ActionName = NewType("ActionName", str)
"""``<connector kind>.<verb>``, e.g. ``jira.set_priority``."""

Digest = NewType("Digest", str)
"""Fingerprint of an Action: exactly what a human saw and approved."""

Essence = NewType("Essence", str)
"""Fingerprint of what people wrote in a ticket (summary and description). The bot's own notes and the fields
it sets do not count, or every change we make would have us read the ticket again, for ever."""

Shape = NewType("Shape", str)
"""Fingerprint of a change without its ticket: 24 hex digits. See :mod:`bot.core.grants`."""

TraceId = NewType("TraceId", str)
"""One thread from a webhook to the receipt of what it led to; 32 hex digits (W3C trace-context length)."""


NAME_CHARS_MAX = 160
"""Readable in a log line, far below what a Redis key may have."""


def effect_id(event: EventId, ordinal: int) -> EffectId:
    """Name the ``ordinal``-th effect of ``event``; replays give the same name.

    One event leads to another, so names would grow without end: a long one is shortened to its hash.
    """
    name = f"{event}#{ordinal}"
    if len(name) > NAME_CHARS_MAX:
        name = f"~{hashlib.sha256(str(event).encode()).hexdigest()[:40]}#{ordinal}"
    return EffectId(name)


def proposal_id(run: EffectId, ordinal: int, digest: Digest) -> ProposalId:
    """Name the ``ordinal``-th proposal of one skill run.

    It derives from the run and from what is proposed, so a skill that runs twice after a crash makes the same
    proposals; the hash keeps it from being guessed by somebody who knows the ticket.
    """
    return ProposalId("p" + hashlib.sha256(f"{run}|{ordinal}|{digest}".encode()).hexdigest()[:31])


def operation(proposal: ProposalId, revision: int, digest: Digest) -> Operation:
    """Name the one execution that ``revision`` of ``proposal`` may have."""
    seed = f"{proposal}|{revision}|{digest}"
    return Operation("CS-" + hashlib.sha256(seed.encode()).hexdigest()[:12].upper())


def trace_id(seed: str) -> TraceId:
    """Derive a trace from a delivery's id, so that a redelivery joins the same trace."""
    return TraceId(hashlib.sha256(seed.encode()).hexdigest()[:32])


def clocked(ts: str) -> tuple[int, str, str]:
    """Return what Slack's ``ts`` sorts by: seconds, a dot, and a count within the second."""
    seconds, _, count = ts.partition(".")
    return len(seconds), seconds, count
