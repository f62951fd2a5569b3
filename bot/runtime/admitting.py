"""Who may ask for what, and be shown what: the port that errands ask before anything is read or told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from approvals.clicks import Person
from bot.core.alike import Elsewhere
from bot.core.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Unheard:
    """Why somebody who asked on a ticket is not heard."""

    key: str
    """Of the catalogue, without gaps."""
    person: Person | None
    """Who that is in Slack, to be told there alone; None: nobody can tell."""


class Admits(Protocol):
    """Says who may ask for what. All may raise ``Retry``: whoever has to be asked is away."""

    async def refusal(self, by: Person, skill: str, ticket: Ticket | None) -> str:
        """Return why ``by`` may not ask in Slack, as a key of the catalogue without gaps; empty: they may.

        ``ticket`` None: before any is read, whether there could be one.
        """
        ...

    async def unheard(self, account: str, skill: str, ticket: Ticket) -> Unheard | None:
        """Return why the vendor's ``account`` may not ask by a comment on ``ticket``; None: it may."""
        ...

    async def visible(self, by: Person, skill: str, others: Sequence[Elsewhere]) -> frozenset[Elsewhere]:
        """Return which ``others``, best first, ``by`` may be shown in an answer; the rest is left out."""
        ...
