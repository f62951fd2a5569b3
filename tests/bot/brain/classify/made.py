"""Tickets made up so that it is known how often anybody could be right about them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.brain.lessons import FieldSpec, Lesson
from bot.core.tickets import Value

GROUP, TEAM = FieldSpec("group"), FieldSpec("team", depends_on="group")
GROUPS = tuple(Value(f"{n}00", f"Group {n}") for n in range(5))
COMMON = tuple(f"word{n}" for n in range(400))
WORDS = 14


def tickets(count: int, *, noise: float = 0.1, vague: float = 0.2, seed: int = 1) -> list[Lesson]:
    """Return lessons of five groups, each with three teams, and words of its own among common ones.

    A share ``vague`` of the texts holds common words alone: of these, a guess is right one time in five. A
    share ``noise`` of all labels is drawn anew. So the best that anybody can do for the rest is
    (1 - vague) * (1 - noise * 4 / 5), and a fifth of the vague ones.
    """
    draw = np.random.default_rng(seed)
    found: list[Lesson] = []
    for number in range(count):
        group, team = int(draw.integers(5)), int(draw.integers(3))
        shares = [COMMON[int(place)] for place in draw.integers(len(COMMON), size=WORDS)]
        if draw.random() >= vague:
            shares[:4] = [f"group{group}x{int(place)}" for place in draw.integers(30, size=4)]
            shares[4:7] = [f"team{group}y{team}z{int(place)}" for place in draw.integers(20, size=3)]
        order = draw.permutation(WORDS)
        label = int(draw.integers(5)) if draw.random() < noise else group
        values = {"group": GROUPS[label], "team": Value(f"{label}-{team}", f"Team {label} {team}")}
        found.append(Lesson(f"T-{number}", " ".join(shares[int(place)] for place in order), values))
    return found


def best_accuracy(noise: float = 0.1, vague: float = 0.2) -> float:
    """Return how often the best possible guess at a group is right."""
    return (1 - vague) * (1 - noise * 4 / 5) + vague / 5


def group_of(lessons: Sequence[Lesson]) -> list[Value]:
    """Return what is right for each."""
    return [each.values["group"] for each in lessons]
