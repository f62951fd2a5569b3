"""A new classifier replaces the one in use only if it is no worse on what neither was taught."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.brain.candidates import NEWEST, is_due, loss
from bot.brain.classify import Fitted, fit
from bot.brain.lessons import Lesson
from tests.bot.brain.words_of import CATEGORIES, FIELDS, lessons

GOOD = lessons(800)


def fitted(taught: Sequence[Lesson]) -> Fitted:
    return fit(taught, FIELDS)


@pytest.fixture(scope="module")
def present() -> Fitted:
    return fitted(GOOD)


def test_more_of_the_same_is_no_loss(present: Fitted) -> None:
    assert loss(present, GOOD + lessons(NEWEST, seed=2), fitted) == ""


def test_what_a_flood_of_wrong_lessons_teaches_is_refused(present: Fitted) -> None:
    swapped = dict(zip(CATEGORIES, (*CATEGORIES[1:], CATEGORIES[0]), strict=True))
    flood = [
        Lesson(each.key, each.text, {"category": swapped[each.values["category"]]}, at=each.at)
        for each in lessons(1_600, seed=3)
    ]
    why = loss(present, flood + lessons(NEWEST, seed=4), fitted)
    assert why.startswith("category would be right less often about")


def test_one_value_that_would_be_forgotten_is_named(present: Fitted) -> None:
    first = CATEGORIES[0]
    moved = [
        Lesson(each.key, each.text, {"category": CATEGORIES[1]}, at=each.at)
        if each.values["category"] == first
        else each
        for each in lessons(1_200, seed=5)
    ]
    newest = [each for each in lessons(8 * NEWEST, seed=6) if each.values["category"] != first]
    rare = [each for each in lessons(300, seed=7) if each.values["category"] == first][:40]
    why = loss(present, moved + rare + newest[: NEWEST - len(rare)], fitted)
    assert why == "category would be right less often about Network"


def test_too_few_lessons_are_no_evidence_against_anything(present: Fitted) -> None:
    assert loss(present, lessons(NEWEST + 299, seed=8, wrong=0.9), fitted) == ""


def test_a_trial_is_never_asked_what_it_was_taught(present: Fitted) -> None:
    taught: list[Sequence[Lesson]] = []

    def remembering(given: Sequence[Lesson]) -> Fitted:
        taught.append(given)
        return fitted(given)

    every = GOOD + lessons(NEWEST, seed=9)
    loss(present, every, remembering)
    assert [len(each) for each in taught] == [len(every) - NEWEST]
    assert not {each.key for each in taught[0]} & {each.key for each in every[-NEWEST:]}


@pytest.mark.parametrize(
    ("lessons", "before", "due"),
    [
        (499, 0, False),
        (500, 0, True),
        (549, 300, False),
        (550, 300, True),
        (50_999, 50_000, False),
        (51_000, 50_000, True),
    ],
)
def test_it_is_time_when_enough_is_new(lessons: int, before: int, *, due: bool) -> None:
    assert is_due(lessons, {"lessons": before} if before else {}) is due
