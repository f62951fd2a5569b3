"""Raising needs a record and a click; falling below the floor is automatic; one person proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.measure.ladder import as_json, recommend, rows, told
from bot.core.ladder import Move, Stand
from bot.core.modes import Mode
from bot.core.outcomes import Guess, How, Outcome
from bot.core.rungs import LadderRules, Rung
from bot.core.tickets import Value
from tests.making import T0

MAIL, VPN, OTHER = Value("1", "Mail"), Value("2", "VPN"), Value("3", "Other")
RULES = LadderRules(highest=Mode.AUTO)


def came_true(value: Value, *rights: bool, by: str = "", first: int = 0) -> list[Outcome]:
    """What became of suggestions of ``value``, a minute apart."""
    return [
        Outcome(
            guess=Guess("triage", "category", value, 0.9),
            queue="OPS",
            how=How.CLOSED,
            actual=value if right else OTHER,
            at=T0 + timedelta(minutes=first + number),
            by=by,
        )
        for number, right in enumerate(rights)
    ]


def some(value: Value, hits: int, misses: int) -> list[Outcome]:
    return came_true(value, *[True] * hits, *[False] * misses)


def at(mode: Mode, limit: Mode = Mode.AUTO) -> Callable[[Rung], Stand]:
    return lambda _: Stand(mode, limit)


def test_a_long_record_recommends_one_step_up_and_waits_for_a_click() -> None:
    (step,) = recommend(some(MAIL, 200, 0), at(Mode.SUGGEST), RULES)
    assert (step.move, step.now, step.to) == (Move.RAISE, Mode.SUGGEST, Mode.APPROVE)
    assert not step.automatic
    assert (step.evidence.hits, step.evidence.count, step.new) == (200, 200, 200)
    assert step.evidence.low >= 0.95
    (row,) = rows(some(MAIL, 200, 0), at(Mode.SUGGEST), RULES)
    assert "200 of the last 200" in row.because


@pytest.mark.parametrize(("hits", "misses"), [(99, 0), (95, 5), (470, 25), (0, 0)])
def test_too_few_outcomes_or_too_many_misses_raise_nothing(hits: int, misses: int) -> None:
    assert not recommend(some(MAIL, hits, misses), at(Mode.SUGGEST), RULES)


def test_below_the_floor_beyond_chance_is_lowered_without_a_click() -> None:
    (step,) = recommend(some(MAIL, 30, 10), at(Mode.AUTO), RULES)
    assert (step.move, step.to, step.automatic) == (Move.LOWER, Mode.APPROVE, True)


def test_below_the_floor_by_what_may_be_chance_is_asked() -> None:
    (step,) = recommend(some(MAIL, 110, 10), at(Mode.APPROVE), RULES)
    assert (step.move, step.to, step.automatic) == (Move.LOWER, Mode.SUGGEST, False)
    assert not recommend(some(MAIL, 9, 1), at(Mode.APPROVE), RULES), "one miss of ten says nothing"


def test_only_the_last_outcomes_count() -> None:
    old_failures = came_true(MAIL, *[False] * 300, *[True] * 500)
    (step,) = recommend(old_failures, at(Mode.SUGGEST), RULES)
    assert step.move is Move.RAISE
    (row,) = rows(old_failures, at(Mode.SUGGEST), replace(RULES, last=10))
    assert row.evidence.count == 10


def test_what_came_before_the_mode_was_moved_does_not_count() -> None:
    past = came_true(MAIL, *[False] * 40, *[True] * 120)
    moved = T0 + timedelta(minutes=39)
    (step,) = recommend(past, lambda _: Stand(Mode.SUGGEST, Mode.AUTO, since=moved), RULES)
    assert (step.move, step.evidence.count) == (Move.RAISE, 120)
    assert not recommend(past, lambda _: Stand(Mode.SHADOW, Mode.AUTO, since=T0 + timedelta(days=9)), RULES)


def test_what_came_since_somebody_said_no_is_counted_apart() -> None:
    said_no = T0 + timedelta(minutes=149)
    (step,) = recommend(
        some(MAIL, 200, 0), lambda _: Stand(Mode.SUGGEST, Mode.AUTO, refused_at=said_no), RULES
    )
    assert (step.evidence.count, step.new) == (200, 50)


def test_each_rung_stands_for_itself_and_lowering_comes_first() -> None:
    steps = recommend([*some(MAIL, 200, 0), *some(VPN, 10, 40)], at(Mode.APPROVE), RULES)
    assert [(step.evidence.label, step.move) for step in steps] == [("VPN", Move.LOWER), ("Mail", Move.RAISE)]


def test_nothing_goes_above_the_limit_below_the_bottom_or_out_of_off() -> None:
    good, bad = some(MAIL, 400, 0), some(MAIL, 0, 400)
    assert not recommend(good, at(Mode.AUTO), RULES)
    assert not recommend(good, at(Mode.APPROVE, limit=Mode.APPROVE), RULES)
    assert not recommend(bad, at(Mode.SHADOW), RULES)
    assert not recommend(bad, at(Mode.OFF), RULES)
    assert not recommend(good, at(Mode.OFF), RULES)


def test_one_person_who_nods_everything_through_raises_nothing() -> None:
    assert not recommend(came_true(MAIL, *[True] * 400, by="slack:U0ALICE"), at(Mode.SUGGEST), RULES)


def test_what_was_never_to_be_proposed_and_what_says_nothing_do_not_count() -> None:
    torn = [replace(each, guess=replace(each.guess, proposed=False)) for each in some(MAIL, 200, 0)]
    empty = [replace(each, actual=None) for each in some(VPN, 0, 200)]
    assert not recommend([*torn, *empty], at(Mode.APPROVE), RULES)


def test_the_table_names_each_value_with_its_figures_and_what_they_speak_for() -> None:
    found = rows([*some(MAIL, 200, 0), *some(VPN, 10, 40)], at(Mode.APPROVE), RULES)
    lines = told(found).splitlines()
    assert lines[0].split()[:4] == ["queue", "field", "value", "n"]
    assert "raise to auto" in lines[1]
    assert "lower to suggest (by itself)" in lines[2]
    mail, vpn = as_json(found)
    assert (mail["n"], mail["precision"], mail["recommendation"]) == (200, 1.0, "raise to auto")
    assert (vpn["automatic"], vpn["mode"]) == (True, "approve")
    assert told([]) == "nothing has come true yet"


@given(
    st.lists(st.booleans(), max_size=300),
    st.sampled_from(Mode),
    st.sampled_from(Mode),
)
def test_no_raise_is_ever_automatic_nor_above_the_limit(
    rights: Sequence[bool], now: Mode, limit: Mode
) -> None:
    for step in recommend(came_true(MAIL, *rights), at(now, limit), RULES):
        assert abs(step.to.rank - step.now.rank) == 1
        assert now is not Mode.OFF
        if step.move is Move.RAISE:
            assert not step.automatic
            assert limit.reaches(step.to)
        else:
            assert step.to.rank >= Mode.SHADOW.rank
