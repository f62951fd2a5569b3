"""What the world, the dossier and the audit say about one ticket, so that two of them can be compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.audit import Record

OPERATION: Final = re.compile(r"CS-[0-9A-F]{12}")
OTHERS: Final = re.compile(r"\n*[^\n]*Same as an open ticket\?.*Words in common:[^\n]*", re.DOTALL)
"""What a note asks about the tickets that happened to be open beside this one."""
RECLAIMED: Final = "proposal.reclaimed"
DETOURS: Final = (
    (re.compile(rf"proposal\.executing( {RECLAIMED})+"), "proposal.executing"),
    # Looked for, not there, sent again; then looked for, and there.
    (re.compile(r"write\.started proposal\.uncertain proposal\.executing write\.started"), "write.started"),
    (re.compile(r"proposal\.uncertain proposal\.executed"), "proposal.executed"),
)


@dataclass(frozen=True)
class Picture:
    """All that the world, the dossier and the audit say about one ticket."""

    notes: tuple[str, ...]
    public: tuple[str, ...]
    value: str
    writes: int
    """Requests that set the field."""
    cards: tuple[tuple[str, ...], ...]
    """The buttons of each card."""
    held: tuple[tuple[str, str], ...]
    """The dossier's proposals, each with its status."""
    trail: tuple[str, ...]
    """What the audit says about the proposal people were asked for, in order, without detours."""
    noted: tuple[tuple[str, ...], ...]
    """The same about each note."""
    heard: Counter[str]
    """What it says about the ticket itself."""


def alone(note: str) -> str:
    """Return ``note`` as it would be were this the only ticket, and without the number of its operation."""
    return OTHERS.sub("", OPERATION.sub("CS-*", note))


def straight(trail: tuple[str, ...]) -> tuple[str, ...]:
    """Take the detours out of a trail that a kill may add and that end where the straight way does."""
    words = " ".join(trail)
    for detour, instead in DETOURS:
        words = detour.sub(instead, words)
    return tuple(words.split())


def trail_of(records: Sequence[Record], *proposals: str) -> tuple[str, ...]:
    """Return what ``records`` say about ``proposals``, in order."""
    return tuple(each.what for each in records if each.proposal in proposals)
