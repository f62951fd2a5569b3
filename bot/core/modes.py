"""How far the bot may go, and where."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Mode(enum.Enum):
    """Off < shadow < suggest < approve < auto. A mode never widens what a rule permits."""

    OFF = "off"
    SHADOW = "shadow"
    """Thinks and records; shows nobody."""
    SUGGEST = "suggest"
    """Posts the internal note."""
    APPROVE = "approve"
    """Also puts proposals on cards."""
    AUTO = "auto"
    """Executes what a rule allows and asks for the rest."""

    @property
    def rank(self) -> int:
        """0 for off, 4 for auto."""
        return list(Mode).index(self)

    def reaches(self, other: Mode) -> bool:
        """Whether this mode includes what ``other`` does."""
        return self.rank >= other.rank


@dataclass(frozen=True, slots=True)
class ModeRule:
    """One row of ``modes:``; an empty field matches anything."""

    mode: Mode
    connector: str = ""
    queue: str = ""
    skill: str = ""


def mode_for(rules: tuple[ModeRule, ...], *, connector: str, queue: str, skill: str) -> Mode:
    """Return the mode of the first row that matches; suggest when none does."""
    for rule in rules:
        wanted = ((rule.connector, connector), (rule.queue, queue), (rule.skill, skill))
        if all(not want or want == have for want, have in wanted):
            return rule.mode
    return Mode.SUGGEST
