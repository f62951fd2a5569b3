"""Nothing that could change the meaning of a query gets into one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Missing, Refused
from connectors.servicenow import queries, similar
from tests.connectors.servicenow.building import RECORD, ticket


@pytest.mark.parametrize(
    "text", ["", "a" * 31, "A" * 32, RECORD + "\n", f"{RECORD}^ORactive=true", "../" + RECORD]
)
def test_a_sys_id_is_32_lower_case_hex_digits_and_nothing_else(text: str) -> None:
    with pytest.raises(Refused):
        queries.sys_id(text)


@pytest.mark.parametrize(
    "text", ["INC1^ORnumber=INC2", "INC", "1234", "INC1\n^", "I1", "INC\uff11", "INC0010001 OR 1"]
)
def test_a_number_with_a_second_condition_in_it_names_nothing(text: str) -> None:
    with pytest.raises(Missing):
        queries.number(text)


def test_a_number_may_be_written_as_people_write_it() -> None:
    assert queries.number(" inc0010023 ") == "INC0010023"


@pytest.mark.parametrize(
    "text", ["a^b", "a\nb", "a\x00", "a\u2028b", "javascript:gs.sleep(9)", "JavaScript:x"]
)
def test_a_value_with_a_caret_a_line_end_or_a_script_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        queries.literal(text)


def test_moments_are_utc_whatever_zone_they_come_in() -> None:
    at = datetime(2026, 11, 21, 10, 30, 5, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert queries.moment_text(at) == "2026-11-21 08:30:05"
    assert queries.moment("2026-11-21 08:30:05") == datetime(2026, 11, 21, 8, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "21/11/2026 08:30:05", "2026-11-21"])
def test_a_moment_in_somebodys_own_format_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="match"):
        queries.moment(text)


@given(st.text(max_size=200))
def test_no_summary_can_add_a_condition_to_the_search_for_similar_tickets(summary: str) -> None:
    query = similar.similar_query(ticket(summary=summary), "incident", RECORD)
    if query:
        conditions = query.split("^")
        assert conditions[0] == "stateIN6,7"
        assert conditions[2] == f"sys_id!={RECORD}"
        assert all("short_descriptionLIKE" in each for each in conditions[3:-1])
        assert len(conditions) <= 4 + similar.WORDS_MAX
        assert not re.search(r"[\x00-\x1f]|javascript:", query)


@pytest.mark.parametrize("summary", ["", "   ", "🖨️ !!", "a b c", "^^^", "please help with this"])
def test_a_summary_without_a_telling_word_searches_nothing(summary: str) -> None:
    assert similar.similar_query(ticket(summary=summary), "incident", RECORD) == ""


def test_more_words_in_common_score_higher_and_none_scores_nothing() -> None:
    asked = ticket(summary="Printer jams on floor three", description="Paper tray two")
    near = {"number": "INC1", "short_description": "Printer jams again", "description": "tray two paper"}
    far = {"number": "INC2", "short_description": "Printer offline", "description": ""}
    none = {"number": "INC3", "short_description": "Password reset", "description": ""}
    ranked = similar.best(asked, [none, far, near], 5)
    assert [row["number"] for _, row in ranked] == ["INC1", "INC2"]
    assert 0 < ranked[1][0] < ranked[0][0] <= 1


def test_a_megabyte_of_text_is_compared_in_no_time() -> None:
    asked = ticket(summary="Printer jams", description="x y z " * 200_000)
    assert similar.score(asked, {"short_description": "Printer jams", "description": "word " * 200_000}) > 0
