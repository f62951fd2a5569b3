"""The hole in the wall for addresses: which page a ticket has, and which ticket a page."""

from __future__ import annotations

from typing import Protocol


class Linked(Protocol):
    """A system whose tickets have pages. Asks nobody."""

    @property
    def home(self) -> str:
        """Where people open its tickets: the address that theirs begin with."""
        ...

    def key_of(self, url: str) -> str:
        """Return the key of the ticket whose page ``url`` is; empty: none of this system's."""
        ...
