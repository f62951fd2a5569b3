"""The classifier on made-up tickets of a desk's size: how long a fit takes, and how long one ticket.

Half of each text is words that a class prefers, half is everybody's, drawn as words are in a language: a few
often, most hardly ever. Figures for real tickets are `countersign eval`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter, process_time

import numpy as np

from bench.table import Row, middle, ms, percentile
from bot.brain.classify import Fitted, fit
from bot.brain.lessons import Asked, FieldSpec, Lesson
from bot.core.tickets import Value

CLASSES, WORDS, TEXT_WORDS = 8, 30_000, 45
FIELDS = (FieldSpec("category"), FieldSpec("subcategory", depends_on="category"))
LARGE, SMALL = 48_000, 10_000
FIT_S_MAX = {LARGE: 30.0, SMALL: 5.0}
ASK_P50_S, ASK_P99_S = 0.003, 0.010
ASKED = 1_000


async def run(*, quick: bool) -> list[Row]:
    """Fit 10,000 and 48,000 lessons and ask 1,000 tickets; ``quick``: 1,000 lessons of two fields."""
    return await asyncio.to_thread(_quick if quick else _whole)


def _quick() -> list[Row]:
    _, fitted = _fitted(1_000, FIELDS)
    return _asked(fitted, 100, 1_000)


def _whole() -> list[Row]:
    rows: list[Row] = []
    for count in (SMALL, LARGE):
        (wall, cpu), fitted = _fitted(count, FIELDS[:1])
        rows.append(
            Row(
                measure=f"fit {count:,} lessons of one field, with calibration",
                value=f"{wall:.1f} s",
                target=f"< {FIT_S_MAX[count]:.0f} s",
                ok=wall < FIT_S_MAX[count],
                dominates=f"the solver, once for each part left out; {cpu:.1f} s of processor time",
            )
        )
        rows += _asked(fitted, ASKED, count)
    return rows


def _fitted(count: int, fields: Sequence[FieldSpec]) -> tuple[tuple[float, float], Fitted]:
    lessons = _lessons(count, seed=1)
    wall, cpu = perf_counter(), process_time()
    fitted = fit(lessons, fields)
    return (perf_counter() - wall, process_time() - cpu), fitted


def _asked(fitted: Fitted, count: int, learned: int) -> list[Row]:
    taken: list[float] = []
    for lesson in _lessons(count, seed=2):
        began = perf_counter()
        fitted.predict(Asked(lesson.text))
        taken.append(perf_counter() - began)
    p50, p99 = middle(taken), percentile(taken, 99)
    size = len(fitted.to_bytes()) / 1e6
    name = f"one ticket after {learned:,} lessons"
    return [
        Row(
            measure=f"{name}, p50",
            value=ms(p50),
            target=f"< {ASK_P50_S * 1000:.0f} ms",
            ok=p50 < ASK_P50_S,
            dominates="numpy's own calls, some hundred of them",
        ),
        Row(
            measure=f"{name}, p99",
            value=ms(p99),
            target=f"< {ASK_P99_S * 1000:.0f} ms",
            ok=p99 < ASK_P99_S,
            dominates=f"what else the machine does; the file has {size:.1f} MB",
        ),
    ]


def _lessons(count: int, *, seed: int) -> list[Lesson]:
    """Return tickets whose class shows in half of their words; one label in ten is another's."""
    draw = np.random.default_rng(seed)
    classes = draw.integers(CLASSES, size=count)
    shared = draw.zipf(1.3, size=(count, TEXT_WORDS // 2)) % WORDS
    own = draw.zipf(1.5, size=(count, TEXT_WORDS // 2)) % (WORDS // CLASSES) * CLASSES + classes[:, None]
    labels = np.where(draw.random(count) < 0.1, draw.integers(CLASSES, size=count), classes)
    found: list[Lesson] = []
    for number in range(count):
        text = " ".join(f"w{word}" for word in draw.permutation(np.append(shared[number], own[number])))
        group, part = int(labels[number]), int(own[number, 0]) % 3
        values = {
            "category": Value(str(group), f"Category {group}"),
            "subcategory": Value(f"{group}{part}", f"Part {group} {part}"),
        }
        found.append(Lesson(str(number), text, values))
    return found
