"""The only place from which a ticket is changed.

In this order: claim with a fence; kill switch, mode, policy and ceiling as they are now; a fresh read and the
permit it allows; our marker, in case it is done already; the write-ahead record; one request; a read-back.
Killed anywhere, the next holder of the order finds in the dossier how far it got.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

import structlog

from approvals.permits import mint
from bot.core.actions import Action, Compensation, Landed, Landing, Receipt, Request, Risk, VendorAnswer
from bot.core.creation import unborn
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Execute, Observe
from bot.core.errors import Ambiguous, BotError, Forbidden, Leaked, Missing, Refused, Reject, Retry, Stale
from bot.core.events import (
    Claimed,
    Drifted,
    Event,
    Executed,
    ExecutionStarted,
    Failed,
    NotSent,
    Observed,
    OutcomeUnknown,
)
from bot.core.fingerprint import fingerprint
from bot.core.ids import EventId, TraceId, operation
from bot.core.permit import Permit
from bot.core.tickets import Snapshot, TicketRef
from bot.core.words import say
from bot.decide.executing import write_under_way
from bot.decide.voting import why_moved
from bot.ports import ActionType, Clock, Connector
from bot.runtime.gates import Gates
from bot.runtime.journal import Journal
from bot.runtime.meters import Meters

WAIT_S = 1.0
"""Between two looks whether another change of the same ticket is through."""
LOCKED_OUT_S = 60.0
"""Between two looks whether our credentials work again, while the fate of a write is unknown."""
CLAIMS_A_ROUND = 1_000_000
"""Each round of one proposal is another order, whose fences begin anew; this keeps the later round ahead."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """One attempt at one Execute or Observe."""

    ref: TicketRef
    effect: Execute | Observe
    trace: TraceId
    fence: int
    """Grows with every attempt at the same order."""

    def event(self, what: str) -> EventId:
        """Name an event this attempt gives rise to; another attempt's is another event."""
        return EventId(f"{self.effect.id}/{what}.{self.fence}")


class Executor:
    """Carries out what was approved, once."""

    def __init__(
        self,
        *,
        journal: Journal,
        connectors: Mapping[str, Connector],
        gates: Gates,
        clock: Clock,
        meters: Meters,
    ) -> None:
        """Take everything it may touch."""
        self._journal, self._connectors = journal, connectors
        self._gates = gates
        self._clock, self._meters = clock, meters

    async def run(self, order: Order) -> tuple[Event, ...]:
        """Execute or observe, as the order says."""
        return await (self.execute(order) if isinstance(order.effect, Execute) else self.observe(order))

    async def execute(self, order: Order) -> tuple[Event, ...]:
        """Carry an approved action out and say how it ended; nothing when somebody else has taken it on.

        Raises:
            Retry: nothing was changed outside; the same order again later.
        """
        dossier = await self._journal.dossier(order.ref)
        tracked = dossier.tracked.get(order.effect.proposal)
        if tracked is None or not _is_to_do(tracked, order.effect):
            return ()
        if tracked.request:
            # An attempt before us wrote ahead and was killed: its request may or may not have gone out.
            return (self._unknown(order, "the bot was interrupted while it was writing"),)
        _wait_for_others(dossier)
        claimed = await self._claim(order, tracked)
        if claimed is None:
            return ()
        try:
            event = await self._attempt(order, *claimed)
        except Stale as drifted:
            return (
                Drifted(
                    id=order.event("drifted"), at=self._now(), proposal=tracked.proposal.id, what=str(drifted)
                ),
            )
        except Ambiguous as unknown:
            return (self._unknown(order, str(unknown)),)
        except Leaked as leak:
            return (await self._leaked(order, leak),)
        except Reject as no:
            return (self._failed(order, str(no), gone=isinstance(no, Missing)),)
        return () if event is None else (event,)

    async def observe(self, order: Order) -> tuple[Event, ...]:
        """Look whether a write of unknown fate is there, the vendor's settle time having passed.

        Raises:
            Retry: the ticket cannot be read now.
        """
        dossier = await self._journal.dossier(order.ref)
        tracked = dossier.tracked.get(order.effect.proposal)
        if tracked is None or tracked.status is not Status.UNCERTAIN or tracked.operation is None:
            return ()
        connector = self._connector(order.ref)
        try:
            now = await connector.read(order.ref)
        except Missing as gone:
            return (self._failed(order, str(gone), gone=True),)
        except Forbidden as no:
            # It may well be there; giving up would leave it unsettled for ever.
            raise Retry(str(no), after_s=LOCKED_OUT_S) from no
        kind = _verb(connector, tracked)
        landed = kind.landed(tracked.proposal.action, tracked.operation, now)
        if landed.landing is Landing.PARTLY:
            return (self._partly(order, connector.name, landed),)
        applied = landed.landing is Landing.APPLIED
        receipt = self._receipt(tracked, now, kind, "") if applied else None
        return (
            Observed(
                id=order.event("observed"),
                at=self._now(),
                proposal=tracked.proposal.id,
                applied=applied,
                receipt=receipt,
            ),
        )

    async def _claim(self, order: Order, tracked: Tracked) -> tuple[Dossier, Tracked] | None:
        """Take the order on; None when a newer attempt has."""
        named = operation(tracked.proposal.id, tracked.revision, tracked.digest)
        fence = _fence(order, tracked)
        event = Claimed(
            id=order.event("claimed"),
            at=self._now(),
            proposal=tracked.proposal.id,
            operation=named,
            order=order.effect.id,
            fence=fence,
        )
        dossier = await self._journal.apply(order.ref, event, order.trace)
        held = dossier.tracked.get(tracked.proposal.id)
        if held is None or not _holds(order, held, fence):
            return None
        _wait_for_others(dossier)
        return dossier, held

    async def _attempt(self, order: Order, dossier: Dossier, tracked: Tracked) -> Event | None:
        """Carry out what was claimed; None when another worker took it over meanwhile."""
        refusal = await self._gates.why_not_now(dossier, tracked, self._journal.book)
        if refusal is not None:
            return self._failed(order, refusal)
        connector = self._connector(order.ref)
        action = tracked.proposal.action
        kind = _verb(connector, tracked)
        now = await connector.read(order.ref)
        assert tracked.operation is not None, "a claim names its operation"
        if tracked.operation in now.operations and _done(kind.landed(action, tracked.operation, now)):
            return self._executed(order, self._receipt(tracked, now, kind, ""))
        moved = why_moved(dossier, now.ticket.queue, tracked, self._journal.book)
        if moved is not None:
            raise Stale(moved)
        await connector.looked_up(action.name, action.args, now.ticket)
        permit = mint(tracked, now, self._journal.book.language)
        request = kind.plan(action, tracked.operation, now)
        if not await self._write_ahead(order, tracked, request, dossier.writes):
            return None
        answer = await self._send(order, tracked, request, permit)
        return await self._read_back(order, connector, tracked, answer)

    async def _write_ahead(self, order: Order, tracked: Tracked, request: Request, writes: int) -> bool:
        """Record the exact request; False when the claim is no longer ours.

        Raises:
            Retry: another change of the ticket came between our read and now.
        """
        printed = fingerprint([request.method, request.path, dict(request.body)])
        event = ExecutionStarted(
            id=order.event("started"),
            at=self._now(),
            proposal=tracked.proposal.id,
            order=order.effect.id,
            fence=tracked.fence,
            request=printed,
            writes=writes,
        )
        dossier = await self._journal.apply(order.ref, event, order.trace)
        held = dossier.tracked.get(tracked.proposal.id)
        if held is None or not _holds(order, held, tracked.fence):
            return False
        if held.request != printed:
            raise Retry("another change of this ticket was faster", after_s=WAIT_S)
        return True

    async def _send(self, order: Order, tracked: Tracked, request: Request, permit: Permit) -> VendorAnswer:
        """Make the one attempt; when it definitely did not happen, say so before anybody tries again."""
        connector = self._connector(order.ref)
        began = perf_counter()
        try:
            return await connector.send(request, permit)
        except Retry as busy:
            event = NotSent(
                id=order.event("not_sent"),
                at=self._now(),
                proposal=order.effect.proposal,
                order=order.effect.id,
                fence=tracked.fence,
                why=str(busy),
            )
            await self._journal.apply(order.ref, event, order.trace)
            raise
        finally:
            self._meters.vendor(connector.name, "write", perf_counter() - began)

    async def _read_back(
        self, order: Order, connector: Connector, tracked: Tracked, answer: VendorAnswer
    ) -> Event:
        """Believe the ticket, not the answer: a vendor may say 200 and drop a field."""
        try:
            now = await connector.read(order.ref)
        except (Retry, Reject) as away:
            # Also when we may not see the ticket any more: that is no proof that nothing was written.
            raise Ambiguous(f"written, but it could not be read back: {away}") from away
        kind = _verb(connector, tracked)
        assert tracked.operation is not None, "a claim names its operation"
        landed = kind.landed(tracked.proposal.action, tracked.operation, now)
        if landed.landing is Landing.APPLIED:
            return self._executed(order, self._receipt(tracked, now, kind, _made(answer)))
        return self._partly(order, connector.name, landed)

    def _what_is_missing(self, system: str, landed: Landed) -> str:
        language = self._journal.book.language
        if landed.landing is Landing.PARTLY and landed.missing:
            return say(language, "failed.partly", system=system, fields=", ".join(landed.missing))
        return say(language, "failed.nothing", system=system)

    async def _leaked(self, order: Order, leak: Leaked) -> Event:
        """An internal note came back public: stop the connector, take the note away, and make noise."""
        connector = self._connector(order.ref)
        why = say(self._journal.book.language, "failed.leaked", system=connector.name)
        self._meters.leaks.labels(connector.name).inc()
        try:
            await self._gates.stops.stop(f"connector:{connector.name}", why)
        finally:
            removed = await self._withdraw(order, connector, leak.made)
            log.error("internal_note_leaked", connector=connector.name, removed=removed, trace=order.trace)
        return Failed(
            id=order.event("failed"), at=self._now(), proposal=order.effect.proposal, why=why, leaked=True
        )

    async def _withdraw(self, order: Order, connector: Connector, made: str) -> bool:
        """Take a leaked note away; False when that did not work, which must not hide the leak."""
        try:
            return bool(made) and await connector.withdraw(order.ref, made)
        except BotError as error:
            log.warning("leak_not_withdrawn", connector=connector.name, error=type(error).__name__)
            return False

    def _connector(self, ref: TicketRef) -> Connector:
        found = self._connectors.get(ref.connector)
        if found is None:
            raise Refused(f"the connector {ref.connector!r} is not configured any more")
        return found

    def _partly(self, order: Order, system: str, landed: Landed) -> Failed:
        return Failed(
            id=order.event("failed"),
            at=self._now(),
            proposal=order.effect.proposal,
            why=self._what_is_missing(system, landed),
            missing=landed.missing,
        )

    def _receipt(self, tracked: Tracked, now: Snapshot, kind: ActionType, made: str) -> Receipt:
        touched = kind.touches(tracked.proposal.action.args)
        assert tracked.operation is not None, "a claim names its operation"
        marked = next((c.id for c in now.comments if c.operation == tracked.operation), "")
        return Receipt(
            operation=tracked.operation,
            # A ticket that was just made is known to people by its key.
            reference=now.ticket.key if unborn(now.ticket.ref) else made or marked or now.ticket.version,
            before=tracked.proposal.basis.before,
            after={name: now.ticket.fields.get(name, ()) for name in touched},
            url=now.ticket.url,
            compensation=_compensation(tracked, kind),
        )

    def _executed(self, order: Order, receipt: Receipt) -> Executed:
        return Executed(
            id=order.event("executed"), at=self._now(), proposal=order.effect.proposal, receipt=receipt
        )

    def _failed(self, order: Order, why: str, *, gone: bool = False) -> Failed:
        return Failed(
            id=order.event("failed"), at=self._now(), proposal=order.effect.proposal, why=why, gone=gone
        )

    def _unknown(self, order: Order, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            id=order.event("unknown"),
            at=self._now(),
            proposal=order.effect.proposal,
            why=why,
            settle_s=self._connector(order.ref).settle_s,
        )

    def _now(self) -> datetime:
        return self._clock.now()


def _is_to_do(tracked: Tracked, effect: Execute | Observe) -> bool:
    right = isinstance(effect, Execute) and effect.revision == tracked.revision
    return right and tracked.status in {Status.APPROVED, Status.EXECUTING}


def _wait_for_others(dossier: Dossier) -> None:
    """One write a ticket at a time, or the second would rest on a ticket that the first is changing."""
    if write_under_way(dossier):
        raise Retry("another change of this ticket is under way", after_s=WAIT_S)


def _fence(order: Order, tracked: Tracked) -> int:
    return tracked.rounds * CLAIMS_A_ROUND + order.fence


def _holds(order: Order, tracked: Tracked, fence: int) -> bool:
    """Whether the newest claim is that of this very attempt."""
    return tracked.status is Status.EXECUTING and (tracked.order, tracked.fence) == (order.effect.id, fence)


def _verb(connector: Connector, tracked: Tracked) -> ActionType:
    name = tracked.proposal.action.name
    found = connector.actions.get(name)
    if found is None:
        raise Refused(f"{connector.name} has no action {name} any more")
    return found


def _compensation(tracked: Tracked, kind: ActionType) -> Compensation | None:
    """Return what would set it back; an undo is not undone, one does it afresh."""
    action = tracked.proposal.action
    if action.risk is not Risk.REVERSIBLE or tracked.proposal.undoes is not None:
        return None
    args = kind.compensate(action, tracked.proposal.basis.before)
    if args is None:
        return None
    back = Action(name=action.name, target=action.target, args=args, risk=action.risk)
    return Compensation(back, kind.describe(args))


def _done(landed: Landed) -> bool:
    return landed.landing is Landing.APPLIED


def _made(answer: VendorAnswer) -> str:
    """Return the id of the comment an answer names, if it names one."""
    if isinstance(answer.body, dict) and isinstance(answer.body.get("id"), str | int):
        return str(answer.body["id"])
    return ""
