"""A flood was called out: people are asked, on one card, whether to link its tickets to its first.

Each link is a change of the first ticket by itself, with its own choice on the card. What made them one flood
is outside text, so nothing of it is carried out without a click, whatever a rule allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from pydantic import JsonValue

from approvals.policy import Where
from approvals.set_card import ITEMS_MAX
from bot.core.actions import Proposal
from bot.core.audit import Record
from bot.core.codec import encode
from bot.core.errors import Held, Refused, Reject
from bot.core.ids import EffectId, EventId, SlackUserId, trace_id
from bot.core.incidents import Incident, Member, Propose, Queue, read, unsealed
from bot.core.linking import LINK, is_linked
from bot.core.modes import Mode
from bot.core.reports import Wish
from bot.core.requests import Requested
from bot.core.tickets import Snapshot, TicketRef
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.decide.executing import HOUR
from bot.ports import Clock, Connector
from bot.proposing import note_action, proposal
from bot.runtime.envelopes import event_job
from bot.runtime.incidents import PROPOSE, STOPPED_S
from bot.runtime.jobs import Done, Lease
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.pump import Handler
from bot.runtime.sightings import NAME_CHARS_MAX
from bot.runtime.stops import Stops

SKILL: Final = "similar"
"""In whose name it is asked: its mode says how far this goes, and rules on it count."""
BY: Final = f"skill:{SKILL}"
STAMP: Final = "%Y-%m-%d %H:%M UTC"

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Watch(Protocol):
    """Knows which tickets are open."""

    async def still_open(self, queue: Queue, members: Sequence[Member]) -> tuple[Member, ...]:
        """Return those that are open in ``queue`` and that everybody there may read. May raise ``Retry``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the handler rests on."""

    connectors: Mapping[str, Connector]
    watch: Watch
    lanes: Lanes
    journal: Journal
    clock: Clock
    meters: Meters
    stops: Stops


class _No(Exception):  # not an error: nobody is asked
    """Why not, for the audit."""


class IncidentLinks:
    """The handler of its job, which bears being repeated: the request it makes has one name for ever."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._book = around.journal.book

    def handlers(self) -> Mapping[str, Handler]:
        """Return who runs it."""
        return {PROPOSE: self.handle}

    async def handle(self, lease: Lease) -> Done:
        """Ask, or record why nobody is asked.

        Raises:
            Held: the kill switch is thrown: nobody is asked until it is lifted.
            Retry: the ticket system or Redis is away.
        """
        queue, order = unsealed(Propose, lease.data)
        if await self._around.stops.why(connector=queue.connector, skill=SKILL) is not None:
            raise Held("stopped by the kill switch", after_s=STOPPED_S)
        _, document = await self._around.lanes.load(queue.lane)
        incident = read(document).find(order.incident) if document is not None else None
        if incident is None:
            return Done()
        name = EventId(f"{queue.lane}:{order.id}")
        ref, trace = TicketRef(queue.connector, incident.id), trace_id(name)
        try:
            request = await self._request(queue, incident, name)
        except _No as no:
            return Done(audit=[self._told(queue, incident, name, because=str(no))])
        record = self._told(queue, incident, name, proposals=request.proposals)
        return Done(spawn=[event_job(ref, request, trace)], audit=[record])

    async def _request(self, queue: Queue, incident: Incident, name: EventId) -> Requested:
        """Return what is asked of people on the flood's first ticket."""
        connector = self._around.connectors.get(queue.connector)
        if connector is None:
            raise _No("its system is not set up any more")
        first = await self._first(connector, queue, incident)
        place = Where(connector=queue.connector, queue=first.ticket.queue, by=BY)
        mode = self._book.mode(place)
        if not mode.reaches(Mode.APPROVE):
            raise _No(f"mode is {mode.value}")
        made = self._proposals(connector, first, incident, await self._others(queue, incident, first), name)
        if not made:
            raise _No("no other ticket of it is left to link")
        return Requested(
            id=name,
            at=self._around.clock.now(),
            by=SlackUserId(BY),
            snapshot=first,
            proposals=made,
            together=True,
            note_action=note_action(connector),
        )

    async def _first(self, connector: Connector, queue: Queue, incident: Incident) -> Snapshot:
        """Read the first ticket afresh; what is asked rests on what it is now."""
        try:
            snapshot = await connector.read(TicketRef(queue.connector, incident.id))
        except Reject as no:
            raise _No(f"its first ticket cannot be read: {type(no).__name__}") from no
        ticket = snapshot.ticket
        if ticket.closed:
            raise _No("its first ticket is closed")
        if ticket.restricted:
            raise _No("few may read its first ticket")
        if Untrusted(ticket.queue).line(NAME_CHARS_MAX) != queue.name:
            raise _No("its first ticket is in another queue")
        return snapshot

    async def _others(self, queue: Queue, incident: Incident, first: Snapshot) -> Sequence[Member]:
        """Return whom to link it to: as many as one card shows and the ceiling of the first one leaves."""
        open_ones = await self._around.watch.still_open(queue, incident.members)
        others = [
            each for each in open_ones if each.id != incident.id and not is_linked(first.ticket, each.key)
        ]
        now = self._around.clock.now()
        dossier = await self._around.journal.dossier(first.ticket.ref)
        spent = sum(1 for at in dossier.acted_at if now - at < HOUR)
        return others[: min(ITEMS_MAX, max(1, self._book.actions_per_ticket_per_hour - spent))]

    def _proposals(
        self,
        connector: Connector,
        first: Snapshot,
        incident: Incident,
        others: Sequence[Member],
        name: EventId,
    ) -> tuple[Proposal, ...]:
        """Return a proposal for each; one that the verb refuses does not cost the rest."""
        since = incident.since.strftime(STAMP)
        why = say(self._book.language, "incident.link.why", count=str(incident.count), since=since)
        made: list[Proposal] = []
        for number, other in enumerate(others):
            wish = Wish(verb=LINK, args={"others": [other.key]}, why=Untrusted(why))
            try:
                made.append(proposal(connector, first, EffectId(name), number, wish, by=BY))
            except Refused as no:
                log.warning("wish_refused", skill=SKILL, verb=LINK, why=str(no))
        return tuple(made)

    def _told(
        self,
        queue: Queue,
        incident: Incident,
        name: EventId,
        *,
        proposals: Sequence[Proposal] = (),
        because: str = "",
    ) -> bytes:
        """Return the audit's line: ids alone, no words of a ticket."""
        idents: list[JsonValue] = [str(each.id) for each in proposals]
        record = Record(
            at=self._around.clock.now(),
            what="incident.proposed" if idents else "incident.withheld",
            ticket=f"{queue.connector}:{incident.id}",
            actor=BY,
            because=because,
            event=name,
            details={"queue": queue.name, "proposals": idents},
            trace=trace_id(name),
        )
        self._around.meters.decisions.labels(record.what).inc()
        log.info(record.what, ticket=record.ticket, actor=BY, because=because, trace=record.trace)
        return encode(record)
