"""Figures checked by hand, and against scikit-learn where it has the same one."""

from __future__ import annotations

import importlib
import random
from typing import Any

import pytest

from bot.brain.measure.baselines import baselines
from bot.brain.measure.outcomes import Outcome
from bot.brain.measure.scoring import bootstrap, by_class, confusion, exact_range, macro_f1, reliability


def said(truth: str, *ranked: str, sure: float = 0.5, alone: bool = False) -> Outcome:
    return Outcome(truth, ranked, sure, alone=alone, support=50)


def test_macro_f1_is_that_of_scikit_learn() -> None:
    rng = random.Random(7)  # noqa: S311  # made-up tickets
    truths = [rng.choice("abcdef") for _ in range(400)]
    guesses = [truth if rng.random() < 0.6 else rng.choice("abcdefg") for truth in truths]

    metrics: Any = importlib.import_module("sklearn.metrics")  # it has no types
    theirs = float(metrics.f1_score(truths, guesses, average="macro", zero_division=0))
    assert macro_f1(truths, guesses) == pytest.approx(theirs)


def test_saying_nothing_is_wrong_and_no_value_of_its_own() -> None:
    assert macro_f1(["a", "a", "b"], ["a", "", "b"]) == pytest.approx((2 / 3 + 1) / 2)
    assert macro_f1([], []) == 0.0


def test_calibration_error_is_the_gap_weighted_by_tickets() -> None:
    outcomes = [said("a", "a", sure=0.9)] * 8 + [said("a", "b", sure=0.9)] * 2
    outcomes += [said("a", "a", sure=0.3)] * 5 + [said("a", "b", sure=0.3)] * 5 + [said("a")] * 50

    bins, ece = reliability(outcomes)

    assert [(each.count, round(each.right, 3)) for each in bins] == [(10, 0.5), (10, 0.8)]
    assert ece == pytest.approx((0.2 + 0.1) / 2)


def test_a_full_and_an_empty_confidence_have_a_bin() -> None:
    bins, ece = reliability([said("a", "a", sure=1.0), said("a", "b", sure=0.0)])

    assert sum(each.count for each in bins) == 2
    assert ece == 0.0
    assert reliability([]) == ((), 0.0)


def test_a_class_row_counts_what_was_filled_into_it() -> None:
    outcomes = [
        said("a", "a", alone=True), said("a", "a"), said("b", "a", alone=True), said("b", "b"), said("c"),
    ]  # fmt: skip

    a, b, c = by_class(outcomes, {"a": "A", "b": "B"})

    assert (a.name, a.n, a.recall, a.coverage) == ("A", 2, 1.0, 0.5)
    assert a.precision == pytest.approx(2 / 3)
    assert (a.alone, a.alone_right) == (2, 0.5)
    assert a.alone_range[0] < 0.5 < a.alone_range[1]
    assert (b.name, b.coverage, b.alone, b.alone_right) == ("B", 0.5, 0, None)
    assert (c.name, c.precision, c.f1) == ("c", None, 0.0)


def test_mix_ups_come_largest_first_and_silence_is_none() -> None:
    outcomes = [said("a", "b")] * 3 + [said("b", "a")] + [said("c")] * 9 + [said("a", "a")]

    assert [(pair.truth, pair.said, pair.count) for pair in confusion(outcomes, {})] == [
        ("a", "b", 3),
        ("b", "a", 1),
    ]


def test_intervals_hold_the_share_and_shrink_with_tickets() -> None:
    for hits, count in ((0, 10), (10, 10), (180, 200), (1_800, 2_000)):
        low, high = bootstrap(hits, count)
        assert low <= hits / count <= high
        assert exact_range(hits, count)[0] <= hits / count <= exact_range(hits, count)[1]
    narrow, wide = bootstrap(1_800, 2_000), bootstrap(180, 200)
    assert narrow[1] - narrow[0] < 0.5 * (wide[1] - wide[0])
    assert bootstrap(180, 200) == wide, "the same figures give the same interval"
    assert exact_range(0, 0) == bootstrap(0, 0) == (0.0, 1.0)


def test_plain_ways_learn_from_the_one_part_and_are_scored_on_the_other() -> None:
    taught = [("printer jam", "p")] * 3 + [("vpn down", "n")] * 2
    asked = [("the printer", "p"), ("vpn again", "n"), ("vpn", "n"), ("", "q")]

    found = baselines(taught, asked)

    assert found["majority"].accuracy == 0.25
    assert found["naive_bayes"].accuracy == 0.75
    assert baselines([], asked) == baselines(taught, []) == {}
