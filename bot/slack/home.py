"""Everybody's App Home: drawn when it is opened, and what is pressed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import structlog
from redis.asyncio import Redis

from approvals.blocks import is_person
from approvals.clicks import Person
from approvals.home import CLEAR, REVOKE, SET, WAITING_MAX, HomeClick, Room, Waiting, home
from approvals.limits import faults_of_view
from bot.core.audit import Record
from bot.core.dossier import Dossier, Tracked
from bot.core.errors import Refused, Retry
from bot.core.events import CardPlace, Clicker
from bot.core.grants import Grant
from bot.core.ids import ProposalId, SlackUserId
from bot.core.verdicts import Ask
from bot.decide.voting import Refusal, principal
from bot.ports import Chat
from bot.runtime.grants import Grants
from bot.runtime.journal import PENDING
from bot.runtime.pending import look_up
from bot.slack.desk import Desk
from bot.slack.people import People
from bot.slack.stand_ins import StandIn, StandIns
from bot.slack.telling import Telling

LOOKED_AT_MAX: Final = 2_000
"""Waiting proposals read to draw one Home: beyond that an installation works from its channel."""
LINKS_MAX: Final = 10_000
"""Addresses of cards remembered: drawing one Home would use up what Slack lets us ask in a minute."""
A_DAY: Final = timedelta(days=1)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What Homes show and change, all of it in Redis."""

    redis: Redis
    stand_ins: StandIns
    grants: Grants


class Home:
    """Draws them. Every method may raise ``Retry``: Slack or Redis is away; doing it again is safe."""

    def __init__(self, desk: Desk, chat: Chat, people: People, telling: Telling, shelf: Shelf) -> None:
        """``telling``: for what is wrong with a press, since a Home has no room for it."""
        self._desk, self._chat, self._people, self._telling = desk, chat, people, telling
        self._redis, self._stand_ins, self._grants = shelf.redis, shelf.stand_ins, shelf.grants
        self._links: dict[CardPlace, str] = {}

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
        if click.action == SET:
            await self._set(click)
        elif click.action == CLEAR:
            if await self._stand_ins.clear(click.by.id):
                await self._record("stand_in.cleared", click)
        elif click.action == REVOKE:
            await self._revoke(click)
        await self.publish(click.by)

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
        pending, grants = await self._pending(), await self._grants.all()
        asked = {who for _, tracked in pending for who in tracked.approvers if not is_person(who)}
        asked |= {group for grant in grants for group in self._groups_of(grant)}
        clicker = await self._people.clicker(person, sorted(asked), live=False)
        mine = [held for held in pending if _waits_for(clicker, held[1])]
        force = await self._stand_ins.in_force(self._desk.clock.now())
        stand_in = force.get(person.id)
        last = None
        if stand_in is not None:
            zone = await self._people.zone(person.id)
            last = (stand_in.until.astimezone(zone) - A_DAY).date()
        return Room(
            waiting=[await self._waiting(*held) for held in mine[:WAITING_MAX]],
            more=max(0, len(mine) - WAITING_MAX),
            stand_in=stand_in.by if stand_in is not None else None,
            until=last,
            grants=[(grant, self._may_revoke(clicker, grant)) for grant in grants],
        )

    async def _pending(self) -> Sequence[tuple[Dossier, Tracked]]:
        """Return what waits for anybody, the oldest first."""
        found: dict[str, tuple[Dossier, Tracked]] = {}
        async for batch in look_up(self._redis, self._desk.lanes.prefix, PENDING):
            for ident in batch:
                held = await self._desk.journal.find(ProposalId(ident))
                if held is not None and isinstance(held[1].ask, Ask):
                    found[ident] = held
            if len(found) >= LOOKED_AT_MAX:
                break
        return sorted(found.values(), key=lambda held: (held[1].asked_at is None, held[1].asked_at))

    async def _waiting(self, dossier: Dossier, tracked: Tracked) -> Waiting:
        cards = dossier.tracked.get(tracked.card_of, tracked).cards
        return Waiting(dossier=dossier, tracked=tracked, url=await self._link(cards[-1]) if cards else "")

    async def _link(self, at: CardPlace) -> str:
        """Return the address of a card, which never changes; empty where Slack does not tell it just now."""
        if at not in self._links:
            try:
                answer = await self._chat.call("chat.getPermalink", channel=at.channel, message_ts=at.ts)
            except (Refused, Retry) as no:
                log.info("card_not_linked", why=str(no))
                return ""
            if len(self._links) >= LINKS_MAX:
                self._links.clear()
            self._links[at] = str(answer["permalink"])
        return self._links[at]

    async def _record(self, what: str, click: HomeClick, **details: str) -> None:
        record = Record(
            at=self._desk.clock.now(),
            what=what,
            ticket="",
            actor=f"slack:{click.by.id}",
            details=dict(details),
        )
        await self._desk.journal.record(record)


def _waits_for(clicker: Clicker, tracked: Tracked) -> bool:
    """Whether this person could decide on ``tracked`` now and has not."""
    if clicker.refused or tracked.ask is None:
        return False
    whose = principal(tracked.ask, tracked, clicker)
    spent = {voice for each in tracked.votes for voice in (each.by, each.stands_in_for)}
    return not isinstance(whose, Refusal) and not {clicker.id, whose} & spent
