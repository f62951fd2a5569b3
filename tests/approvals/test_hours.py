"""Working time: it runs in working hours only, adds up, and knows free days and clocks that change."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.hours import WorkingHours

ZURICH = WorkingHours(timezone="Europe/Zurich", country="CH-ZH")
HOUR = 3600

places = st.sampled_from([
    ZURICH,
    WorkingHours(),
    WorkingHours(timezone="America/New_York", country="US-NY", opens=time(8, 30), closes=time(18)),
    WorkingHours(timezone="Asia/Kolkata", country="IN", weekdays=frozenset(range(6))),
    WorkingHours(timezone="Australia/Lord_Howe", weekdays=frozenset(range(7)), closes=time(23, 59)),
    WorkingHours(timezone="Europe/Zurich", weekdays=frozenset({6}), opens=time(22), closes=time(22, 45)),
    WorkingHours(timezone="Pacific/Apia", days_off=frozenset({date(2026, 12, 24), date(2026, 12, 28)})),
])  # fmt: skip
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # given one
spans = st.integers(0, 40 * HOUR)


def at(text: str, zone: str = "Europe/Zurich") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@given(places, moments, spans, spans)
def test_it_adds_up(hours: WorkingHours, start: datetime, first: int, second: int) -> None:
    assert hours.after(hours.after(start, first), second) == hours.after(start, first + second)


@given(places, moments, moments, spans)
def test_who_starts_later_does_not_end_earlier(
    hours: WorkingHours, one: datetime, other: datetime, span: int
) -> None:
    assert hours.after(min(one, other), span) <= hours.after(max(one, other), span)


@given(places, moments, st.integers(1, 40 * HOUR))
def test_it_ends_in_working_time_and_never_sooner_than_by_the_clock(
    hours: WorkingHours, start: datetime, span: int
) -> None:
    end = hours.after(start, span)
    local = end.astimezone(ZoneInfo(hours.timezone))
    assert hours.works_on(local.date())
    assert hours.opens <= local.time() <= hours.closes
    assert end >= start + timedelta(seconds=span)
    assert end.utcoffset() == timedelta()


@settings(max_examples=50)
@given(places, moments, st.integers(0, 3 * HOUR))
def test_it_counts_every_working_second_and_no_other(hours: WorkingHours, start: datetime, span: int) -> None:
    """Counted once more, the slow way: second by second would take too long, so by quarters of an hour."""
    start, span = start.replace(minute=0, second=0, microsecond=0), span - span % 900
    zone, moment, counted = ZoneInfo(hours.timezone), start, 0
    while counted < span:
        local = moment.astimezone(zone)
        if hours.works_on(local.date()) and hours.opens <= local.time() < hours.closes:
            left = datetime.combine(local.date(), hours.closes, zone).astimezone(UTC) - moment
            counted += min(900, int(left.total_seconds()))
        moment += timedelta(seconds=900)
    if span and hours.closes.minute % 15 == 0:
        last = hours.after(start, span)
        assert moment - timedelta(seconds=900) < last <= moment


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-18T10:00", 2, "2026-11-18T12:00"),
        ("2026-11-18T16:00", 2, "2026-11-19T10:00"),
        ("2026-11-18T09:00", 8, "2026-11-18T17:00"),
        ("2026-11-18T17:00", 1, "2026-11-19T10:00"),
        ("2026-11-18T03:00", 1, "2026-11-18T10:00"),
        ("2026-11-20T16:30", 1, "2026-11-23T09:30"),
        ("2026-11-21T12:00", 1, "2026-11-23T10:00"),
        ("2026-11-18T09:00", 40, "2026-11-24T17:00"),
    ],
)
def test_nights_and_weekends_do_not_count(start: str, hours: float, end: str) -> None:
    assert ZURICH.after(at(start), hours * HOUR) == at(end)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        # Good Friday and Easter Monday.
        ("2026-04-02T16:00", 2, "2026-04-07T10:00"),
        # Christmas is a Friday, Saint Stephen's a Saturday; New Year's Day a Friday again.
        ("2026-12-24T16:00", 2, "2026-12-28T10:00"),
        ("2026-12-31T16:00", 2, "2027-01-04T10:00"),
        ("2026-12-30T09:00", 24, "2027-01-04T17:00"),
    ],
)
def test_public_holidays_do_not_count_and_the_next_year_has_its_own(
    start: str, hours: float, end: str
) -> None:
    assert ZURICH.after(at(start), hours * HOUR) == at(end)


def test_a_subdivision_has_holidays_the_country_does_not_have() -> None:
    epiphany, start = date(2027, 1, 6), at("2027-01-05T16:00")
    ticino = WorkingHours(timezone="Europe/Zurich", country="CH-TI")
    assert ZURICH.works_on(epiphany)
    assert not ticino.works_on(epiphany)
    assert ticino.after(start, 2 * HOUR) == at("2027-01-07T10:00")


def test_a_day_off_of_our_own_does_not_count() -> None:
    closed = WorkingHours(timezone="Europe/Zurich", days_off=frozenset({date(2026, 11, 19)}))
    assert closed.after(at("2026-11-18T16:00"), 2 * HOUR) == at("2026-11-20T10:00")


@pytest.mark.parametrize(
    ("day", "worked"),
    [("2026-03-29", 22.5), ("2026-10-25", 24.5), ("2026-03-30", 23.5)],
)
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_really_is(day: str, worked: float) -> None:
    """23 or 25 hours less the half hour after closing time, and 24 on the day after."""
    around = WorkingHours(
        timezone="Europe/Zurich", weekdays=frozenset(range(7)), opens=time(0), closes=time(23, 30)
    )
    assert around.after(at(f"{day}T00:00"), worked * HOUR) == at(f"{day}T23:30")


@pytest.mark.parametrize(
    ("start", "end"), [("2026-03-27T16:00", "2026-03-30T10:00"), ("2026-10-23T16:00", "2026-10-26T10:00")]
)
def test_opening_time_stays_where_the_wall_clock_has_it_when_clocks_change(start: str, end: str) -> None:
    assert ZURICH.after(at(start), 2 * HOUR) == at(end)


def test_the_answer_is_the_same_in_whatever_zone_the_question_is_put() -> None:
    start = at("2026-11-18T16:00")
    assert ZURICH.after(start.astimezone(ZoneInfo("Asia/Tokyo")), 7200) == ZURICH.after(start, 7200)
    inside = ZURICH.after(start.astimezone(ZoneInfo("Asia/Tokyo")), 60)
    assert inside.utcoffset() == timedelta()


async def test_counting_reads_no_file_so_it_may_run_in_the_event_loop() -> None:
    """A blocking read in the loop fails every test here; nobody asked for 2041 before."""
    tokyo = await asyncio.to_thread(WorkingHours, timezone="Asia/Tokyo", country="JP")
    assert tokyo.after(datetime(2041, 3, 19, 0, tzinfo=UTC), 20 * HOUR) > datetime(2041, 3, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"timezone": "Europe/Zuerich"}, "'Europe/Zuerich' is not a time zone: write one such as"),
        ({"timezone": "Europe"}, "is not a time zone"),
        ({"timezone": "../etc/passwd"}, "is not a time zone"),
        ({"timezone": ""}, "is not a time zone"),
        ({"country": "XX"}, "'XX': no public holidays are known there; write a country such as CH"),
        ({"country": "CH-QQ"}, "'CH-QQ': no public holidays are known there"),
        ({"country": "ch"}, "no public holidays are known there"),
        ({"weekdays": frozenset[int]()}, "name at least one weekday"),
        ({"opens": time(17), "closes": time(9)}, "work ends at 09:00, before it begins at 17:00"),
        ({"opens": time(9), "closes": time(9)}, "work ends at 09:00"),
    ],
)
def test_hours_that_could_not_be_used_are_not_made(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        WorkingHours(**wrong)  # type: ignore[arg-type]  # as the test names them


def test_a_calendar_on_which_nobody_ever_works_says_so_instead_of_looking_for_ever() -> None:
    off = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(5 * 366))
    with pytest.raises(ValueError, match="no working time in 1098 days"):
        WorkingHours(timezone="Europe/Zurich", days_off=off).after(at("2026-11-18T16:00"), 60)
