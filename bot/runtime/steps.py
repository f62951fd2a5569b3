"""Decides about a ladder and carries out what it ordered: one commit an event, as for tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from approvals.card import Card
from approvals.ladder_card import step_card
from approvals.policy import Rulebook
from bot.core.audit import Record
from bot.core.codec import encode
from bot.core.effects import Whisper
from bot.core.errors import Retry
from bot.core.events import CardPlace
from bot.core.ids import EventId, trace_id
from bot.core.ladder import CallOff, Climb, Ladder, ShowStep, StepShown
from bot.decide.climbing import Climbed, climb
from bot.ports import Clock
from bot.runtime.jobs import Commit, Done, Job, Lease, Outcome
from bot.runtime.ladders import LADDERS, Ladders, order_job, unseal
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.pending import Pending

APPLY_TRIES_MAX: Final = 20
"""Lost races before an order is put back to wait: each means that somebody else got through."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class StepCards(Protocol):
    """Shows steps to people. Every method may raise ``Retry``."""

    async def put_up(self, who: Sequence[str], drawn: Card) -> tuple[CardPlace, ...]:
        """Post a card where ``who`` see it; return where it hangs."""
        ...

    async def redraw(self, places: Sequence[CardPlace], drawn: Card) -> None:
        """Bring every copy up to date."""
        ...

    async def whisper(self, order: Whisper) -> None:
        """Say something so that only one person sees it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbs:
    """The handlers of both kinds of jobs."""

    lanes: Lanes
    ladders: Ladders
    book: Rulebook
    clock: Clock
    meters: Meters
    cards: StepCards | None
    """None: no Slack is set up; what is lowered is in the audit and in the log."""
    pending: Pending

    async def decide(self, lease: Lease) -> Done:
        """Decide about one event. A lost race calls this again."""
        connector, event = unseal(lease.data)
        version, ladder = await self.ladders.load(connector)
        climbed = climb(ladder, event, self.book)
        commit, spawn, audit = self._write(version, climbed, event.id)
        return Done(spawn=spawn, commit=commit, audit=audit)

    async def carry_out(self, lease: Lease) -> Done:
        """Carry out one order; every branch bears being repeated.

        Raises:
            Retry: Slack or Redis is busy or away.
        """
        connector, order = unseal(lease.data)
        match order:
            case ShowStep():
                await self._show(connector, order)
            case CallOff():
                await self.pending.sweep(self.book)
            case Whisper() if self.cards is not None:
                await self.cards.whisper(order)
            case _:
                pass  # nobody to tell
        return Done()

    async def _show(self, connector: str, order: ShowStep) -> None:
        """Post the card or bring its copies up to date; it always shows the step as it is now."""
        ladder = await self.ladders.of(connector)
        step = ladder.step(order.step)
        if step is None or self.cards is None or not (step.places or step.approvers or self._channel):
            return
        drawn = step_card(ladder, step, self.book.ladder, self.book.language)
        if step.places:
            await self.cards.redraw(step.places, drawn)
            return
        places = await self.cards.put_up(step.approvers, drawn)
        shown = StepShown(
            id=EventId(f"{order.id}/shown"), at=self.clock.now(), step=order.step, places=places
        )
        after = await self._apply(connector, shown)
        now = after.step(order.step)
        if now is not None:
            newer = step_card(after, now, self.book.ladder, self.book.language)
            if newer != drawn:  # decided while it was being posted
                await self.cards.redraw(places, newer)

    @property
    def _channel(self) -> str:
        return self.book.approvals_channel

    async def _apply(self, connector: str, event: Climb) -> Ladder:
        """Decide about ``event`` at once, from the middle of an order, and return the ladder after it."""
        for _ in range(APPLY_TRIES_MAX):
            version, ladder = await self.ladders.load(connector)
            climbed = climb(ladder, event, self.book)
            commit, spawn, audit = self._write(version, climbed, event.id)
            if await self.lanes.commit(commit, spawn=spawn, audit=audit) is not Outcome.CONFLICT:
                return climbed.ladder
        raise Retry("somebody else keeps committing this ladder", after_s=1.0)

    def _write(
        self, version: int, climbed: Climbed, event: EventId
    ) -> tuple[Commit, Sequence[Job], Sequence[bytes]]:
        after, trace = climbed.ladder, trace_id(event)
        commit = Commit(
            key=after.lane,
            expected_version=version,
            document=encode(after),
            index={LADDERS: {after.connector: after.kind or "-"}},
        )
        records = [replace(record, trace=trace) for record in climbed.records]
        self._tell(after.connector, records)
        spawn = [order_job(after.connector, order) for order in climbed.orders]
        return commit, spawn, [encode(record) for record in records]

    def _tell(self, connector: str, records: Sequence[Record]) -> None:
        for record in records:
            self.meters.decisions.labels(record.what).inc()
            say = log.warning if record.what == "ladder.lowered" else log.info
            say(record.what, connector=connector, actor=record.actor, trace=record.trace)
