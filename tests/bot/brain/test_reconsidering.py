"""A classifier that breaks its promise makes room for the one before it, if that one keeps it better."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.brain.classify import fit
from bot.brain.classify.shelf import Shelf
from bot.brain.history import History
from bot.brain.lessons import Lesson
from bot.brain.reconsidering import reconsider
from bot.core.tickets import PastTicket, Value
from bot.core.untrusted import Untrusted
from tests.bot.brain.words_of import CATEGORIES, FIELDS, lessons

FAILING = ["category"]


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "classifiers")


def turned(taught: Sequence[Lesson]) -> list[Lesson]:
    """Return the lessons with every value mistaken for the next one."""
    after = dict(zip(CATEGORIES, [*CATEGORIES[1:], CATEGORIES[0]], strict=True))
    return [
        Lesson(each.key, each.text, {"category": after[each.values["category"]]}, each.at) for each in taught
    ]


def put(shelf: Shelf, taught: Sequence[Lesson]) -> None:
    shelf.put("jira", fit(taught, FIELDS).to_bytes(), {"lessons": 0})


def remember(history: History, count: int) -> None:
    """Remember solved tickets that no classifier here was taught."""
    found = [
        PastTicket(
            key=f"OPS-{number}",
            url="",
            queue="OPS",
            summary=Untrusted(f"{each.text} case{number}x"),
            description=Untrusted(each.text),
            fields={"category": (Value(each.values["category"].id, each.values["category"].label),)},
        )
        for number, each in enumerate(lessons(count, seed=9))
    ]
    history.learn("jira", found)


def test_the_one_before_comes_back_when_it_is_better(history: History, shelf: Shelf) -> None:
    taught = lessons(400)
    put(shelf, taught)
    put(shelf, turned(taught))
    remember(history, 200)
    assert reconsider(history, shelf, "jira", FAILING).startswith("category would be right less often")
    found = shelf.current("jira")
    assert found is not None
    assert found[0] == 1


def test_a_better_one_stays_also_when_its_promise_is_broken(history: History, shelf: Shelf) -> None:
    taught = lessons(400)
    put(shelf, turned(taught))
    put(shelf, taught)
    remember(history, 200)
    assert reconsider(history, shelf, "jira", FAILING) == ""
    found = shelf.current("jira")
    assert found is not None
    assert found[0] == 2


@pytest.mark.parametrize(
    ("known", "failing"), [(40, ["category"]), (200, ["urgency"]), (200, [])], ids=["few", "another", "none"]
)
def test_nothing_is_taken_back_without_a_reason_that_can_be_shown(
    history: History, shelf: Shelf, known: int, failing: list[str]
) -> None:
    taught = lessons(400)
    put(shelf, taught)
    put(shelf, turned(taught))
    remember(history, known)
    assert reconsider(history, shelf, "jira", failing) == ""


def test_without_a_version_before_there_is_nothing_to_go_back_to(history: History, shelf: Shelf) -> None:
    remember(history, 200)
    assert reconsider(history, shelf, "jira", FAILING) == ""
    put(shelf, turned(lessons(400)))
    assert reconsider(history, shelf, "jira", FAILING) == ""
    assert shelf.current("jira") is not None


def test_tickets_that_the_present_one_was_taught_do_not_count(history: History, shelf: Shelf) -> None:
    remember(history, 200)
    taught = lessons(400)
    put(shelf, taught)
    shelf.put("jira", fit(turned(taught), FIELDS).to_bytes(), {"lessons": len(history.lessons("jira")) - 50})
    assert reconsider(history, shelf, "jira", FAILING) == ""
