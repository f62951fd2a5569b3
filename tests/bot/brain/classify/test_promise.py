"""Confidence is how often it comes true, and what is shown alone is right as often as promised."""

from __future__ import annotations

import numpy as np

from bot.brain.classify import Fitted, fit
from bot.brain.lessons import Asked, Prediction, Show
from tests.bot.brain.classify.made import GROUP, best_accuracy, group_of, tickets

TESTED = tickets(3_000, seed=2)


def ask(fitted: Fitted, field: str = "group") -> list[Prediction]:
    return [each[field] for each in fitted.predict_all([Asked(lesson.text) for lesson in TESTED])]


def right(predictions: list[Prediction]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array(
        [said.ranked[0][0] == value for said, value in zip(predictions, group_of(TESTED), strict=True)]
    )


def test_it_is_nearly_as_often_right_as_anybody_could_be(fitted: Fitted) -> None:
    share = right(ask(fitted)).mean()
    assert best_accuracy() - 0.04 < share < best_accuracy() + 0.03


def test_confidence_is_how_often_it_comes_true(fitted: Fitted) -> None:
    said = ask(fitted)
    confidence, truth = np.array([each.confidence for each in said]), right(said)
    bins = np.minimum((confidence * 10).astype(int), 9)
    error = sum(
        (bins == each).mean() * abs(confidence[bins == each].mean() - truth[bins == each].mean())
        for each in np.unique(bins)
    )
    assert error < 0.03


def test_what_is_shown_alone_keeps_the_promise_and_is_most_of_what_can_be_known() -> None:
    clear = fit(tickets(2_500, noise=0.01), [GROUP])
    test = tickets(3_000, noise=0.01, seed=2)
    said = [each["group"] for each in clear.predict_all([Asked(lesson.text) for lesson in test])]
    alone = [
        (each.ranked[0][0] == lesson.values["group"])
        for each, lesson in zip(said, test, strict=True)
        if each.show is Show.ONE
    ]
    assert np.mean(alone) >= 0.94
    assert len(alone) > 0.7 * len(test)


def test_a_target_that_no_one_can_reach_shows_nothing_alone() -> None:
    noisy = fit(tickets(1_200, noise=0.4), [GROUP])
    said = noisy.predict_all([Asked(lesson.text) for lesson in TESTED[:300]])
    assert not [each for each in said if each["group"].show is Show.ONE]
    assert noisy.standings["group"].threshold is None


def test_the_first_three_are_shown_where_one_would_be_a_guess(fitted: Fitted) -> None:
    said = ask(fitted)
    three = [
        value in [each for each, _ in one.ranked[:3]]
        for one, value in zip(said, group_of(TESTED), strict=True)
        if one.show is Show.THREE
    ]
    assert not three or np.mean(three) > 0.85


def test_probabilities_fall_and_sum_to_one(fitted: Fitted) -> None:
    for said in ask(fitted)[:200]:
        shares = [share for _, share in said.ranked]
        assert shares == sorted(shares, reverse=True)
        assert abs(sum(shares) - 1) < 1e-6
        assert 0 <= said.confidence <= said.top3 <= 1


def test_shuffled_labels_promise_nothing() -> None:
    lessons = tickets(1_000)
    labels = [lesson.values for lesson in lessons]
    mixed = [
        type(lesson)(lesson.key, lesson.text, labels[(place * 37) % len(labels)])
        for place, lesson in enumerate(lessons)
    ]
    wild = fit(mixed, [GROUP])
    assert wild.standings["group"].threshold is None
    assert wild.standings["group"].accuracy < 0.35
