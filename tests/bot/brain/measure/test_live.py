"""What was said in service against what people made of it: counted by place and value, and shown safely."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.brain.measure.live import Live, Place, live_of
from bot.brain.measure.live_page import live_page_of
from bot.brain.measure.live_telling import told
from bot.core.outcomes import Guess, How, Outcome
from bot.core.tickets import Value
from tests.bot.brain.measure.test_page import HOSTILE, Tags

NETWORK, MAIL, PRINTER = Value("1", "Network"), Value("2", "Mail"), Value("3", "Printer")
OPS = Place("jira", "triage", "category", "OPS")
HELP = Place("jira", "triage", "category", "HELP")
T0 = datetime(2026, 11, 1, tzinfo=UTC)


def turned(
    said: Value,
    actual: Value | None,
    *,
    how: How = How.CLOSED,
    sure: float = 0.9,
    minute: int = 0,
    proposed: bool = True,
) -> Outcome:
    guess = Guess("triage", "category", said, sure, proposed)
    return Outcome(guess=guess, queue="OPS", how=how, actual=actual, at=T0 + timedelta(minutes=minute))


def live(*outcomes: Outcome, place: Place = OPS) -> Live:
    return live_of([(place, outcomes)], 0.95)


def test_each_value_has_what_was_said_of_it_and_how_often_it_was_found() -> None:
    said = [*[turned(NETWORK, NETWORK)] * 8, *[turned(NETWORK, MAIL)] * 2, *[turned(MAIL, MAIL)] * 3]

    (field,) = live(*said).fields

    assert (field.whole.n, field.whole.right) == (13, 11)
    rows = {row.name: (row.alone, row.alone_right, row.n, row.recall) for row in field.whole.by_class}
    assert rows == {"Network": (10, 0.8, 8, 1.0), "Mail": (3, 1.0, 5, 0.6)}
    assert [(each.truth, each.said, each.count) for each in field.confusion] == [("Mail", "Network", 2)]


def test_the_interval_is_as_wide_as_the_tickets_are_few() -> None:
    few, many = live(*[turned(MAIL, MAIL)] * 5).fields[0], live(*[turned(MAIL, MAIL)] * 500).fields[0]

    assert few.whole.precision == many.whole.precision == 1.0
    assert few.whole.range[0] < 0.5
    assert many.whole.range[0] > 0.99


def test_a_rejection_counts_as_wrong_and_a_ticket_closed_without_a_value_as_nothing() -> None:
    (field,) = live(
        turned(MAIL, MAIL, how=How.APPROVED),
        turned(MAIL, None, how=How.REJECTED),
        turned(MAIL, PRINTER, how=How.EDITED),
        turned(MAIL, None, how=How.CLOSED),
    ).fields

    assert (field.whole.n, field.whole.right, field.untold) == (3, 1, 1)
    assert field.how == {"approved": 1, "edited": 1, "rejected": 1}


def test_what_was_sure_enough_for_a_card_is_told_apart() -> None:
    sure, faint = [turned(MAIL, MAIL)] * 9, [turned(MAIL, PRINTER, sure=0.5, proposed=False)] * 3

    (field,) = live(*sure, *faint).fields

    assert (field.whole.n, field.whole.precision) == (12, 0.75)
    assert (field.whole.for_card, field.whole.for_card_precision) == (9, 1.0)
    assert live(*faint).fields[0].whole.for_card_precision is None


def test_queues_stand_apart_and_together() -> None:
    found = live_of(
        [(OPS, [turned(MAIL, MAIL)] * 4), (HELP, [turned(MAIL, PRINTER)] * 4), (HELP, ())], 0.95
    ).fields

    (field,) = found
    assert field.whole.place == Place("jira", "triage", "category")
    assert [(each.place.queue, each.n, each.right) for each in field.queues] == [
        ("HELP", 4, 0),
        ("OPS", 4, 4),
    ]
    assert (field.whole.n, field.whole.right) == (8, 4)


def test_a_field_that_breaks_its_promise_says_so_and_is_believed_from_nowhere() -> None:
    good = [turned(MAIL, MAIL, minute=n) for n in range(600)]
    bad = [turned(MAIL, PRINTER, minute=600 + n) for n in range(500)]

    (kept,), (broken,) = live(*good).fields, live(*good, *bad).fields

    assert kept.believed_from is not None
    assert not kept.failing
    assert broken.failing
    assert broken.believed_from is None
    assert "not believed" in told(live(*good, *bad))


def test_the_windows_follow_in_time_whatever_order_the_queues_came_in() -> None:
    older = [turned(MAIL, MAIL, minute=n) for n in range(100)]
    newer = [turned(MAIL, PRINTER, minute=1_000 + n) for n in range(50)]

    (field,) = live_of([(HELP, newer), (OPS, older)], 0.95).fields

    assert [(each.n, each.precision) for each in field.windows] == [(100, 1.0), (50, 0.0)]


def test_labels_that_differ_in_case_are_one_value() -> None:
    (field,) = live(turned(MAIL, Value("99", "MAIL"))).fields

    assert field.whole.right == 1
    assert [row.name for row in field.whole.by_class] == ["Mail"]


def test_without_outcomes_it_says_what_it_waits_for() -> None:
    assert "Nothing has turned out yet" in told(live())
    assert "Nothing has turned out yet" in live_page_of(live())


def test_hostile_names_stay_text() -> None:
    evil = Value("x", HOSTILE)
    found = live_of([(Place(HOSTILE, HOSTILE, HOSTILE, HOSTILE), [turned(evil, MAIL)] * 20)], 0.95)

    page = live_page_of(found)

    tags = Tags(page)
    assert not tags.open
    assert "script" not in tags.names
    assert "img" not in tags.names
    assert "\x1b" not in told(found)
    assert "\n" not in json.dumps(found.as_json())


VALUES = st.sampled_from([NETWORK, MAIL, PRINTER])
OUTCOMES = st.lists(
    st.builds(
        turned,
        VALUES,
        st.none() | VALUES,
        how=st.sampled_from(How),
        sure=st.floats(0, 1),
        minute=st.integers(0, 9_999),
        proposed=st.booleans(),
    ),
    max_size=40,
)


@given(OUTCOMES, OUTCOMES)
def test_whatever_turned_out_the_figures_add_up(one: Sequence[Outcome], other: Sequence[Outcome]) -> None:
    for field in live_of([(OPS, one), (HELP, other)], 0.95).fields:
        assert field.whole.n + field.untold == len(one) + len(other)
        assert sum(each.n for each in field.queues) == field.whole.n == sum(field.how.values())
        assert sum(row.alone for row in field.whole.by_class) == field.whole.n
        assert sum(each.for_card for each in field.queues) == field.whole.for_card <= field.whole.n
        assert sum(window.n for window in field.windows) == field.whole.n
        assert 0 <= field.whole.range[0] <= field.whole.range[1] <= 1
