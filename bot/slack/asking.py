"""Which ticket somebody means, and whether they may be told about it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from approvals.clicks import Person
from bot.core.errors import BotError, Missing, Refused
from bot.core.tickets import Snapshot, Ticket, TicketRef
from bot.ports import Connector

ASK = "ask"
"""What a person who asks freely is checked for; skills go by their names, and there are ``create``, ``undo``
and ``stop``."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Access(Protocol):
    """Who may ask for what."""

    async def refusal(self, by: Person, skill: str, ticket: Ticket | None) -> str:
        """Return the catalogue key of why ``by`` may not; empty: they may. May raise ``Retry``.

        ``ticket`` None: before any ticket is read, whether they may ask for such a thing at all.
        """
        ...


@dataclass(frozen=True, slots=True)
class Unfound:
    """Why nothing can be said about a ticket."""

    key: str
    """Of the catalogue."""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    """What fills its gaps; not escaped yet."""


class Declined(Exception):  # not an error: the answer is no
    """Why nothing comes of what somebody asked for."""

    def __init__(self, key: str, words: Mapping[str, str]) -> None:
        """``key``: of the catalogue. ``words``: what fills its gaps; not escaped yet."""
        super().__init__(key)
        self.key, self.words = key, words


@dataclass(frozen=True, slots=True)
class Found:
    """Where the ticket is that somebody means."""

    connector: Connector
    ref: TicketRef
    key: str
    """As that system calls it."""


class Finder:
    """Finds tickets by what people call them, in every system that is set up."""

    def __init__(self, connectors: Mapping[str, Connector], access: Access) -> None:
        """``access``: asked before a system is, and again with the ticket."""
        self._connectors, self._access = connectors, access

    async def snapshot(self, by: Person, skill: str, subject: str, connector: str = "") -> Snapshot | Unfound:
        """Return the ticket ``subject`` as it is now, if ``by`` may be told of it for ``skill``.

        ``subject``: a key, or the address of the ticket's page. ``connector``: the only one to look in, or
        empty.

        Raises:
            Retry: the person cannot be looked up just now.
        """
        refused = await self._access.refusal(by, skill, None)
        if refused:
            return Unfound(refused)
        found = await self.find(subject, connector)
        if isinstance(found, Unfound):
            return found
        return await self._read(by, skill, subject, found)

    async def hidden(self, by: Person, skill: str, ref: TicketRef) -> Unfound | None:
        """Return why ``by`` may not be told of a ticket; None: they may. Raises as :meth:`snapshot`."""
        connector = self._connectors.get(ref.connector)
        if connector is None:
            return Unfound("itsm.unknown_connector", {"connector": ref.connector, "known": self._known()})
        found = await self._read(by, skill, ref.id, Found(connector, ref, ref.id))
        return found if isinstance(found, Unfound) else None

    async def find(self, subject: str, connector: str = "") -> Found | Unfound:
        """Return which ticket is meant; nothing of it is read that anybody is told."""
        asked = self._asked(subject, connector)
        if isinstance(asked, Unfound):
            return asked
        tried = await asyncio.gather(*(self._try(each, key) for each, key in asked))
        hits = [each for each in tried if isinstance(each, Found)]
        if len(hits) > 1:
            ways = " / ".join(f"{each.connector.name}:{subject}" for each in hits)
            return Unfound("itsm.ambiguous", {"key": subject, "ways": ways})
        if hits:
            return hits[0]
        away = [each for each in tried if isinstance(each, str)]
        if away:
            return Unfound("itsm.away", {"system": ", ".join(away)})
        systems = ", ".join(sorted(each.name for each, _ in asked))
        return Unfound("itsm.unknown_ticket", {"key": subject, "systems": systems})

    def _known(self) -> str:
        return ", ".join(sorted(self._connectors))

    async def _read(self, by: Person, skill: str, subject: str, found: Found) -> Snapshot | Unfound:
        try:
            snapshot = await found.connector.read(found.ref)
        except (Missing, Refused):
            return Unfound("itsm.unknown_ticket", {"key": subject, "systems": found.connector.name})
        except BotError as error:
            log.info("ticket_not_read", connector=found.connector.name, why=str(error))
            return Unfound("itsm.away", {"system": found.connector.name})
        refused = await self._access.refusal(by, skill, snapshot.ticket)
        return Unfound(refused) if refused else snapshot

    def _asked(self, subject: str, connector: str) -> list[tuple[Connector, str]] | Unfound:
        """Return whom to ask, each with the key in its own words."""
        if "://" in subject:
            named = [(each, each.key_of(subject)) for each in self._connectors.values()]
            ours = [(each, key) for each, key in named if key]
            return ours or Unfound("itsm.unknown_address")
        if connector and connector not in self._connectors:
            return Unfound("itsm.unknown_connector", {"connector": connector, "known": self._known()})
        return [(each, subject) for name, each in self._connectors.items() if connector in {"", name}]

    async def _try(self, connector: Connector, key: str) -> Found | str | None:
        """Return where ``key`` is; None: not there; the system's name: it does not answer."""
        try:
            return Found(connector, await connector.find(key), key)
        except (Missing, Refused):
            return None
        except BotError as error:
            log.info("ticket_not_found", connector=connector.name, why=str(error))
            return connector.name
