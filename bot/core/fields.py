"""Which of a ticket's fields people know, and what they call them. Pure.

Fields that name other tickets are none of them: whoever may see a ticket may not see all it is linked to.
"""

from __future__ import annotations

from typing import Final

from bot.core.tickets import FieldValue, Ticket
from bot.core.words import CATALOGUE, say

TOLD_APART: Final = frozenset({"status", "state"})
"""Fields that say again what ``Ticket.status`` says."""
TELLS_EMPTY: Final = frozenset({"assignee", "assigned_to", "assignment_group", "priority"})
"""Fields that say something by being empty."""


def fields_told(ticket: Ticket, language: str) -> list[tuple[str, FieldValue]]:
    """Return label and value of the fields we have a word for; the others are a system's own affair."""
    found: list[tuple[str, FieldValue]] = []
    for name, value in ticket.fields.items():
        key = f"itsm.field.{name}"
        if name not in TOLD_APART and key in CATALOGUE and (value or name in TELLS_EMPTY):
            found.append((say(language, key), value))
    return found
