"""Skills that run because somebody asked: who may, what came of it, and an answer in words at any rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final, Protocol

import structlog
from pydantic import JsonValue

from approvals.clicks import Person
from approvals.policy import Where
from bot.core.actions import Proposal, Risk
from bot.core.arguments import NoteArguments, NoteLine
from bot.core.audit import Record
from bot.core.briefing import brief_note
from bot.core.errands import Errand, InSlack, OnTicket, unsealed
from bot.core.errors import Forbidden, Held, Missing, Refused, Reject, Retry
from bot.core.events import Event
from bot.core.ids import EffectId, EventId, SlackUserId, trace_id
from bot.core.modes import Mode
from bot.core.reports import Report, Wish
from bot.core.requests import Requested
from bot.core.tickets import Snapshot, Ticket, TicketRef
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Clock, Connector, Desk, Model, Neighbours, Skill
from bot.proposing import note_action, proposal, proposed
from bot.runtime.admitting import Admits, Unheard
from bot.runtime.envelopes import ERRAND, errand_job, event_job
from bot.runtime.jobs import Done, Job, Lease
from bot.runtime.journal import Journal
from bot.runtime.ladders import Ladders, held_at
from bot.runtime.limiter import Limiter
from bot.runtime.meters import Meters
from bot.runtime.showing import Eyes
from bot.runtime.stops import Stops
from bot.sources import Source
from bot.writers import Writer

__all__ = ["ERRAND", "Admits", "Around", "Errands", "Tells", "errand_job"]

PER_MINUTE: Final = 6
"""Errands of one person that are run, on a long average: each may be a model's answer that costs money."""
BURST: Final = 6
"""Of these, how many at once after a quiet while."""
PATIENCE_S: Final = 45.0
"""How long a system that is away is tried again before whoever asked is told; they are looking at it."""
KEY_CHARS_MAX: Final = 60
"""Of a ticket's key, and of a skill's name, in a sentence: somebody typed them."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Tells(Protocol):
    """Brings answers to people in Slack. Both bear being repeated, and may raise ``Retry``."""

    async def told(self, errand: Errand, ticket: Ticket, report: Report) -> None:
        """Show what the skill found to whoever asked; only to them."""
        ...

    async def failed(self, errand: Errand, key: str, words: Mapping[str, str]) -> None:
        """Say why there is no answer: ``key`` of the catalogue, and what fills its gaps."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What errands rest on."""

    connectors: Mapping[str, Connector]
    skills: Mapping[str, Skill]
    model: Model
    writer: Writer | None = None
    """None: no model is set up."""
    sources: tuple[Source, ...] = ()
    neighbours: Neighbours | None = None
    """None: nobody keeps an eye on what else is open."""
    journal: Journal
    stops: Stops
    ladders: Ladders | None = None
    """None: the modes of the file hold."""
    limiter: Limiter
    clock: Clock
    meters: Meters
    tells: Tells | None = None
    """None: no Slack is set up, and nobody can ask there."""
    admits: Admits


class _No(Exception):  # not an error: the answer is no
    """Why there is no answer, for whoever asked."""

    def __init__(self, key: str, snapshot: Snapshot | None = None, /, **words: str) -> None:
        super().__init__(key)
        self.key, self.words, self.snapshot = key, words, snapshot


class _NobodyTells(Retry):
    """Who wrote a comment cannot be looked up just now: as long as that lasts they are not heard."""


class Errands:
    """The handler of their jobs."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._book = around.journal.book

    async def handle(self, lease: Lease) -> Done:
        """Run one, and answer; a crash in between runs it again and may answer twice.

        Raises:
            Retry: a system is away, and whoever asked has not waited for long yet.
        """
        job = unsealed(lease.data)
        errand, trace = job.errand, job.trace
        try:
            events = (
                await self._run(errand) if not job.lost else await self._say_no(errand, _No("errand.broke"))
            )
        except _No as no:
            events = await self._say_no(errand, no)
        except Retry as away:
            if not isinstance(away, Held) and self._waited_s(lease) < PATIENCE_S:
                raise
            key = "errand.unheard" if isinstance(away, _NobodyTells) else "errand.away"
            events = await self._say_no(errand, _No(key, system=errand.connector))
        return Done(spawn=[event_job(ref, event, trace) for ref, event in events])

    def given_up(self, lease: Lease, _why: str) -> list[Job]:
        """Return the job that says so when the queue drops an errand; nothing for other jobs."""
        if lease.kind != ERRAND:
            return []
        try:
            job = unsealed(lease.data)
        except Reject:
            return []  # nobody can tell who asked; the dead letter keeps its bytes
        return [] if job.lost else [errand_job(job.errand, job.trace, lost=True)]

    # -- running -------------------------------------------------------------------------------------------

    async def _run(self, errand: Errand) -> Sequence[tuple[TicketRef, Event]]:
        connector = await self._may_start(errand)
        snapshot = await self._read(errand, connector)
        await self._may_see(errand, snapshot)
        skill = self._around.skills.get(errand.skill)
        if skill is None:
            known = ", ".join(sorted(self._around.skills))
            raise _No("errand.unknown", snapshot, skill=_short(errand.skill), known=known)
        mode = await self._mode(errand, snapshot)
        began = perf_counter()
        try:
            report = await skill.run(snapshot, self._desk(errand, snapshot.ticket, connector))
        except Reject as no:
            log.warning("errand_refused", skill=errand.skill, why=str(no))
            raise _No("errand.refused", snapshot, system=errand.connector) from no
        self._around.meters.skill_seconds.labels(errand.skill, report.brain or "none").observe(
            perf_counter() - began
        )
        return await self._answered(errand, snapshot, report, mode)

    def _desk(self, errand: Errand, ticket: Ticket, connector: Connector) -> Desk:
        """Return all the skill may use; in Slack no more than whoever asked may see."""
        place, around = errand.place, self._around
        desk = Desk(
            connector,
            around.model,
            connector.suggestible,
            neighbours=around.neighbours,
            writer=around.writer,
            sources=around.sources,
            asked_by=errand.person if isinstance(place, InSlack) else "",
            language=errand.language,
        )
        if not isinstance(place, InSlack):
            return desk
        return Eyes(around.admits, _by(place), errand.skill, connector, ticket).over(desk)

    async def _may_start(self, errand: Errand) -> Connector:
        """Ask everything that does not need the ticket."""
        around = self._around
        connector = around.connectors.get(errand.connector)
        if connector is None:
            raise _No("errand.no_system", system=_short(errand.connector))
        if isinstance(errand.place, InSlack):
            await self._admit(errand.place, errand, None)
        why = await around.stops.why(connector=errand.connector, skill=errand.skill)
        if why is not None:
            raise _No("errand.stopped", why=why)
        await self._check_rate(errand)
        return connector

    async def _check_rate(self, errand: Errand) -> None:
        """Count it for whoever asks, once: what is run again because a system was away is the same errand."""
        limiter = self._around.limiter
        if await limiter.wait_s(f"errand:{errand.id}", per_minute=1, burst=1) > 0:
            return
        name = f"errands:{type(errand.place).__name__}:{errand.person}"
        wait_s = await limiter.wait_s(name, per_minute=PER_MINUTE, burst=BURST)
        if wait_s > 0:
            raise _No("errand.often", seconds=str(max(1, round(wait_s))))

    async def _read(self, errand: Errand, connector: Connector) -> Snapshot:
        try:
            return await connector.read(await connector.find(errand.key))
        except Missing as no:
            raise _No("errand.no_ticket", key=_short(errand.key)) from no
        except Forbidden as no:
            raise _No("errand.refused", system=errand.connector) from no

    async def _may_see(self, errand: Errand, snapshot: Snapshot) -> None:
        """On the ticket itself whoever asked has written an internal comment there: they see it."""
        if isinstance(errand.place, InSlack):
            await self._admit(errand.place, errand, snapshot.ticket)
            return
        known = errand.skill if errand.skill in self._around.skills else ""
        try:
            unheard = await self._around.admits.unheard(errand.person, known, snapshot.ticket)
        except Retry as away:
            raise _NobodyTells(str(away), after_s=away.after_s) from away
        if unheard is not None:
            await self._tell_alone(errand, unheard)
            raise _No("errand.unheard", snapshot)

    async def _admit(self, place: InSlack, errand: Errand, ticket: Ticket | None) -> None:
        refused = await self._around.admits.refusal(_by(place), errand.skill, ticket)
        if refused:
            raise _No(refused)

    async def _tell_alone(self, errand: Errand, unheard: Unheard) -> None:
        """Say in Slack why nothing comes of a comment: on the ticket others would read it."""
        by, tells = unheard.person, self._around.tells
        if by is None or tells is None:
            return
        place = InSlack(channel="", user=by.id, team=by.team)
        words = {
            "skill": _short(errand.skill),
            "key": _short(errand.key),
            "why": say(errand.language, unheard.key),
        }
        try:
            await tells.failed(replace(errand, place=place, person=by.id), "errand.unheard", words)
        except Retry as away:
            log.info("author_not_told", why=str(away))

    async def _mode(self, errand: Errand, snapshot: Snapshot) -> Mode:
        """Return how far the skill may go here; below *suggest* nobody is shown anything."""
        ticket = snapshot.ticket
        place = Where(connector=ticket.ref.connector, queue=ticket.queue, by=f"skill:{errand.skill}")
        mode = self._book.footing(place, await held_at(self._around.ladders, place)).base
        if not mode.reaches(Mode.SUGGEST):
            raise _No("errand.off", snapshot, skill=errand.skill, mode=mode.value)
        return mode

    # -- answering -----------------------------------------------------------------------------------------

    async def _answered(
        self, errand: Errand, snapshot: Snapshot, report: Report, mode: Mode
    ) -> Sequence[tuple[TicketRef, Event]]:
        # What has to be looked up for it may be away: then nobody is told twice.
        asks = mode.reaches(Mode.APPROVE) and not snapshot.ticket.closed
        wanted = await self._wanted(errand, snapshot, report) if asks else None
        self._count(report)
        await self._record(errand, "skill.answered", ticket=_name(snapshot.ticket), details=_cost(report))
        ref = snapshot.ticket.ref
        events: list[tuple[TicketRef, Event]] = []
        if isinstance(errand.place, OnTicket):
            lines = brief_note(report, errand.language)
            events.append((ref, self._note(errand, snapshot, lines)))
        elif self._around.tells is not None:
            await self._around.tells.told(errand, snapshot.ticket, report)
        if wanted is not None:
            events.append((ref, wanted))
        return events

    async def _wanted(self, errand: Errand, snapshot: Snapshot, report: Report) -> Requested | None:
        """Return the request for what the skill wishes; a bad wish does not cost the rest."""
        # On the ticket nobody in Slack has asked: there it is the skill that proposes, as by itself.
        by = errand.person if isinstance(errand.place, InSlack) else f"skill:{errand.skill}"
        connector, made = self._around.connectors[errand.connector], list[Proposal]()
        labels = {finding.field: finding.label for finding in report.findings}
        for number, wish in enumerate(report.wishes):
            run, known = EffectId(f"{errand.id}#wish"), replace(wish, labels={**labels, **wish.labels})
            try:
                made.append(await proposed(connector, snapshot, run, number, known, by=by))
            except Refused as no:
                log.warning("wish_refused", skill=errand.skill, verb=wish.verb, why=str(no))
        allowed = tuple(each for each in made if each.action.risk is not Risk.NOTE)
        return self._request(errand, snapshot, allowed, by=by, what="wanted") if allowed else None

    def _note(self, errand: Errand, snapshot: Snapshot, lines: Sequence[NoteLine]) -> Requested:
        """Return the request for the internal note that answers a comment."""
        connector = self._around.connectors[errand.connector]
        wish = Wish(
            verb=note_action(connector).partition(".")[2],
            args=NoteArguments(lines=tuple(lines)).model_dump(mode="json"),
            why=Untrusted(""),
        )
        made = proposal(connector, snapshot, EffectId(f"{errand.id}#note"), 0, wish, by="")
        made = replace(made, says=say(self._book.language, "brief.note.says"))
        return self._request(errand, snapshot, (made,), by="", what="note")

    def _request(
        self, errand: Errand, snapshot: Snapshot, made: tuple[Proposal, ...], *, by: str, what: str
    ) -> Requested:
        return Requested(
            id=EventId(f"{errand.id}/{what}"),
            at=self._around.clock.now(),
            by=SlackUserId(by),
            snapshot=snapshot,
            proposals=made,
            note_action=note_action(self._around.connectors[errand.connector]),
        )

    async def _say_no(self, errand: Errand, no: _No) -> Sequence[tuple[TicketRef, Event]]:
        log.info("errand_not_run", skill=_short(errand.skill), connector=errand.connector, why=no.key)
        ticket = _name(no.snapshot.ticket) if no.snapshot else ""
        await self._record(errand, "skill.refused", ticket=ticket, because=no.key)
        if isinstance(errand.place, InSlack):
            if self._around.tells is not None:
                await self._around.tells.failed(errand, no.key, no.words)
            return ()
        connector = self._around.connectors.get(errand.connector)
        if connector is None or no.key in _SILENT:
            return ()
        snapshot = no.snapshot
        if snapshot is None:
            try:
                snapshot = await connector.read(await connector.find(errand.key))
            except (Reject, Retry):
                return ()  # there is no ticket to say it on; the log has it
        lines = (
            NoteLine(kind="title", text=say(errand.language, "errand.title")),
            NoteLine(kind="text", text=say(errand.language, no.key, **no.words)),
        )
        return ((snapshot.ticket.ref, self._note(errand, snapshot, lines)),)

    async def _record(
        self,
        errand: Errand,
        what: str,
        *,
        ticket: str,
        because: str = "",
        details: Mapping[str, JsonValue] | None = None,
    ) -> None:
        system = "slack" if isinstance(errand.place, InSlack) else errand.connector
        record = Record(
            at=self._around.clock.now(),
            what=what,
            ticket=ticket,
            actor=f"{system}:{errand.person}",
            because=because,
            event=errand.id,
            details={"skill": errand.skill if errand.skill in self._around.skills else "", **(details or {})},
            trace=trace_id(errand.id),
        )
        await self._around.journal.record(record)

    def _count(self, report: Report) -> None:
        if report.degraded:
            self._around.meters.degraded.labels(report.degraded).inc()

    def _waited_s(self, lease: Lease) -> float:
        return self._around.clock.now().timestamp() - lease.accepted_ms / 1000


_SILENT: Final = frozenset({"errand.off", "errand.stopped", "errand.often", "errand.unheard"})
"""Not said on a ticket: where the bot is off, stopped, or not for whoever asks it writes nothing; and a flood
is not answered."""


def _by(place: InSlack) -> Person:
    return Person(SlackUserId(place.user), place.team)


def _name(ticket: Ticket) -> str:
    return f"{ticket.ref.connector}:{ticket.ref.id}"


def _cost(report: Report) -> dict[str, JsonValue]:
    usage = report.usage
    return {
        "brain": report.brain,
        "degraded": report.degraded,
        "wishes": len(report.wishes),
        "model": usage.model,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "tokens_cached": usage.tokens_cached,
        "usd": usage.usd,
    }


def _short(text: str) -> str:
    return Untrusted(text).line(KEY_CHARS_MAX)
