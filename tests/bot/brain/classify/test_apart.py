"""Parts that are learned in other processes say what they say in this one."""

from __future__ import annotations

import numpy as np

from bot.brain.classify import guards
from bot.brain.classify.apart import Held, Task, each_part
from bot.brain.classify.linear import Rows
from bot.brain.classify.terms import Kind, learn_terms, singles_of
from tests.bot.brain.words_of import CATEGORIES, lessons


def _parts(workers: int) -> list[Held]:
    taught = lessons(400)
    codes = singles_of(Kind.WORDS, [each.text for each in taught])
    vocabulary = learn_terms(Kind.WORDS, codes, terms_max=5_000)
    rows = Rows.of(Kind.WORDS, vocabulary.bags_of(codes, learned=True), len(vocabulary.codes))
    labels = np.array([CATEGORIES.index(each.values["category"]) for each in taught], dtype=np.int32)
    task = Task(labels, np.ones(len(taught)), guards.folds(guards.word_sets(codes), 4), len(CATEGORIES))
    return list(each_part([rows], task, np.unique(task.folds).tolist(), workers=workers))


def test_two_processes_say_the_same_as_one_in_the_same_order() -> None:
    alone, apart = _parts(1), _parts(2)
    assert len(alone) == len(apart) == 10
    for one, other in zip(alone, apart, strict=True):
        assert np.array_equal(one.rows, other.rows)
        assert np.array_equal(one.said[0], other.said[0])


def test_each_lesson_is_judged_once_and_by_others() -> None:
    parts = _parts(1)
    assert sorted(np.concatenate([each.rows for each in parts]).tolist()) == list(range(400))
