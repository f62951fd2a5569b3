"""A classifier is fitted when enough was learned, once, and by whoever is told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import structlog

from bot.brain.classify import fit
from bot.brain.classify.shelf import Shelf
from bot.brain.history import History
from bot.core.errors import Misconfigured
from bot.core.tickets import PastTicket
from bot.core.untrusted import Untrusted
from bot.fitting import School
from tests.bot.brain.words_of import CATEGORIES, FIELDS, lessons
from tests.bot.workbench import Hands


def past(count: int, *, begin: int = 0) -> list[PastTicket]:
    return [
        PastTicket(
            key=f"OPS-{begin + number}",
            url="",
            queue="OPS",
            summary=Untrusted(f"{each.text} case{begin + number}x"),
            description=Untrusted(each.text),
            fields={"category": (each.values["category"],)},
        )
        for number, each in enumerate(lessons(count, seed=begin + 1))
    ]


@dataclass
class Fits:
    """Stands where the process would be: fits at once, and counts."""

    history: History
    shelf: Shelf
    asked: list[str] = field(default_factory=list[str])
    fails: Exception | None = None
    failing: tuple[str, ...] = ()

    async def __call__(self, connector: str) -> None:
        self.asked.append(connector)
        if self.fails is not None:
            raise self.fails
        await asyncio.to_thread(self._fit, connector)

    def _fit(self, connector: str) -> None:
        taught = self.history.lessons(connector)
        self.shelf.put(connector, fit(taught, FIELDS).to_bytes(), {"lessons": len(taught)})


@pytest.fixture
def fits(tmp_path: Path) -> Fits:
    return Fits(History(tmp_path / "history"), Shelf(tmp_path / "classifiers"))


def school(fits: Fits) -> School:
    return School(fits.history, fits.shelf, fits, Hands(), lambda _connector: fits.failing)


def look(fits: Fits, at: School | None = None) -> bool:
    """Look once, outside of any loop that must not be held up."""
    return asyncio.run((at or school(fits)).look("jira"))


def test_without_enough_to_learn_from_nothing_is_fitted(fits: Fits) -> None:
    assert not look(fits), "there is no history at all"
    fits.history.learn("jira", past(200))
    assert not look(fits)
    assert fits.asked == []


def test_it_is_fitted_once_and_again_when_enough_is_new(fits: Fits) -> None:
    fits.history.learn("jira", past(600))
    one = school(fits)
    assert look(fits, one)
    assert not look(fits, one)
    assert not look(fits), "nor by another replica on the same directory"
    fits.history.learn("jira", past(100, begin=1_000))
    assert not look(fits, one), "a hundred more are not worth it"
    fits.history.learn("jira", past(300, begin=2_000))
    assert look(fits, one)
    assert fits.asked == ["jira", "jira"]


def test_a_fit_that_failed_is_tried_again(fits: Fits) -> None:
    fits.history.learn("jira", past(600))
    fits.fails = Misconfigured("the disk is full")
    one = school(fits)
    with pytest.raises(Misconfigured):
        look(fits, one)
    fits.fails = None
    assert look(fits, one)


def test_a_version_that_breaks_its_promise_is_taken_back_once_and_only_then(fits: Fits) -> None:
    fits.history.learn("jira", past(600))
    right = fits.history.lessons("jira")[:400]
    other = dict(zip(CATEGORIES, reversed(CATEGORIES), strict=True))
    wrong = [replace(each, values={"category": other[each.values["category"]]}) for each in right]
    for taught in (right, wrong):
        fits.shelf.put("jira", fit(taught, FIELDS).to_bytes(), {"lessons": len(taught)})
    one = school(fits)
    assert not asyncio.run(one.doubt("jira")), "no promise is broken"
    fits.failing = ("category",)
    with structlog.testing.capture_logs() as logs:
        assert asyncio.run(one.doubt("jira"))
    assert [entry["event"] for entry in logs] == ["classifier_rolled_back"]
    used = fits.shelf.stamp("jira")
    assert used is not None
    assert used[0] == 1
    assert not asyncio.run(one.doubt("jira")), "there is none before the first"
