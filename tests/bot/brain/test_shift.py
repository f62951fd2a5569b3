"""A change of a desk's work is noticed, and the ups and downs of chance are not."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.shift import BEFORE_MIN, LATEST, shift
from bot.core.outcomes import Guess, How, Outcome
from bot.core.tickets import Value
from tests.making import T0

MIX = {"Network": 40, "Mail": 30, "Access": 20, "Hardware": 8, "Badge": 2}
EVEN = {f"c{number}": 1 for number in range(60)}


def outcome(number: int, actual: str, *, right: bool = True, confidence: float = 0.9) -> Outcome:
    label = actual if right else f"not {actual}"
    return Outcome(
        guess=Guess("triage", "category", Value(label, label), confidence),
        queue="OPS",
        how=How.CLOSED,
        actual=Value(actual, actual),
        at=T0 + timedelta(minutes=number),
    )


def made(
    count: int, mix: Mapping[str, int], *, right: float = 0.95, sure: float = 0.8, seed: int = 1
) -> list[Outcome]:
    dice = random.Random(seed)  # noqa: S311  # chance that repeats is the point
    drawn = dice.choices(list(mix), list(mix.values()), k=count)
    return [
        outcome(
            number, each, right=dice.random() < right, confidence=min(1.0, max(0.0, dice.gauss(sure, 0.1)))
        )
        for number, each in enumerate(drawn)
    ]


def alarms(before: Sequence[Outcome], now: Sequence[Outcome]) -> tuple[str, ...]:
    found = shift([*before, *now])
    assert found is not None
    return found.alarms


def test_too_few_say_nothing() -> None:
    assert shift([]) is None
    assert shift(made(BEFORE_MIN + LATEST - 1, MIX)) is None
    assert shift(made(BEFORE_MIN + LATEST, MIX)) is not None


@pytest.mark.parametrize("mix", [MIX, EVEN], ids=["five values", "sixty values"])
@pytest.mark.parametrize("seed", range(10))
def test_work_that_stays_the_same_is_no_alarm(mix: Mapping[str, int], seed: int) -> None:
    assert alarms(made(1_200, mix, seed=seed), made(LATEST, mix, seed=seed + 100)) == ()


def test_another_mix_of_tickets_is_one() -> None:
    other = {"Network": 15, "Mail": 20, "Access": 20, "Hardware": 35, "Badge": 10}
    assert alarms(made(1_200, MIX), made(LATEST, other, seed=2)) == ("labels",)


def test_a_value_that_came_up_new_is_one() -> None:
    assert alarms(made(1_200, MIX), made(LATEST, {**MIX, "Robot": 40}, seed=2)) == ("labels",)


def test_guesses_that_lose_their_confidence_are_one_also_while_they_come_true() -> None:
    assert alarms(made(1_200, MIX), made(LATEST, MIX, sure=0.7, seed=2)) == ("confidence",)


def test_guesses_that_come_true_less_often_are_one() -> None:
    assert alarms(made(1_200, MIX), made(LATEST, MIX, right=0.8, seed=2)) == ("agreement",)


def test_getting_better_is_none() -> None:
    assert alarms(made(1_200, MIX, right=0.7), made(LATEST, MIX, right=0.98, seed=2)) == ()


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans(), st.floats(0, 1)), max_size=40))
def test_whatever_comes_it_is_measured_and_within_bounds(drawn: list[tuple[str, bool, float]]) -> None:
    rows = (drawn or [("a", True, 1.0)]) * 60
    found = shift([outcome(n, a, right=r, confidence=c) for n, (a, r, c) in enumerate(rows)])
    if found is not None:
        assert found.labels >= 0
        assert -1 <= found.confidence <= 1
        assert -1 <= found.agreement <= 1
