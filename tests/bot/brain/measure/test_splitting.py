"""No ticket is measured that has a copy among those that were learned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain.lessons import Lesson
from bot.brain.measure.alike import SHARE, near_copies
from bot.brain.measure.splitting import as_given, by_time, in_order
from bot.brain.words import words
from bot.core.tickets import Value
from tests.bot.brain.measure.desk import lessons

WORDS = st.lists(
    st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op", "qr", "st", "uv", "wx"]), max_size=12
).map(" ".join)


def one(key: str, text: str, at: str = "") -> Lesson:
    return Lesson(key, text, {"kind": Value("x", "x")}, at=at)


def test_the_newest_fifth_is_measured_and_no_older_ticket() -> None:
    parts = by_time(list(reversed(lessons(100))))

    assert (len(parts.training), len(parts.measured), parts.moved) == (80, 20, 0)
    assert max(each.at for each in parts.training) < min(each.at for each in parts.measured)
    assert not parts.is_given


def test_without_times_the_order_of_the_file_is_that_of_time() -> None:
    timeless = [replace(each, at="") for each in lessons(50)]
    dated = lessons(1, start=500)

    assert [each.key for each in in_order([*dated, *timeless])][:3] == ["T-0", "T-1", "T-2"]
    assert by_time(timeless).measured[-1].key == "T-49"


def test_a_near_copy_across_the_split_is_moved_to_the_learning_side() -> None:
    past = lessons(100)
    twisted = " ".join([*reversed(past[3].text.split()), "please"])
    copy = replace(past[95], text=twisted.upper())

    parts = by_time([*past[:95], copy, *past[96:]])

    assert parts.moved == 1
    assert copy in parts.training
    assert copy.key not in {each.key for each in parts.measured}
    assert len(parts.training) + len(parts.measured) == 100
    assert not near_copies([each.text for each in parts.training], [each.text for each in parts.measured])


def test_a_copy_of_a_moved_ticket_is_moved_as_well() -> None:
    base = [f"w{n}" for n in range(40)]
    steps = [" ".join([*base[n:], *(f"new{m}" for m in range(n))]) for n in (0, 2, 4, 6)]

    assert near_copies(steps[:1], list(reversed(steps[1:]))) == {0, 1, 2}
    assert near_copies(steps[:1], steps[2:]) == set(), "each of these differs too much by itself"


def test_tickets_that_only_share_a_subject_stay() -> None:
    known = "printer on floor three shows error fifty and eats paper all day long"
    other = "printer on floor nine shows error sixty and prints blank pages all night"

    assert near_copies([known], [other, "", "?!"]) == set()


def test_a_split_made_by_somebody_is_kept_and_its_copies_are_named() -> None:
    past = lessons(20)

    parts = as_given(past[:10], [*past[10:], replace(past[0], key="again")])

    assert parts.is_given
    assert parts.moved == 0
    assert len(parts.measured) == 11
    assert {parts.measured[place].key for place in parts.copies} == {"again"}


@settings(max_examples=150)
@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
def test_no_near_copy_is_missed_and_none_is_made_up(known: list[str], others: list[str]) -> None:
    found = near_copies(known, others)

    reached = [frozenset(words(each)) for each in known]
    sets = [frozenset(words(each)) for each in others]
    expected: set[int] = set()
    while True:
        new = {
            place
            for place, each in enumerate(sets)
            if place not in expected
            and any(each and len(each & other) >= SHARE * len(each | other) for other in reached)
        }
        if not new:
            break
        expected |= new
        reached += [sets[place] for place in new]
    assert found == expected


@pytest.mark.parametrize("count", [1, 2, 10])
def test_few_tickets_are_split_too(count: int) -> None:
    parts = by_time(lessons(count))

    assert len(parts.measured) >= 1
    assert len(parts.training) + len(parts.measured) == count
