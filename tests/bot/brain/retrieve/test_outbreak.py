"""Many alike within minutes are called out once; the usual and the unlike are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain.retrieve.outbreak import MEMBERS_MAX, Outbreak, Outbreaks
from tests.bot.brain.retrieve.desk import SUBJECTS, seeded, ticket
from tests.bot.brain.retrieve.test_terms import NASTY

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def calm(watch: Outbreaks, *, count: int, every: float, subjects: str = " ".join(SUBJECTS)) -> list[Outbreak]:
    """A usual stream: ``count`` tickets of ``subjects`` in turn; what was called out."""
    rng, names = seeded(1), subjects.split()
    found = [
        watch.add(f"c-{n}", minutes(n * every), ticket(rng, names[n % len(names)])) for n in range(count)
    ]
    return [each for each in found if each]


def flood(
    watch: Outbreaks, subject: str, *, begin: float, count: int, every: float = 1.0
) -> list[Outbreak | None]:
    rng = seeded(2)
    return [watch.add(f"f-{n}", minutes(begin + n * every), ticket(rng, subject)) for n in range(count)]


def test_the_fifth_of_a_kind_within_minutes_is_called_out_once() -> None:
    watch = Outbreaks(tickets_min=5)
    found = flood(watch, "vpn", begin=0, count=12)
    called = [each for each in found if each]
    assert len(called) == 1
    assert found[4] == called[0]
    assert called[0].keys == ("f-0", "f-1", "f-2", "f-3", "f-4")
    assert (called[0].since, called[0].until) == (minutes(0), minutes(4))
    assert set(called[0].terms) & set(SUBJECTS["vpn"].split())
    assert not set(called[0].terms) & {"hello", "please", "the"}


def test_who_comes_later_joins_silently_and_it_ends_when_nobody_does() -> None:
    watch = Outbreaks(tickets_min=5)
    flood(watch, "vpn", begin=0, count=9)
    (active,) = watch.active
    assert (active.count, active.until) == (9, minutes(8))
    assert watch.of("f-8") == active
    watch.add("other", minutes(10), ticket(seeded(3), "payroll"))
    assert watch.of("other") is None
    watch.add("late", minutes(60), ticket(seeded(4), "payroll"))
    assert watch.active == ()
    assert watch.of("f-8") is None


def test_the_same_again_on_another_day_is_called_out_again() -> None:
    watch = Outbreaks(tickets_min=5)
    flood(watch, "vpn", begin=0, count=6)
    rng = seeded(9)
    again = [watch.add(f"g-{n}", minutes(1_440 + n), ticket(rng, "vpn")) for n in range(6)]
    assert [each is not None for each in again] == [False] * 4 + [True, False]
    assert again[4] is not None
    assert not {key for key in again[4].keys if key.startswith("f-")}, "the first five are another story"


def test_a_calm_day_calls_nothing_out() -> None:
    assert calm(Outbreaks(tickets_min=5), count=400, every=7) == []


def test_a_subject_that_always_comes_in_this_often_is_no_incident() -> None:
    watch = Outbreaks(tickets_min=5, window=timedelta(minutes=30))
    rng = seeded(1)
    called = [watch.add(f"m-{n}", minutes(n * 6), ticket(rng, "mail")) for n in range(300)]
    assert not [each for each in called[50:] if each], "five in half an hour is its usual pace"


def test_a_flood_in_the_middle_of_a_calm_day_is_called_out_early() -> None:
    watch = Outbreaks(tickets_min=5)
    assert calm(watch, count=300, every=7) == []
    found = flood(watch, "badge", begin=300 * 7, count=15)
    at = next(n for n, each in enumerate(found) if each)
    assert at < 10
    assert sum(each is not None for each in found) == 1


def test_one_person_who_writes_ten_times_is_no_outbreak() -> None:
    watch = Outbreaks(tickets_min=3)
    rng = seeded(2)
    found = [watch.add(f"p-{n}", minutes(n), ticket(rng, "vpn"), person="same") for n in range(10)]
    assert found == [None] * 10
    assert watch.add("q-1", minutes(10), ticket(rng, "vpn"), person="second") is None
    assert watch.add("q-2", minutes(11), ticket(rng, "vpn"), person="third") is not None


def test_a_ticket_delivered_again_counts_once() -> None:
    watch = Outbreaks(tickets_min=3)
    text = ticket(seeded(2), "vpn")
    assert [watch.add("A-1", minutes(n), text) for n in range(8)] == [None] * 8


def test_the_same_number_over_a_day_is_no_outbreak() -> None:
    found = flood(Outbreaks(tickets_min=5, window=timedelta(minutes=30)), "vpn", begin=0, count=12, every=31)
    assert found == [None] * 12


def test_tickets_about_different_things_are_none_however_many() -> None:
    watch = Outbreaks(tickets_min=5)
    texts = [f"{a}{n} {b}{n} please help thanks" for n, (a, b) in enumerate([("qrs", "tuv")] * 40)]
    assert [watch.add(str(n), minutes(0), text) for n, text in enumerate(texts)] == [None] * 40


def test_empty_and_strange_texts_bring_nobody_together() -> None:
    watch = Outbreaks(tickets_min=2)
    for n in range(3):
        for at, text in enumerate(["", "the and is", *NASTY[:3]]):
            assert watch.add(f"{n}-{at}", minutes(n), text) is None


def test_a_removed_ticket_leaves_its_outbreak_and_counts_no_more() -> None:
    watch = Outbreaks(tickets_min=5)
    flood(watch, "vpn", begin=0, count=6)
    watch.remove("f-2")
    watch.remove("nobody")
    (active,) = watch.active
    assert active.count == 5
    assert "f-2" not in active.keys
    before = Outbreaks(tickets_min=3)
    flood(before, "vpn", begin=0, count=2)
    before.remove("f-0")
    assert before.add("x", minutes(3), ticket(seeded(8), "vpn")) is None


def test_memory_is_bounded_and_an_outbreak_larger_than_it_is_one() -> None:
    watch = Outbreaks(tickets_min=5, memory=50)
    found = flood(watch, "vpn", begin=0, count=300, every=0.1)
    assert sum(each is not None for each in found) == 1
    (active,) = watch.active
    assert (active.count, len(active.keys)) == (300, MEMBERS_MAX)
    assert len(watch) == 50


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 1, 3)])
def test_tickets_that_arrive_out_of_order_are_told_in_order(order: tuple[int, ...]) -> None:
    watch = Outbreaks(tickets_min=5)
    rng = seeded(2)
    texts = [ticket(rng, "vpn") for _ in range(5)]
    found = [watch.add(f"f-{n}", minutes(n), texts[n]) for n in order]
    assert found[:4] == [None] * 4
    assert found[4] is not None
    assert found[4].keys == ("f-0", "f-1", "f-2", "f-3", "f-4")


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 200), st.text("ab cd", max_size=12)), max_size=40)
)
def test_no_stream_breaks_it_and_no_ticket_is_called_out_twice(stream: list[tuple[int, int, str]]) -> None:
    watch, called = Outbreaks(tickets_min=2, memory=10), list[str]()
    for key, at, text in stream:
        found = watch.add(str(key), minutes(at), text)
        called += found.keys if found else ()
        assert len(watch) <= 10
        assert found is None or found.count >= 2
