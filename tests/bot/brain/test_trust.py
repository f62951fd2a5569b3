"""What came true lately decides how far answers are believed; nobody can talk a field into trust."""

from __future__ import annotations

import random
from datetime import timedelta

from bot.brain.trust import OUTCOMES_MIN, PERSON_MIN, trust
from bot.core.outcomes import Guess, How, Outcome
from bot.core.tickets import Value
from tests.making import T0

HIGH, LOW = Value("2", "High"), Value("4", "Low")
TARGET = 0.95


def outcomes(count: int, *, precision: float, sure: float = 0.97, seed: int = 1) -> list[Outcome]:
    """Outcomes of which those at ``sure`` came true with ``precision``, and a third at half that are luck."""
    dice = random.Random(seed)  # noqa: S311  # chance that repeats is the point
    made: list[Outcome] = []
    for number in range(count):
        is_sure = number % 3 != 0
        actual = HIGH if dice.random() < (precision if is_sure else 0.5) else LOW
        made.append(outcome(actual, confidence=sure if is_sure else 0.5, number=number))
    return made


def outcome(
    actual: Value | None, *, confidence: float = 0.97, number: int = 0, by: str = "", how: How = How.CLOSED
) -> Outcome:
    guess = Guess("triage", "priority", HIGH, confidence)
    at = T0 + timedelta(minutes=number)
    return Outcome(guess=guess, queue="OPS", how=how, actual=actual, at=at, by=by)


def test_few_outcomes_say_nothing_yet() -> None:
    assert trust(outcomes(OUTCOMES_MIN - 1, precision=1.0), TARGET) is None


def test_answers_that_came_true_are_believed_and_fainter_ones_are_not() -> None:
    found = trust(outcomes(900, precision=0.99), TARGET)
    assert found is not None
    assert found.believes(0.97)
    assert not found.believes(0.6)
    assert not found.failing


def test_answers_that_come_true_too_rarely_are_not_believed_however_sure_they_sound() -> None:
    found = trust(outcomes(900, precision=0.85), TARGET)
    assert found is not None
    assert not found.believes(1.0)


def test_what_went_wrong_lately_ends_it_although_it_was_good_for_long() -> None:
    good, bad = outcomes(1_000, precision=1.0), outcomes(200, precision=0.6, seed=2)
    before, after = trust(good, TARGET, shown_from=0.9), trust(good + bad, TARGET, shown_from=0.9)
    assert before is not None
    assert before.believes(0.97)
    assert after is not None
    assert after.failing
    assert not after.believes(1.0)


def test_one_person_who_nods_everything_through_does_not_make_it_true() -> None:
    honest = outcomes(600, precision=0.7)
    nodded = [outcome(HIGH, number=1_000 + number, by="slack:U0MALLORY") for number in range(2_000)]
    found = trust(honest + nodded, TARGET)
    assert found is not None
    assert found.outcomes <= len(honest) + max(PERSON_MIN, len(honest + nodded) // 5)
    assert not found.believes(0.97)


def test_a_no_counts_against_it_and_an_empty_field_does_not() -> None:
    assert trust([outcome(None)] * 500, TARGET) is None
    found = trust([outcome(None, how=How.REJECTED)] * 300, TARGET)
    assert found is not None
    assert not found.believes(1.0)
