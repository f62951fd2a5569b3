"""What is learned from and what is measured: by time, and no ticket with a copy on the other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.brain.lessons import Lesson
from bot.brain.measure.alike import near_copies

NEWEST: Final = 0.2
"""Share of the tickets that is measured: as if the brain had been switched on that long ago."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Past tickets in two parts, each oldest first."""

    training: tuple[Lesson, ...]
    measured: tuple[Lesson, ...]
    copies: frozenset[int] = frozenset()
    """Places in ``measured`` of tickets that read like one of ``training``."""
    moved: int = 0
    """Such tickets that were moved to ``training``."""
    is_given: bool = False
    """Somebody else made the parts."""


def in_order(lessons: Sequence[Lesson]) -> list[Lesson]:
    """Return the lessons oldest first; those without a time come before all others, as they came."""
    return sorted(lessons, key=lambda lesson: lesson.at)


def by_time(lessons: Sequence[Lesson], *, newest: float = NEWEST) -> Parts:
    """Measure the newest tickets; near-copies of older ones go to the training part, whatever their age."""
    ordered = in_order(lessons)
    count = min(max(round(newest * len(ordered)), 1), len(ordered))
    older, newer = ordered[: len(ordered) - count], ordered[len(ordered) - count :]
    copies = near_copies([each.text for each in older], [each.text for each in newer])
    return Parts(
        training=(*older, *(newer[place] for place in sorted(copies))),
        measured=tuple(each for place, each in enumerate(newer) if place not in copies),
        moved=len(copies),
    )


def as_given(training: Sequence[Lesson], measured: Sequence[Lesson]) -> Parts:
    """Keep two parts as somebody made them; copies across them are named, to be left out of a figure."""
    older, newer = in_order(training), in_order(measured)
    copies = near_copies([each.text for each in older], [each.text for each in newer])
    return Parts(tuple(older), tuple(newer), frozenset(copies), is_given=True)
