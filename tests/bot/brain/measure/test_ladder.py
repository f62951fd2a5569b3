"""Raising needs a record and a click; falling below the floor is automatic."""

from __future__ import annotations

import pytest

from bot.brain.measure.ladder import Move, Outcome, Rules, Rung, evidence, recommend
from bot.core.modes import Mode

MAIL = Rung("OPS", "triage", "category", "Mail")
VPN = Rung("OPS", "triage", "category", "VPN")


def came_true(rung: Rung, hits: int, misses: int) -> list[Outcome]:
    return [Outcome(rung, right=True)] * hits + [Outcome(rung, right=False)] * misses


def test_a_long_record_recommends_one_step_up_and_waits_for_a_click() -> None:
    (step,) = recommend(came_true(MAIL, 200, 0), lambda _: Mode.SUGGEST)

    assert (step.move, step.now, step.to) == (Move.RAISE, Mode.SUGGEST, Mode.APPROVE)
    assert not step.automatic
    assert "200 of the last 200" in step.because
    assert step.evidence.range[0] >= 0.95


@pytest.mark.parametrize(("hits", "misses"), [(99, 0), (95, 5), (470, 25), (0, 0)])
def test_too_few_outcomes_or_too_many_misses_raise_nothing(hits: int, misses: int) -> None:
    assert not recommend(came_true(MAIL, hits, misses), lambda _: Mode.SUGGEST)


def test_below_the_floor_beyond_chance_is_lowered_without_a_click() -> None:
    (step,) = recommend(came_true(MAIL, 30, 10), lambda _: Mode.AUTO)

    assert (step.move, step.to, step.automatic) == (Move.LOWER, Mode.APPROVE, True)


def test_below_the_floor_by_what_may_be_chance_is_asked() -> None:
    (step,) = recommend(came_true(MAIL, 110, 10), lambda _: Mode.APPROVE)

    assert (step.move, step.to, step.automatic) == (Move.LOWER, Mode.SUGGEST, False)
    assert not recommend(came_true(MAIL, 9, 1), lambda _: Mode.APPROVE), "one miss of ten says nothing"


def test_only_the_last_outcomes_count() -> None:
    old_failures = [*came_true(MAIL, 0, 300), *came_true(MAIL, 500, 0)]

    (step,) = recommend(old_failures, lambda _: Mode.SUGGEST)

    assert step.move is Move.RAISE
    assert evidence(old_failures, last=10)[0].count == 10


def test_each_rung_stands_for_itself_and_lowering_comes_first() -> None:
    mixed = [*came_true(MAIL, 200, 0), *came_true(VPN, 10, 40)]

    steps = recommend(mixed, lambda _: Mode.APPROVE)

    assert [(step.evidence.rung.value, step.move) for step in steps] == [
        ("VPN", Move.LOWER),
        ("Mail", Move.RAISE),
    ]


def test_nothing_goes_above_the_top_below_the_bottom_or_out_of_off() -> None:
    good, bad = came_true(MAIL, 400, 0), came_true(MAIL, 0, 400)

    assert not recommend(good, lambda _: Mode.AUTO)
    assert not recommend(good, lambda _: Mode.APPROVE, Rules(highest=Mode.APPROVE))
    assert not recommend(bad, lambda _: Mode.SHADOW)
    assert not recommend(bad, lambda _: Mode.OFF)
    assert not recommend(good, lambda _: Mode.OFF)
