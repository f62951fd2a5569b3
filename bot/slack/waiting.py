"""What waits for one person, the oldest first, each with a link to its card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog
from redis.asyncio import Redis

from approvals.blocks import is_person
from approvals.clicks import Person
from approvals.home import WAITING_MAX, Waiting
from bot.core.dossier import Dossier, Tracked
from bot.core.errors import Refused, Retry
from bot.core.events import CardPlace, Clicker
from bot.core.ids import ProposalId
from bot.core.verdicts import Ask
from bot.decide.voting import Refusal, principal
from bot.ports import Chat
from bot.runtime.journal import PENDING
from bot.runtime.pending import look_up
from bot.slack.desk import Desk, Held
from bot.slack.people import People

LOOKED_AT_MAX: Final = 2_000
"""Waiting proposals read for one person: beyond that an installation works from its channel."""
LINKS_MAX: Final = 10_000
"""Addresses of cards remembered: drawing one Home would use up what Slack lets us ask in a minute."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class WaitingRoom:
    """Looks it up. Methods may raise ``Retry``: Slack or Redis is away."""

    def __init__(self, desk: Desk, chat: Chat, people: People, redis: Redis) -> None:
        """``redis``: what the lanes are on."""
        self._desk, self._chat, self._people, self._redis = desk, chat, people, redis
        self._links: dict[CardPlace, str] = {}

    async def of(self, person: Person) -> tuple[Sequence[Waiting], int]:
        """Return what waits for ``person``, and how many more than those there are."""
        return await self.among(*await self._asked(person))

    async def newest_key(self, person: Person) -> str:
        """Return the key of the ticket that has waited for ``person`` shortest; empty: none does."""
        pending, clicker = await self._asked(person)
        return next((known.key for known, asked in reversed(pending) if waits_for(clicker, asked)), "")

    async def among(self, pending: Sequence[Held], clicker: Clicker) -> tuple[Sequence[Waiting], int]:
        """Return what of ``pending`` waits for ``clicker``, and how many more than those there are."""
        mine = [held for held in pending if waits_for(clicker, held[1])]
        shown = [await self._waiting(*held) for held in mine[:WAITING_MAX]]
        return shown, max(0, len(mine) - WAITING_MAX)

    async def pending(self) -> Sequence[Held]:
        """Return what waits for anybody, the oldest first."""
        found: dict[str, Held] = {}
        async for batch in look_up(self._redis, self._desk.lanes.prefix, PENDING):
            for ident in batch:
                held = await self._desk.journal.find(ProposalId(ident))
                if held is not None and isinstance(held[1].ask, Ask):
                    found[ident] = held
            if len(found) >= LOOKED_AT_MAX:
                break
        return sorted(found.values(), key=lambda held: (held[1].asked_at is None, held[1].asked_at))

    async def link(self, at: CardPlace) -> str:
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

    async def _asked(self, person: Person) -> tuple[Sequence[Held], Clicker]:
        pending = await self.pending()
        return pending, await self._people.clicker(person, sorted(groups_asked(pending)), live=False)

    async def _waiting(self, dossier: Dossier, tracked: Tracked) -> Waiting:
        cards = dossier.tracked.get(tracked.card_of, tracked).cards
        return Waiting(dossier=dossier, tracked=tracked, url=await self.link(cards[-1]) if cards else "")


def groups_asked(pending: Sequence[Held]) -> set[str]:
    """Return every group that is among those asked."""
    return {who for _, tracked in pending for who in tracked.approvers if not is_person(who)}


def waits_for(clicker: Clicker, tracked: Tracked) -> bool:
    """Whether this person could decide on ``tracked`` now and has not."""
    if clicker.refused or tracked.ask is None:
        return False
    whose = principal(tracked.ask, tracked, clicker)
    spent = {voice for each in tracked.votes for voice in (each.by, each.stands_in_for)}
    return not isinstance(whose, Refusal) and not {clicker.id, whose} & spent
