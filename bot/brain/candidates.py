"""Whether it is time for another fit, and whether what came of it may replace the one in use."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bot.brain.classify import Fitted
from bot.brain.lessons import Asked, Lesson
from bot.core.outcomes import is_same

FIRST_MIN: Final = 500
"""Before the first fit that nobody asked for: with fewer, the votes of neighbours say as much."""
LESSONS_MIN: Final = 300
"""As many as a field needs before anything is said about it."""
NEWEST: Final = 500
"""Lessons by which a candidate is held against the one in use; the candidate was not taught them."""
WORSE_MAX: Final = 0.01
"""Share of these that a candidate may get wrong more often, all values taken together."""
CLASS_WORSE_MAX: Final = 0.05
"""The same for one value that at least ``CLASS_MIN`` of them have."""
CLASS_MIN: Final = 30
LUCK: Final = 2.0
"""Standard deviations of chance that a loss must exceed as well."""
NEW_MIN: Final = 250
"""Lessons more than at the last fit, or a fiftieth of them, before the next one is worth its seconds."""
NEW_SHARE: Final = 0.02


def is_due(lessons: int, notes: Mapping[str, Any]) -> bool:
    """Whether so many lessons are worth another fit; ``notes``: of the version in use, empty without one."""
    before = int(notes.get("lessons", 0))
    return lessons >= FIRST_MIN and (not before or lessons - before >= max(NEW_MIN, before * NEW_SHARE))


def loss(present: Fitted, lessons: Sequence[Lesson], fit: Callable[[Sequence[Lesson]], Fitted]) -> str:
    """Return why what ``lessons`` teach would be worse than ``present``; empty when it would not.

    Oldest first. A trial is fitted on all but the newest, and both are asked about these: a flood of wrong
    lessons spoils the trial and shows. Too few lessons for a trial: there is nothing to say against them.
    """
    older, newest = lessons[:-NEWEST], lessons[-NEWEST:]
    if len(older) < LESSONS_MIN:
        return ""
    trial = fit(older)
    for name in sorted(present.standings.keys() & trial.standings.keys()):
        worse = worse_at(name, present, trial, newest)
        if worse:
            return worse
    return ""


def worse_at(name: str, present: Fitted, trial: Fitted, newest: Sequence[Lesson]) -> str:
    """Compare both on lessons that have the field: value by value, and all of them together.

    Returns what ``trial`` is worse at, as the end of a sentence; empty when at nothing.
    """
    known = [lesson for lesson in newest if name in lesson.values]
    before, after = (_right(each, name, known) for each in (present, trial))
    places: dict[str, list[int]] = {}
    for place, lesson in enumerate(known):
        places.setdefault(lesson.values[name].label, []).append(place)
    for label, at in sorted(places.items()):
        mine, theirs = [before[place] for place in at], [after[place] for place in at]
        if len(at) >= CLASS_MIN and _lost(mine, theirs, CLASS_WORSE_MAX):
            return f"{name} would be right less often about {label}"
    return f"{name} would be right less often" if _lost(before, after, WORSE_MAX) else ""


def _right(fitted: Fitted, name: str, lessons: Sequence[Lesson]) -> list[bool]:
    found = fitted.predict_all([Asked(lesson.text) for lesson in lessons])
    return [
        bool(each[name].ranked) and is_same(each[name].ranked[0][0], lesson.values[name])
        for each, lesson in zip(found, lessons, strict=True)
    ]


def _lost(before: Sequence[bool], after: Sequence[bool], share_max: float) -> bool:
    """Whether more got worse than got better, beyond what is forgiven and beyond luck."""
    worse = sum(was and not now for was, now in zip(before, after, strict=True))
    better = sum(now and not was for was, now in zip(before, after, strict=True))
    return worse - better > max(share_max * len(before), LUCK * math.sqrt(worse + better))
