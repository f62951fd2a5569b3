"""Ways of reading: what heads and stems tell, and what is held out is read as if it had never been seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.classify.confidence import judged
from bot.brain.classify.linear import Rows
from bot.brain.classify.terms import HEAD_WORDS, Kind, heads_of, learn_terms, singles_of
from bot.brain.classify.trees import TREES

FILLER = " ".join(f"filler{n}" for n in range(HEAD_WORDS))


def test_a_head_ends_after_ten_words() -> None:
    long, short = singles_of(Kind.HEADS, [f"{FILLER} printer jam", "vpn down"])
    assert long.tolist() == singles_of(Kind.WORDS, [FILLER])[0].tolist()
    assert short.tolist() == singles_of(Kind.WORDS, ["vpn down"])[0].tolist()
    assert [len(each) for each in heads_of(singles_of(Kind.WORDS, [f"{FILLER} more", ""]))] == [HEAD_WORDS, 0]


def test_stems_are_the_same_for_the_forms_of_a_word_and_differ_between_words() -> None:
    one, many, other = singles_of(Kind.STEMS, ["printer", "printing printed", "prison"])
    assert set(many.tolist()) == set(one.tolist())
    assert set(other.tolist()).isdisjoint(one.tolist())


@given(st.lists(st.text(max_size=60), max_size=6), st.sampled_from(list(Kind)))
def test_every_way_of_reading_takes_any_text(texts: list[str], kind: Kind) -> None:
    vocabulary = learn_terms(kind, singles_of(kind, texts))
    bags = vocabulary.bags(["\ud800 \0", *texts])
    assert len(bags) == len(texts) + 1
    assert np.isfinite(bags.weights).all()


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_held_out_is_read_as_if_it_had_never_been_seen(kind: Kind) -> None:
    draw = np.random.default_rng(3)
    words = [f"{chr(97 + n % 26)}{chr(97 + n // 26)}word{n}" for n in range(60)]
    texts = [" ".join(words[int(n)] for n in draw.integers(60, size=12)) for _ in range(40)]
    held, others = np.arange(10), np.arange(10, 40)
    codes = singles_of(kind, texts)
    whole, without = learn_terms(kind, codes), learn_terms(kind, [codes[n] for n in others])
    found = Rows.of(kind, whole.bags_of(codes), len(whole.codes)).without(held).matrix.toarray()
    known = np.isin(whole.codes, without.codes)
    assert not known.all()
    assert (found[:, ~known] == 0).all()
    expected = without.bags_of(codes)
    for row in held.tolist():
        begin, end = expected.offsets[row], expected.offsets[row + 1]
        assert np.flatnonzero(found[row, known]).tolist() == sorted(expected.columns[begin:end].tolist())
        assert np.linalg.norm(found[row]) == pytest.approx(1.0 if end > begin else 0.0)


def test_a_text_of_terms_that_nobody_else_has_is_empty_and_no_error() -> None:
    codes = singles_of(Kind.WORDS, ["alpha beta", "alpha beta", "gamma delta", "gamma delta"])
    vocabulary = learn_terms(Kind.WORDS, codes)
    rows = Rows.of(Kind.WORDS, vocabulary.bags_of(codes), len(vocabulary.codes)).without(np.array([2, 3]))
    assert np.isfinite(rows.matrix.toarray()).all()
    assert (rows.matrix.toarray()[2:] == 0).all()


def test_the_curve_that_is_kept_is_near_the_truth_and_the_mean_of_all_parts() -> None:
    draw = np.random.default_rng(5)
    signs = draw.normal(size=(4_000, 3))
    truth = 1 / (1 + np.exp(-1.5 * signs[:, 0] - 1))
    right = draw.random(4_000) < truth
    curve, found = judged(signs, right, np.arange(4_000, dtype=np.int32))
    assert np.abs(curve(signs) - truth).mean() < 0.04
    assert np.abs(found - truth).mean() < 0.05
    assert curve(signs).mean() == pytest.approx(right.mean(), abs=0.01)
    assert len(curve.trees.signs) == 5 * TREES


def test_a_single_part_still_gives_a_curve() -> None:
    signs = np.random.default_rng(6).normal(size=(60, 2))
    curve, found = judged(signs, signs[:, 0] > 0, np.zeros(60, dtype=np.int32))
    assert np.isfinite(curve(signs)).all()
    assert (found == 0).all()
