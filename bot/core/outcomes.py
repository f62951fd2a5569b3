"""What became of a suggestion: the evidence by which brains are measured, and from which they learn."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from bot.core.tickets import Value


class How(enum.Enum):
    """Who or what has shown whether a suggestion was right."""

    APPROVED = "approved"
    """A person agreed, and it was done as suggested."""
    EDITED = "edited"
    """A person made another value of it."""
    REJECTED = "rejected"
    """A person said no; what would have been right is not known."""
    CLOSED = "closed"
    """The ticket was closed with this value: the last word of the people who worked on it."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A value a skill held for right, whether anybody was shown it or not."""

    skill: str
    field: str
    value: Value
    confidence: float
    """0 to 1, as it was said then."""
    proposed: bool = True
    """It was sure enough to be put on a card, where the mode has cards; what it was torn between is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One guess on one ticket, and what turned out. A later one replaces an earlier one."""

    guess: Guess
    queue: str
    how: How
    actual: Value | None
    """What the field held in the end; None where that is not known, or it held nothing or several."""
    at: datetime
    by: str = ""
    """Who decided, as the audit names them; empty where nobody in particular did."""

    @property
    def right(self) -> bool:
        """Whether the guess was what it turned out to be."""
        return self.actual is not None and is_same(self.guess.value, self.actual)


def is_same(one: Value, other: Value) -> bool:
    """Whether two values mean the same: one id, or one label where a system has only those."""
    return one.id == other.id or one.label.casefold() == other.label.casefold()
