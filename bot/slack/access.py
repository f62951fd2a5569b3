"""Whether somebody in Slack may ask for this, and may see that ticket. Any doubt about who it is refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

import structlog

from approvals.access import AccessRule, Asked, groups_of, may_ask
from approvals.clicks import Person
from bot.core.audit import Record
from bot.core.creation import unborn
from bot.core.errors import Reject
from bot.core.tickets import Ticket
from bot.ports import Clock, Connector
from bot.runtime.journal import Journal
from bot.slack.groups import REMEMBERED, REMEMBERED_MAX
from bot.slack.people import People

OUTSIDE: Final[Mapping[str, str]] = {
    "refused.guest": "access.guest",
    "refused.stranger": "access.stranger",
    "refused.bot": "access.bot",
    "refused.gone": "access.gone",
}
"""Why somebody may never approve, to why they are never answered."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@runtime_checkable
class Seeing(Protocol):
    """A connector whose system tells what an account may see. Those without leave it to the queues' rows."""

    async def may_see(self, key: str, email: str) -> bool | None:
        """Whether the account with this address may see a ticket; None: the system cannot tell.

        Raises:
            Retry: the system is busy or away. Missing, Forbidden: it cannot be asked, so nobody knows.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Seen:
    at: datetime
    may: bool | None


@dataclass(frozen=True, slots=True)
class Access:
    """Decides by the rows of ``access:``, and by what the person's own account may see."""

    people: People
    connectors: Mapping[str, Connector]
    journal: Journal
    clock: Clock
    rules: tuple[AccessRule, ...] | None = None
    """None: every full member may ask about everything they may see."""
    _seen: dict[tuple[str, str], _Seen] = field(default_factory=dict[tuple[str, str], _Seen])

    async def refusal(self, by: Person, skill: str, ticket: Ticket | None) -> str:
        """Return the catalogue key of why ``by`` may not; empty: they may.

        ``skill``: a skill's name, ``ask``, ``create``, ``undo`` or ``stop``. ``ticket`` None: before any
        is read, whether there could be one.

        Raises:
            Retry: Slack or the ticket system is busy or away; nothing is shown until it is back.
        """
        why = await self._why_not(by, skill, ticket)
        if why:
            await self.journal.record(
                Record(
                    at=self.clock.now(),
                    what="access.refused",
                    ticket=_name(ticket),
                    actor=f"slack:{by.id}",
                    because=why,
                    details={"skill": skill},
                )
            )
        return why

    async def _why_not(self, by: Person, skill: str, ticket: Ticket | None) -> str:
        who = await self.people.clicker(by, groups_of(self.rules), live=False)
        if who.refused:
            return OUTSIDE.get(who.refused, "access.unreadable")
        asked = Asked(
            person=by.id,
            groups=who.groups,
            skill=skill,
            connector=ticket.ref.connector if ticket is not None else "",
            queue=ticket.queue if ticket is not None else "",
        )
        if not may_ask(self.rules, asked):
            return "access.not_granted"
        return await self._why_unseen(by, ticket) if ticket is not None else ""

    async def _why_unseen(self, by: Person, ticket: Ticket) -> str:
        may = await self._may_see(ticket, await self.people.address(by.id))
        if may is False:
            return "access.not_yours"
        # Where nobody can tell, the queues' rows have decided. But a ticket that fewer people may read than
        # its queue's others is beyond what they can say.
        return "access.restricted" if may is None and ticket.restricted else ""

    async def _may_see(self, ticket: Ticket, email: str) -> bool | None:
        connector: object = self.connectors.get(ticket.ref.connector)
        if not email or not isinstance(connector, Seeing):
            return None
        if unborn(ticket.ref) is not None:
            return None  # there is nothing to see yet
        key, now = (ticket.ref.lane, email), self.clock.now()
        known = self._seen.get(key)
        if known is None or now - known.at >= REMEMBERED:
            known = _Seen(now, await _told(connector, ticket, email))
            if len(self._seen) >= REMEMBERED_MAX:
                self._seen.clear()
            self._seen[key] = known
        return known.may


def _name(ticket: Ticket | None) -> str:
    return f"{ticket.ref.connector}:{ticket.ref.id}" if ticket is not None else ""


async def _told(connector: Seeing, ticket: Ticket, email: str) -> bool | None:
    try:
        return await connector.may_see(ticket.key, email)
    except Reject as no:
        log.warning("sight_not_told", ticket=_name(ticket), why=f"{type(no).__name__}: {no}")
        return None
