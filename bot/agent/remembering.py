"""What a conversation may still be reminded of: nothing of a ticket that the person may not see by now."""

from __future__ import annotations

import asyncio
from typing import Final

from bot.agent.reading import Reader
from bot.core.runs import Memory
from bot.core.tickets import TicketRef

FORGOTTEN: Final = "agent.note.forgotten"
"""Told once, so that nobody wonders why the thread begins again."""
_NO_TICKETS: Final = frozenset({"source", "past"})
"""How origins begin that are no ticket: what a search found is a few lines of each, and was held against the
person when it was found."""


async def reminded(memory: Memory, reader: Reader) -> Memory:
    """Return ``memory``, or an empty one: the bot's own answers told of what it read, so all of it goes.

    Raises:
        Retry: a ticket system is away, so nobody can tell.
    """
    named = (name.partition(":") for name in memory.read)
    refs = [TicketRef(system, ident) for system, _, ident in named if system not in _NO_TICKETS]
    seen = await asyncio.gather(*(reader.focus(ref) for ref in refs))
    return memory if all(seen) else Memory(focus=memory.focus)
