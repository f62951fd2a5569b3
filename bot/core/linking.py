"""Which tickets one is linked to, and which verbs add a link to those there are."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel

from bot.core.arguments import LinkArguments
from bot.core.tickets import Ticket

LINK: Final = "link"
"""The verb, whatever the system."""
LISTS: Final = ("issuelinks", "parent_incident")
"""Fields that name other tickets, where a system has them: the key is a word of each value's label."""


def is_linked(ticket: Ticket, key: str) -> bool:
    """Whether ``ticket`` names the ticket ``key`` as one that it belongs with, in whatever way."""
    return any(key in value.label.split() for name in LISTS for value in ticket.fields.get(name, ()))


def adds_up(arguments: type[BaseModel]) -> bool:
    """Whether a verb that takes ``arguments`` links one ticket to many; else a link ends the one before."""
    return issubclass(arguments, LinkArguments)
