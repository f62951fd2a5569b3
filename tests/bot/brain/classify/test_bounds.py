"""Bounds are exact, thresholds keep what they promise, and the rolling one follows what happens."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.classify.bounds import Rolling, hits_needed, lower_bound, threshold, upper_bound


def test_bounds_are_those_of_the_textbook() -> None:
    # Zero errors in 59: the rule that 59 clean trials show 95 % (0.05 ** (1 / 59)).
    assert lower_bound(59, 59) == pytest.approx(0.05 ** (1 / 59))
    assert lower_bound(58, 58) < 0.95 < lower_bound(59, 59)
    assert lower_bound(0, 10) == 0.0
    assert upper_bound(0, 10) == pytest.approx(1 - 0.05 ** (1 / 10))
    assert upper_bound(10, 10) == 1.0
    assert lower_bound(0, 0) == 0.0


@given(st.integers(1, 3_000), st.floats(0.5, 0.99))
def test_just_as_many_hits_as_needed_reach_the_target(count: int, target: float) -> None:
    needed = hits_needed(count, target)
    if needed <= count:
        assert lower_bound(needed, count) >= target - 1e-9
    assert lower_bound(needed - 1, count) < target


def test_a_threshold_is_broken_no_more_often_than_its_bound_allows() -> None:
    draw = np.random.default_rng(3)
    broken = 0
    for _ in range(200):
        scores = draw.random(800)
        found = threshold(scores, draw.random(800) < 0.5 + scores / 2, 0.95)
        # Above t the truth is 0.75 + t / 4 on average: 0.95 from t = 0.8 on.
        broken += found is not None and found < 0.8 - 1e-9
    assert broken < 200 * 0.12


def test_without_enough_outcomes_there_is_no_threshold() -> None:
    assert threshold([0.9] * 58, [True] * 58, 0.95) is None
    assert threshold([0.9] * 59, [True] * 59, 0.95) == 0.9
    assert threshold([], [], 0.95) is None


def test_equal_confidences_stand_or_fall_together() -> None:
    right = [True] * 80 + [False] * 80
    assert threshold([0.9] * 160, right, 0.95) is None


def test_the_rolling_threshold_forgets_what_is_beyond_its_window() -> None:
    rolling = Rolling(0.95, window=100)
    for _ in range(100):
        rolling.add(0.8, right=False)
    assert rolling.threshold() is None
    for _ in range(100):
        rolling.add(0.8, right=True)
    assert len(rolling) == 100
    assert rolling.threshold() == 0.8


def test_the_rolling_threshold_rises_when_the_world_changes() -> None:
    draw = np.random.default_rng(4)
    rolling = Rolling(0.9, window=400)
    for score in draw.random(400):
        rolling.add(float(score), right=True)
    calm = rolling.threshold()
    for score in draw.random(400):
        rolling.add(float(score), right=bool(score > 0.6))
    drifted = rolling.threshold()
    assert calm is not None
    assert drifted is not None
    assert calm < 0.05
    assert drifted > 0.5


def test_the_recent_bound_is_of_the_last_outcomes_alone() -> None:
    rolling = Rolling(0.95, window=100, recent=10)
    assert rolling.recent_bound() is None
    for right in itertools.chain([True] * 90, [False] * 10):
        rolling.add(0.9, right)
    assert rolling.recent_bound() == 0.0
    assert rolling.recent_bound(0.95) is None


def test_a_stored_rolling_threshold_goes_on_where_it_was() -> None:
    rolling = Rolling(0.9, window=50)
    for place in range(80):
        rolling.add(place / 80, right=place % 9 > 0)
    again = Rolling.from_json(json.loads(json.dumps(rolling.to_json())))
    assert again.threshold() == rolling.threshold()
    assert again.recent_bound(0.5) == rolling.recent_bound(0.5)
    with pytest.raises(ValueError, match="not a rolling threshold"):
        Rolling.from_json({"target": 0.9})


def test_a_confidence_that_is_no_number_counts_as_none() -> None:
    rolling = Rolling(0.9)
    rolling.add(float("nan"), right=True)
    assert rolling.threshold() is None
