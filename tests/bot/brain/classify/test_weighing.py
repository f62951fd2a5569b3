"""Voices weigh what they are worth: the informed more than the vague, and who only misleads nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from bot.brain.classify.votes import Places
from bot.brain.classify.weighing import weights_of

Floats = npt.NDArray[np.float64]
CLASSES = 4


def drawn(count: int = 3_000, seed: int = 1) -> tuple[list[Floats], Places]:
    """Return two voices, the second half as clear, and the classes that were drawn by both."""
    draw = np.random.default_rng(seed)
    one, two = draw.normal(size=(count, CLASSES)), draw.normal(size=(count, CLASSES))
    noise = draw.gumbel(size=(count, CLASSES))
    return [one, two], (2 * one + two + noise).argmax(axis=1).astype(np.int32)


def surprise(voices: list[Floats], weights: list[float], labels: Places) -> float:
    logs = sum((weight * voice for weight, voice in zip(weights, voices, strict=True)), start=np.zeros(1))
    logs = logs - logs.max(axis=1, keepdims=True)
    chances = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
    return float(-np.log(chances[np.arange(len(labels)), labels]).mean())


def test_the_weights_are_those_the_classes_were_drawn_by() -> None:
    voices, labels = drawn()
    assert weights_of(voices, labels) == pytest.approx([2.0, 1.0], abs=0.15)


def test_no_neighbouring_weights_are_less_surprised() -> None:
    voices, labels = drawn(800)
    found = weights_of(voices, labels)
    least = surprise(voices, found, labels)
    for place in range(2):
        for step in (-0.1, 0.1):
            moved = [weight + step * (place == at) for at, weight in enumerate(found)]
            assert surprise(voices, moved, labels) > least


def test_who_misleads_is_not_heard_and_nobody_is_talked_against() -> None:
    voices, labels = drawn()
    found = weights_of([*voices, -voices[0] + voices[1]], labels)
    assert min(found) >= 0
    assert weights_of([voices[0], -voices[1]], labels)[1] == 0


def test_a_voice_heard_twice_counts_once() -> None:
    voices, labels = drawn()
    first, again, second = weights_of([voices[0], voices[0], voices[1]], labels)
    assert first + again == pytest.approx(2.0, abs=0.15)
    assert second == pytest.approx(1.0, abs=0.15)


def test_rows_without_a_class_say_nothing() -> None:
    voices, labels = drawn()
    more = [np.vstack((voice, np.full((500, CLASSES), 9.0 * place))) for place, voice in enumerate(voices)]
    unlabelled = np.append(labels, np.full(500, -1, dtype=np.int32))
    assert weights_of(more, unlabelled) == weights_of(voices, labels)


def test_with_nothing_to_learn_from_all_weigh_the_same() -> None:
    voices, labels = drawn(5)
    assert weights_of(voices, np.full(5, -1, dtype=np.int32)) == [1.0, 1.0]
    assert weights_of([voice[:, :1] for voice in voices], np.zeros(5, dtype=np.int32)) == [1.0, 1.0]
    assert all(np.isfinite(weights_of([np.zeros((5, CLASSES))], labels)))
