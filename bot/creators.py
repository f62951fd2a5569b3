"""The hole in the wall for making tickets: what a system offers to whoever fills in a form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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

    async def creation(
        self, queue: str, kind: str, picks: Mapping[str, str], also: Collection[str] = ()
    ) -> CreationForm:
        """Return what a ticket of type ``kind`` may be made with in ``queue``, as it is now.

        ``kind``: the type's id; empty, or one that is not there any more: the first. ``picks``: field to
        value, chosen so far, for fields that are narrowed by others. ``also``: fields to ask for as if they
        were required, by name or label: the system has asked for them; what it does not know is left out.

        Raises:
            Missing: no such queue, or nothing may be made there. Others as ``TicketReader.read``.
        """
        ...

    async def searched(self, queue: str, field: str, words: str, limit: int) -> tuple[Value, ...]:
        """Return values of a field that is searched, by what was typed. Raises as ``TicketReader.read``."""
        ...

    async def named(self, queue: str, field: str, ids: Collection[str]) -> tuple[Value, ...]:
        """Return those of ``ids`` that such a field may have just now. Raises as ``TicketReader.read``."""
        ...

    def complaints(self, why: str) -> Mapping[str, str]:
        """Return what the system said of each field when it refused a ticket, out of a failure's words.

        By name or by label, whichever the system says, and under an empty name what it said of the whole;
        empty where it named no field.
        """
        ...

    async def requester(self, email: str) -> Value | None:
        """Return the one account with that address; None: there is none, or nobody can tell.

        Raises as ``TicketReader.read``.
        """
        ...
