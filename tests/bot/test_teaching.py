"""Learning from files and from connectors: resumed where it was cut, and the same in the end."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typing_extensions import override

from bot.brain.history import History
from bot.brain.journal import lesson_under_way
from bot.core.errors import Misconfigured, Refused
from bot.core.tickets import PastTicket
from bot.ports import Connector, PastPage
from bot.teaching import Lesson, forget, learn_file, learn_pages, lesson
from sandbox.jira import JiraSandbox
from tests.bot.brain.past import VPN, some
from tests.bot.records import Records
from tests.connectors.jira.building import connect

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAP = "key=Id,text=Body,category=Cat,person=Who"


def quiet(_read: int) -> None:
    """Nobody watches."""


def begun(folder: Path, connector: str = "jira") -> Lesson:
    return lesson({"COUNTERSIGN_DATA": str(folder)}, connector, NOW, quiet)


def export(folder: Path, count: int, *, last: str = "") -> Path:
    path = folder / "tickets.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["Id", "Body", "Cat", "Who"])
        table.writerows([f"OPS-{n}", f"{VPN} case{n}x", "Network", f"user{n % 3}"] for n in range(count))
        file.write(last)
    return path


class Interrupted(Exception):
    """Stands for Ctrl-C and for a kill: nothing after it is done."""


def test_a_file_is_learned_with_whoever_asked_as_a_pseudonym(tmp_path: Path) -> None:
    told = learn_file(begun(tmp_path), export(tmp_path, 30), MAP)

    assert told == {
        "connector": "jira",
        "read": 30,
        "learned": 30,
        "skipped": 0,
        "kept": 30,
        "notes": [],
        "model": {"version": None, "lessons": 30, "fields": {}, "kept": ""},
    }
    lessons = History(tmp_path / "history").lessons("jira")
    assert len({each.person for each in lessons}) == 3
    written = (tmp_path / "history/history-jira.jsonl").read_text("utf-8")
    assert "user1" not in written
    assert not lesson_under_way(tmp_path / "history", "jira").exists()


def test_a_run_that_was_cut_short_goes_on_and_comes_to_the_same(tmp_path: Path) -> None:
    file = export(tmp_path, 1_300)
    whole = tmp_path / "whole"
    learn_file(begun(whole), file, MAP)

    def cut(read: int) -> None:
        if read >= 1_000:
            raise Interrupted

    parts = tmp_path / "parts"
    (parts / "history").mkdir(parents=True)
    (parts / "history/salt").write_bytes((whole / "history/salt").read_bytes())
    with pytest.raises(Interrupted):
        learn_file(lesson({"COUNTERSIGN_DATA": str(parts)}, "jira", NOW, cut), file, MAP)
    assert History(parts / "history").load("jira") == ()
    seen: list[int] = []
    told = learn_file(lesson({"COUNTERSIGN_DATA": str(parts)}, "jira", NOW, seen.append), file, MAP)

    assert seen == [1_300], "nothing is read twice"
    assert told["notes"] == ["a run that was cut short had read 1,000 tickets: going on from there"]
    assert (told["read"], told["kept"]) == (1_300, 1_300)
    one, other = (each / "history/history-jira.jsonl" for each in (whole, parts))
    assert one.read_bytes() == other.read_bytes()


def test_a_file_that_has_changed_is_read_from_its_beginning(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"tickets\.csv:602"):
        learn_file(begun(tmp_path), export(tmp_path, 600, last='"open,x,y,z\n'), MAP)
    assert lesson_under_way(tmp_path / "history", "jira").exists()

    told = learn_file(begun(tmp_path), export(tmp_path, 600), MAP)

    assert (told["read"], told["notes"]) == (600, [])


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    file = export(tmp_path, 20)
    learn_file(begun(tmp_path), file, MAP)
    stamp = History(tmp_path / "history").stamp("jira")

    told = learn_file(begun(tmp_path), file, MAP)

    assert (told["learned"], told["kept"]) == (0, 20)
    assert History(tmp_path / "history").stamp("jira") == stamp


def test_a_guess_about_the_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(b"text;c\ncaf\xe9 machine;x\n")

    told = learn_file(begun(tmp_path), file, "")

    assert told["notes"] == ["t.csv is not UTF-8 (line 2): read as Windows-1252"]
    assert History(tmp_path / "history").load("jira")[0].description == "café machine"


def test_forgetting_says_what_was_removed(tmp_path: Path) -> None:
    learn_file(begun(tmp_path), export(tmp_path, 3), MAP)
    environ = {"COUNTERSIGN_DATA": str(tmp_path)}

    assert forget(environ, "jira", "OPS-1") == {"connector": "jira", "key": "OPS-1", "removed": 1, "kept": 2}
    assert forget(environ, "jira", "OPS-1")["removed"] == 0
    assert learn_file(begun(tmp_path), export(tmp_path, 3), MAP)["kept"] == 2


# --- from a connector


@pytest.fixture
async def site() -> AsyncIterator[JiraSandbox]:
    site = JiraSandbox()
    await site.start()
    yield site
    await site.stop()


async def test_a_query_is_read_to_its_end_and_a_cut_run_goes_on(tmp_path: Path, site: JiraSandbox) -> None:
    for number in range(230):
        key = site.world.create_issue(f"VPN drops on laptop x{number}y")
        site.world.transition(key, "alice", "Resolved", resolution="Done")
    connector = connect(site)
    read: list[int] = []

    def cut(given: int) -> None:
        read.append(given)
        if len(read) == 2:
            raise Interrupted

    lessons = [
        await asyncio.to_thread(lesson, {"COUNTERSIGN_DATA": str(tmp_path)}, "jira", NOW, progress)
        for progress in (cut, read.append)
    ]
    query = "project = OPS"
    with pytest.raises(Interrupted):
        await learn_pages(lessons[0], connector, query)
    told = await learn_pages(lessons[1], connector, query)
    await connector.close()

    assert read == [100, 200, 230], "no page is read twice"
    assert (told["read"], told["kept"]) == (230, 230)


async def test_a_system_teaches_what_can_be_suggested_and_its_people_are_pseudonyms(
    tmp_path: Path, site: JiraSandbox
) -> None:
    for number in range(6):
        key = site.world.create_issue(f"VPN drops on laptop x{number}y")
        site.world.transition(key, "alice", "Resolved", resolution="Done")
    connector = connect(site)
    people = {each.person for each in (await connector.solved_page("", "")).tickets}

    await learn_pages(await asyncio.to_thread(begun, tmp_path), connector, "")
    await connector.close()

    kept = History(tmp_path / "history").load("jira")
    assert {name for each in kept for name in each.fields} <= set(connector.suggestible)
    assert all(each.person for each in kept)
    assert len({each.person for each in kept}) == len(people)
    written = (tmp_path / "history/history-jira.jsonl").read_text("utf-8")
    assert not [who for who in people if who in written]


class Forgetful(Records):
    """A vendor that does not know its own cursors after a while."""

    def __init__(self, past: list[PastTicket]) -> None:
        super().__init__()
        self.past = past
        self.asked: list[str] = []

    @override
    async def solved_page(self, query: str, after: str) -> PastPage:
        self.asked.append(after)
        if after == "stale":
            raise Refused("the token has expired")
        return PastPage(tuple(self.past), "stale" if query == "endless" and not after else "")


async def test_a_cursor_the_vendor_no_longer_knows_begins_anew(tmp_path: Path) -> None:
    vendor: Connector = Forgetful(some(VPN, 5, category="Network"))
    first = await asyncio.to_thread(begun, tmp_path)
    with pytest.raises(Refused):
        await learn_pages(first, vendor, "endless")

    second = await asyncio.to_thread(begun, tmp_path)
    with pytest.raises(Refused):
        await learn_pages(second, vendor, "endless")

    assert isinstance(vendor, Forgetful)
    assert vendor.asked == ["", "stale", "stale", "", "stale"]
    assert any("beginning anew" in note for note in second.notes)
