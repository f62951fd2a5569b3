"""What each replica keeps in memory of the tickets that are open: which are alike, and whether it is a flood.

All replicas read the same record and notice the same; what they notice is made one in the queue's lane.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog
from redis.asyncio import Redis

from approvals.policy import Rulebook, Where
from bot.brain.retrieve.duplicates import OpenTickets, Perhaps
from bot.brain.retrieve.outbreak import Outbreak, Outbreaks
from bot.config_sections import OutbreakSection
from bot.core.alike import Alike, PartOf, SameAs
from bot.core.errors import Retry
from bot.core.fingerprint import fingerprint
from bot.core.ids import ActionName, EventId
from bot.core.incidents import Flood, Member, Queue
from bot.core.linking import LINK, adds_up
from bot.core.modes import Mode
from bot.core.tickets import Snapshot, TicketRef
from bot.core.untrusted import Untrusted
from bot.ports import Chat, Clock, Connector, Dossiers
from bot.runtime.incident_links import BY, IncidentLinks
from bot.runtime.incident_links import Around as Asking
from bot.runtime.incidents import Around, IncidentJobs, sign_job
from bot.runtime.jobs import DEDUPE_S
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.pump import Handler
from bot.runtime.sightings import KEPT_S, Changed, Sighting, Sightings, sighting_of
from bot.runtime.stops import Stops
from bot.slack.incidents import IncidentMessages

ASKED_MAX: Final = 2
"""Questions on a note: each takes a person half a minute."""
CANDIDATES_MAX: Final = 6
"""Compared more closely, because some may have been closed a moment ago."""
SHARED_MIN: Final = 2
"""Words two tickets must share: one alone has too many meanings."""
LOOK_S: Final = 5.0
"""Between two looks at what other replicas have seen; a ticket that is read here is taken in at once."""
BATCH: Final = 500
"""Changes taken in at a time."""
WATCHED_MAX: Final = 5_000
"""Tickets remembered to notice floods, closed ones too: some 40 MB. The first one noticed makes room."""
WATCHED_FOR: Final = timedelta(days=3)
"""Opened longer ago, a ticket says nothing about today's pace; so a start with thousands of them is quick."""
WATCHES_MAX: Final = 200
"""Queues watched; the one that was quiet longest makes room."""
MEMORY: Final = 1_000
"""Tickets of one queue that its usual pace is taken from."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Floods:
    """When alike tickets are a flood."""

    tickets: int
    window: timedelta
    told: bool
    """Whether there is a channel to call them out in."""
    linkable: frozenset[str] = frozenset()
    """Connectors in which one ticket can be linked to many."""


@dataclass(slots=True)
class _Desk:
    """What is known of one connector's tickets."""

    open: OpenTickets = field(default_factory=OpenTickets)
    sightings: dict[str, Sighting] = field(default_factory=dict[str, Sighting])
    """Open ones by id, the one that changed longest ago first."""
    marks: dict[str, float] = field(default_factory=dict[str, float])
    watches: dict[str, Outbreaks] = field(default_factory=dict[str, Outbreaks])
    """By queue."""
    watched: dict[str, tuple[str, Member]] = field(default_factory=dict[str, tuple[str, Member]])
    """Id to queue and ticket, in the order they were noticed."""


class Noticing:
    """Fills the ``Notices`` port. One a process."""

    def __init__(
        self,
        sightings: Sightings,
        lanes: Lanes,
        dossiers: Dossiers,
        clock: Clock,
        book: Rulebook,
        floods: Floods | None,
    ) -> None:
        """``floods``: None looks for none."""
        self._sightings, self._lanes, self._dossiers = sightings, lanes, dossiers
        self._clock, self._book, self._floods = clock, book, floods
        self._desks: dict[str, _Desk] = {}
        self._mark = 0.0
        self._reading = asyncio.Lock()
        self._unsent: dict[str, tuple[Queue, Flood]] = {}

    async def saw(self, snapshot: Snapshot) -> None:
        """Take note of a ticket that was just read, and of what it makes of the others.

        Raises:
            Retry: Redis is away; telling it again is safe.
        """
        ticket = snapshot.ticket
        kept = self._reaches(ticket.ref.connector, ticket.queue, Mode.SHADOW)
        if ticket.closed or ticket.restricted or not kept:
            await self._sightings.left(ticket.ref)
        else:
            sighting = await asyncio.to_thread(sighting_of, snapshot, self._clock.now())
            await self._sightings.saw(sighting)
        await self._catch_up()

    async def gone(self, ref: TicketRef) -> None:
        """Drop a ticket that was deleted, or that we may not see any more. Raises as :meth:`saw`."""
        await self._sightings.left(ref)

    async def of(self, snapshot: Snapshot) -> Alike:
        """Return what a person should compare the ticket with. Raises as :meth:`saw`."""
        await self._catch_up()
        mine = await asyncio.to_thread(sighting_of, snapshot, self._clock.now())
        async with self._reading:
            desk = self._desks.get(mine.connector)
            if desk is None or not mine.text:
                return Alike()
            found = await asyncio.to_thread(_candidates, desk, mine)
            part_of = self._part_of(desk, mine)
        same: list[SameAs] = []
        for other, asked in found:
            if len(same) < ASKED_MAX and await self._is_still_open(other):
                same.append(_same_as(other, asked))
        return Alike(tuple(same), part_of)

    async def run(self) -> None:
        """Keep up with what other replicas see, until cancelled; a flood nobody could report is reported."""
        while True:
            try:
                await self._catch_up()
            except Retry as away:
                log.info("sightings_not_read", why=str(away))
            await self._clock.sleep(LOOK_S)

    async def still_open(self, queue: Queue, members: Sequence[Member]) -> tuple[Member, ...]:
        """Return those that are open in ``queue`` and that all there may read. Raises as :meth:`saw`."""
        await self._catch_up()
        async with self._reading:
            desk = self._desks.get(queue.connector)
            known = [desk.sightings.get(each.id) for each in members] if desk is not None else []
        here = [each for each in known if each is not None and each.queue == queue.name]
        return tuple([_member(each) for each in here if await self._is_still_open(each)])

    # -- taking in -----------------------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        """Read on in what all replicas have seen, and report the floods in it."""
        async with self._reading:
            while True:
                changes = await self._sightings.since(self._mark, BATCH)
                if changes:
                    await asyncio.to_thread(self._take_all, changes)
                    self._mark = changes[-1].mark
                if len(changes) < BATCH:
                    break
            await self._report()

    async def _report(self) -> None:
        """Bring every flood noticed to its queue's lane; else it waits for the next look."""
        waiting = list(self._unsent.items())
        if not waiting:
            return
        await self._lanes.accept_all([(sign_job(*sign), "", DEDUPE_S) for _, sign in waiting])
        for name, _ in waiting:
            self._unsent.pop(name, None)

    def _take_all(self, changes: Sequence[Changed]) -> None:
        for change in changes:
            desk = self._desks.get(change.ref.connector)
            if desk is None:  # not setdefault: a desk's empty index takes milliseconds to lay out
                desk = self._desks[change.ref.connector] = _Desk()
            if change.sighting is None:
                self._drop(desk, change)
            else:
                self._take(desk, change.sighting, change.mark)
            self._prune(desk, change.mark)

    def _drop(self, desk: _Desk, change: Changed) -> None:
        """Take a ticket out. A closed one still counts for a flood, because people close copies meanwhile."""
        desk.open.close(change.ref.id)
        desk.sightings.pop(change.ref.id, None)
        desk.marks.pop(change.ref.id, None)
        if change.forgotten:
            self._unwatch(desk, change.ref.id)

    def _take(self, desk: _Desk, sighting: Sighting, mark: float) -> None:
        before = desk.sightings.pop(sighting.id, None)
        desk.sightings[sighting.id] = sighting
        desk.marks.pop(sighting.id, None)
        desk.marks[sighting.id] = mark
        if before is None or before.text != sighting.text:
            desk.open.add(sighting.id, sighting.text)
            if self._floods is not None and self._clock.now() - sighting.at <= WATCHED_FOR:
                self._watch(desk, sighting, self._floods)

    def _watch(self, desk: _Desk, sighting: Sighting, floods: Floods) -> None:
        """Count the ticket in the queue where it was first seen, by its newest words."""
        known = desk.watched.get(sighting.id)
        queue = known[0] if known else sighting.queue
        watch = desk.watches.pop(queue, None) or Outbreaks(
            tickets_min=floods.tickets, window=floods.window, memory=MEMORY
        )
        desk.watches[queue] = watch  # the last one is the one that was busy last
        if known is not None and watch.of(sighting.id) is None:
            watch.remove(sighting.id)
        desk.watched[sighting.id] = (queue, _member(sighting))
        found = watch.add(sighting.id, sighting.at, sighting.text, person=sighting.person)
        found = found or watch.of(sighting.id)
        if found is not None:
            self._flood(desk, Queue(sighting.connector, queue), found, floods)

    def _flood(self, desk: _Desk, queue: Queue, found: Outbreak, floods: Floods) -> None:
        """Keep what was noticed for :meth:`_report`; replicas that notice the same give it the same name."""
        members = tuple(desk.watched[key][1] for key in found.keys if key in desk.watched)
        name = fingerprint([queue.connector, queue.name, found.count, [each.id for each in members]])[:32]
        flood = Flood(
            id=EventId(f"flood:{name}"),
            at=self._clock.now(),
            members=members,
            count=found.count,
            terms=tuple(Untrusted(term).line() for term in found.terms),
            shown=floods.told and self._reaches(queue.connector, queue.name, Mode.SUGGEST),
            links=queue.connector in floods.linkable and self._may_link(queue),
        )
        self._unsent[f"{queue.lane}:{found.id}"] = (queue, flood)

    def _prune(self, desk: _Desk, mark: float) -> None:
        while desk.marks and next(iter(desk.marks.values())) < mark - KEPT_S * 1_000_000:
            oldest = next(iter(desk.marks))
            desk.open.close(oldest)
            del desk.marks[oldest], desk.sightings[oldest]
        while len(desk.watched) > WATCHED_MAX:
            self._unwatch(desk, next(iter(desk.watched)))
        while len(desk.watches) > WATCHES_MAX:
            quiet = next(iter(desk.watches))
            for ident in [ident for ident, (queue, _) in desk.watched.items() if queue == quiet]:
                del desk.watched[ident]
            del desk.watches[quiet]

    def _unwatch(self, desk: _Desk, ident: str) -> None:
        queue, _ = desk.watched.pop(ident, ("", None))
        watch = desk.watches.get(queue)
        if watch is not None:
            watch.remove(ident)

    # -- asking --------------------------------------------------------------------------------------------

    async def _is_still_open(self, other: Sighting) -> bool:
        """Hold a candidate against what its own lane knows: it may be closed, moved or deleted by now."""
        dossier = await self._dossiers.dossier(other.ref)
        moved = bool(dossier.queue) and Untrusted(dossier.queue).line() != other.queue
        return not (dossier.closed or dossier.gone or moved)

    def _part_of(self, desk: _Desk, mine: Sighting) -> PartOf | None:
        """Return the flood the ticket came in, while it lasts; not where it has been moved since."""
        queue, _ = desk.watched.get(mine.id, ("", None))
        watch = desk.watches.get(queue)
        found = watch.of(mine.id) if watch is not None and queue == mine.queue else None
        if found is None or self._floods is None or self._clock.now() - found.until > self._floods.window:
            return None
        members = [desk.watched[key][1] for key in found.keys if key in desk.watched]
        if not members or members[0].id == mine.id:
            return None
        terms = Untrusted(", ".join(found.terms))
        return PartOf(members[0].key, members[0].url, found.count, found.since, terms)

    def _may_link(self, queue: Queue) -> bool:
        place = Where(connector=queue.connector, queue=queue.name, by=BY)
        return self._book.mode(place).reaches(Mode.APPROVE)

    def _reaches(self, connector: str, queue: str, mode: Mode) -> bool:
        """Whether any skill may go as far as ``mode`` there."""
        places = (
            Where(connector=connector, queue=queue, by=f"skill:{skill}") for skill in self._book.reading
        )
        return any(self._book.mode(place).reaches(mode) for place in places)


def _candidates(desk: _Desk, mine: Sighting) -> list[tuple[Sighting, Perhaps]]:
    """Return what may be the same, of the tickets in the same queue alone: who reads one reads the others."""

    def allowed(ident: str) -> bool:
        other = desk.sightings.get(ident)
        return other is not None and other.queue == mine.queue

    found = desk.open.same_as(mine.id, mine.text, CANDIDATES_MAX, allowed=allowed)
    return [(desk.sightings[each.key], each) for each in found if len(each.shared) >= SHARED_MIN]


def _member(sighting: Sighting) -> Member:
    return Member(sighting.id, sighting.key, sighting.url, sighting.at)


def _same_as(other: Sighting, asked: Perhaps) -> SameAs:
    return SameAs(
        key=other.key,
        url=other.url,
        mine=Untrusted(asked.mine),
        theirs=Untrusted(asked.theirs),
        shared=Untrusted(", ".join(asked.shared)),
        queue=other.queue,
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """What it rests on."""

    redis: Redis
    lanes: Lanes
    journal: Journal
    stops: Stops
    meters: Meters
    connectors: Mapping[str, Connector]
    chat: Chat | None
    """None: no Slack is set up."""


def open_noticing(
    ground: Ground, clock: Clock, section: OutbreakSection | None
) -> tuple[Noticing, Mapping[str, Handler]]:
    """Return what notices, and who runs the jobs that come of it. ``section``: None looks for no floods."""
    book = ground.journal.book
    floods, message = None, None
    window = timedelta(minutes=section.minutes) if section else timedelta()
    if section is not None:
        told = ground.chat is not None and bool(book.approvals_channel)
        floods = Floods(section.tickets, window, told=told, linkable=_linkable(ground.connectors))
    if ground.chat is not None:
        message = IncidentMessages(ground.chat, book.approvals_channel, book.language)
    sightings = Sightings(ground.redis, ground.lanes.prefix)
    noticing = Noticing(sightings, ground.lanes, ground.journal, clock, book, floods)
    around = Around(
        lanes=ground.lanes,
        clock=clock,
        meters=ground.meters,
        stops=ground.stops,
        message=message,
        window=window,
    )
    asking = Asking(
        connectors=ground.connectors,
        watch=noticing,
        lanes=ground.lanes,
        journal=ground.journal,
        clock=clock,
        meters=ground.meters,
        stops=ground.stops,
    )
    return noticing, {**IncidentJobs(around).handlers(), **IncidentLinks(asking).handlers()}


def _linkable(connectors: Mapping[str, Connector]) -> frozenset[str]:
    """Return those whose verb adds a link to what is there; one that sets a parent would end the first."""
    verbs = {name: each.actions.get(ActionName(f"{each.kind}.{LINK}")) for name, each in connectors.items()}
    return frozenset(name for name, verb in verbs.items() if verb is not None and adds_up(verb.arguments))
