"""Which field narrows which: found in the lessons, for nobody is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bot.brain.lessons import FieldSpec, Lesson
from bot.brain.measure.outcomes import plain

LESSONS_MIN: Final = 300
"""That have both fields; fewer agree by chance."""
GAIN_MIN: Final = 0.8
"""How much of what the commonest value of the parent gets wrong the child's value must put right."""
WIDER_MIN: Final = 2
"""A child has at least so many times the values of its parent."""
CLASSES_MAX: Final = 500
"""A field of more values is no child of anything: nearly every ticket has its own."""


def specs(lessons: Sequence[Lesson], fields: Sequence[str]) -> list[FieldSpec]:
    """Return the fields to learn, parents before children; of two possible parents, the finer."""
    sizes = {
        name: len({plain(each.values[name].label) for each in lessons if name in each.values})
        for name in fields
    }
    parents: dict[str, str] = {}
    for child in fields:
        candidates = [
            parent
            for parent in fields
            if sizes[parent] > 1 and WIDER_MIN * sizes[parent] <= sizes[child] <= CLASSES_MAX
        ]
        for parent in sorted(candidates, key=lambda name: (-sizes[name], name)):
            if _gain(lessons, parent, child) >= GAIN_MIN:
                parents[child] = parent
                break
    # A parent has fewer values than its child, so this order is one of parents before children.
    ordered = sorted(fields, key=lambda name: sizes[name])
    return [FieldSpec(name, parents.get(name, "")) for name in ordered]


def _gain(lessons: Sequence[Lesson], parent: str, child: str) -> float:
    pairs = Counter(
        (plain(each.values[child].label), plain(each.values[parent].label))
        for each in lessons
        if parent in each.values and child in each.values
    )
    total = pairs.total()
    if total < LESSONS_MIN:
        return 0.0
    alone: Counter[str] = Counter()
    best: Counter[str] = Counter()
    for (under, over), count in pairs.items():
        alone[over] += count
        best[under] = max(best[under], count)
    common = max(alone.values())
    return (best.total() - common) / (total - common) if total > common else 0.0
