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
    for row in PRICES.values():
        assert unknown.usd(fresh=9, written=9, read=9, out=9) >= row.usd(fresh=9, written=9, read=9, out=9)
        assert unknown.cache_read >= row.cache_read
    assert not unknown.forced_tool
    assert not unknown.thinking


@pytest.mark.parametrize(
    "model", ["claude-sonnet-5-6", "claude-opus-5-20", "claude-fable-5-10", "claude-haiku-5-5x"]
)
def test_a_later_model_is_not_taken_for_the_one_whose_name_its_name_begins_with(model: str) -> None:
    assert price_of(model) == price_of("house-model-1")


@pytest.mark.parametrize("end", ["", "-latest", "-20260901", "@20260901", "-20260901-v1:0"])
def test_a_model_with_its_date_is_the_model(end: str) -> None:
    assert price_of(f"claude-sonnet-5-5{end}") == PRICES["claude-sonnet-5-5"]


def test_the_models_that_answer_unless_told_otherwise_are_priced_and_the_strong_one_is_stronger() -> None:
    assert FAST in PRICES
    assert STRONG in PRICES
    assert PRICES[FAST].output < PRICES[STRONG].output


def test_no_model_is_asked_to_think_in_a_way_that_refuses_a_forced_tool() -> None:
    assert {row.thinking for row in PRICES.values() if row.forced_tool} <= {"", "disabled"}
