"""A lesson that was cut short is known to the last whole batch, and by one run at a time."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.brain.journal import Journal, lesson_under_way
from bot.brain.remembering import Remembered, remember
from bot.core.errors import Misconfigured
from tests.bot.brain.past import DISK, VPN, solved


def kept(key: str, text: str = VPN) -> Remembered:
    made = remember(solved(key, text, category="Network"))
    assert made is not None
    return made


def test_it_gives_back_what_was_added_and_goes_on_after_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "jira", "source")
    journal.add([kept("A-1"), None], "two")
    journal.close(done=False)

    again = Journal(tmp_path, "jira", "source")
    assert (again.cursor, again.given) == ("two", 2)
    again.add([kept("A-2", DISK)], "")

    assert [each and each.key for each in again.tickets()] == ["A-1", None, "A-2"]
    assert stat.S_IMODE(lesson_under_way(tmp_path, "jira").stat().st_mode) == 0o600
    again.close(done=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_a_batch_that_was_cut_is_read_again(tmp_path: Path, cut: int) -> None:
    journal = Journal(tmp_path, "jira", "source")
    journal.add([kept("A-1")], "one")
    journal.add([kept("A-2", DISK)], "two")
    journal.close(done=False)
    path = lesson_under_way(tmp_path, "jira")
    path.write_bytes(path.read_bytes()[:-cut])

    again = Journal(tmp_path, "jira", "source")
    assert (again.cursor, again.given) == ("one", 1)
    again.add([kept("A-3", "Something else broke")], "three")
    assert [each and each.key for each in again.tickets()] == ["A-1", "A-3"]
    again.close(done=False)


def test_another_source_or_another_build_begins_anew(tmp_path: Path) -> None:
    for other in ("other", "source"):
        journal = Journal(tmp_path, "jira", "source")
        journal.add([kept("A-1")], "one")
        journal.close(done=False)
        if other == "source":
            path = lesson_under_way(tmp_path, "jira")
            path.write_bytes(path.read_bytes().replace(b'"version": 1', b'"version": 0', 1))
        again = Journal(tmp_path, "jira", other)
        assert (again.cursor, again.given, list(again.tickets())) == ("", 0, [])
        again.close(done=True)


def test_a_second_run_for_the_same_connector_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "jira", "source")
    journal.add([kept("A-1")], "one")

    with pytest.raises(Misconfigured, match="another run is learning for jira"):
        Journal(tmp_path, "jira", "other")
    Journal(tmp_path, "servicenow", "source").close(done=True)

    assert len(list(journal.tickets())) == 1
    journal.close(done=True)
