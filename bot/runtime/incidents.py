"""Floods of alike tickets as jobs: decided in their queue's lane, with audit and follow-up in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

import structlog

from bot.core.audit import Record
from bot.core.codec import encode
from bot.core.errors import Held, Retry
from bot.core.events import CardPlace
from bot.core.ids import TraceId, trace_id
from bot.core.incidents import (
    Flood,
    Incident,
    Incidents,
    Look,
    Propose,
    Queue,
    Step,
    Tell,
    read,
    sealed,
    unsealed,
    written,
)
from bot.decide.incidents import decide, shown_at
from bot.ports import Clock
from bot.runtime.envelopes import CHAT
from bot.runtime.jobs import FAST, VENDOR, Commit, Done, Job, Lease, Outcome
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.pump import Handler
from bot.runtime.stops import Stops

FLOOD, LOOK, TELL = "incident_flood", "incident_look", "incident_tell"
PROPOSE = "incident_propose"
"""Kinds of jobs; :mod:`bot.runtime.incident_links` runs the last."""
KEPT_S: Final = 14 * 24 * 3600
"""What is known of a queue's floods, after the last of them: links and figures, no words but those shared."""
TRIES_MAX: Final = 20
"""Lost races before a message's place is left to the next try: each means that somebody else got through."""
STOPPED_S: Final = 30.0
"""Between two looks whether a stop is lifted."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Message(Protocol):
    """Shows an incident to people."""

    async def show(self, queue: Queue, incident: Incident) -> CardPlace | None:
        """Post the message, or bring it up to date; returns where it hangs, None: nowhere.

        Raises:
            Retry: Slack is busy or away.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the handlers rest on."""

    lanes: Lanes
    clock: Clock
    meters: Meters
    stops: Stops
    message: Message | None
    """None: no Slack is set up."""
    window: timedelta
    """Within which tickets count as one flood."""


class IncidentJobs:
    """The worker's half. Each handler bears being repeated."""

    def __init__(self, around: Around) -> None:
        self._lanes, self._clock, self._meters = around.lanes, around.clock, around.meters
        self._stops, self._message, self._window = around.stops, around.message, around.window

    def handlers(self) -> Mapping[str, Handler]:
        """Return who runs which kind of job."""
        return {FLOOD: self._flood, LOOK: self._look, TELL: self._tell}

    async def _flood(self, lease: Lease) -> Done:
        return await self._decided(*unsealed(Flood, lease.data))

    async def _look(self, lease: Lease) -> Done:
        return await self._decided(*unsealed(Look, lease.data))

    async def _decided(self, queue: Queue, sign: Flood | Look) -> Done:
        """Decide, and return what ends the job. A lost race calls this again."""
        version, document = await self._lanes.load(queue.lane)
        before = read(document) if document is not None else Incidents(queue)
        outcome = decide(before, sign, self._window)
        trace = trace_id(f"{queue.lane}:{sign.id}")
        self._told(outcome.records, trace)
        return Done(
            spawn=[self._job(queue, step) for step in outcome.steps],
            commit=_commit(outcome.incidents, version),
            audit=[encode(replace(record, trace=trace)) for record in outcome.records],
        )

    async def _tell(self, lease: Lease) -> Done:
        """Bring the message up to date. A crash between posting and noting where posts it again.

        Raises:
            Held: the kill switch is thrown: nothing is said until it is lifted.
            Retry: Slack is busy or away, or others kept committing.
        """
        queue, tell = unsealed(Tell, lease.data)
        if self._message is None:
            return Done()
        if await self._stops.why(connector=queue.connector, skill="") is not None:
            raise Held("stopped by the kill switch", after_s=STOPPED_S)
        _, document = await self._lanes.load(queue.lane)
        incident = read(document).find(tell.incident) if document is not None else None
        if incident is None:
            return Done()
        place = await self._message.show(queue, incident)
        if place is not None and incident.place is None:
            await self._keep(queue, incident.id, place)
        return Done()

    async def _keep(self, queue: Queue, ident: str, place: CardPlace) -> None:
        """Note where the message hangs before the next drawing of it may begin."""
        for _ in range(TRIES_MAX):
            version, document = await self._lanes.load(queue.lane)
            before = read(document) if document is not None else Incidents(queue)
            outcome = await self._lanes.commit(_commit(shown_at(before, ident, place), version))
            if outcome is not Outcome.CONFLICT:
                return
        raise Retry("others keep committing what is known of this queue", after_s=1.0)

    def _job(self, queue: Queue, step: Step) -> Job:
        match step:
            case Tell():
                lane = f"{queue.lane}:{step.incident}"
                name = f"{queue.lane}:{step.id}"
                return Job(id=name, kind=TELL, data=sealed(queue, step), lane=lane, pool=CHAT)
            case Propose():
                name = f"{queue.lane}:{step.id}"
                return Job(id=name, kind=PROPOSE, data=sealed(queue, step), pool=VENDOR)
            case Look():
                delay_s = (step.at - self._clock.now()).total_seconds()
                return sign_job(queue, step, delay_s=delay_s)

    def _told(self, records: tuple[Record, ...], trace: TraceId) -> None:
        for record in records:
            self._meters.decisions.labels(record.what).inc()
            log.info(record.what, ticket=record.ticket, actor=record.actor, trace=trace)


def sign_job(queue: Queue, sign: Flood | Look, *, delay_s: float = 0.0) -> Job:
    """Return the job that brings a sign to its queue's lane; the same sign is the same job."""
    return Job(
        id=f"{queue.lane}:{sign.id}",
        kind=FLOOD if isinstance(sign, Flood) else LOOK,
        data=sealed(queue, sign),
        lane=queue.lane,
        pool=FAST,
        delay_ms=max(0, round(delay_s * 1000)),
    )


def _commit(incidents: Incidents, version: int) -> Commit:
    return Commit(
        key=incidents.queue.lane,
        expected_version=version,
        document=written(incidents),
        keep_s=KEPT_S,
    )
