"""Where a ticket lives, as far as it decides which request a change comes down to.

Actions are pure and see a ticket only; so the reader leaves this with the ticket's fields, under a name that
no Jira field can have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bot.core.tickets import FieldValue, Ticket, Value

FIELD: Final = "countersign.place"

Kind: TypeAlias = Literal["request", "desk", "project"]


@dataclass(frozen=True, slots=True)
class Place:
    """One kind of home for a ticket."""

    cloud: bool
    """Cloud names people by ``accountId``, Data Center by ``name``."""
    kind: Kind
    """``request``: the service desk API knows it; ``desk``: in a service project, but no request (made by an
    agent without a request type); ``project``: there is no customer portal at all."""

    @property
    def has_portal(self) -> bool:
        """Whether a customer could read what is not marked internal."""
        return self.kind != "project"

    def values(self) -> FieldValue:
        """Return it as a ticket carries it."""
        return (Value("cloud" if self.cloud else "dc", ""), Value(self.kind, ""))


def place_of(ticket: Ticket) -> Place:
    """Read it back. A ticket without it was not read by this connector."""
    site, kind = (value.id for value in ticket.fields[FIELD])
    kinds: dict[str, Kind] = {"request": "request", "desk": "desk", "project": "project"}
    return Place(cloud=site == "cloud", kind=kinds[kind])
