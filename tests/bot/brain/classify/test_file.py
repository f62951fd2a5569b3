"""A classifier's file is data, says the same again, and is refused when anything is wrong with it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.brain.candidates import is_due
from bot.brain.classify import Fitted, fit
from bot.brain.classify.shelf import Shelf
from bot.brain.classify.storage import VERSION, sealed
from bot.brain.lessons import Asked
from bot.core.errors import Misconfigured
from tests.bot.brain.classify.made import GROUP, tickets

PROBE = Asked("group2x1 group2x3 group2x7 word1 word2")


@pytest.fixture(scope="module")
def data(fitted: Fitted) -> bytes:
    return fitted.to_bytes()


def test_the_same_lessons_give_the_same_bytes() -> None:
    assert fit(tickets(400), [GROUP]).to_bytes() == fit(tickets(400), [GROUP]).to_bytes()


def test_what_was_written_answers_as_before(fitted: Fitted, data: bytes) -> None:
    again = Fitted.from_bytes(data)
    assert again.to_bytes() == data
    assert again.predict(PROBE) == fitted.predict(PROBE)
    assert again.standings == fitted.standings
    assert again.fields == fitted.fields


def test_no_word_of_a_ticket_is_in_the_file(data: bytes) -> None:
    assert b"word1" not in data
    assert b"group2x" not in data


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_cut_or_changed_anywhere_it_is_refused(data: bytes, draw: st.DataObject) -> None:
    place = draw.draw(st.integers(0, len(data) - 1))
    flipped = bytearray(data)
    flipped[place] ^= 1 << draw.draw(st.integers(0, 7))
    for broken in (data[:place], bytes(flipped)):
        with pytest.raises(Misconfigured, match="classifier"):
            Fitted.from_bytes(broken)


WRONG_TABLES: list[Any] = [
    {"views": [], "fields": [], "silent": [], "extra": {"votes": 0}, "arrays": [["|O", [3]]]},
    {"views": [], "fields": [], "silent": [], "extra": {"votes": 0}, "arrays": [["<f8", [1 << 40]]]},
    {"views": [], "fields": [], "silent": [], "extra": {"votes": 4}, "arrays": []},
    {"views": [{}], "fields": [], "silent": [], "extra": {}, "arrays": []},
    [],
]


@pytest.mark.parametrize("table", WRONG_TABLES)
def test_a_whole_file_with_a_wrong_table_is_refused(table: object) -> None:
    with pytest.raises(Misconfigured, match="fit it again"):
        Fitted.from_bytes(sealed(json.dumps(table).encode() + b"\n" + b"\0" * 24))


@pytest.mark.parametrize("junk", [b"", b"\n", b"{}\n", b"[1]\nx", b"\x80\x04pickle", b"null\n{}"])
def test_what_is_none_of_ours_is_refused(junk: bytes) -> None:
    with pytest.raises(Misconfigured):
        Fitted.from_bytes(junk)


def small(number: int) -> bytes:
    return sealed(f"{number}\n".encode())


def test_the_newest_version_is_current_and_old_ones_make_room(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "data", versions_max=3)
    assert shelf.current("jira") is None
    assert shelf.stamp("jira") is None
    for number in range(5):
        assert shelf.put("jira", small(number), {"lessons": number}) == number + 1
    assert shelf.current("jira") == (5, small(4))
    assert shelf.versions("jira") == [5, 4, 3]
    assert shelf.notes("jira", 5) == {"lessons": 4}
    assert shelf.notes("jira", 1) == {}
    assert shelf.current("servicenow") is None
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "data").iterdir()} == {0o600}


def test_a_version_cut_in_half_is_refused_and_the_one_before_used(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put("jira", small(1))
    shelf.put("jira", small(2))
    newest = max(tmp_path.glob("*.bin"))
    newest.write_bytes(newest.read_bytes()[:40])
    assert shelf.current("jira") == (1, small(1))
    assert shelf.put("jira", small(3)) == 3
    assert shelf.current("jira") == (3, small(3))


def test_a_version_of_another_format_is_refused_and_nobody_takes_it_for_taught(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put("jira", small(1), {"lessons": 900})
    assert is_due(910, shelf.notes("jira", 1)) is False
    for each in tmp_path.iterdir():
        older = each.read_bytes().replace(f'"version": {VERSION}'.encode(), b'"version": 1')
        each.write_bytes(older.replace(f'"format": {VERSION}'.encode(), b'"format": 1'))
    assert shelf.current("jira") is None
    assert shelf.notes("jira", 1) == {}
    assert is_due(910, shelf.notes("jira", 1)) is True
    with pytest.raises(Misconfigured, match=r"of version 1.*fit it again"):
        Fitted.from_bytes(next(tmp_path.glob("*.bin")).read_bytes())


@pytest.mark.parametrize("junk", [b"", b"[]", b"7", b'{"lessons": 4}', b'{"format": 2, "notes": [1]}'])
def test_notes_that_do_not_read_are_none(tmp_path: Path, junk: bytes) -> None:
    shelf = Shelf(tmp_path)
    shelf.put("jira", small(1), {"lessons": 900})
    next(tmp_path.glob("*.json")).write_bytes(junk)
    assert shelf.notes("jira", 1) == {}


def test_what_is_no_classifier_is_not_put(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with pytest.raises(Misconfigured):
        shelf.put("jira", b"whatever")
    assert list(tmp_path.iterdir()) == []


def test_going_back_takes_the_one_before_and_stops_at_the_first(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for number in range(3):
        shelf.put("jira", small(number))
    stamps = [shelf.stamp("jira")]
    assert shelf.rollback("jira") == 2
    stamps.append(shelf.stamp("jira"))
    assert shelf.rollback("jira") == 1
    assert shelf.rollback("jira") is None
    assert shelf.current("jira") == (1, small(0))
    assert shelf.put("jira", small(9)) == 4
    assert shelf.current("jira") == (4, small(9))
    stamps.append(shelf.stamp("jira"))
    assert len(set(stamps)) == 3


def test_connectors_with_odd_names_have_their_own(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    names = ("a", "a-00000001", "../a", "a b", "é")
    for number, name in enumerate(names):
        shelf.put(name, small(number))
    assert [shelf.current(name) for name in names] == [(1, small(n)) for n in range(len(names))]
    assert all(each.parent == tmp_path for each in tmp_path.iterdir())


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(Misconfigured, match=os.fspath(blocked)):
        Shelf(blocked / "deeper").put("jira", small(1))
