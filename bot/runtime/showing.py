"""What one person in Slack is shown of other tickets: those that they might ask about themselves.

It stands between a skill and whatever knows of other tickets, so that no skill has to think of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from approvals.clicks import Person
from bot.core.alike import Alike, Elsewhere
from bot.core.errors import Reject
from bot.core.judgement import Judgement, Question
from bot.core.tickets import Allowed, PastTicket, Snapshot, Ticket, TicketRef
from bot.ports import Connector, Desk, Model, Neighbours
from bot.runtime.admitting import Admits

LOCAL: Final = "local"
"""The brain that copies its draft from the one ticket it names; a model may use any that it was shown."""
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*-?[0-9]+")
"""What a draft was made of, where that is a ticket; an article goes by its title."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """Those of one person, beside one ticket."""

    admits: Admits
    by: Person
    skill: str
    connector: Connector
    ticket: Ticket

    def over(self, desk: Desk) -> Desk:
        """Return the same desk, with nothing on it that the person may not see."""
        return replace(
            desk,
            tickets=_Reads(self),
            model=_Judges(self, desk.model),
            neighbours=_Beside(self, desk.neighbours) if desk.neighbours is not None else None,
        )

    async def past(self, found: Sequence[PastTicket]) -> tuple[PastTicket, ...]:
        """Return those solved tickets that the person may see. May raise ``Retry``, as all of these."""
        seen = await self.see([(each.key, each.queue) for each in found])
        return tuple(each for each in found if each.key in seen)

    async def see(self, others: Sequence[tuple[str, str]]) -> frozenset[str]:
        """Return the keys that the person may see, of keys with their queues (empty: nobody knows)."""
        where = [Elsewhere(self.connector.name, key, queue) for key, queue in dict.fromkeys(others)]
        if not where:
            return frozenset()
        visible = await self.admits.visible(self.by, self.skill, where)
        return frozenset(each.key for each in visible)

    async def may_use(self, judgement: Judgement, visible: Sequence[PastTicket]) -> bool:
        """Whether nothing that the person may not see went into the draft."""
        if judgement.brain != LOCAL and len(visible) < len(judgement.similar):
            return False
        source = judgement.draft_source
        if not _KEY.fullmatch(source):
            return True
        known = {each.key: each.queue for each in judgement.similar}
        queue = known[source] if source in known else await self._queue_of(source)
        return source in await self.see([(source, queue)])

    async def _queue_of(self, key: str) -> str:
        """Return where a ticket is; empty where nobody can tell, also of one that was moved since."""
        try:
            found = (await self.connector.read(await self.connector.find(key))).ticket
        except Reject:
            return ""
        return found.queue if found.key == key and not found.restricted else ""


@dataclass(frozen=True, slots=True)
class _Reads:
    """Reads tickets. Solved ones of other queues are left out, however much the person may see."""

    eyes: Eyes

    async def read(self, ref: TicketRef) -> Snapshot:
        """Read a ticket."""
        return await self.eyes.connector.read(ref)

    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        """Read what may be set."""
        return await self.eyes.connector.allowed(ticket, steps=steps)

    async def similar(self, ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        """Search solved tickets of the same queue."""
        found = await self.eyes.connector.similar(ticket, limit)
        return await self.eyes.past([each for each in found if each.queue == self.eyes.ticket.queue])


@dataclass(frozen=True, slots=True)
class _Judges:
    """Asks a brain, which remembers tickets of its own."""

    eyes: Eyes
    model: Model

    async def judge(self, question: Question) -> Judgement:
        """Answer without what the person may not see; a draft that rests on it goes with it."""
        judgement = await self.model.judge(question)
        similar = await self.eyes.past(judgement.similar)
        if judgement.draft is not None and not await self.eyes.may_use(judgement, similar):
            judgement = replace(judgement, draft=None, draft_source="")
        return replace(judgement, similar=similar)


@dataclass(frozen=True, slots=True)
class _Beside:
    """Knows what else is open."""

    eyes: Eyes
    neighbours: Neighbours

    async def of(self, snapshot: Snapshot) -> Alike:
        """Return what is alike; a flood that began with a ticket they may not see is not told of."""
        alike, queue = await self.neighbours.of(snapshot), self.eyes.ticket.queue
        others = [(each.key, each.queue or queue) for each in alike.same]
        part = alike.part_of
        seen = await self.eyes.see([*others, *([(part.key, queue)] if part is not None else [])])
        return Alike(
            same=tuple(each for each in alike.same if each.key in seen),
            part_of=part if part is not None and part.key in seen else None,
        )
