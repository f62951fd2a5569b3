"""Whether somebody may ask for this, and may see that ticket. Any doubt about who it is refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

import structlog

from approvals.access import AccessRule, Asked, groups_of, may_ask
from approvals.clicks import Person
from bot.core.alike import Elsewhere
from bot.core.audit import Record
from bot.core.creation import unborn
from bot.core.errors import Reject
from bot.core.tickets import Ticket
from bot.ports import Clock, Connector
from bot.runtime.admitting import Unheard
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
OTHERS_MAX: Final = 16
"""Other tickets that a system is asked about for one answer, two requests each: a person waits for it. They
come best first, and what is beyond is left out."""
AT_ONCE: Final = 4
"""Of these; a small part of what a vendor lets one client ask at a time."""

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


@runtime_checkable
class Addressed(Protocol):
    """A connector that tells whose account wrote a comment. Of those without, nobody is known."""

    async def address_of(self, account: str) -> str:
        """Return the e-mail address of one person's account, in lower case; empty: nobody can tell.

        Raises as :meth:`Seeing.may_see`.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Seen:
    at: datetime
    may: bool | None


@dataclass(frozen=True, slots=True)
class Access:
    """Decides by the rows of ``access:``, and by what the person's own account may see."""

    people: People | None
    """None: no Slack is set up, and nobody asks there."""
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
            await self._record(f"slack:{by.id}", skill, ticket, why)
        return why

    async def unheard(self, account: str, skill: str, ticket: Ticket) -> Unheard | None:
        """Return why who has just asked on ``ticket`` is not heard; None: they are.

        ``account``: the vendor's id of who wrote the comment. Where there are no rows everybody is heard who
        may write what customers do not read; and whoever writes there sees the ticket.

        Raises:
            Retry: Slack or the ticket system is busy or away.
        """
        if self.rules is None:
            return None
        connector = ticket.ref.connector
        by = await self._author(connector, account)
        why = await self._why_unheard(by, skill, ticket)
        if not why:
            return None
        await self._record(f"{connector}:{account}", skill, ticket, why)
        return Unheard(why, by)

    async def visible(self, by: Person, skill: str, others: Sequence[Elsewhere]) -> frozenset[Elsewhere]:
        """Return which other tickets ``by`` may be shown in an answer, by the same rows and accounts.

        ``others``: best first. Raises as :meth:`refusal`; what is left out stands in no record.
        """
        if self.people is None:
            return frozenset()
        who = await self.people.clicker(by, groups_of(self.rules), live=False)
        if who.refused:
            return frozenset()
        asked = Asked(person=by.id, groups=who.groups, skill=skill)
        open_ = [
            each
            for each in dict.fromkeys(others)
            if may_ask(self.rules, replace(asked, connector=each.connector, queue=each.queue))
        ]
        return await self._seen_of(open_, await self.people.address(by.id))

    # -- inside --------------------------------------------------------------------------------------------

    async def _why_not(self, by: Person, skill: str, ticket: Ticket | None) -> str:
        if self.people is None:
            return "access.unreadable"
        who = await self.people.clicker(by, groups_of(self.rules), live=False)
        if who.refused:
            return OUTSIDE.get(who.refused, "access.unreadable")
        asked = _asked(by.id, who.groups, skill, ticket)
        if not may_ask(self.rules, asked):
            return "access.not_granted"
        return await self._why_unseen(self.people, by, ticket) if ticket is not None else ""

    async def _why_unheard(self, by: Person | None, skill: str, ticket: Ticket) -> str:
        groups: frozenset[str] = frozenset()
        if by is not None and self.people is not None:
            who = await self.people.clicker(by, groups_of(self.rules), live=False)
            if who.refused:
                return OUTSIDE.get(who.refused, "access.unreadable")
            groups = frozenset(who.groups)
        asked = replace(_asked(by.id if by is not None else "", groups, skill, ticket), on_ticket=True)
        return "" if may_ask(self.rules, asked) else "access.not_granted"

    async def _author(self, name: str, account: str) -> Person | None:
        """Return who in Slack writes under an account; None where nobody can tell."""
        connector: object = self.connectors.get(name)
        if self.people is None or not self.people.matched or not isinstance(connector, Addressed):
            return None
        try:
            shown = await connector.address_of(account)
        except Reject as no:
            log.warning("author_not_told", connector=name, why=f"{type(no).__name__}: {no}")
            return None
        return await self.people.at(shown) if shown else None

    async def _why_unseen(self, people: People, by: Person, ticket: Ticket) -> str:
        may = None
        if unborn(ticket.ref) is None:  # else there is nothing to see yet
            where = Elsewhere(ticket.ref.connector, ticket.key, ticket.queue)
            may = await self._may_see(where, await people.address(by.id))
        if may is False:
            return "access.not_yours"
        # Where nobody can tell, the queues' rows have decided. But a ticket that fewer people may read than
        # its queue's others is beyond what they can say.
        return "access.restricted" if may is None and ticket.restricted else ""

    async def _seen_of(self, others: Iterable[Elsewhere], email: str) -> frozenset[Elsewhere]:
        """Return those of ``others`` that the account with ``email`` may see, where that can be told."""
        told = {name for name, each in self.connectors.items() if email and isinstance(each, Seeing)}
        free = [each for each in others if each.connector not in told]
        asked = [each for each in others if each.connector in told][:OTHERS_MAX]
        gate = asyncio.Semaphore(AT_ONCE)

        async def sees(each: Elsewhere) -> bool:
            async with gate:
                return await self._may_see(each, email) is not False

        answers = await asyncio.gather(*(sees(each) for each in asked))
        return frozenset([*free, *(each for each, may in zip(asked, answers, strict=True) if may)])

    async def _may_see(self, where: Elsewhere, email: str) -> bool | None:
        connector: object = self.connectors.get(where.connector)
        if not email or not isinstance(connector, Seeing):
            return None
        key, now = (f"{where.connector}:{where.key}", email), self.clock.now()
        known = self._seen.get(key)
        if known is None or now - known.at >= REMEMBERED:
            known = _Seen(now, await _told(connector, where, email))
            if len(self._seen) >= REMEMBERED_MAX:
                self._seen.clear()
            self._seen[key] = known
        return known.may

    async def _record(self, actor: str, skill: str, ticket: Ticket | None, because: str) -> None:
        record = Record(
            at=self.clock.now(),
            what="access.refused",
            ticket=_name(ticket),
            actor=actor,
            because=because,
            details={"skill": skill},
        )
        await self.journal.record(record)


def _asked(person: str, groups: frozenset[str], skill: str, ticket: Ticket | None) -> Asked:
    return Asked(
        person=person,
        groups=groups,
        skill=skill,
        connector=ticket.ref.connector if ticket is not None else "",
        queue=ticket.queue if ticket is not None else "",
    )


def _name(ticket: Ticket | None) -> str:
    return f"{ticket.ref.connector}:{ticket.ref.id}" if ticket is not None else ""


async def _told(connector: Seeing, where: Elsewhere, email: str) -> bool | None:
    try:
        return await connector.may_see(where.key, email)
    except Reject as no:
        log.warning(
            "sight_not_told", ticket=f"{where.connector}:{where.key}", why=f"{type(no).__name__}: {no}"
        )
        return None
