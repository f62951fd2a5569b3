"""Near copies are shown once; a possible duplicate is a question with both texts, to who may see both."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.brain.retrieve import duplicates
from bot.brain.retrieve.duplicates import OpenTickets, Perhaps, collapsed, near_copy
from bot.brain.retrieve.index import Hit, Index
from bot.brain.retrieve.terms import words
from tests.bot.brain.retrieve.desk import desk

VPN = "vpn tunnel to the gateway drops every hour since the update on monday for all of us in building {}"


def anyone(_key: str) -> bool:
    return True


def test_near_copies_are_shown_once_with_their_number() -> None:
    texts = {f"V-{n}": VPN.format(n) for n in range(4)} | {
        "P-1": "vpn printer has no toner",
        "P-2": "vpn card lost",
    }
    hits = Index.build(list(texts.items())).nearest(VPN.format(1), 6)
    shown = collapsed(hits, lambda hit: texts[hit.key], 3)
    assert shown[0].hit.key == "V-1"
    assert shown[0].count == 4
    assert set(shown[0].copies) == {"V-0", "V-2", "V-3"}
    assert {each.hit.key for each in shown[1:]} == {"P-1", "P-2"}
    assert [each.count for each in shown[1:]] == [1, 1]


def test_tickets_on_one_subject_are_no_copies() -> None:
    texts = dict(desk(60))
    hits = Index.build(list(texts.items())).nearest(texts["vpn-0"], 10)
    assert [each.count for each in collapsed(hits, lambda hit: texts[hit.key], 10)] == [1] * 10


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("vpn drops", "drops VPN", True),
        ("vpn drops", "vpn stays", False),
        ("", "", True),
        ("reset password", "reset badge", False),
    ],
)
def test_short_texts_are_copies_only_with_the_same_words(one: str, other: str, same: bool) -> None:  # noqa: FBT001  # a column of the table
    assert near_copy(Counter(words(one)), Counter(words(other))) is same


def test_nothing_collapses_to_nothing() -> None:
    assert collapsed([], lambda _: "", 3) == []
    assert len(collapsed([Hit(0, 0.5, "A")], lambda _: "a", 1)) == 1


def test_a_likely_duplicate_is_asked_about_with_both_texts() -> None:
    tickets = OpenTickets()
    for key, text in desk(60):
        tickets.add(key, text)
    tickets.add("V-1", VPN.format(1))
    (asked,) = tickets.same_as("V-2", VPN.format(2), 3, allowed=anyone)
    assert isinstance(asked, Perhaps)
    assert (asked.key, asked.mine, asked.theirs) == ("V-1", VPN.format(2), VPN.format(1))
    assert asked.score < 1
    assert "building" in asked.shared or "monday" in asked.shared
    assert "2" not in asked.shared


def test_a_ticket_is_no_duplicate_of_itself_nor_of_a_closed_one() -> None:
    tickets = OpenTickets()
    tickets.add("V-1", VPN.format(1))
    assert tickets.same_as("V-1", VPN.format(1), 3, allowed=anyone) == []
    assert len(tickets.same_as("V-2", VPN.format(1), 3, allowed=anyone)) == 1
    tickets.close("V-1")
    tickets.close("V-1")
    assert tickets.same_as("V-2", VPN.format(1), 3, allowed=anyone) == []


def test_a_ticket_that_the_reader_may_not_see_is_not_asked_about() -> None:
    tickets = OpenTickets()
    for n in range(5):
        tickets.add(f"HR-{n}", VPN.format(n))
    tickets.add("IT-1", VPN.format(9))
    found = tickets.same_as("V-2", VPN.format(1), 2, allowed=lambda key: key.startswith("IT"))
    assert [each.key for each in found] == ["IT-1"]


def test_what_is_not_alike_is_not_asked_about() -> None:
    tickets = OpenTickets()
    for key, text in desk(120):
        tickets.add(key, text)
    assert tickets.same_as("N-1", "please help my team cannot do it again today", 3, allowed=anyone) == []


def test_open_tickets_are_bounded_and_stay_findable_over_many_merges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "OPEN_MAX", 100)
    tickets = OpenTickets()
    for n in range(400):
        tickets.add(f"T-{n}", f"word{n} other{n} third{n} vpn")
    assert len(tickets) == 100
    assert tickets.same_as("x", "word10 other10 third10", 3, allowed=anyone) == []
    assert [each.key for each in tickets.same_as("x", "word350 other350 third350", 3, allowed=anyone)] == [
        "T-350"
    ]
