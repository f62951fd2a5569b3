"""Where others read along: what one of them may see is not for all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.agent.reading import Reach, Sight
from bot.core.ids import SlackUserId
from bot.core.talks import place_of
from bot.core.tickets import Ticket

_ALONE = "D"
"""How the channels that Slack keeps for direct messages begin; a group's begin like a channel's."""


@dataclass(frozen=True, slots=True)
class BeforeOthers:
    """Fills ``Sight`` in a channel: a ticket that is kept from some is kept from a thread everybody reads.

    Whoever may read it asks in direct messages, where nobody reads along.
    """

    inner: Sight | None

    async def sees(self, person: SlackUserId, ticket: Ticket) -> bool:
        """Whether it may be told in front of others; may raise ``Retry``."""
        if ticket.restricted:
            return False
        return self.inner is None or await self.inner.sees(person, ticket)

    async def address(self, person: SlackUserId) -> str:
        """Return the person's address; may raise ``Retry``."""
        return await self.inner.address(person) if self.inner is not None else ""


def reach_in(talk: str, reach: Reach) -> Reach:
    """Return what may be looked at in the conversation with this lane."""
    if place_of(talk).channel.startswith(_ALONE):
        return reach
    return replace(reach, sight=BeforeOthers(reach.sight))
