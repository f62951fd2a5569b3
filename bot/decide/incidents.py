"""Many alike tickets in one queue: called out once, told again as it grows, over when it has calmed down.

Whether to link them is asked once as well, whatever comes of it: who wants more of it asks for it.

Pure. Every replica notices the same flood by itself; here, in the queue's own lane, they become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from pydantic import JsonValue

from bot.core.audit import Record
from bot.core.events import CardPlace
from bot.core.ids import EventId
from bot.core.incidents import Flood, Incident, Incidents, Look, Member, Propose, Step, Tell

TELL_EVERY: Final = timedelta(minutes=3)
"""A message that changes with every ticket is watched by nobody, and Slack counts the updates."""
KNOWN_MAX: Final = 20
"""Of one queue; the oldest goes. A flood whose tickets are told again later is recognised among these."""
MEMBERS_MAX: Final = 200
"""Named of one incident; beyond that it is counted."""
RECORDED_MAX: Final = 50
"""Tickets named in one record of the audit."""
SEEN_MAX: Final = 256
"""Ids kept of a queue's signs; what is replayed comes within minutes."""
ACTOR: Final = "brain"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known afterwards, what is to be done, and what the audit keeps."""

    incidents: Incidents
    steps: tuple[Step, ...] = ()
    records: tuple[Record, ...] = ()


def decide(incidents: Incidents, sign: Flood | Look, window: timedelta) -> Outcome:
    """Turn one sign into what is known next. ``window``: within which tickets count as one flood."""
    if sign.id in incidents.seen:
        return Outcome(incidents)
    before = replace(incidents, seen=(*incidents.seen, sign.id)[-SEEN_MAX:])
    match sign:
        case Flood():
            return _flood(before, sign, window)
        case Look():
            return _look(before, sign, window)
        case _ as unreachable:
            assert_never(unreachable)


def shown_at(incidents: Incidents, ident: str, place: CardPlace) -> Incidents:
    """Return ``incidents`` with the place of a message in it; the first one stays."""
    found = incidents.find(ident)
    if found is None or found.place is not None:
        return incidents
    return _put(incidents, replace(found, place=place))


def _flood(incidents: Incidents, flood: Flood, window: timedelta) -> Outcome:
    ids = {member.id for member in flood.members}
    same = [each for each in incidents.known if ids & {member.id for member in each.members}]
    if same:
        return _grown(incidents, same[-1], flood, window)
    last = max((member.at for member in flood.members), default=None)
    if last is None or flood.at - last > 2 * window:
        return Outcome(incidents)  # told again by a replica that has just read what was long over
    return _called_out(incidents, flood, window)


def _called_out(incidents: Incidents, flood: Flood, window: timedelta) -> Outcome:
    members = _in_order(flood.members)
    incident = Incident(
        id=members[0].id,
        since=members[0].at,
        until=members[-1].at,
        members=members,
        count=max(flood.count, len(members)),
        terms=flood.terms,
        told_at=flood.at if flood.shown else None,
        linking=flood.links,
    )
    because = "" if flood.shown else "shown to nobody: the mode, or no channel for it"
    steps: list[Step] = [_tell(incident, flood.id)] if flood.shown else []
    steps += [_links(incident)] if flood.links else []
    steps.append(_look_at(incident, incident.until + window, flood.at))
    record = _record("incident.noticed", incidents, incident, flood, because)
    return Outcome(_put(incidents, incident), tuple(steps), (record,))


def _grown(incidents: Incidents, known: Incident, flood: Flood, window: timedelta) -> Outcome:
    """Take in what is new; the message follows at once, or when it was last told long enough ago."""
    members = _in_order((*known.members, *flood.members))
    count = max(known.count, flood.count, len(members))
    if count == known.count:
        return Outcome(incidents)
    until, linking = max(known.until, members[-1].at), known.linking or flood.links
    grown = replace(known, members=members, count=count, until=until, over_at=None, linking=linking)
    steps: list[Step] = [_links(grown)] if linking and not known.linking else []
    records: list[Record] = []
    if known.over_at is not None:
        steps.append(_look_at(grown, grown.until + window, flood.at))
        records.append(_record("incident.noticed", incidents, grown, flood, "it has begun again"))
    if known.told_at is not None and not known.behind:
        if flood.at - known.told_at >= TELL_EVERY or known.over_at is not None:
            grown = replace(grown, told_at=flood.at)
            steps.append(_tell(grown, flood.id))
        else:
            grown = replace(grown, behind=True)
            steps.append(_look_at(grown, known.told_at + TELL_EVERY, flood.at))
    return Outcome(_put(incidents, grown), tuple(steps), tuple(records))


def _look(incidents: Incidents, look: Look, window: timedelta) -> Outcome:
    known = incidents.find(look.incident)
    if known is None or known.over_at is not None:
        return Outcome(incidents)
    calm = look.at - known.until >= window
    now = replace(known, over_at=look.at if calm else None)
    steps: list[Step] = []
    if known.told_at is not None and (calm or (known.behind and look.at - known.told_at >= TELL_EVERY)):
        now = replace(now, told_at=look.at, behind=False)
        steps.append(_tell(now, look.id))
    if calm:
        record = _record("incident.over", incidents, now, look, "")
        return Outcome(_put(incidents, now), tuple(steps), (record,))
    steps.append(_look_at(now, known.until + window, look.at))
    return Outcome(_put(incidents, now), tuple(steps))


def _put(incidents: Incidents, incident: Incident) -> Incidents:
    known = [incident if each.id == incident.id else each for each in incidents.known]
    if incident not in known:
        known.append(incident)
    return replace(incidents, known=tuple(known[-KNOWN_MAX:]))


def _in_order(members: Sequence[Member]) -> tuple[Member, ...]:
    different = {member.id: member for member in members}
    return tuple(sorted(different.values(), key=lambda each: (each.at, each.id)))[:MEMBERS_MAX]


def _tell(incident: Incident, sign: EventId) -> Tell:
    return Tell(f"{sign}/tell", incident.id)


def _links(incident: Incident) -> Propose:
    return Propose(f"link:{incident.id}", incident.id)


def _look_at(incident: Incident, at: datetime, now: datetime) -> Look:
    """Look at ``at``, once however often that is ordered: the moment is part of the name."""
    due = max(at, now)
    ident = EventId(f"look:{incident.id}:{due.timestamp():.3f}")
    return Look(id=ident, at=due, incident=incident.id)


def _record(what: str, incidents: Incidents, incident: Incident, sign: Flood | Look, because: str) -> Record:
    """Return the audit's line: ids and figures, no words of a ticket."""
    named: list[JsonValue] = [member.id for member in incident.members[:RECORDED_MAX]]
    return Record(
        at=sign.at,
        what=what,
        ticket=f"{incidents.queue.connector}:{incident.id}",
        actor=ACTOR,
        because=because,
        event=sign.id,
        details={"queue": incidents.queue.name, "tickets": named, "count": incident.count},
    )
