"""What is said of a prediction: never more than it was measured to be worth."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.answers import answer
from bot.brain.lessons import Prediction, Show
from bot.brain.trust import Trust
from bot.core.tickets import Value

MAIL, VPN, LAN, PHONE = (Value(name, name.title()) for name in ("mail", "vpn", "lan", "phone"))
RANKED = ((MAIL, 0.5), (VPN, 0.3), (LAN, 0.15), (PHONE, 0.05))
BELIEVING = Trust(500, 0.9, failing=False)
DOUBTING = Trust(500, None, failing=False)
FAILING = Trust(500, 0.1, failing=True)


def prediction(
    show: Show,
    *,
    ranked: tuple[tuple[Value, float], ...] = RANKED,
    confidence: float = 0.96,
    support: int = 40,
) -> Prediction:
    return Prediction(
        "component", ranked, confidence=confidence, top3=0.93, familiar=1.0, show=show, support=support
    )


def test_one_value_is_said_with_what_such_answers_were_worth() -> None:
    said = answer(prediction(Show.ONE), None)
    assert said is not None
    assert (said.value, said.confidence, said.proven, said.others) == (MAIL, 0.96, True, ())
    assert said.because.raw == "Of answers this sure, 96 in 100 were right on past tickets."


def test_of_three_values_all_are_named_and_none_is_proven() -> None:
    said = answer(prediction(Show.THREE), None)
    assert said is not None
    assert (said.value, said.others, said.together, said.proven) == (MAIL, (VPN, LAN), 0.93, False)


def test_of_nothing_only_what_it_was_torn_between_is_said_without_a_figure() -> None:
    said = answer(prediction(Show.NOTHING), None)
    assert said is not None
    assert (said.others, said.together, said.because.raw) == ((VPN,), 0.0, "")


@pytest.mark.parametrize("ranked", [(), ((MAIL, 1.0),), ((MAIL, 0.9), (VPN, 0.1))])
def test_where_it_is_not_even_torn_it_is_silent(ranked: tuple[tuple[Value, float], ...]) -> None:
    assert answer(prediction(Show.NOTHING, ranked=ranked), None) is None


def test_out_of_its_depth_it_names_nothing() -> None:
    strange = replace(prediction(Show.NOTHING, confidence=0.1), top3=0.2)
    assert answer(strange, None) is None


def test_one_value_alone_is_not_one_of_three() -> None:
    assert answer(prediction(Show.THREE, ranked=((MAIL, 1.0),)), None) is None


@pytest.mark.parametrize("trust", [DOUBTING, FAILING, Trust(500, 0.97, failing=False)])
def test_what_came_true_lately_overrules_what_was_promised(trust: Trust) -> None:
    said = answer(prediction(Show.ONE), trust)
    assert said is not None
    assert not said.proven
    assert said.others, "it is told as a doubt"


def test_outcomes_may_lower_the_bar_but_not_for_a_value_hardly_ever_seen() -> None:
    said = answer(prediction(Show.NOTHING), BELIEVING)
    assert said is not None
    assert said.proven
    rare = answer(prediction(Show.NOTHING, support=9), BELIEVING)
    assert rare is not None
    assert not rare.proven


@given(
    st.lists(st.tuples(st.sampled_from([MAIL, VPN, LAN, PHONE]), st.floats(0, 1)), max_size=6),
    st.sampled_from(Show),
    st.floats(0, 1),
    st.sampled_from([None, BELIEVING, DOUBTING, FAILING]),
)
def test_nothing_is_said_that_was_not_predicted(
    ranked: list[tuple[Value, float]], show: Show, confidence: float, trust: Trust | None
) -> None:
    said = answer(prediction(show, ranked=tuple(ranked), confidence=confidence), trust)
    if said is not None:
        assert {said.value, *said.others} <= {value for value, _ in ranked}
        assert 0 <= said.confidence <= 1
        assert not (said.proven and said.others)
