"""Slack's side of one replica, put together: the cards, the desk, and what stored requests are handed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from redis.asyncio import Redis

from approvals.access import AccessRule
from approvals.around import Around
from approvals.slack import SlackCards
from bot.ports import Clock, Connector
from bot.runtime.climbing import Climber
from bot.runtime.drafts import Drafts
from bot.runtime.grants import Grants
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.runtime.memberships import Memberships
from bot.runtime.meters import Meters
from bot.runtime.once import Once
from bot.runtime.recent import Recent
from bot.runtime.stops import KillSwitch, Names, Stops
from bot.settings import SlackSettings
from bot.slack.access import Access
from bot.slack.answers import Answers
from bot.slack.asking import Finder
from bot.slack.asking_why import Reasons
from bot.slack.bolt import Handlers
from bot.slack.briefs import Private
from bot.slack.client import SlackClient
from bot.slack.commands import Commands, Means
from bot.slack.creating import Creating
from bot.slack.creating import Ground as NewTickets
from bot.slack.creating_again import Again
from bot.slack.desk import Desk
from bot.slack.groups import Groups
from bot.slack.home import Home, Rooms, Shelf
from bot.slack.ladder import LadderClicks
from bot.slack.languages import Languages
from bot.slack.people import People
from bot.slack.settings_form import Settings
from bot.slack.side import SlackSide
from bot.slack.stand_ins import StandIns
from bot.slack.stopping import Stopping
from bot.slack.talk_voice import Voice
from bot.slack.talks import TalkEars, TalkLimits, TalkParts
from bot.slack.telling import Telling
from bot.slack.unfurls import Unfurls
from bot.slack.waiting import WaitingRoom
from bot.slack.workflow import Ground, Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What Slack's side rests on."""

    redis: Redis
    journal: Journal
    lanes: Lanes
    connectors: Mapping[str, Connector]
    clock: Clock
    switch: KillSwitch
    match_by_email: bool = False
    """Whether people of a ticket system's group are found in Slack by their e-mail address."""
    access: tuple[AccessRule, ...] | None = None
    """Who may ask for what; None: full members about everything that they may see."""
    unfurl: frozenset[str] = frozenset()
    """``<connector>/<queue>`` each: where links to tickets are previewed."""
    talks: TalkLimits | None = None
    """None: nobody is talked to."""
    voice: Voice | None = None
    """The one that the worker's half speaks with; None: one of its own."""
    meters: Meters = field(default_factory=Meters)


def open_slack(settings: SlackSettings, client: SlackClient, parts: Parts) -> tuple[SlackSide, SlackCards]:
    """Return Slack's side and the cards; both do nothing yet."""
    redis, prefix, clock, book = parts.redis, parts.lanes.prefix, parts.clock, parts.journal.book
    stand_ins, grants = StandIns(redis, prefix), Grants(redis, prefix)
    languages = Languages(redis, prefix)
    people = _people(client, parts, stand_ins, languages)
    cards = SlackCards(
        client,
        parts.journal,
        clock,
        channel=book.approvals_channel,
        language=book.language,
        around=Around(people, grants, Once(redis, prefix)),
    )
    desk = Desk(parts.journal, parts.lanes, client, parts.connectors, clock, people)
    telling = Telling(cards, book.language)
    names = Names(connectors=tuple(parts.connectors), skills=book.skills)
    answers = Answers(desk, people, cards, grants)
    access = Access(people, parts.connectors, parts.journal, clock, parts.access)
    means = Means(
        desk=desk,
        people=people,
        telling=telling,
        private=Private(client),
        access=access,
        finder=Finder(parts.connectors, access),
        stopping=Stopping(parts.switch, parts.journal, people, names, clock),
        waiting=WaitingRoom(desk, client, people, redis),
        reasons=Reasons(parts.journal, Stops(redis, prefix), grants),
        answers=answers,
        settings=Settings(languages, people, telling),
    )
    shelf = Shelf(stand_ins, grants, languages, Recent(redis, prefix))
    handlers = Handlers(
        answers=answers,
        people=people,
        access=access,
        home=Home(desk, client, people, telling, shelf, Rooms(means.waiting, means.stopping, answers)),
        commands=Commands(means),
        ladder=_ladder(parts, people),
        unfurls=Unfurls(client, parts.connectors, access, parts.unfurl, book.language),
        workflow=Workflow(Ground(chat=client, desk=desk, people=people, access=access, finder=means.finder)),
        talks=_ears(client, parts, people, access, means.waiting),
        creating=_creating(means, access, client, Again(Drafts(redis, prefix), parts.journal)),
    )
    return SlackSide(settings, client, desk, cards, clock, handlers), cards


def _people(client: SlackClient, parts: Parts, stand_ins: StandIns, languages: Languages) -> People:
    """Know who is who."""
    memberships = Memberships(parts.redis, parts.lanes.prefix)
    groups = Groups(client, parts.clock, parts.connectors, memberships, match_by_email=parts.match_by_email)
    return People(client, parts.clock, groups, stand_ins, languages)


def _creating(means: Means, access: Access, client: SlackClient, again: Again) -> Creating:
    """Make tickets out of Slack."""
    return Creating(
        NewTickets(
            chat=client,
            desk=means.desk,
            people=means.people,
            access=access,
            telling=means.telling,
            private=means.private,
            again=again,
        )
    )


def _ladder(parts: Parts, people: People) -> LadderClicks:
    """Let people move modes."""
    book, clock = parts.journal.book, parts.clock
    kinds = {name: connector.kind for name, connector in parts.connectors.items()}
    climber = Climber(parts.redis, parts.lanes, book, clock, kinds)
    return LadderClicks(climber, people, parts.lanes, book, clock)


def _ears(
    client: SlackClient, parts: Parts, people: People, access: Access, waiting: WaitingRoom
) -> TalkEars | None:
    """Hear what people say to the bot."""
    if parts.talks is None:
        return None
    language = parts.journal.book.language
    return TalkEars(
        TalkParts(
            redis=parts.redis,
            lanes=parts.lanes,
            journal=parts.journal,
            clock=parts.clock,
            chat=client,
            people=people,
            door=access,
            voice=parts.voice or Voice(client, parts.clock, language),
            waiting=waiting,
            language=language,
            limits=parts.talks,
            meters=parts.meters,
        )
    )
