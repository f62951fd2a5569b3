"""Real tickets, a sample of them: the figures the design was chosen for hold, roughly, on few."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from bot.brain.classify import fit
from bot.brain.lessons import Asked, FieldSpec, Lesson, Show
from bot.core.tickets import Value

TICKETS = Path(__file__).parents[4] / "../shared/data/tickets"
needs_tickets = pytest.mark.skipif(not TICKETS.is_dir(), reason="no ../shared/data/tickets")


def read(name: str, field: str, split: str, step: int) -> list[Lesson]:
    with gzip.open(TICKETS / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split and row[field]]
    return [
        Lesson(str(n), row["text"], {field: Value(row[field], row[field])})
        for n, row in enumerate(rows[::step])
    ]


@needs_tickets
@pytest.mark.parametrize(
    ("name", "field", "test", "accuracy", "precision"),
    [("itsm8", "category", "calibration", 0.78, 0.93), ("groups74", "assignment_group", "tune", 0.64, 0.90)],
)
def test_a_sample_is_told_apart_and_what_is_shown_alone_is_right(
    name: str, field: str, test: str, accuracy: float, precision: float
) -> None:
    fitted = fit(read(name, field, "train", 12 if name == "itsm8" else 2), [FieldSpec(field)])
    tested = read(name, field, test, 4 if name == "itsm8" else 1)
    said = [each[field] for each in fitted.predict_all([Asked(lesson.text) for lesson in tested])]
    right = np.array(
        [one.ranked[0][0] == lesson.values[field] for one, lesson in zip(said, tested, strict=True)]
    )
    alone = np.array([one.show is Show.ONE for one in said])
    assert right.mean() > accuracy
    assert not alone.any() or right[alone].mean() > precision
    assert abs(np.mean([one.confidence for one in said]) - right.mean()) < 0.06


@needs_tickets
def test_tickets_of_another_desk_are_hardly_ever_shown_alone() -> None:
    fitted = fit(read("groups74", "assignment_group", "train", 2), [FieldSpec("assignment_group")])
    foreign = [
        "Wie beantrage ich einen Urlaubstag und wer genehmigt ihn?",
        "Could you recommend a restaurant near the harbour for twelve people?",
        "Quel temps fera-t-il demain à Lyon, et faut-il prendre un parapluie ?",
        "My cat will not eat the dry food any more, what should I buy instead",
        "Explain the difference between a fugue and a sonata to a ten year old",
    ]
    said = [each["assignment_group"] for each in fitted.predict_all([Asked(text) for text in foreign])]
    assert not [one for one in said if one.show is Show.ONE]
