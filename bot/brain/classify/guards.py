"""Whose word counts how much: nobody teaches by repetition, nobody teaches more than their share."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.brain.classify.terms import Codes
from bot.brain.classify.votes import Places
from bot.brain.lessons import Lesson

PERSON_DAY_MAX = 20
"""Lessons of one person closed on one day: more are a script's, or a flood."""
PERSON_SHARE_MAX = 0.1
"""Of a field's lessons: what any one person's together weigh at most..."""
PERSON_MIN = 20
"""...but never less than so many, or a small desk's one requester would teach nothing."""
COPIES_MAX = 20
"""Copies of one text with one value that are judged: a flood moves no threshold."""
FOLDS, FOLDS_FEWER = 10, 5
"""Parts of the lessons, of which each is once judged by the others. The more parts, the less is missed by
leaving one out: with five, confidence came out half a point too low."""
MUCH = 400_000
"""Lessons times classes that are much: from there on a fit with ten parts takes too long."""
MANY = 40_000
"""Lessons that are many: the same for few classes, and leaving out a fifth of so many misses little."""

Weights = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]


def word_sets(singles: Sequence[Codes]) -> list[str]:
    """Return a name for each text's set of words: the same for copies, whatever their order."""
    return [hashlib.sha256(np.unique(codes).tobytes()).hexdigest()[:16] for codes in singles]


def folds(sets: Sequence[str], classes: int) -> Places:
    """Return each lesson's part by its words: copies are never judged by each other."""
    parts = FOLDS if len(sets) <= MANY and len(sets) * classes <= MUCH else FOLDS_FEWER
    return np.array([int(name, 16) % parts for name in sets], dtype=np.int32)


def newest_first(lessons: Sequence[Lesson]) -> list[int]:
    """Return the lessons' places, the last closed first, those without a date last and backwards."""
    return sorted(range(len(lessons)), key=lambda place: (lessons[place].at, place), reverse=True)


def votes_of(lessons: Sequence[Lesson], labels: Places, sets: Sequence[str]) -> tuple[Weights, Truth]:
    """Return what each lesson weighs for one field, and which count when it is judged.

    One vote for the same words and the same value; twenty for a person and a day; and a
    person's votes together at most a tenth of all. Copies that may not teach are judged all the same: what
    comes every day will come again, and a confidence is a promise about what comes.
    """
    weights, judged = np.zeros(len(lessons)), np.zeros(len(lessons), dtype=np.bool_)
    first, copies, days = dict[tuple[str, int], int](), Counter[tuple[str, int]](), Counter[tuple[str, str]]()
    for place in newest_first(lessons):
        lesson, label = lessons[place], int(labels[place])
        day, copy = (lesson.person, lesson.at[:10]), (sets[place], label)
        if label < 0 or lesson.weight <= 0 or copies[copy] >= COPIES_MAX or _too_many(days[day], lesson):
            continue
        copies[copy] += 1
        days[day] += 1
        judged[place] = True
        taught = first.setdefault(copy, place)
        weights[taught] = max(weights[taught], min(lesson.weight, 1.0))
    return _capped(lessons, weights), judged


def _too_many(so_far: int, lesson: Lesson) -> bool:
    return bool(lesson.person and lesson.at) and so_far >= PERSON_DAY_MAX


def _capped(lessons: Sequence[Lesson], weights: Weights) -> Weights:
    share = max(PERSON_MIN, PERSON_SHARE_MAX * float(weights.sum()))
    taught: dict[str, float] = {}
    for lesson, weight in zip(lessons, weights.tolist(), strict=True):
        if lesson.person:
            taught[lesson.person] = taught.get(lesson.person, 0.0) + weight
    scale = [min(1.0, share / taught[each.person]) if taught.get(each.person) else 1.0 for each in lessons]
    return np.asarray(weights * np.array(scale))
