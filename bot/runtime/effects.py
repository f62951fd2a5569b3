"""Carries orders out, one at a time, and reports back with events. Each branch bears being repeated."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol, assert_never

import structlog

from approvals.policy import Where
from bot.core.actions import Proposal, Risk
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
from bot.core.errors import Held, Malformed, Missing, Refused, Retry
from bot.core.events import Event, Executed, GaveUp, Observed, SkillFinished, TicketRead, TicketVanished
from bot.core.grants import shape
from bot.core.ids import EventId, TraceId
from bot.core.reports import Report
from bot.core.rungs import Moved
from bot.core.tickets import TicketRef
from bot.decide.parting import parted
from bot.ports import Clock, Connector, Desk, Model, Skill
from bot.proposing import note_action, proposed
from bot.runtime.envelopes import EFFECT, event_job, unseal
from bot.runtime.executor import Executor, Order
from bot.runtime.grants import Grants
from bot.runtime.jobs import Done, Job, Lease
from bot.runtime.journal import Journal
from bot.runtime.ladders import Ladders
from bot.runtime.meters import Meters
from bot.runtime.outcomes import Outcomes
from bot.runtime.recent import Recent
from bot.runtime.sightings import Notices
from bot.runtime.stops import Stops

STOPPED_S = 5.0
"""Between two looks whether a stop is lifted, at first."""
STOPPED_MAX_S = 60.0
"""The same after ten minutes and more: thousands of tickets may wait for the end of a long stop."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Cards(Protocol):
    """Shows proposals to people."""

    async def show(self, ref: TicketRef, order: ShowCard) -> tuple[Event, ...]:
        """Post the card or bring its copies up to date.

        Raises:
            Retry: Slack is busy or away.
        """
        ...

    async def whisper(self, order: Whisper) -> None:
        """Say something so that only one person sees it. Raises as :meth:`show`."""
        ...

    async def ping(self, ref: TicketRef, order: Ping) -> tuple[Event, ...]:
        """Send people a direct message about a card. Raises as :meth:`show`."""
        ...


class Talks(Protocol):
    """Conversations in which changes are asked for."""

    async def settled(self, order: TellTalk) -> None:
        """Bring how a proposal stands to its conversation; may raise ``Retry``, and bears being repeated."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """All that effects may touch; they can reach nothing else."""

    connectors: Mapping[str, Connector]
    skills: Mapping[str, Skill]
    model: Model
    cards: Cards | None
    """None: no Slack is set up, so nothing is shown and nobody can approve anything there."""
    executor: Executor
    journal: Journal
    grants: Grants
    stops: Stops
    outcomes: Outcomes
    notices: Notices | None = None
    """None: nobody keeps an eye on what else is open."""
    ladders: Ladders | None = None
    """None: the modes of the file hold."""
    talks: Talks | None = None
    """None: nobody asks in conversations."""
    recent: Recent | None = None
    """None: nobody looks back at what was done."""


class Effects:
    """The effect loop's one handler."""

    def __init__(self, outside: Outside, clock: Clock, meters: Meters) -> None:
        """Carry out orders on ``outside``."""
        self._connectors, self._skills, self._model = outside.connectors, outside.skills, outside.model
        self._cards, self._executor, self._grants = outside.cards, outside.executor, outside.grants
        self._stops, self._journal, self._outcomes = outside.stops, outside.journal, outside.outcomes
        self._ladders, self._notices, self._talks = outside.ladders, outside.notices, outside.talks
        self._recent = outside.recent
        self._clock, self._meters = clock, meters

    async def handle(self, lease: Lease) -> Done:
        """Carry out the order of one job; its events go to the ticket's lane together with its end."""
        sealed = unseal(lease.data)
        effect: Effect = sealed.body
        began = perf_counter()
        events = await self._run(sealed.ref, effect, sealed.trace, lease)
        self._meters.effect_seconds.labels(type(effect).__name__).observe(perf_counter() - began)
        return Done(spawn=[event_job(sealed.ref, event, sealed.trace) for event in events])

    def given_up(self, lease: Lease, why: str) -> list[Job]:
        """Return what remains to be done when the queue drops an order: nothing may wait for it for ever."""
        if lease.kind != EFFECT:
            return []
        try:
            sealed = unseal(lease.data)
        except Malformed:
            return []  # nobody can tell what it was; the dead letter keeps its bytes
        order: Effect = sealed.body
        if not isinstance(order, Execute | Observe):
            return []
        event = GaveUp(
            id=EventId(f"{order.id}/given_up"), at=self._clock.now(), proposal=order.proposal, why=why
        )
        return [event_job(sealed.ref, event, sealed.trace)]

    async def _run(self, ref: TicketRef, effect: Effect, trace: TraceId, lease: Lease) -> tuple[Event, ...]:
        match effect:
            case ReadTicket():
                return (await self._read(effect),)
            case RunSkill():
                return (await self._skill(effect, lease),)
            case ShowCard():
                return await self._show(ref, effect, trace)
            case Whisper() | Ping() | TellTalk():
                return await self._tell(ref, effect)
            case CountApproval() | SetGrant() | Learn():
                return await self._remember(effect)
            case Execute() | Observe():
                return await self._execute(Order(ref, effect, trace, lease.generation))
            case Wake() | RunErrand():
                raise AssertionError("it has a job of its own kind")
            case _ as unreachable:
                assert_never(unreachable)

    async def _execute(self, order: Order) -> tuple[Event, ...]:
        """Carry it out, and remember that it was: for who looks back; the audit has it in any case."""
        events = await self._executor.run(order)
        for event in events:
            done = isinstance(event, Executed) or (isinstance(event, Observed) and event.applied)
            if self._recent is not None and done:
                # What was done must be told whatever becomes of this list.
                with contextlib.suppress(Retry):
                    await self._recent.note(order.effect.proposal, event.at)
        return events

    async def _show(self, ref: TicketRef, order: ShowCard, trace: TraceId) -> tuple[Event, ...]:
        """Show the card; where it hangs is kept before the next drawing of the same card may begin."""
        shown = await self._cards.show(ref, order) if self._cards is not None else ()
        for event in shown:
            await self._journal.apply(ref, event, trace)
        return ()

    async def _tell(self, ref: TicketRef, order: Whisper | Ping | TellTalk) -> tuple[Event, ...]:
        if isinstance(order, TellTalk):
            if self._talks is not None:
                await self._talks.settled(order)
            return ()
        if self._cards is None:
            return ()
        match order:
            case Ping():
                return await self._cards.ping(ref, order)
            case Whisper():
                await self._cards.whisper(order)
                return ()

    async def _remember(self, order: CountApproval | SetGrant | Learn) -> tuple[Event, ...]:
        match order:
            case SetGrant():
                await self._grants.set(order.grant)
            case CountApproval():
                await self._grants.count(order.shape, order.proposal)
            case Learn():
                await self._outcomes.remember(order)
        return ()

    async def _read(self, order: ReadTicket) -> Event:
        began = perf_counter()
        try:
            snapshot = await self._connector(order.ref).read(order.ref)
        except Missing as gone:
            if self._notices is not None:
                await self._notices.gone(order.ref)
            return TicketVanished(id=EventId(f"{order.id}/vanished"), at=self._clock.now(), why=str(gone))
        finally:
            self._meters.vendor(order.ref.connector, "read", perf_counter() - began)
        if self._notices is not None:
            await self._notices.saw(snapshot)
        return TicketRead(
            id=EventId(f"{order.id}/read"),
            at=self._clock.now(),
            snapshot=snapshot,
            touched_at=order.touched_at,
        )

    async def _skill(self, order: RunSkill, lease: Lease) -> Event:
        """Let the skill read the ticket, and turn what it wishes for into proposals.

        Raises:
            Held: the kill switch is thrown: no model is asked until it is lifted.
        """
        stopped = await self._stops.why(connector=order.snapshot.ticket.ref.connector, skill=order.skill)
        if stopped is not None:
            waited_s = self._clock.now().timestamp() - lease.accepted_ms / 1000
            after_s = min(STOPPED_MAX_S, max(STOPPED_S, waited_s / 10))
            raise Held("stopped by the kill switch", after_s=after_s)
        connector = self._connector(order.snapshot.ticket.ref)
        skill = self._skills[order.skill]
        began = perf_counter()
        try:
            desk = Desk(connector, self._model, connector.suggestible, order.turned_down, self._notices)
            report = await skill.run(order.snapshot, desk)
        except Missing as gone:
            return TicketVanished(id=EventId(f"{order.id}/vanished"), at=self._clock.now(), why=str(gone))
        self._meters.skill_seconds.labels(order.skill, report.brain or "none").observe(perf_counter() - began)
        self._count(report)
        held = await self._held(order)
        made = await self._granted(connector, order, report, held)
        labels = {finding.field: finding.label for finding in report.findings}
        return SkillFinished(
            id=EventId(f"{order.id}/finished"),
            at=self._clock.now(),
            skill=order.skill,
            snapshot=order.snapshot,
            report=Report(
                findings=report.findings,
                similar=report.similar,
                draft=report.draft,
                draft_source=report.draft_source,
                alike=report.alike,
                brain=report.brain,
                degraded=report.degraded,
                usage=report.usage,
                local=report.local,
                proposals=tuple(replace(each, labels=labels) for each in made),
            ),
            touched_at=order.touched_at,
            note_action=note_action(connector),
            grants=await self._grants.among(
                shape(each.action, order.snapshot.ticket.queue)
                for each in made
                if each.action.risk is Risk.REVERSIBLE
            ),
            held=held,
        )

    async def _held(self, order: RunSkill) -> tuple[Moved, ...]:
        """Return the modes that hold for this skill here in place of the file's."""
        ticket = order.snapshot.ticket
        if self._ladders is None:
            return ()
        return await self._ladders.held(ticket.ref.connector, ticket.queue, order.skill)

    async def _granted(
        self, connector: Connector, order: RunSkill, report: Report, held: tuple[Moved, ...]
    ) -> list[Proposal]:
        """Return a proposal for each wish that can be one; a bad wish does not cost the rest."""
        made: list[Proposal] = []
        ticket = order.snapshot.ticket
        place = Where(connector=ticket.ref.connector, queue=ticket.queue, by=f"skill:{order.skill}")
        footing = self._journal.book.footing(place, held)
        wishes = [part for wish in report.wishes for part in parted(wish, footing, report.findings)]
        for number, wish in enumerate(wishes):
            try:
                made.append(
                    await proposed(
                        connector, order.snapshot, order.id, number, wish, by=f"skill:{order.skill}"
                    )
                )
            except Refused as no:
                log.warning("wish_refused", skill=order.skill, verb=wish.verb, why=str(no))
        return made

    def _count(self, report: Report) -> None:
        # What it cost was counted where the model was called, whoever asked and whatever came of it.
        if report.degraded:
            self._meters.degraded.labels(report.degraded).inc()

    def _connector(self, ref: TicketRef) -> Connector:
        found = self._connectors.get(ref.connector)
        if found is None:
            raise Refused(f"the connector {ref.connector!r} is not configured any more")
        return found
