"""Whatever is asked, what comes out can be set, and nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.brain.classify import Fitted
from bot.brain.lessons import TOP_MAX, Asked, Show
from bot.core.tickets import Value
from tests.bot.brain.classify.made import GROUPS, tickets

CLEAR = "group2x1 group2x3 group2x7 group2x9 team2y1z3 team2y1z4 team2y1z5 word1 word2 word3"
FOREIGN = (
    "Which wine goes with roast lamb on Sunday evening?",
    "Translate the following poem about autumn leaves into Portuguese please",
    "How tall is the highest mountain of New Zealand and who climbed it first",
    "set a timer for twelve minutes and play some jazz",
)
ANY_TEXT = st.one_of(
    st.text(max_size=300),
    st.text(st.characters(), max_size=80),  # lone surrogates and NUL included
    st.sampled_from(
        [
            "",
            " ",
            "\0",
            "\ud800",
            "\u202eabc",
            "👩‍👩‍👧 \u200b",
            "ما هي المشكلة",
            "ﬁ ﷺ",
            "網路連線很慢",
            "<EMAIL_1>",
        ]
    ),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_TEXT, st.lists(st.sampled_from([*GROUPS, Value("x", "Unheard of"), Value("?", "GROUP 3")])))
def test_nothing_but_allowed_values_comes_out(fitted: Fitted, text: str, allowed: list[Value]) -> None:
    found = fitted.predict(Asked(text, allowed={"group": allowed}))
    assert set(found) == {"group", "team"}
    said = found["group"]
    assert {value for value, _ in said.ranked} <= set(allowed)
    assert len(said.ranked) <= TOP_MAX
    assert said.ranked or said.show is Show.NOTHING
    assert 0 <= said.confidence <= said.top3 <= 1
    assert 0 <= said.familiar <= 1
    assert abs(sum(share for _, share in said.ranked) - bool(said.ranked)) < 1e-6


def test_the_allowed_object_itself_comes_out_matched_by_id_or_by_label(fitted: Fitted) -> None:
    by_id, by_label = Value("200", "Renamed since"), Value("77", "group  2")
    for wanted in (by_id, by_label):
        found = fitted.predict(Asked(CLEAR, allowed={"group": [GROUPS[1], wanted]}))["group"]
        assert found.ranked[0][0] is wanted


def test_a_value_that_is_gone_leaves_no_confidence_to_the_others(fitted: Fitted) -> None:
    whole = fitted.predict(Asked(CLEAR))["group"]
    without = fitted.predict(Asked(CLEAR, allowed={"group": [GROUPS[0], GROUPS[1]]}))["group"]
    assert whole.ranked[0][0] == GROUPS[2]
    assert whole.confidence > 0.85
    assert without.confidence < 0.1
    assert without.show is Show.NOTHING


def test_a_million_characters_cost_no_second(fitted: Fitted) -> None:
    found = fitted.predict(Asked(f"{CLEAR} " * 10 + "x1 y2 z3 q\n" * 100_000))
    assert found["group"].ranked


@pytest.mark.parametrize("text", FOREIGN)
def test_a_text_from_elsewhere_is_shown_nothing(fitted: Fitted, text: str) -> None:
    said = fitted.predict(Asked(text))["group"]
    assert said.show is Show.NOTHING
    assert said.familiar < 0.2
    assert said.confidence < 0.3


def test_no_words_no_opinion(fitted: Fitted) -> None:
    said = fitted.predict(Asked("... !!! ???"))["group"]
    assert said.familiar == 0
    assert said.confidence == 0
    assert said.show is Show.NOTHING


def test_parents_come_before_children(fitted: Fitted) -> None:
    assert fitted.fields == ("group", "team")


def test_a_known_parent_leaves_only_its_children(fitted: Fitted) -> None:
    for group in GROUPS:
        teams = fitted.predict(Asked(CLEAR, known={"group": group}))["team"].ranked
        assert teams
        assert {value.id[0] for value, share in teams if share > 1e-6} == {group.id[0]}


def test_a_known_parent_that_was_never_learned_rules_nothing_out(fitted: Fitted) -> None:
    found = fitted.predict(Asked(CLEAR, known={"group": Value("new", "Brand new")}))["team"]
    assert found.ranked[0][0].label.startswith("Team 2 1")


def test_many_at_once_are_answered_as_one_by_one(fitted: Fitted) -> None:
    asked = [Asked(lesson.text, allowed={"group": GROUPS[:4]}) for lesson in tickets(40, seed=9)]
    asked[3] = Asked("")
    together = fitted.predict_all(asked)
    for one, many in zip(asked, together, strict=True):
        alone = fitted.predict(one)
        for field in fitted.fields:
            assert alone[field].show is many[field].show
            assert alone[field].confidence == pytest.approx(many[field].confidence, abs=1e-6)
            assert [value for value, _ in alone[field].ranked[:3]] == [
                value for value, _ in many[field].ranked[:3]
            ]
    assert fitted.predict_all([]) == []


def test_order_and_case_of_a_text_do_not_matter_much_but_its_words_do(fitted: Fitted) -> None:
    upper = fitted.predict(Asked(CLEAR.upper()))["group"]
    assert upper.ranked[0][0] == GROUPS[2]
    other = CLEAR.replace("group2", "group4").replace("team2", "team4")
    assert fitted.predict(Asked(other))["group"].ranked[0][0] == GROUPS[4]
