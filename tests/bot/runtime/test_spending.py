"""The price of an answer, and how each model wants to be asked."""

from __future__ import annotations

import pytest

from bot.runtime.spending import FAST, PRICES, STRONG, price_of


def test_the_price_of_an_answer() -> None:
    haiku = price_of("claude-haiku-5-5")

    assert haiku.usd(fresh=1_000_000, written=0, read=0, out=0) == pytest.approx(0.10)
    assert haiku.usd(fresh=0, written=1_000_000, read=1_000_000, out=1_000_000) == pytest.approx(0.635)
    assert price_of("claude-haiku-4-5-20251001") == price_of("claude-haiku-4-5"), "a dated id is its alias"


def test_a_model_nobody_priced_counts_as_the_dearest_and_is_asked_the_safest_way() -> None:
    unknown = price_of("house-model-1")

    assert unknown.output == price_of("claude-fable-5-1").output
    assert not unknown.forced_tool
    assert not unknown.thinking


def test_the_models_that_answer_unless_told_otherwise_are_priced_and_the_strong_one_is_stronger() -> None:
    assert FAST in PRICES
    assert STRONG in PRICES
    assert PRICES[FAST].output < PRICES[STRONG].output


def test_no_model_is_asked_to_think_in_a_way_that_refuses_a_forced_tool() -> None:
    assert {row.thinking for row in PRICES.values() if row.forced_tool} <= {"", "disabled"}
