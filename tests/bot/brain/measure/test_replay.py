"""Thresholds come from what was known before, and follow what came true."""

from __future__ import annotations

import random

from bot.brain.classify.shapes import Sure
from bot.brain.measure.outcomes import Outcome
from bot.brain.measure.replay import TICKETS, levels, replay


def stream(count: int, *, seed: int, honest: bool = True) -> list[Outcome]:
    rng = random.Random(seed)  # noqa: S311  # made-up tickets
    made: list[Outcome] = []
    for _ in range(count):
        sure = rng.random()
        is_right = rng.random() < (sure if honest else 0.7 * sure)
        made.append(Outcome("a", ("a" if is_right else "b",), sure, support=50))
    return made


def held(count: int, *, seed: int) -> list[Sure]:
    return [Sure(each.confidence, each.right) for each in stream(count, seed=seed)]


def test_an_honest_brain_keeps_its_promise_in_the_windows() -> None:
    windows, whole = replay(held(1_500, seed=1), stream(3_000, seed=2), 0.9)

    assert len(windows) == 3_000 // TICKETS
    assert whole is not None
    assert whole.n == 3_000
    assert whole.precision is not None
    assert whole.precision >= 0.9
    assert whole.coverage > 0.05


def test_a_brain_that_turns_dishonest_is_silenced() -> None:
    warm, then = held(1_500, seed=1), stream(4_000, seed=2, honest=False)

    windows, _ = replay(warm, then, 0.9)
    frozen, *_ = levels(warm, then, [0.9])

    assert frozen.precision is not None
    assert frozen.precision < 0.8, "a frozen threshold breaks its promise"
    assert windows[-1].coverage < windows[0].coverage
    assert windows[-1].threshold is None or windows[-1].threshold > (windows[0].threshold or 1)


def test_a_tickets_own_outcome_says_nothing_about_itself() -> None:
    right, wrong = Outcome("a", ("a",), 0.9, support=50), Outcome("a", ("b",), 0.9, support=50)
    warm = [Sure(0.9, right=True)] * 200

    _, good = replay(warm, [right], 0.9)
    _, bad = replay(warm, [wrong], 0.9)

    assert good is not None
    assert bad is not None
    assert good.coverage == bad.coverage == 1.0
    assert (good.precision, bad.precision) == (1.0, 0.0)


def test_a_level_comes_from_the_held_part_alone() -> None:
    past = held(2_000, seed=3)

    one = levels(past, stream(500, seed=4), [0.8, 0.9])
    other = levels(past, stream(500, seed=5, honest=False), [0.8, 0.9])

    assert [each.threshold for each in one] == [each.threshold for each in other]
    assert one[0].coverage > one[1].coverage
    assert levels([], stream(500, seed=4), [0.9])[0].threshold is None


def test_no_value_with_too_few_lessons_is_filled() -> None:
    rare = [Outcome("a", ("a",), 1.0, support=9)] * 10

    assert levels(held(2_000, seed=3), rare, [0.8])[0].coverage == 0.0
    assert replay([], [], 0.9) == ((), None)
