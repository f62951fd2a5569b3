"""A flood is called out once, told again now and then as it grows, and over when it has calmed down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.audit import Record
from bot.core.errors import Malformed
from bot.core.events import CardPlace
from bot.core.ids import EventId
from bot.core.incidents import (
    Flood,
    Incident,
    Incidents,
    Look,
    Member,
    Propose,
    Queue,
    Tell,
    read,
    sealed,
    unsealed,
    written,
)
from bot.decide.incidents import KNOWN_MAX, MEMBERS_MAX, decide, shown_at
from tests.making import T0, after, unique

QUEUE = Queue("jira", "OPS")
WINDOW = timedelta(minutes=30)


def member(number: int) -> Member:
    return Member(str(number), f"OPS-{number}", f"https://jira.example/browse/OPS-{number}", after(number))


def flood(
    *numbers: int, at: datetime | None = None, count: int = 0, shown: bool = True, links: bool = False
) -> Flood:
    members = tuple(member(number) for number in numbers)
    return Flood(
        id=unique("flood"),
        at=at or after(max(numbers)),
        members=members,
        count=count or len(members),
        terms=("vpn", "tunnel"),
        shown=shown,
        links=links,
    )


class Lane:
    """Decides one sign after another, and rings timers when their time has come."""

    def __init__(self) -> None:
        self.known = Incidents(QUEUE)
        self.tells: list[tuple[datetime, Tell]] = []
        self.records: list[Record] = []
        self.asks: list[Propose] = []
        self.timers: dict[str, Look] = {}

    def does(self, *signs: Flood | Look) -> Lane:
        for sign in signs:
            self._ring(sign.at)
            self._decide(sign)
        return self

    def until(self, at: datetime) -> Lane:
        self._ring(at)
        return self

    @property
    def only(self) -> Incident:
        (incident,) = self.known.known
        return incident

    @property
    def told_at(self) -> list[datetime]:
        return [at for at, _ in self.tells]

    def _ring(self, until: datetime) -> None:
        while due := [look for look in self.timers.values() if look.at <= until]:
            look = min(due, key=lambda each: each.at)
            del self.timers[look.id]
            self._decide(look)

    def _decide(self, sign: Flood | Look) -> None:
        outcome = decide(self.known, sign, WINDOW)
        self.known = outcome.incidents
        self.records += outcome.records
        for step in outcome.steps:
            match step:
                case Tell():
                    self.tells.append((sign.at, step))
                case Propose():
                    self.asks.append(step)
                case Look():
                    self.timers[step.id] = step


def kinds(records: Sequence[Record]) -> list[str]:
    return [record.what for record in records]


def test_a_flood_is_called_out_once_however_many_replicas_notice_it() -> None:
    lane = Lane().does(flood(1, 2, 3, 4, 5), flood(1, 2, 3, 4, 5), flood(2, 3, 4, 5))
    assert len(lane.tells) == 1
    assert kinds(lane.records) == ["incident.noticed"]
    assert (lane.only.count, lane.only.since, lane.only.until) == (5, after(1), after(5))


def test_replicas_that_know_different_tickets_of_it_make_one_of_it() -> None:
    lane = Lane().does(flood(2, 3, 4, 5, 6), flood(1, 2, 3, 4, 5, at=after(6)))
    assert [each.key for each in lane.only.members] == [f"OPS-{n}" for n in range(1, 7)]
    assert kinds(lane.records) == ["incident.noticed"]


def test_the_same_sign_twice_changes_nothing() -> None:
    sign = flood(1, 2, 3)
    lane = Lane().does(sign)
    before = lane.known
    lane.does(sign)
    assert lane.known == before
    assert len(lane.tells) == 1


def test_as_it_grows_the_message_follows_every_few_minutes_and_no_faster() -> None:
    lane = Lane().does(flood(1, 2, 3, at=T0))
    lane.does(*(flood(*range(1, 4 + n), at=T0 + timedelta(seconds=10 * n)) for n in range(1, 31)))
    lane.until(after(9))
    assert lane.told_at == [T0, after(3), after(6)]
    assert lane.only.count == 33
    assert not lane.only.behind


def test_one_more_after_a_quiet_while_is_told_at_once() -> None:
    lane = Lane().does(flood(1, 2, 3, at=after(3)), flood(1, 2, 3, 10, at=after(10)))
    assert lane.told_at == [after(3), after(10)]


def test_it_is_over_when_nobody_has_reported_it_for_as_long_as_a_flood_may_take() -> None:
    lane = Lane().does(flood(1, 2, 3), flood(1, 2, 3, 20))
    lane.until(after(49))
    assert lane.only.over_at is None
    lane.until(after(51))
    assert lane.only.over_at == after(50)
    assert kinds(lane.records) == ["incident.noticed", "incident.over"]
    assert lane.told_at[-1] == after(50)
    assert lane.timers == {}, "nobody looks at what is over"


def test_the_same_again_hours_later_is_another_one() -> None:
    lane = Lane().does(flood(1, 2, 3)).until(after(60)).does(flood(301, 302, 303))
    assert [each.id for each in lane.known.known] == ["1", "301"]
    assert kinds(lane.records) == ["incident.noticed", "incident.over", "incident.noticed"]


def test_one_that_was_over_and_goes_on_is_the_same_message_again() -> None:
    lane = Lane().does(flood(1, 2, 3)).until(after(40)).does(flood(1, 2, 3, 41))
    assert lane.only.over_at is None
    assert {step.incident for _, step in lane.tells} == {"1"}
    assert lane.records[-1].because == "it has begun again"
    lane.until(after(80))
    assert lane.only.over_at == after(71)


def test_what_was_long_over_when_a_replica_read_it_is_not_called_out() -> None:
    lane = Lane().does(flood(1, 2, 3, at=after(64)))
    assert lane.known.known == ()
    assert (lane.tells, lane.records) == ([], [])


def test_where_people_are_not_to_be_told_it_is_recorded_alone() -> None:
    lane = Lane().does(flood(1, 2, 3, shown=False), flood(1, 2, 3, 9, shown=False)).until(after(60))
    assert lane.tells == []
    assert kinds(lane.records) == ["incident.noticed", "incident.over"]
    assert "shown to nobody" in lane.records[0].because


def test_whether_to_link_them_is_asked_once_however_long_it_goes_on() -> None:
    lane = Lane().does(flood(1, 2, 3, links=True), flood(1, 2, 3, links=True), flood(1, 2, 3, 4, links=True))
    lane.until(after(60)).does(flood(1, 2, 3, 4, 61, links=True))
    assert lane.asks == [Propose("link:1", "1")]
    assert lane.only.linking


def test_another_flood_is_asked_about_by_itself() -> None:
    lane = Lane().does(flood(1, 2, 3, links=True)).until(after(60)).does(flood(301, 302, 303, links=True))
    assert [each.incident for each in lane.asks] == ["1", "301"]


def test_where_nothing_may_be_asked_nothing_is_and_it_is_once_that_has_changed() -> None:
    lane = Lane().does(flood(1, 2, 3), flood(1, 2, 3, 4))
    assert lane.asks == []
    assert not lane.only.linking
    lane.does(flood(1, 2, 3, 4, 5, links=True), flood(1, 2, 3, 4, 5, 6, links=True))
    assert [each.incident for each in lane.asks] == ["1"]


def test_what_was_long_over_is_not_asked_about() -> None:
    assert Lane().does(flood(1, 2, 3, at=after(64), links=True)).asks == []


def test_where_nobody_may_be_told_whether_to_link_them_may_still_be_asked() -> None:
    lane = Lane().does(flood(1, 2, 3, shown=False, links=True))
    assert (lane.tells, len(lane.asks)) == ([], 1)


def test_what_an_older_build_stored_reads_and_counts_as_not_asked() -> None:
    known, sign = Lane().does(flood(1, 2, 3)).known, flood(1, 2, 3)
    now = [(written(known), b',"linking":false'), (sealed(QUEUE, sign), b',"links":false')]
    assert all(new in data for data, new in now), "else this shows nothing"
    older, told = (data.replace(new, b"") for data, new in now)
    assert read(older) == known
    assert unsealed(Flood, told) == (QUEUE, sign)


def test_the_audit_holds_ids_and_figures_and_no_words() -> None:
    (record,) = Lane().does(flood(1, 2, 3)).records
    assert record.details == {"queue": "OPS", "tickets": ["1", "2", "3"], "count": 3}
    assert "vpn" not in str(record)


def test_a_message_keeps_the_place_it_got_first() -> None:
    lane = Lane().does(flood(1, 2, 3))
    first, second = (CardPlace(channel="C1", ts=ts) for ts in ("1.0", "2.0"))
    placed = shown_at(lane.known, "1", first)
    assert shown_at(placed, "1", second) == placed
    assert shown_at(placed, "nobody", second) == placed
    assert placed.known[0].place == first


def test_a_thousand_tickets_are_counted_and_not_all_named() -> None:
    lane = Lane().does(flood(*range(300), count=1_000))
    assert (len(lane.only.members), lane.only.count) == (MEMBERS_MAX, 1_000)


def test_only_the_newest_floods_of_a_queue_are_known() -> None:
    lane = Lane()
    for number in range(KNOWN_MAX + 5):
        lane.does(flood(*range(1_000 * number, 1_000 * number + 3)))
    assert len(lane.known.known) == KNOWN_MAX
    assert lane.known.known[-1].id == str(1_000 * (KNOWN_MAX + 4))


def test_it_comes_back_from_the_store_as_it_was() -> None:
    lane = Lane().does(flood(1, 2, 3), flood(1, 2, 3, 4))
    known = shown_at(lane.known, "1", CardPlace(channel="C1", ts="1.0"))
    assert read(written(known)) == known
    sign, look, tell = flood(1, 2), Look(id=EventId("l"), at=T0, incident="1"), Tell("t", "1")
    assert unsealed(Flood, sealed(QUEUE, sign)) == (QUEUE, sign)
    assert unsealed(Look, sealed(QUEUE, look)) == (QUEUE, look)
    assert unsealed(Tell, sealed(QUEUE, tell)) == (QUEUE, tell)
    ask = Propose("link:1", "1")
    assert unsealed(Propose, sealed(QUEUE, ask)) == (QUEUE, ask)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'[99,{"queue":{"connector":"j","name":"o"}}]'])
def test_what_is_not_ours_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        read(data)
    with pytest.raises(Malformed):
        unsealed(Flood, data)


def test_another_queue_has_another_lane_whatever_it_is_called() -> None:
    names = ["OPS", "ops", "OPS:1", "O" * 5_000, "\u202e{x}", ""]
    lanes = {Queue(connector, name).lane for name in names for connector in ("jira", "servicenow")}
    assert len(lanes) == 12
    assert max(map(len, lanes)) < 100


@settings(max_examples=80)
@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 40), min_size=3, max_size=8), st.integers(0, 20)),
        max_size=12,
    )
)
def test_in_whatever_order_signs_come_no_ticket_is_called_out_twice(
    signs: list[tuple[set[int], int]],
) -> None:
    floods = [flood(*numbers, at=after(max(numbers) + late), links=True) for numbers, late in signs]
    lane = Lane()
    for sign in floods:
        lane.does(replace(sign, at=max([sign.at, *lane.told_at])))
    lane.until(after(1_000))
    first = [
        record.ticket for record in lane.records if record.what == "incident.noticed" and not record.because
    ]
    assert len(first) == len(set(first))
    assert sorted(f"jira:{each.incident}" for each in lane.asks) == sorted(first), "and each is asked once"
    assert all(each.over_at is not None for each in lane.known.known)
    for before, later in zip(lane.told_at, lane.told_at[1:], strict=False):
        assert before <= later
