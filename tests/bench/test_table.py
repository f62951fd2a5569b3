"""The table says what was measured, and its figures come from the intervals and not from hope."""

from __future__ import annotations

import json

import pytest

from bench.clicks import measured as click_measured
from bench.memory import slope
from bench.neighbours import Neighbours
from bench.table import Row, as_json, ms, percentile, printed
from bench.tickets import by_ticket, largest_gaps, measured, outside
from bench.watched import BRAIN, CLICK, SLACK, VENDOR, WIRE, Note

ROWS = [
    Row(measure="a", value="1 ms", ratio=0.5, target="< 2 ms", ok=True, dominates="the network"),
    Row(measure="a longer one", value="3 ms", target="< 2 ms", ok=False),
    Row(measure="only told", value="7 MiB"),
]


def test_columns_line_up_and_verdicts_are_words() -> None:
    head, ruler, first, second, third = printed(ROWS).splitlines()
    assert head.split() == ["measure", "value", "of", "baseline", "target", "what", "dominates"]
    assert set(ruler) == {"-", " "}
    assert first.index("1 ms") == second.index("3 ms") == third.index("7 MiB") == head.index("value")
    assert first.split()[-3:] == ["ok", "the", "network"]
    assert "0.50" in first
    assert second.split()[-1] == "missed"
    assert "ok" not in third
    assert "missed" not in third


def test_json_keeps_the_numbers() -> None:
    rows = json.loads(as_json(ROWS))
    assert [row["ok"] for row in rows] == [True, False, None]
    assert rows[0]["ratio"] == 0.5


def test_percentiles_of_few_values_do_not_break() -> None:
    assert percentile([4.0], 99) == 4.0
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
    assert ms(0.0123) == "12.3 ms"
    assert ms(0.00123) == "1.23 ms"


def _note(kind: str, what: str, start: float, stop: float, ticket: str = "1") -> Note:
    return (ticket, kind, what, start, stop)


def test_two_calls_out_at_once_are_taken_off_once() -> None:
    calls = [_note(VENDOR, "GET /a", 1.0, 3.0), _note(VENDOR, "GET /b", 2.0, 4.0)]
    out, gaps = outside(calls, 0.0, 5.0)
    assert out == 3.0
    assert gaps == (("GET /a", 1.0),)


def test_a_call_that_is_still_out_at_the_end_counts_only_up_to_it() -> None:
    out, _ = outside([_note(VENDOR, "GET /a", 1.0, 9.0)], 0.0, 5.0)
    assert out == 4.0


def test_own_time_ends_where_the_first_write_begins() -> None:
    notes = [
        _note(VENDOR, "GET /issue/1", 1.0, 2.0),
        _note(WIRE, "GET /issue/1", 1.25, 1.75),
        _note(BRAIN, "local", 2.0, 2.5),
        _note(VENDOR, "POST /request/1/comment", 3.0, 4.0),
        _note(VENDOR, "GET /issue/1", 5.0, 9.0),
    ]
    one = measured(notes, 0.0)
    assert (one.total, one.vendor, one.wire, one.brain) == (3.0, 1.0, 0.5, 0.5)
    assert one.own == 2.0
    assert largest_gaps([one]) == "1000.0 ms before POST …/request/comment, 1000.0 ms before GET …/issue"


def test_what_happened_before_the_webhook_is_not_ours() -> None:
    notes = [_note(VENDOR, "GET /issue/1", 0.0, 1.0), _note(VENDOR, "PUT /issue/1", 3.0, 4.0)]
    assert measured(notes, 2.0).own == 1.0


def test_a_ticket_without_a_write_is_an_error_and_not_a_fast_ticket() -> None:
    with pytest.raises(StopIteration):
        measured([_note(VENDOR, "GET /issue/1", 0.0, 1.0)], 0.0)


def test_what_slack_is_told_beside_the_way_is_not_taken_off_a_click() -> None:
    notes = [
        _note(CLICK, "/slack/events", 0.0, 0.5, ""),
        _note(SLACK, "users.info", 1.0, 2.0, ""),
        _note(SLACK, "chat.update", 2.0, 4.0, ""),
        _note(VENDOR, "PUT /issue/1", 5.0, 6.0),
    ]
    one = click_measured(notes)
    assert (one.total, one.vendor, one.own) == (5.0, 1.0, 4.0)


def test_notes_are_sorted_by_ticket_and_time() -> None:
    later, sooner = _note(VENDOR, "b", 2.0, 3.0), _note(VENDOR, "a", 1.0, 2.0)
    page = by_ticket([later, sooner, _note(VENDOR, "c", 0.0, 1.0, "2")])
    assert [note[2] for note in page["1"]] == ["a", "b"]
    assert [note[2] for note in page["2"]] == ["c"]


def test_a_slope_is_that_of_the_best_line() -> None:
    assert slope([1.0, 2.0, 3.0, 4.0]) == pytest.approx(1.0)
    assert slope([5.0, 5.0, 5.0]) == 0.0
    assert slope([7.0]) == 0.0


def test_our_own_work_is_not_blamed_on_the_neighbours() -> None:
    with Neighbours() as others:
        sum(number * number for number in range(2_000_000))
    assert 0.0 <= others.share <= 1.0
    assert "processors" in others.row().value
    assert others.row().ok is None
