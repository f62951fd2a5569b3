"""The tools that read: tickets, their conversations, solved ones, and whatever sources are set up.

Every answer comes back masked and boxed with its origin. What is away or missing is an answer too:
a conversation does not end because a log server is slow.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Final, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.agent.boxes import Origin, boxed
from bot.agent.nearest import nearest
from bot.agent.offers import schema_of
from bot.agent.papers import (
    PAST_MAX,
    alike_text,
    conversation_text,
    names_of,
    passages_text,
    past_text,
    ticket_text,
)
from bot.agent.provenance import Focus, Ground, Together, anywhere, residences
from bot.core.alike import Alike
from bot.core.errors import Forbidden, Missing, Refused, Reject, Retry
from bot.core.ids import SlackUserId
from bot.core.masked import Masked
from bot.core.passages import NO_QUEUE
from bot.core.pseudonyms import Pseudonyms
from bot.core.tickets import Allowed, PastTicket, Snapshot, Ticket, TicketRef, Value
from bot.core.turns import Tool, Turn
from bot.core.untrusted import Untrusted
from bot.ports import Clock, Connector, Neighbours
from bot.sources import Lookup, Source

READ_TICKET, READ_CONVERSATION = "read_ticket", "read_conversation"
SEARCH_PAST, OPEN_LIKE_THIS = "search_past_tickets", "open_like_this"
CANDIDATES_MAX: Final = 20
"""Asked of the vendor's search, which ranks by date: the best of these are shown."""
LOOK_BACK: Final = timedelta(days=90)
"""Where no ticket is in hand, the newest one this old lends its queue to a search."""
TOOL_NAME_CHARS_MAX: Final = 64
"""Of a tool's name (Messages API: ``^[a-zA-Z0-9_-]{1,64}$``)."""
_NOT_A_NAME: Final = re.compile(r"[^a-zA-Z0-9_-]+")
REFUSAL_CHARS_MAX: Final = 500
"""Of a source's complaint, in characters: where the question is wrong, not a page of HTML."""
NOT_THERE: Final = "There is no such ticket, or it may not be read here."


class Wrong(Reject):
    """A tool is not used like this; the words are ours and say what would do."""


class Sight(Protocol):
    """Who may see which ticket."""

    async def sees(self, person: SlackUserId, ticket: Ticket) -> bool:
        """Whether ``person`` may read ``ticket`` in Slack; may raise ``Retry``."""
        ...

    async def address(self, person: SlackUserId) -> str:
        """Return the e-mail address ``person`` goes by in every system, empty: none; may raise ``Retry``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """All an agent can look at; it holds nothing that writes."""

    connectors: Mapping[str, Connector]
    sources: tuple[Source, ...] = ()
    neighbours: Neighbours | None = None
    """None: nobody keeps an eye on what else is open."""
    sight: Sight | None = None
    """None: whoever may talk with the bot may read every ticket it reads."""
    clock: Clock
    together: Together = anywhere
    """Whether texts of these places may be shown to one model; what may not go along is not looked up."""


class KeyWanted(BaseModel):
    """Which ticket."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)] = Field(
        description="The ticket's key, as the person wrote it or a search found it: OPS-12, INC0010023."
    )


class WordsWanted(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    query: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)] = Field(
        description="A few words that such a ticket would have in its summary."
    )


class NothingWanted(BaseModel):
    """No arguments."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_OWN: Final[Mapping[str, tuple[type[BaseModel], str]]] = {
    READ_TICKET: (
        KeyWanted,
        "Read a ticket: fields, status, requester, text, names of attached files, and what may be set now.",
    ),
    READ_CONVERSATION: (KeyWanted, "Read what was said on a ticket, internal notes included, newest last."),
    SEARCH_PAST: (
        WordsWanted,
        "Search solved tickets for words: how the like was decided and answered before.",
    ),
    OPEN_LIKE_THIS: (
        NothingWanted,
        "List other open tickets that say the same as the one the conversation is about.",
    ),
}


@dataclass(frozen=True, slots=True)
class ReadTool:
    """One tool that reads."""

    tool: Tool
    wanted: type[BaseModel]
    source: Source | None = None
    lookup: Lookup | None = None


def read_tools(reach: Reach) -> dict[str, ReadTool]:
    """Return what can be read with, by the tool's name, sorted: the same every time for the same set-up."""
    found = {
        name: ReadTool(Tool(name, about, schema_of(wanted)), wanted)
        for name, (wanted, about) in _OWN.items()
        if name != OPEN_LIKE_THIS or reach.neighbours is not None
    }
    for source in reach.sources:
        for lookup in source.lookups.values():
            name = _NOT_A_NAME.sub("_", f"{source.name}_{lookup.name}")[:TOOL_NAME_CHARS_MAX]
            tool = Tool(name, lookup.about, schema_of(lookup.arguments))
            found.setdefault(name, ReadTool(tool, lookup.arguments, source, lookup))
    return dict(sorted(found.items()))


class Reader:
    """Reads for one run, each thing once."""

    def __init__(self, reach: Reach, person: SlackUserId, names: Pseudonyms) -> None:
        """Read for ``person``; ``names``: the placeholders of the conversation."""
        self._reach, self._person, self._names = reach, person, names
        self._seen: dict[TicketRef, Snapshot] = {}
        self._allowed: dict[TicketRef, Allowed] = {}
        self._met: dict[str, None] = {}

    @property
    def people_met(self) -> tuple[str, ...]:
        """Names that came up in this run, to be masked wherever they come up again."""
        return tuple(self._met)

    async def address_of(self, person: str) -> str:
        """Return the address of somebody of our workspace, by their Slack id. As :meth:`own_address`."""
        sight = self._reach.sight
        return await sight.address(SlackUserId(person)) if sight is not None else ""

    async def own_address(self) -> str:
        """Return the e-mail address of whoever asks; empty where that is not known. May raise ``Retry``."""
        sight = self._reach.sight
        return await sight.address(self._person) if sight is not None else ""

    def met(self, people: Iterable[Value]) -> None:
        """Remember the names of people a system has named."""
        self._met |= dict.fromkeys(Untrusted(each.label).line() for each in people)

    async def find(self, key: str) -> TicketRef | None:
        """Return the ticket people mean by ``key``; None if no system knows it or the person may not see it.

        Raises:
            Retry: a system is away, so nobody can tell.
        """
        away: Retry | None = None
        for connector in self._reach.connectors.values():
            try:
                ref = await connector.find(key)
                await self.snapshot(ref)
            except Reject:
                continue
            except Retry as error:
                away = error
                continue
            return ref
        if away is not None:
            raise away
        return None

    async def focus(self, ref: TicketRef) -> Focus | None:
        """Return ``ref`` as what a run is about; None if it cannot be read. Raises as :meth:`find`."""
        try:
            ticket = (await self.snapshot(ref)).ticket
        except Reject:
            return None
        return Focus(ref, ticket.key, ticket.queue)

    async def snapshot(self, ref: TicketRef) -> Snapshot:
        """Return the ticket as it was when this run first read it.

        Raises:
            Missing: it is gone, the person may not see it, or its system is not set up any more.
            Others as ``bot.ports.TicketReader.read``.
        """
        if ref not in self._seen:
            connector = self._reach.connectors.get(ref.connector)
            if connector is None:
                raise Missing(NOT_THERE)
            snapshot = await connector.read(ref)
            sight = self._reach.sight
            if sight is not None and not await sight.sees(self._person, snapshot.ticket):
                raise Missing(NOT_THERE)
            self._seen[ref] = snapshot
            self._met |= dict.fromkeys(names_of(snapshot))
        return self._seen[ref]

    async def allowed(self, ref: TicketRef) -> Allowed:
        """Return what may be set on it. Raises as :meth:`snapshot`."""
        if ref not in self._allowed:
            ticket = (await self.snapshot(ref)).ticket
            self._allowed[ref] = await self._reach.connectors[ref.connector].allowed(ticket)
        return self._allowed[ref]

    async def answer(
        self, tool: ReadTool, wanted: BaseModel, ground: Ground, turns: Sequence[Turn]
    ) -> Masked:
        """Return what ``tool`` finds, boxed.

        Raises:
            Wrong: not like this.
            Reject, Retry: what was asked refuses, or is away; see :meth:`refusal`.
        """
        match wanted:
            case KeyWanted():
                return await self._ticket(tool.tool.name, wanted.key, ground, turns)
            case WordsWanted() if tool.source is None:
                return await self._past(wanted.query, ground, turns)
            case NothingWanted() if tool.source is None:
                return await self._alike(ground)
            case _:
                return await self._look(tool, wanted, ground, turns)

    async def _ticket(self, tool: str, key: str, ground: Ground, turns: Sequence[Turn]) -> Masked:
        if not ground.may_read(key, turns):
            raise Wrong(
                "The person has not named that ticket, and no search of yours found it. Ask the person."
            )
        ref = await self._named(key, ground)
        snapshot = await self.snapshot(ref)
        mine = ground.focus is not None and ref == ground.focus.ref
        if tool == READ_CONVERSATION:
            text = conversation_text(snapshot)
        else:
            text = ticket_text(snapshot, await self.allowed(ref) if mine else None)
        origin = Origin(f"{ref.connector}:{ref.id}", snapshot.ticket.queue)
        return boxed(origin, self._names.mask(text, restorable=mine, names=names_of(snapshot)))

    async def _named(self, key: str, ground: Ground) -> TicketRef:
        if ground.focus is not None and key.upper() == ground.focus.key.upper():
            return ground.focus.ref
        ref = await self.find(key)
        if ref is None:
            raise Missing(NOT_THERE)
        return ref

    def _goes_along(self, place: tuple[str, str], ground: Ground, turns: Sequence[Turn]) -> bool:
        """Whether a text of ``place`` may be shown to the model that reads this conversation."""
        mine = [ground.focus.origin.place] if ground.focus is not None else []
        return self._reach.together([*mine, *residences(turns), place])

    async def _past(self, words: str, ground: Ground, turns: Sequence[Turn]) -> Masked:
        beside = await self._beside(ground)
        if beside is None:
            raise Wrong("There is no ticket to search beside. Ask the person for the key of one.")
        connector = self._reach.connectors[beside.ref.connector]
        asked = replace(beside, summary=Untrusted(words), description=Untrusted(""))
        alike = await connector.similar(asked, CANDIDATES_MAX)
        may = {each.queue: self._goes_along((connector.name, each.queue), ground, turns) for each in alike}
        found = await self._shown(connector, [each for each in alike if may[each.queue]])
        text = self._names.mask(past_text(found), restorable=False)
        keys = [each.key for each in found]
        # One box a queue, so that residency is known of each; almost always there is one queue.
        queues = sorted({each.queue for each in found}) or [beside.queue]
        if len(queues) == 1:
            return boxed(Origin(f"past:{connector.name}", queues[0]), text, keys)
        parts = [self._past_of(connector, found, queue) for queue in queues]
        return Masked("\n".join(parts))

    def _past_of(self, connector: Connector, found: Sequence[PastTicket], queue: str) -> Masked:
        mine = [each for each in found if each.queue == queue]
        text = self._names.mask(past_text(mine), restorable=False)
        return boxed(Origin(f"past:{connector.name}", queue), text, [each.key for each in mine])

    async def _beside(self, ground: Ground) -> Ticket | None:
        """Return a ticket whose queue is searched: the one in hand, or the one that changed last anywhere."""
        if ground.focus is not None:
            return (await self.snapshot(ground.focus.ref)).ticket
        since = self._reach.clock.now() - LOOK_BACK
        for connector in self._reach.connectors.values():
            touched = await connector.changed_since(since, 1)
            for each in touched:
                try:
                    return (await self.snapshot(each.ref)).ticket
                except Reject:
                    continue
        return None

    async def _shown(self, connector: Connector, past: Sequence[PastTicket]) -> list[PastTicket]:
        """Return the best of ``past`` that the person may see."""
        best = list(past[:PAST_MAX])
        if self._reach.sight is None:
            return best
        seen = await asyncio.gather(*(self._sees(connector, each.key) for each in best))
        return [each for each, ok in zip(best, seen, strict=True) if ok]

    async def _sees(self, connector: Connector, key: str) -> bool:
        try:
            await self.snapshot(await connector.find(key))
        except Reject:
            return False
        return True

    async def _alike(self, ground: Ground) -> Masked:
        if ground.focus is None or self._reach.neighbours is None:
            raise Wrong("The conversation is about no ticket yet. Ask the person for a key.")
        found = await self.alike(ground.focus.ref)
        keys = [each.key for each in found.same] + ([found.part_of.key] if found.part_of else [])
        text = self._names.mask(alike_text(found), restorable=False)
        return boxed(Origin(f"past:{ground.focus.ref.connector}", ground.focus.queue), text, keys)

    async def alike(self, ref: TicketRef) -> Alike:
        """Return what else is open, alike, and the person may see. Raises as :meth:`snapshot`."""
        if self._reach.neighbours is None:
            return Alike()
        connector = self._reach.connectors[ref.connector]
        alike = await self._reach.neighbours.of(await self.snapshot(ref))
        same = tuple([each for each in alike.same if await self._sees(connector, each.key)])
        part = alike.part_of
        if part is not None and not await self._sees(connector, part.key):
            part = None
        return replace(alike, same=same, part_of=part)

    async def solved_like(self, ticket: Ticket) -> list[PastTicket]:
        """Return solved tickets, most alike first, that the person may see.

        Raises:
            Retry, Reject: as ``bot.ports.Connector.similar``.
        """
        connector = self._reach.connectors[ticket.ref.connector]
        found = await connector.similar(ticket, CANDIDATES_MAX)
        return await self._shown(connector, nearest(ticket, found))

    async def _look(self, tool: ReadTool, wanted: BaseModel, ground: Ground, turns: Sequence[Turn]) -> Masked:
        assert tool.source is not None, "what is not of ours is of a source"
        assert tool.lookup is not None, "and a source is asked by one of its lookups"
        if not self._goes_along((tool.source.name, NO_QUEUE), ground, turns):
            raise Wrong("What that source says may not be read in this conversation. Go on without it.")
        passages = await tool.source.look(tool.lookup.name, wanted)
        return boxed(Origin(f"source:{tool.source.name}"), self._names.mask(passages_text(passages)))

    def refusal(self, error: Reject | Retry, tool: ReadTool) -> Masked:
        """Return what a model is told of a tool that failed; words that are not ours come boxed."""
        match error:
            case Wrong():
                return Masked(str(error))
            case Retry():
                return Masked("That system is busy or away just now. Say so; do not try again in this turn.")
            case Missing():
                return Masked(NOT_THERE)
            case Forbidden():
                return Masked("The bot's account may not look there. Say so.")
            case Refused() if tool.source is not None:
                words = self._names.mask(Untrusted(Untrusted(str(error)).line(REFUSAL_CHARS_MAX)))
                return boxed(Origin(f"source:{tool.source.name}"), words)
            case _:
                return Masked("That is refused. Ask for something else.")
