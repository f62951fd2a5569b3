"""The hole in the wall for making tickets: what a system offers to whoever fills in a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from bot.core.creation import CreationForm
from bot.core.tickets import Value


@runtime_checkable
class Creator(Protocol):
    """A connector in whose system tickets may be made: its verb ``create`` does it, these say with what.

    ``read`` of such a connector takes the id of a ticket that is still to be made, see
    ``bot.core.creation``: it looks for it, and returns a blank snapshot where it is not there.
    """

    async def queues(self) -> tuple[Value, ...]:
        """Return where tickets may be made, by name. Raises as ``TicketReader.read``."""
        ...

    async def creation(self, queue: str, kind: str, picks: Mapping[str, str]) -> CreationForm:
        """Return what a ticket of type ``kind`` may be made with in ``queue``, as it is now.

        ``kind``: the type's id; empty, or one that is not there any more: the first. ``picks``: field to
        value, chosen so far, for fields that are narrowed by others.

        Raises:
            Missing: no such queue, or nothing may be made there. Others as ``TicketReader.read``.
        """
        ...

    async def requester(self, email: str) -> Value | None:
        """Return the one account with that address; None: there is none, or nobody can tell.

        Raises as ``TicketReader.read``.
        """
        ...
