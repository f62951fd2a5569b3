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

from approvals.permits import mint
from approvals.policy import Where, evaluate
from bot.core.actions import Landed, Landing, Receipt, Request, Risk, VendorAnswer
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Execute, Observe
from bot.core.errors import Ambiguous, Leaked, Missing, Reject, Retry, Stale
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
from bot.core.modes import Mode
from bot.core.permit import Permit
from bot.core.tickets import Snapshot, TicketRef
from bot.core.verdicts import Allow, Deny
from bot.core.words import say
from bot.decide.executing import HOUR
from bot.ports import ActionType, Clock, Connector
from bot.runtime.journal import Journal
from bot.runtime.meters import Meters
from bot.runtime.stops import Stops


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
        stops: Stops,
        clock: Clock,
        meters: Meters,
    ) -> None:
        """Take everything it may touch."""
        self._journal, self._connectors, self._stops = journal, connectors, stops
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
        if tracked is None or tracked.status not in {Status.APPROVED, Status.EXECUTING}:
            return ()
        if tracked.request:
            # An attempt before us wrote ahead and was killed: its request may or may not have gone out.
            return (self._unknown(order, "the bot was interrupted while it was writing"),)
        claimed = await self._claim(order, tracked)
        if claimed is None:
            return ()
        try:
            return (await self._attempt(order, *claimed),)
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
            return (self._failed(order, str(no)),)

    async def observe(self, order: Order) -> tuple[Event, ...]:
        """Look whether a write of unknown fate is there, the vendor's settle time having passed.

        Raises:
            Retry: the ticket cannot be read now.
        """
        dossier = await self._journal.dossier(order.ref)
        tracked = dossier.tracked.get(order.effect.proposal)
        if tracked is None or tracked.status is not Status.UNCERTAIN or tracked.operation is None:
            return ()
        connector = self._connectors[order.ref.connector]
        try:
            now = await connector.read(order.ref)
        except Missing as gone:
            return (self._failed(order, str(gone)),)
        kind = connector.actions[tracked.proposal.action.name]
        landed = kind.landed(tracked.proposal.action, tracked.operation, now)
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
        event = Claimed(
            id=order.event("claimed"),
            at=self._now(),
            proposal=tracked.proposal.id,
            operation=named,
            fence=order.fence,
        )
        dossier = await self._journal.apply(order.ref, event, order.trace)
        held = dossier.tracked.get(tracked.proposal.id)
        if held is None or held.status is not Status.EXECUTING or held.fence != order.fence:
            return None
        if any(t.request and t.proposal.id != held.proposal.id for t in dossier.tracked.values()):
            raise Retry("another change of this ticket is under way", after_s=0.5)
        return dossier, held

    async def _attempt(self, order: Order, dossier: Dossier, tracked: Tracked) -> Event:
        refusal = await self._why_not_now(dossier, tracked)
        if refusal is not None:
            return self._failed(order, refusal)
        connector = self._connectors[order.ref.connector]
        action = tracked.proposal.action
        kind = connector.actions[action.name]
        now = await connector.read(order.ref)
        assert tracked.operation is not None, "a claim names its operation"
        if tracked.operation in now.operations and _done(kind.landed(action, tracked.operation, now)):
            return self._executed(order, self._receipt(tracked, now, kind, ""))
        permit = mint(tracked, now, self._journal.book.language)
        request = kind.plan(action, tracked.operation, now)
        if not await self._write_ahead(order, tracked, request):
            return self._failed(order, "another worker took this change over")
        answer = await self._send(order, connector, request, permit)
        return await self._read_back(order, connector, tracked, answer)

    async def _write_ahead(self, order: Order, tracked: Tracked, request: Request) -> bool:
        """Record the exact request; False when the claim is no longer ours."""
        printed = fingerprint([request.method, request.path, dict(request.body)])
        event = ExecutionStarted(
            id=order.event("started"),
            at=self._now(),
            proposal=tracked.proposal.id,
            fence=order.fence,
            request=printed,
        )
        dossier = await self._journal.apply(order.ref, event, order.trace)
        held = dossier.tracked.get(tracked.proposal.id)
        return held is not None and held.fence == order.fence and held.request == printed

    async def _send(
        self, order: Order, connector: Connector, request: Request, permit: Permit
    ) -> VendorAnswer:
        """Make the one attempt; when it definitely did not happen, say so before anybody tries again."""
        began = perf_counter()
        try:
            return await connector.send(request, permit)
        except Retry as busy:
            event = NotSent(
                id=order.event("not_sent"),
                at=self._now(),
                proposal=order.effect.proposal,
                fence=order.fence,
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
        except Retry as away:
            raise Ambiguous(f"written, but it could not be read back: {away}") from away
        kind = connector.actions[tracked.proposal.action.name]
        assert tracked.operation is not None, "a claim names its operation"
        landed = kind.landed(tracked.proposal.action, tracked.operation, now)
        if landed.landing is Landing.APPLIED:
            return self._executed(order, self._receipt(tracked, now, kind, _made(answer)))
        return Failed(
            id=order.event("failed"),
            at=self._now(),
            proposal=tracked.proposal.id,
            why=self._what_is_missing(connector.name, landed),
            missing=landed.missing,
        )

    def _what_is_missing(self, system: str, landed: Landed) -> str:
        language = self._journal.book.language
        if landed.landing is Landing.PARTLY and landed.missing:
            return say(language, "failed.partly", system=system, fields=", ".join(landed.missing))
        return say(language, "failed.nothing", system=system)

    async def _why_not_now(self, dossier: Dossier, tracked: Tracked) -> str | None:
        """Ask kill switch, mode, policy and ceiling as they are at this moment."""
        book, language = self._journal.book, self._journal.book.language
        skill = tracked.proposal.by.removeprefix("skill:")
        place = Where(connector=dossier.ref.connector, queue=dossier.queue, skill=skill)
        stopped = await self._stops.why(connector=place.connector, skill=skill)
        if stopped is not None:
            return say(language, "failed.stopped", why=stopped)
        action, mode = tracked.proposal.action, book.mode(place)
        needed = Mode.SUGGEST if action.risk is Risk.NOTE else Mode.APPROVE
        if tracked.proposal.by.startswith("skill:") and not mode.reaches(needed):
            return say(language, "failed.mode", mode=mode.value)
        by_person = tracked.decided_by.startswith("slack:")
        verdict = evaluate(book, action, place, human=by_person)
        if isinstance(verdict, Deny) or not (by_person or isinstance(verdict, Allow)):
            return say(language, "refused.policy", why=verdict.because)
        recent = sum(1 for at in dossier.acted_at if self._now() - at < HOUR)
        if action.risk is not Risk.NOTE and recent >= book.actions_per_ticket_per_hour:
            return say(language, "failed.ceiling", n=str(recent))
        return None

    async def _leaked(self, order: Order, leak: Leaked) -> Event:
        """An internal note came back public: take it away, stop the connector, and make noise."""
        connector = self._connectors[order.ref.connector]
        if leak.made:
            await connector.withdraw(order.ref, leak.made)
        why = say(self._journal.book.language, "failed.leaked", system=connector.name)
        await self._stops.stop(f"connector:{connector.name}", why)
        self._meters.leaks.labels(connector.name).inc()
        return Failed(
            id=order.event("failed"), at=self._now(), proposal=order.effect.proposal, why=why, leaked=True
        )

    def _receipt(self, tracked: Tracked, now: Snapshot, kind: ActionType, made: str) -> Receipt:
        touched = kind.touches(tracked.proposal.action.args)
        assert tracked.operation is not None, "a claim names its operation"
        marked = next((c.id for c in now.comments if c.operation == tracked.operation), "")
        return Receipt(
            operation=tracked.operation,
            reference=made or marked or now.ticket.version,
            before=tracked.proposal.basis.before,
            after={name: now.ticket.fields.get(name, ()) for name in touched},
            url=now.ticket.url,
        )

    def _executed(self, order: Order, receipt: Receipt) -> Executed:
        return Executed(
            id=order.event("executed"), at=self._now(), proposal=order.effect.proposal, receipt=receipt
        )

    def _failed(self, order: Order, why: str) -> Failed:
        return Failed(id=order.event("failed"), at=self._now(), proposal=order.effect.proposal, why=why)

    def _unknown(self, order: Order, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            id=order.event("unknown"),
            at=self._now(),
            proposal=order.effect.proposal,
            why=why,
            settle_s=self._connectors[order.ref.connector].settle_s,
        )

    def _now(self) -> datetime:
        return self._clock.now()


def _done(landed: Landed) -> bool:
    return landed.landing is Landing.APPLIED


def _made(answer: VendorAnswer) -> str:
    """Return the id of the comment an answer names, if it names one."""
    if isinstance(answer.body, dict) and isinstance(answer.body.get("id"), str | int):
        return str(answer.body["id"])
    return ""
