"""The decide loop: load a ticket's dossier, decide, and commit state, orders and audit in one script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

import structlog

from approvals.policy import Rulebook
from bot.core.audit import Record
from bot.core.codec import decode, encode
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.errors import Retry
from bot.core.events import Event
from bot.core.ids import ProposalId, TraceId, trace_id
from bot.core.tickets import TicketRef
from bot.decide import Transition, decide
from bot.ports import Clock
from bot.runtime.envelopes import effect_job
from bot.runtime.jobs import Commit, Done, Job, Outcome
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters

PROPOSALS = "proposal"
"""The look-up from a proposal's id to its ticket: all that a button carries is the id."""
PENDING = "pending"
"""The look-up of what waits for people, from id to ticket, for those who list or call off."""
APPLY_TRIES_MAX = 20
"""Lost races before an effect is put back to wait: each means that somebody else got through."""
READ_KEPT_MAX = 256
"""Dossiers kept as objects beside their bytes: one ticket's next events come within a second."""
FRESH_S = 1.0
"""How long a version counts as just confirmed. A Redis that lost its last second (a power cut) could give the
same version to another document; coming back takes it longer than this."""
DOSSIER_KEPT_S = 400 * 24 * 3600
"""A ticket nobody has touched for over a year is forgotten; the audit is not."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """A dossier beside its bytes."""

    document: bytes
    dossier: Dossier
    version: int = 0
    """Which version Redis confirmed these bytes to be; 0: they were only about to be written."""
    at_s: float = 0.0
    """When it did, on the monotonic clock."""


class Journal:
    """What happened to each ticket, one commit an event."""

    def __init__(self, lanes: Lanes, book: Rulebook, clock: Clock, meters: Meters) -> None:
        """``book``: the policy in force."""
        self.book = book
        self._lanes, self._clock, self._meters = lanes, clock, meters
        self._read: dict[str, _Read] = {}

    async def dossier(self, ref: TicketRef) -> Dossier:
        """Return what we know of a ticket; empty when that is nothing."""
        return (await self._load(ref))[1]

    async def find(self, proposal: ProposalId) -> tuple[Dossier, Tracked] | None:
        """Return a proposal and its ticket's dossier, or None when we do not hold it."""
        known = await self._lanes.find(PROPOSALS, proposal)
        if known is None:
            return None
        connector, _, ticket = known.partition("|")[0].partition(":")
        dossier = await self.dossier(TicketRef(connector, ticket))
        tracked = dossier.tracked.get(proposal)
        return None if tracked is None else (dossier, tracked)

    async def trace_of(self, proposal: ProposalId) -> TraceId:
        """Return the trace a proposal belongs to: a click on its card joins it. Unknown: a new one."""
        known = await self._lanes.find(PROPOSALS, proposal)
        return TraceId(known.partition("|")[2]) if known else trace_id(proposal)

    async def done(self, ref: TicketRef, event: Event, trace: TraceId) -> Done:
        """Decide about ``event`` and return what ends its job. A lost race calls this again."""
        version, before = await self._load(ref)
        transition = decide(before, event, self.book)
        commit, spawn, audit = self._write(version, before, transition, trace)
        return Done(spawn=spawn, commit=commit, audit=audit)

    async def apply(self, ref: TicketRef, event: Event, trace: TraceId) -> Dossier:
        """Decide about ``event`` at once, from the middle of an effect, and return the dossier after it.

        Raises:
            Retry: others kept committing this dossier.
        """
        held = self._just_confirmed(ref)
        for _ in range(APPLY_TRIES_MAX):
            version, before = held or await self._load(ref)
            held = None
            transition = decide(before, event, self.book)
            commit, spawn, audit = self._write(version, before, transition, trace)
            outcome = await self._lanes.commit(commit, spawn=spawn, audit=audit)
            if outcome is not Outcome.CONFLICT:
                self._keep(ref, _Read(commit.document, transition.dossier, version + 1, monotonic()))
                return transition.dossier
        raise Retry("somebody else keeps committing this ticket", after_s=1.0)

    async def pending(self) -> list[tuple[Dossier, Tracked]]:
        """Return everything that waits for people, the oldest first."""
        found = [await self.find(ProposalId(ident)) for ident in await self._lanes.find_all(PENDING)]
        waiting = [held for held in found if held is not None and held[1].status is Status.PENDING]
        return sorted(waiting, key=lambda held: (held[1].asked_at is None, held[1].asked_at))

    async def record(self, record: Record) -> None:
        """Add a line to the audit that belongs to no ticket: a stop, a permission revoked."""
        await self._lanes.add_record(encode(record))
        self._tell([record])

    async def stop(self, scope: str, known: str, record: Record) -> bool:
        """Keep ``known`` of a stop, or lift it where that is empty, and write it down.

        False: there was none to lift.
        """
        done = await self._lanes.set_stop(scope, known, encode(record))
        if done:
            self._tell([record])
        return done

    async def _load(self, ref: TicketRef) -> tuple[int, Dossier]:
        version, document = await self._lanes.load(ref.lane)
        if document is None:
            return version, Dossier(ref)
        known = self._read.get(ref.lane)
        # The very bytes that were read or written here before need not be read again.
        dossier = known.dossier if known is not None and known.document == document else decode(document)
        self._keep(ref, _Read(document, dossier, version, monotonic()))
        return version, dossier

    def _just_confirmed(self, ref: TicketRef) -> tuple[int, Dossier] | None:
        """Return what Redis told us a moment ago: an effect's steps follow each other at once.

        Should somebody have committed in between, the version gives it away and we load again.
        """
        known = self._read.get(ref.lane)
        if known is None or not known.version or monotonic() - known.at_s > FRESH_S:
            return None
        return known.version, known.dossier

    def _keep(self, ref: TicketRef, read: _Read) -> None:
        self._read.pop(ref.lane, None)
        self._read[ref.lane] = read
        if len(self._read) > READ_KEPT_MAX:
            del self._read[next(iter(self._read))]

    def _write(
        self, version: int, before: Dossier, transition: Transition, trace: TraceId
    ) -> tuple[Commit, Sequence[Job], Sequence[bytes]]:
        after, now = transition.dossier, self._clock.now()
        where = f"{after.ref.connector}:{after.ref.id}|{trace}"
        known = {str(ident): where for ident in after.tracked if ident not in before.tracked}
        # A note is forgotten once it is up; its look-up would only pile up.
        known |= {str(ident): "" for ident in before.tracked if ident not in after.tracked}
        waits = _waits(before, after, where)
        document = encode(after)
        self._keep(after.ref, _Read(document, after))
        commit = Commit(
            key=after.ref.lane,
            expected_version=version,
            document=document,
            index={name: changed for name, changed in ((PROPOSALS, known), (PENDING, waits)) if changed},
            keep_s=DOSSIER_KEPT_S,
        )
        spawn = [effect_job(after.ref, effect, trace, now) for effect in transition.effects]
        audit = [encode(replace(record, trace=trace)) for record in transition.records]
        self._tell([replace(record, trace=trace) for record in transition.records])
        return commit, spawn, audit

    def _tell(self, records: Sequence[Record]) -> None:
        for record in records:
            self._meters.decisions.labels(record.what).inc()
            log.info(
                record.what,
                ticket=record.ticket,
                actor=record.actor,
                proposal=record.proposal,
                trace=record.trace,
            )


def _waits(before: Dossier, after: Dossier, where: str) -> dict[str, str]:
    """Return how the look-up of what waits has to change."""
    was = {ident for ident, each in before.tracked.items() if each.status is Status.PENDING}
    now = {ident for ident, each in after.tracked.items() if each.status is Status.PENDING}
    return {str(ident): where for ident in sorted(now - was)} | {
        str(ident): "" for ident in sorted(was - now)
    }
