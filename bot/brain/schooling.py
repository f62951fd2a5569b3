"""From what is remembered to a classifier on the shelf: which fields, what narrows what, one fit of all."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bot.brain import drafts
from bot.brain.candidates import loss
from bot.brain.classify import Fitted, Votes, fit
from bot.brain.classify.shelf import Shelf
from bot.brain.corrections import NEWEST
from bot.brain.history import History
from bot.brain.lessons import FieldSpec, Lesson
from bot.brain.semantic.embedder import open_embedder
from bot.brain.semantic.neighbours import NeighbourVotes
from bot.core.errors import Misconfigured, Retry

TARGET: Final = 0.95
"""How often a value shown alone has to be right."""
NEVER_LEARNED: Final = frozenset({"priority"})
"""It follows from urgency and impact by a table in the configuration."""
PURITY_MIN: Final = 0.98
"""Share of the lessons whose value stands below one value of the other field: the rest are slips."""
SHARE_MAX: Final = 0.9
"""Of a field's commonest value: where nearly all tickets have it, anything seems to stand below it."""
PAIRS_MIN: Final = 100
"""Lessons with both fields before one is said to narrow the other."""
SEEN_MIN: Final = 5
"""Lessons of a value before it says anything about where it stands."""
COVERED_MIN: Final = 0.5
"""Share of lessons whose value another one has too; below it a field is free text, or a number."""
AWAY_S: Final = 60.0
"""Before a fit that was ended from outside is tried again."""


@dataclass(frozen=True, slots=True)
class Refitted:
    """What came of a fit."""

    version: int | None
    """On the shelf; None: nothing could be taught, and whatever was there stays."""
    lessons: int
    fields: Mapping[str, Any]
    """By field, how it did on lessons it was not taught, as plain JSON."""
    kept: str = ""
    """Why the one in use stays although another could be fitted."""


def second_opinion(data: Path) -> Votes | None:
    """Return sentence vectors' votes, to be taught, where their model is; None where words have to do.

    Raises:
        Misconfigured: the model's file is damaged.
    """
    embedder = open_embedder(data)
    return NeighbourVotes(embedder) if embedder is not None else None


def shelf_in(data: Path) -> Shelf:
    """Return the shelf in the data directory."""
    return Shelf(data / "classifiers")


def refit(
    history: History, shelf: Shelf, connector: str, target: float = TARGET, votes: Votes | None = None
) -> Refitted:
    """Learn all there is for ``connector`` and put it on the shelf; up to half a minute of one core.

    Where one is in use, a trial comes first, and twice the time: what would be worse is not put in its place.

    Raises:
        Misconfigured: the history does not read, or the shelf cannot be written.
    """
    lessons = history.lessons(connector)

    def fitted_to(taught: Sequence[Lesson]) -> Fitted:
        return fit(taught, specs(taught), target=target, votes=votes)

    used = shelf.current(connector)
    kept = loss(Fitted.from_bytes(used[1]), lessons, fitted_to) if used is not None else ""
    if kept:
        return Refitted(None, len(lessons), {}, kept)
    fitted = fitted_to(lessons)
    standings = {name: asdict(standing) for name, standing in fitted.standings.items()}
    if not standings:
        return Refitted(None, len(lessons), {})
    proven = drafts.proof(history.load(connector))
    notes: dict[str, Any] = {
        "lessons": len(lessons),
        "target": target,
        "fields": standings,
        drafts.NOTE: proven,
    }
    notes[NEWEST] = max((lesson.at for lesson in lessons), default="")
    return Refitted(shelf.put(connector, fitted.to_bytes(), notes), len(lessons), standings)


async def refit_apart(data: Path, connector: str) -> None:
    """Do :func:`refit` in a process of its own, beside a running bot; it has the result on the shelf then.

    Raises:
        Misconfigured: as :func:`refit`, in its words. Retry: it was ended from outside.
    """
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "learn", "--refit", "--connector", connector, "--json"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "COUNTERSIGN_DATA": str(data)},
    )
    try:
        _, told = await run.communicate()
    except asyncio.CancelledError:
        run.kill()
        await run.wait()
        raise
    if run.returncode == 1:
        raise Misconfigured(told.decode("utf-8", "replace").strip().removeprefix("countersign: "))
    if run.returncode:
        raise Retry(f"the fit for {connector} was ended from outside ({run.returncode})", after_s=AWAY_S)


def specs(lessons: Sequence[Lesson]) -> list[FieldSpec]:
    """Return which fields can be learned, by name, and which other field narrows each.

    A subcategory stands below a category when nearly all its values occur with one category each. Of several
    such fields the one with most values is taken: the nearest above.
    """
    counts: dict[str, Counter[str]] = {}
    for lesson in lessons:
        for name, value in lesson.values.items():
            counts.setdefault(name, Counter())[value.id] += 1
    names = sorted(
        name for name, found in counts.items() if name not in NEVER_LEARNED and _is_learnable(found)
    )
    above = {
        name: [other for other in names if _stands_below(name, other, counts, lessons)] for name in names
    }
    return [
        FieldSpec(name, max(above[name], key=lambda other: (len(counts[other]), other), default=""))
        for name in names
    ]


def _is_learnable(found: Counter[str]) -> bool:
    """Whether there is anything to tell apart: two values, and most tickets share theirs with another one."""
    shared = sum(count for count in found.values() if count > 1)
    return len(found) > 1 and shared >= COVERED_MIN * found.total()


def _stands_below(
    name: str, other: str, counts: Mapping[str, Counter[str]], lessons: Sequence[Lesson]
) -> bool:
    if not 1 < len(counts[other]) < len(counts[name]):
        return False  # also keeps two fields from standing below each other
    together: dict[str, Counter[str]] = {}
    for lesson in lessons:
        if name in lesson.values and other in lesson.values:
            together.setdefault(lesson.values[name].id, Counter())[lesson.values[other].id] += 1
    pairs = sum(found.total() for found in together.values())
    telling = [found for found in together.values() if found.total() >= SEEN_MIN]
    told = sum(found.total() for found in telling)
    if pairs < PAIRS_MIN or told < COVERED_MIN * pairs:
        return False
    overall: Counter[str] = Counter()
    for found in telling:
        overall.update(found)
    purity = sum(max(found.values()) for found in telling) / told
    return purity >= PURITY_MIN and max(overall.values()) <= SHARE_MAX * told
