"""What workers run: every kind of job and who handles it, put together out of the parts of one replica."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from redis.asyncio import Redis

from approvals.policy import Rulebook
from approvals.slack import SlackCards
from bot.agent.provenance import anywhere
from bot.config import Config
from bot.config_access import access_rules
from bot.conversations import Seats, open_talking
from bot.core.passages import NO_QUEUE
from bot.core.talks import KIND as CONVERSATION
from bot.noticing import Ground, Noticing, open_noticing
from bot.ports import Clock, Connector, Skill
from bot.runtime.admitting import Admits
from bot.runtime.ceiling import Ceiling
from bot.runtime.climbing import Climber
from bot.runtime.effects import Effects, Outside, Talks
from bot.runtime.envelopes import DELIVERY, EFFECT, ERRAND, EVENT, FILL, SLACK, unseal
from bot.runtime.errands import Around, Errands
from bot.runtime.executor import Executor
from bot.runtime.gates import Gates
from bot.runtime.grants import Grants
from bot.runtime.intake import Reader
from bot.runtime.jobs import Done, Job, Lease
from bot.runtime.journal import Journal
from bot.runtime.ladders import CLIMB, STEP, Ladders
from bot.runtime.lanes import Lanes
from bot.runtime.limiter import Limiter
from bot.runtime.meters import Meters
from bot.runtime.models import Role
from bot.runtime.outcomes import Outcomes
from bot.runtime.pending import Pending
from bot.runtime.pump import Handler
from bot.runtime.recent import Recent
from bot.runtime.steps import Climbs
from bot.runtime.stops import KillSwitch, Stops
from bot.runtime.talking import Talking
from bot.runtime.talks_router import TalksRouter
from bot.settings import Settings
from bot.slack.access import Access
from bot.slack.briefs import Private, Replies
from bot.slack.client import SlackClient
from bot.slack.creating import NEW_FORM
from bot.slack.creating import TALK as NEW
from bot.slack.creating_prefill import Prefill
from bot.slack.creating_told import Endings
from bot.slack.opening import Parts, open_slack
from bot.slack.side import SlackSide
from bot.slack.talk_sight import Sight
from bot.slack.talk_voice import Voice
from bot.slack.talks import TalkLimits
from bot.slack.telling import Telling
from bot.slack.workflow_inputs import PREFIX as WORKFLOW
from bot.sources import Source
from bot.thinking import Beyond, Thinking


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What everything of one replica rests on."""

    settings: Settings
    config: Config
    book: Rulebook
    connectors: Mapping[str, Connector]
    skills: Mapping[str, Skill]
    clock: Clock
    meters: Meters
    redis: Redis
    lanes: Lanes
    journal: Journal
    stops: Stops
    pending: Pending
    switch: KillSwitch
    sources: tuple[Source, ...] = ()
    hosts: frozenset[str] = frozenset()
    """Of the systems that are set up: where links in answers may lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """Slack's part; all None where no Slack is set up."""

    chat: SlackClient | None = None
    side: SlackSide | None = None
    cards: SlackCards | None = None
    tells: Replies | None = None
    voice: Voice | None = None
    endings: Endings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What the worker needs, and what runs beside it until the bot stops."""

    handlers: Mapping[str, Handler]
    given_up: Callable[[Lease, str], list[Job]]
    """What remains to be done when the queue drops a job."""
    thinking: Thinking
    beside: tuple[Coroutine[Any, Any, None], ...]


def compose_slack(base: Base) -> Slack:
    """Return Slack's side; it does nothing yet."""
    settings = base.settings.slack
    if settings is None:
        return Slack()
    client = SlackClient(settings, Limiter(base.redis, base.lanes.prefix), base.meters)
    voice, agent = Voice(client, base.clock, base.book.language), base.config.file.agent
    parts = Parts(
        redis=base.redis,
        journal=base.journal,
        lanes=base.lanes,
        connectors=base.connectors,
        clock=base.clock,
        switch=base.switch,
        match_by_email=base.config.file.slack.match_by_email,
        talks=TalkLimits(agent.messages_per_minute, agent.remember),
        voice=voice,
        meters=base.meters,
        access=access_rules(base.config.file.access),
        unfurl=frozenset(base.config.file.slack.unfurl),
    )
    side, cards = open_slack(settings, client, parts)
    private = Private(client)
    tells = Replies(private, Telling(cards, base.book.language))
    endings = Endings(side.desk, private)
    return Slack(chat=client, side=side, cards=cards, tells=tells, voice=voice, endings=endings)


def compose(base: Base, slack: Slack) -> Composed:
    """Return the handlers of every kind of job."""
    prefix = base.lanes.prefix
    thinking = Thinking(
        base.settings, base.config, (base.redis, prefix), base.clock, base.meters, _beyond(base)
    )
    grants, ladders = Grants(base.redis, prefix), Ladders(base.lanes)
    noticing, incidents = _noticing(base, slack)
    talking, turns = _talking(base, thinking, noticing, slack)
    outside = Outside(
        connectors=base.connectors,
        skills=base.skills,
        model=thinking.model,
        cards=slack.cards,
        executor=_executor(base, grants, ladders),
        journal=base.journal,
        grants=grants,
        stops=base.stops,
        outcomes=Outcomes(base.redis, prefix),
        notices=noticing,
        ladders=ladders,
        recent=Recent(base.redis, prefix),
        talks=TalksRouter(_talks(slack, talking)),
    )
    effects = Effects(outside, base.clock, base.meters)
    climber, climbs = _climbs(base, ladders, slack)
    errands = _errands(base, thinking, noticing, ladders, slack)
    handlers: dict[str, Handler] = {
        DELIVERY: Reader(base.connectors, base.journal, noticing).handle,
        EVENT: _on_event(base.journal),
        EFFECT: effects.handle,
        ERRAND: errands.handle,
        **incidents,
        **climbs,
        **turns,
    }
    if slack.side is not None:
        handlers |= {SLACK: slack.side.handle, FILL: slack.side.fill, **_forms(slack.side, thinking)}
    return Composed(
        handlers=handlers,
        given_up=_heirs(effects, errands, *([talking] if talking is not None else [])),
        thinking=thinking,
        beside=(climber.run(), noticing.run()),
    )


def _heirs(*leaving: Effects | Errands | Talking) -> Callable[[Lease, str], list[Job]]:
    def heirs(lease: Lease, why: str) -> list[Job]:
        return [job for each in leaving for job in each.given_up(lease, why)]

    return heirs


def _on_event(journal: Journal) -> Handler:
    async def handle(lease: Lease) -> Done:
        sealed = unseal(lease.data)
        return await journal.done(sealed.ref, sealed.body, sealed.trace)

    return handle


def _executor(base: Base, grants: Grants, ladders: Ladders) -> Executor:
    """Carry out what was agreed to."""
    return Executor(
        journal=base.journal,
        connectors=base.connectors,
        gates=Gates(base.stops, grants, Ceiling(base.redis, base.lanes.prefix), base.clock, ladders),
        clock=base.clock,
        meters=base.meters,
    )


def _forms(side: SlackSide, thinking: Thinking) -> Mapping[str, Handler]:
    """Fill in forms for new tickets, with a model where one is set up."""
    creating, prefill = side.creating, Prefill(writer=thinking.writer)
    if creating is None:
        return {}

    async def fill(lease: Lease) -> Done:
        return await creating.fill(lease, prefill)

    return {NEW_FORM: fill}


def _beyond(base: Base) -> Beyond:
    owners = {source.name: each.name for each in base.connectors.values() for source in each.sources}
    return Beyond(base.hosts, owners)


def _talks(slack: Slack, talking: Talking | None) -> Mapping[str, Talks]:
    """Return who hears how what was asked for in words ends, by the kind of the conversation."""
    workflow = slack.side.workflow if slack.side is not None else None
    kinds: dict[str, Talks | None] = {WORKFLOW: workflow, CONVERSATION: talking, NEW: slack.endings}
    return {kind: taker for kind, taker in kinds.items() if taker is not None}


def _talking(
    base: Base, thinking: Thinking, noticing: Noticing, slack: Slack
) -> tuple[Talking | None, Mapping[str, Handler]]:
    """Answer what people say in Slack."""
    if slack.voice is None or base.settings.slack is None:
        return None, {}
    seats = Seats(
        config=base.config,
        redis=base.redis,
        lanes=base.lanes,
        journal=base.journal,
        stops=base.stops,
        connectors=base.connectors,
        # What may be shown to no model is not even asked: it would end the conversation with one.
        sources=tuple(each for each in base.sources if thinking.models.may_leave((each.name, NO_QUEUE))),
        neighbours=noticing,
        sight=Sight(slack.side.people, slack.side.access) if slack.side is not None else None,
        converser=thinking.converser,
        together=anywhere if thinking.converser is None else partial(thinking.models.together, Role.CHAT),
        voice=slack.voice,
        hosts=base.hosts,
        secret=base.settings.slack.bot_token.get_secret_value(),
        clock=base.clock,
        meters=base.meters,
    )
    return open_talking(seats)


def _errands(base: Base, thinking: Thinking, noticing: Noticing, ladders: Ladders, slack: Slack) -> Errands:
    """Run skills that people ask for."""
    return Errands(
        Around(
            connectors=base.connectors,
            skills=base.skills,
            model=thinking.model,
            writer=thinking.writer,
            neighbours=noticing,
            journal=base.journal,
            stops=base.stops,
            ladders=ladders,
            limiter=Limiter(base.redis, base.lanes.prefix),
            clock=base.clock,
            meters=base.meters,
            tells=slack.tells,
            sources=base.sources,
            admits=_admits(base, slack),
        )
    )


def _admits(base: Base, slack: Slack) -> Admits:
    """Say who may ask; without Slack the rows hold for comments on tickets all the same."""
    people = slack.side.people if slack.side is not None else None
    return Access(people, base.connectors, base.journal, base.clock, access_rules(base.config.file.access))


def _climbs(base: Base, ladders: Ladders, slack: Slack) -> tuple[Climber, Mapping[str, Handler]]:
    """Let modes move by what came true."""
    kinds = {name: connector.kind for name, connector in base.connectors.items()}
    climbs = Climbs(
        lanes=base.lanes,
        ladders=ladders,
        book=base.book,
        clock=base.clock,
        meters=base.meters,
        cards=slack.cards,
        pending=base.pending,
    )
    climber = Climber(base.redis, base.lanes, base.book, base.clock, kinds)
    return climber, {CLIMB: climbs.decide, STEP: climbs.carry_out}


def _noticing(base: Base, slack: Slack) -> tuple[Noticing, Mapping[str, Handler]]:
    """Keep an eye on what is open: which tickets are alike, and whether it is a flood."""
    ground = Ground(
        redis=base.redis,
        lanes=base.lanes,
        journal=base.journal,
        stops=base.stops,
        meters=base.meters,
        connectors=base.connectors,
        chat=slack.chat,
    )
    return open_noticing(ground, base.clock, base.config.file.brain.outbreak)
