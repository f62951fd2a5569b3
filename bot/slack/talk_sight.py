"""Which tickets the agent may read for somebody: those that they may be told of in Slack."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.clicks import Person
from bot.core.ids import SlackUserId
from bot.core.tickets import Ticket
from bot.slack.asking import ASK
from bot.slack.people import People
from bot.slack.talks import Door


@dataclass(frozen=True, slots=True)
class Sight:
    """Fills ``bot.agent.reading.Sight``."""

    people: People
    door: Door | None
    """None: nobody may be told of anything."""

    async def sees(self, person: SlackUserId, ticket: Ticket) -> bool:
        """Whether ``person`` may be told of ``ticket``; who is not of our installation may not.

        May raise ``Retry``.
        """
        if self.door is None:
            return False
        return not await self.door.refusal(Person(person, self.people.team), ASK, ticket)

    async def address(self, person: SlackUserId) -> str:
        """Return the address that Slack has confirmed; empty: none. May raise ``Retry``."""
        return await self.people.address(person)
