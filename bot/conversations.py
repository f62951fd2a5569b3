"""Conversations, put together: what the agent may look at and think with, and the lane it answers on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from redis.asyncio import Redis

import connectors
from bot.agent.provenance import Together
from bot.agent.reading import Reach, Sight
from bot.agent.run import Mind, Runner
from bot.config import Config
from bot.decide.talk_draft import TalkRules
from bot.ports import Clock, Connector, Neighbours
from bot.registry import discover
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.pump import Handler
from bot.runtime.stops import Stops
from bot.runtime.talk_threads import Threads
from bot.runtime.talking import Talking, Voice
from bot.runtime.talks import TALK, TURN, Halts, Talks
from bot.settings import Environment
from bot.sources import Source
from bot.writers import Converser


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """What conversations of one replica rest on."""

    config: Config
    redis: Redis
    lanes: Lanes
    journal: Journal
    stops: Stops
    connectors: Mapping[str, Connector]
    sources: tuple[Source, ...]
    neighbours: Neighbours | None
    sight: Sight | None
    converser: Converser | None
    """None: no model is set up; rules answer."""
    together: Together
    """Whether texts of these places may be shown to one model."""
    voice: Voice
    hosts: frozenset[str]
    secret: str
    """Ours alone, and the same on every replica."""
    clock: Clock
    meters: Meters


def open_talking(seats: Seats) -> tuple[Talking, Mapping[str, Handler]]:
    """Return what answers people, and the handlers of its jobs."""
    talks = Talks(seats.lanes)
    reach = Reach(
        connectors=seats.connectors,
        sources=seats.sources,
        neighbours=seats.neighbours,
        sight=seats.sight,
        clock=seats.clock,
        together=seats.together,
    )
    mind = Mind(
        converser=seats.converser,
        book=lambda: seats.journal.book,
        hosts=seats.hosts,
        secret=hashlib.sha256(f"canary|{seats.secret}".encode()).digest(),
    )
    talking = Talking(
        lanes=seats.lanes,
        talks=talks,
        halts=Halts(seats.redis, seats.lanes.prefix),
        stops=seats.stops,
        agent=Runner(reach, mind),
        voice=seats.voice,
        connectors=seats.connectors,
        rules=TalkRules(
            language=seats.journal.book.language,
            remember_s=seats.config.file.agent.remember,
            resumes=seats.converser is not None,
        ),
        clock=seats.clock,
        meters=seats.meters,
        redirector=Threads(talks, seats.connectors),
    )
    return talking, {TALK: talking.decide, TURN: talking.carry_out}


def known_hosts(config: Config, env: Environment) -> frozenset[str]:
    """Return the hosts of the systems that are set up and of ``models.links``: links lead nowhere else."""
    kinds = {**discover(connectors, "CONNECTOR"), **discover(connectors, "SOURCE")}
    variables = (kind.environment.get("url", "") for kind in kinds.values())
    rows = [*config.file.connectors.values(), *config.file.sources.values()]
    urls = [
        *(env.get(name) for name in variables if name),
        *(str(row.get("url") or row.get("site") or "") for row in rows),
    ]
    found = {urlsplit(url).netloc.rpartition("@")[2].lower() for url in urls if url} - {""}
    return frozenset(found) | frozenset(config.file.models.links)
