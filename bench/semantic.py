"""The extra `semantic`: how fast, how true to the published model, and what it adds to accuracy.

``COUNTERSIGN_MINILM`` names the wheel or folder of all-MiniLM-L6-v2; without it only the search is measured.
The accuracy needs outside data beside the project as well, and minutes: every ticket is embedded once.
"""

from __future__ import annotations

import csv
import gzip
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np

from bench.retrieval import told_articles, told_questions
from bench.table import Row, middle, ms, percentile
from bot.brain.classify import fit
from bot.brain.lessons import Asked, FieldSpec, Lesson, Prediction, Show
from bot.brain.retrieve.knowledge import Knowledge
from bot.brain.semantic.building import SAMPLES, build
from bot.brain.semantic.embedder import Embedder, open_embedder, unit
from bot.brain.semantic.nearest import nearest
from bot.brain.semantic.neighbours import NEAREST, NeighbourVotes
from bot.brain.semantic.parcel import NAME
from bot.core.tickets import Value

DATA: Final = Path(__file__).parents[1] / "../shared/data"
HISTORY: Final = 48_000
SHORT: Final = [text for text in SAMPLES if 0 < len(text) < 100]
"""As long as most summaries."""
QUICK_LESSONS: Final = 1_500


@dataclass(frozen=True, slots=True)
class Goal:
    """What a set of tickets should reach with vectors."""

    name: str
    field: str
    accuracy: float
    macro_f1: float
    coverage: float
    """Share of tickets shown one value, at a precision of 95 %."""


GOALS: Final = (
    Goal("groups74", "assignment_group", 0.74, 0.43, 0.40),
    Goal("itsm8", "category", 0.876, 0.0, 0.80),
)


async def run(*, quick: bool) -> list[Row]:
    """Measure what the files at hand allow."""
    rows = [_search(quick=quick)]
    source = os.environ.get("COUNTERSIGN_MINILM", "")
    if not source:
        return [
            *rows,
            Row(measure="sentence vectors", value="not measured", dominates="COUNTERSIGN_MINILM is not set"),
        ]
    with tempfile.TemporaryDirectory() as directory:
        rows += _built(Path(source), Path(directory))
        embedder = open_embedder(Path(directory))
    assert embedder is not None, "it was built a moment ago"
    rows += _speed(embedder, quick=quick)
    if not DATA.is_dir():
        return [*rows, Row(measure="accuracy", value="not measured", dominates=f"{DATA} is not there")]
    rows += _articles(embedder, quick=quick)
    for goal in GOALS[: 1 if quick else None]:
        rows += _accuracy(goal, embedder, quick=quick)
    return rows


def _search(*, quick: bool) -> Row:
    rng = np.random.default_rng(1)
    pool = unit(rng.standard_normal((HISTORY, 384), np.float32))
    asked = unit(rng.standard_normal((50 if quick else 500, 384), np.float32))
    times = _timed(lambda place: nearest(asked[place : place + 1], pool, NEAREST), len(asked))
    return Row(
        measure=f"the {NEAREST} nearest of {HISTORY:,} vectors, p50 / p99",
        value=_both(times),
        target="p50 <= 10 ms",
        ok=middle(times) <= 0.010,
        dominates="reading 74 MB of vectors",
    )


def _built(source: Path, directory: Path) -> list[Row]:
    begin = perf_counter()
    facts = build(source, directory)
    took = perf_counter() - begin
    size = (directory / NAME).stat().st_size / 1e6
    agreement = Row(
        measure="likeness to the published model, mean cosine",
        value=f"{facts.agreement:.4f}",
        target=">= 0.99",
        ok=facts.agreement >= 0.99,
    )
    return [
        Row(
            measure="model built and proven",
            value=f"{took:.1f} s, {size:.1f} MB",
            dominates="reading and hashing 91 MB",
        ),
        agreement,
    ]


def _speed(embedder: Embedder, *, quick: bool) -> list[Row]:
    count = 50 if quick else 500
    short = list(islice(cycle(SHORT), count))
    times = _timed(lambda place: embedder.embed(short[place : place + 1]), count)
    begin = perf_counter()
    embedder.embed(short)
    rate = count / (perf_counter() - begin)
    long = _timed(lambda _: embedder.embed(["the screen stays black " * 200]), 5 if quick else 50)
    return [
        Row(
            measure="vector of a summary, p50 / p99",
            value=_both(times),
            target="p50 <= 5 ms",
            ok=middle(times) <= 0.005,
            dominates="the matrices, in 8 bits, on one thread",
        ),
        Row(measure="vector of a text of 256 tokens, p50 / p99", value=_both(long)),
        Row(measure="summaries together", value=f"{rate:.0f} a second"),
    ]


def _articles(embedder: Embedder, *, quick: bool) -> list[Row]:
    """Which of 100 articles answers a question: by words and pieces of words, and by vectors as well."""
    articles, asked = told_articles(DATA / "knowledge"), told_questions(DATA / "knowledge")
    asked = asked[:: 8 if quick else 1]
    begin = perf_counter()
    both = Knowledge(articles, embedder)
    took = perf_counter() - begin
    shares: list[list[float]] = []
    for knowledge in (Knowledge(articles), both):
        found = [[each.article.key for each in knowledge.find(question, 5)] for question, _ in asked]
        places = [keys.index(key) if key in keys else 5 for keys, (_, key) in zip(found, asked, strict=True)]
        shares.append([sum(place <= most for place in places) / len(places) for most in (0, 4)])
    (first, five), (plain_first, plain_five) = shares[1], shares[0]
    return [
        Row(
            measure=f"right one of {len(articles)} articles first / among five, {len(asked)} questions",
            value=f"{first:.3f} / {five:.3f} (words alone {plain_first:.3f} / {plain_five:.3f})",
            ratio=first / plain_first,
            target=">= 0.894 / 0.97",
            ok=bool(first >= 0.894 and five >= 0.97) if not quick else None,
            dominates=f"read in {took:.1f} s, a vector a passage",
        )
    ]


def _accuracy(goal: Goal, embedder: Embedder, *, quick: bool) -> list[Row]:
    """Learn from the part for training; judge by all others."""
    with gzip.open(DATA / "tickets" / f"{goal.name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        tickets = [each for each in csv.DictReader(file) if each[goal.field]]
    parts = {
        True: [t for t in tickets if t["split"] == "train"],
        False: [t for t in tickets if t["split"] != "train"],
    }
    if quick:
        parts = {
            train: part[: QUICK_LESSONS if train else QUICK_LESSONS // 3] for train, part in parts.items()
        }
    values = {name: Value(name, name) for name in sorted({each[goal.field] for each in tickets})}
    lessons = [
        Lesson(str(place), each["text"], {goal.field: values[each[goal.field]]})
        for place, each in enumerate(parts[True])
    ]
    asked = [Asked(each["text"]) for each in parts[False]]
    right = [each[goal.field] for each in parts[False]]
    rows: list[Row] = []
    for votes in (None, NeighbourVotes(embedder)):
        begin = perf_counter()
        fitted = fit(lessons, [FieldSpec(goal.field)], votes=votes)
        took = perf_counter() - begin
        found = [each[goal.field] for each in fitted.predict_all(asked)]
        rows.append(_judged(goal, found, right, took, vectors=votes is not None, quick=quick))
    return rows


def _judged(
    goal: Goal, found: Sequence[Prediction], right: Sequence[str], took: float, *, vectors: bool, quick: bool
) -> Row:
    said = [each.ranked[0][0].id if each.ranked else "" for each in found]
    hits = np.array(said) == np.array(right)
    shown = np.array([each.show is Show.ONE for each in found])
    order = np.argsort([-each.confidence for each in found], kind="stable")
    precision = np.cumsum(hits[order]) / np.arange(1, len(hits) + 1)
    enough = np.flatnonzero(precision >= 0.95)
    coverage = (int(enough[-1]) + 1) / len(hits) if len(enough) else 0.0
    accuracy, macro = float(hits.mean()), _macro_f1(said, right)
    good = accuracy >= goal.accuracy and macro >= goal.macro_f1 and coverage >= goal.coverage
    judged = vectors and not quick
    return Row(
        measure=f"{goal.name} {'vectors' if vectors else 'words'}: accuracy, macro-F1, coverage at 95 %",
        value=f"{accuracy:.4f}, {macro:.4f}, {coverage:.3f}",
        target=f"{goal.accuracy}, {goal.macro_f1}, {goal.coverage}" if judged else "",
        ok=good if judged else None,
        dominates=f"shown {shown.mean():.3f} at {hits[shown].mean() if shown.any() else 0:.3f}; "
        f"learned in {took:.0f} s, judged by {len(right)}",
    )


def _macro_f1(said: Sequence[str], right: Sequence[str]) -> float:
    one, other = np.array(said), np.array(right)
    scores: list[float] = []
    for name in set(right):
        both = int(((one == name) & (other == name)).sum())
        scores.append(2 * both / (int((one == name).sum()) + int((other == name).sum())))
    return float(np.mean(scores))


def _timed(work: Callable[[int], object], count: int) -> list[float]:
    work(0)
    times: list[float] = []
    for place in range(count):
        begin = perf_counter()
        work(place)
        times.append(perf_counter() - begin)
    return times


def _both(times: Sequence[float]) -> str:
    return f"{ms(middle(times))} / {ms(percentile(times, 99))}"
