"""A classifier hears the votes where words say nothing, keeps them, and goes on without them."""

from __future__ import annotations

import pytest

from bot.brain.classify import Fitted, fit
from bot.brain.lessons import Asked, FieldSpec, Lesson
from bot.brain.semantic.neighbours import NeighbourVotes
from bot.brain.semantic.votes_file import opener
from bot.core.tickets import Value
from tests.bot.brain.semantic.points import Points

KINDS = [Value(str(kind), f"Kind {kind}") for kind in range(3)]
ASKED = [Asked(f"{kind}:{number}") for kind in range(3) for number in range(5000, 5040)]


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    """No number stands in two texts, so words alone have only the first digit to go by: not even that."""
    lessons = [
        Lesson(f"T-{number}-{kind}", f"{kind}:{number * 3 + kind}", {"kind": KINDS[kind]})
        for number in range(150)
        for kind in range(3)
    ]
    return fit(lessons, [FieldSpec("kind")], votes=NeighbourVotes(Points()))


def right(mine: Fitted) -> float:
    found = mine.predict_all(ASKED)
    hits = [
        bool(each["kind"].ranked) and each["kind"].ranked[0][0].id == asked.text[0]
        for each, asked in zip(found, ASKED, strict=True)
    ]
    return sum(hits) / len(hits)


def test_what_words_cannot_tell_votes_do(fitted: Fitted) -> None:
    assert right(fitted) > 0.9


def test_votes_are_kept_with_the_classifier(fitted: Fitted) -> None:
    again = Fitted.from_bytes(fitted.to_bytes(), votes=opener(Points()))

    assert again.predict_all(ASKED) == fitted.predict_all(ASKED)


@pytest.mark.parametrize("embedder", [None, Points(stamp="another")])
def test_without_the_model_words_answer(fitted: Fitted, embedder: Points | None) -> None:
    alone = Fitted.from_bytes(fitted.to_bytes(), votes=opener(embedder))

    assert len(alone.predict_all(ASKED)) == len(ASKED)
    assert alone.predict_all(ASKED) == Fitted.from_bytes(fitted.to_bytes()).predict_all(ASKED)
    assert right(alone) <= right(fitted)
