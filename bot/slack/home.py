"""Everybody's App Home: drawn when it is opened, and what is pressed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import structlog

from approvals import home as home_view
from approvals import home_extras
from approvals.blocks import is_person
from approvals.clicks import Click, Person
from approvals.home import HomeClick, Room, home
from approvals.home_extras import Lately, Stopped
from approvals.limits import faults_of_view
from approvals.standing import UNDO
from bot.core.actions import Risk
from bot.core.audit import Record
from bot.core.dossier import Dossier, Tracked
from bot.core.errors import Refused
from bot.core.events import Clicker
from bot.core.grants import Grant
from bot.core.ids import SlackUserId
from bot.core.words import say
from bot.ports import Chat
from bot.runtime.grants import Grants
from bot.runtime.recent import Recent
from bot.slack.answers import Answers
from bot.slack.desk import Desk, Held
from bot.slack.languages import Languages
from bot.slack.orders import RESUME, STOP, Order
from bot.slack.people import People
from bot.slack.stand_ins import StandIn, StandIns
from bot.slack.stopping import Stopping
from bot.slack.telling import Telling
from bot.slack.waiting import WaitingRoom, groups_asked

A_DAY: Final = timedelta(days=1)

SEEN_MAX: Final = 200
"""Of the changes made last, looked through for those that concern one person."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What Homes show and change, all of it in Redis."""

    stand_ins: StandIns
    grants: Grants
    languages: Languages
    recent: Recent


@dataclass(frozen=True, slots=True)
class Rooms:
    """Who else does what is pressed in a Home."""

    waiting: WaitingRoom
    stopping: Stopping
    answers: Answers


class Home:
    """Draws them. Every method may raise ``Retry``: Slack or Redis is away; doing it again is safe."""

    def __init__(
        self, desk: Desk, chat: Chat, people: People, telling: Telling, shelf: Shelf, rooms: Rooms
    ) -> None:
        """``telling``: for what is wrong with a press, since a Home has no room for it."""
        self._desk, self._chat, self._people, self._telling = desk, chat, people, telling
        self._stand_ins, self._grants = shelf.stand_ins, shelf.grants
        self._languages, self._recent = shelf.languages, shelf.recent
        self._waiting, self._stopping, self._answers = rooms.waiting, rooms.stopping, rooms.answers

    async def publish(self, person: Person) -> None:
        """Draw the Home of ``person`` as things are now."""
        language = await self._people.language(person.id, self._desk.book.language)
        view = home(await self._room(person), language)
        faults = faults_of_view(view)
        assert not faults, f"a Home Slack would refuse: {faults}"
        try:
            await self._chat.call("views.publish", user_id=person.id, view=view)
        except Refused as no:
            log.info("home_not_published", person=person.id, why=str(no))

    async def pressed(self, click: HomeClick) -> None:
        """Do what a button in a Home says, and draw it again."""
        match click.action:
            case home_view.SET:
                await self._set(click)
            case home_view.CLEAR:
                if await self._stand_ins.clear(click.by.id):
                    await self._record("stand_in.cleared", click)
            case home_view.REVOKE:
                await self._revoke(click)
            case home_extras.UNDO:
                await self._undo(click)
            case home_extras.STOP | home_extras.RESUME:
                await self._throw(click)
            case _:
                log.info("home_not_pressed", action=click.action)
        await self.publish(click.by)

    # -- what the bot did, and whether it may go on --------------------------------------------------------

    async def _undo(self, click: HomeClick) -> None:
        """Ask for an undo exactly as the button on the card does."""
        assert click.item is not None, "a press without one does not parse"
        asked = Click(
            action=UNDO,
            proposal=click.item[0],
            revision=click.item[1],
            by=click.by,
            trigger=click.trigger,
            place=None,
            items=(click.item,),
        )
        await self._answers.undo(asked)
        await self._say(click.by, "home.undo_asked")

    async def _throw(self, click: HomeClick) -> None:
        """Stop everything, or lift one stop; who may not is told so."""
        stop = click.action == home_extras.STOP
        why = say(self._desk.book.language, "home.stop_why") if stop else ""
        kind, _, name = click.scope.partition(":")
        order = Order(
            verb=STOP if stop else RESUME,
            connector=name if kind == "connector" else "",
            skill=name if kind == "skill" else "",
            why=why,
        )
        language = await self._people.language(click.by.id, self._desk.book.language)
        telling = self._telling.into(language)
        await telling.lines(click.by.id, "", await self._stopping.run(order, click.by, telling))

    async def _say(self, to: Person, key: str) -> None:
        language = await self._people.language(to.id, self._desk.book.language)
        await self._telling.into(language).say(to.id, key)

    # -- the stand-in --------------------------------------------------------------------------------------

    async def _set(self, click: HomeClick) -> None:
        """Put a stand-in in force through the last day, as the person's own calendar has it."""
        wrong = await self._why_not(click)
        if wrong:
            await self._telling.say(click.by.id, wrong)
            return
        assert click.stand_in is not None, "checked just now"
        assert click.until is not None, "checked just now"
        ends = await self._end_of(click.until, click.by.id)
        await self._stand_ins.set(StandIn(of=click.by.id, by=click.stand_in, until=ends))
        await self._record("stand_in.set", click, by=click.stand_in, until=ends.isoformat())

    async def _why_not(self, click: HomeClick) -> str:
        """Return the key of what is wrong with a choice, or nothing."""
        if click.stand_in is None or click.until is None:
            return "home.no_person"
        if click.stand_in == click.by.id:
            return "home.oneself"
        if await self._end_of(click.until, click.by.id) <= self._desk.clock.now():
            return "home.past"
        own = await self._people.clicker(click.by, (), live=True)
        full = not own.refused and await self._people.may_decide(click.stand_in)
        return "" if full else "home.not_a_member"

    async def _end_of(self, day: date, user: SlackUserId) -> datetime:
        zone = await self._people.zone(user)
        return datetime.combine(day + A_DAY, time(), zone)

    # -- standing permissions ------------------------------------------------------------------------------

    async def _revoke(self, click: HomeClick) -> None:
        grant = await self._grants.get(click.shape) if click.shape is not None else None
        if grant is None:
            return
        clicker = await self._people.clicker(click.by, self._groups_of(grant), live=False)
        if not self._may_revoke(clicker, grant):
            await self._record("grant.kept", click, shape=grant.shape)
            await self._telling.say(click.by.id, "home.may_not_revoke")
            return
        if await self._grants.revoke(grant.shape):
            await self._record("grant.revoked", click, shape=grant.shape, given_by=grant.by)

    def _may_revoke(self, clicker: Clicker, grant: Grant) -> bool:
        if clicker.refused:
            return False
        named = {grant.by, *self._desk.book.operators.values(), *self._approvers_of(grant)}
        return bool({clicker.id, *clicker.groups} & named)

    def _approvers_of(self, grant: Grant) -> tuple[str, ...]:
        """Return who may decide by the rule a permission replaces; nobody when it is not there any more."""
        rules = [
            rule.ask for rule in self._desk.book.rules if rule.name == grant.rule and rule.ask is not None
        ]
        return tuple(who for ask in rules for who in (*ask.approvers, *ask.escalate_to))

    def _groups_of(self, grant: Grant) -> list[str]:
        return sorted({who for who in self._approvers_of(grant) if not is_person(who)})

    # -- drawing -------------------------------------------------------------------------------------------

    async def _room(self, person: Person) -> Room:
        pending, grants = await self._waiting.pending(), await self._grants.all()
        made = await self._made()
        asked = groups_asked(pending) | groups_asked(made)
        asked |= {group for grant in grants for group in self._groups_of(grant)}
        clicker = await self._people.clicker(person, sorted(asked), live=False)
        waiting, more = await self._waiting.among(pending, clicker)
        force = await self._stand_ins.in_force(self._desk.clock.now())
        stand_in = force.get(person.id)
        last = None
        if stand_in is not None:
            zone = await self._people.zone(person.id)
            last = (stand_in.until.astimezone(zone) - A_DAY).date()
        return Room(
            waiting=waiting,
            more=more,
            stand_in=stand_in.by if stand_in is not None else None,
            until=last,
            grants=[] if clicker.refused else [(grant, self._may_revoke(clicker, grant)) for grant in grants],
            recent=[]
            if clicker.refused
            else [_lately(*held) for held in made if _concerns(clicker, held[1])],
            language=await self._languages.chosen(person.id),
            stops=await self._stops(person),
        )

    async def _stops(self, person: Person) -> Sequence[Stopped] | None:
        if not await self._stopping.may(person):
            return None
        return [Stopped(scope=each.scope, why=each.why) for each in await self._stopping.in_force()]

    async def _made(self) -> Sequence[Held]:
        """Return the changes that were made last, notes left out, the newest first."""
        found: list[Held] = []
        for proposal in await self._recent.newest(SEEN_MAX):
            held = await self._desk.journal.find(proposal)
            if held is not None and held[1].proposal.action.risk is not Risk.NOTE:
                found.append(held)
        return found

    async def _record(self, what: str, click: HomeClick, **details: str) -> None:
        record = Record(
            at=self._desk.clock.now(),
            what=what,
            ticket="",
            actor=f"slack:{click.by.id}",
            details=dict(details),
        )
        await self._desk.journal.record(record)


def _concerns(clicker: Clicker, tracked: Tracked) -> bool:
    """Whether this person asked for a change, decided on it, or could have."""
    if clicker.id == tracked.proposal.by or tracked.decided_by == f"slack:{clicker.id}":
        return True
    return bool({clicker.id, *clicker.groups} & set(tracked.approvers))


def _lately(dossier: Dossier, tracked: Tracked) -> Lately:
    return Lately(
        proposal=tracked.proposal.id,
        revision=tracked.revision,
        key=dossier.key,
        url=dossier.url,
        says=tracked.proposal.says,
        at=tracked.decided_at or tracked.asked_at or _EVER,
        undoable=tracked.undoable and tracked.undone_by is None,
    )


_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
