"""Articles of a folder: read when asked, again when they change, quoted with their source, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.brain.history import History
from bot.brain.library import LOOK_S, Library
from bot.brain.local import Local
from bot.brain.semantic.embedder import unit
from tests.bot.brain.past import question
from tests.bot.brain.test_following import Hands

BADGE = (
    "---\ntitle: Badges\nurl: https://kb.example/badges\n---\n# Badges\n\n"
    "A lost badge is blocked at the reception and you will have a new one in an hour."
)
TONER = "# Printers\n\nThe toner is in the cabinet next to the printer, and you may take it from there."
LOST = "I have lost my badge at the reception and need a new badge"


class Counted:
    """Counts what is embedded; a text's vector is its length."""

    stamp, width = "counted", 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return unit(np.array([[1, len(text)] for text in texts], np.float32).reshape(-1, 2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "kb"
    made.mkdir()
    (made / "badge.md").write_text(BADGE)
    return made


def test_an_article_becomes_a_draft_that_names_its_title_and_address(folder: Path, tmp_path: Path) -> None:
    (folder / "toner.md").write_text(TONER)
    brain = Local(History(tmp_path / "history"), knowledge=folder)

    judgement = brain.judge_now(question(LOST))

    assert judgement.draft is not None
    assert judgement.draft.raw.startswith("Hello,\n\nA lost badge is blocked")
    assert judgement.draft_source == "Badges (https://kb.example/badges)"
    assert brain.judge_now(question("The invoice of March was booked twice")).draft is None


def test_what_is_written_into_the_folder_is_found_without_a_restart(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.brain.library.WAIT_S", 30.0)
    clock = Hands()
    library = Library(folder, now=clock)
    first = library.current()
    assert first is not None
    assert len(first) == 1

    (folder / "toner.md").write_text(TONER)
    clock.at = LOOK_S / 2
    assert library.current() is first, "looked at once a minute at most"
    clock.at = LOOK_S
    second = library.current()
    assert second is not None
    assert second.find("toner of the printer", 1)[0].article.key == "toner.md"


def test_a_folder_that_goes_away_leaves_what_was_read_and_one_that_was_never_there_nothing(
    folder: Path, tmp_path: Path
) -> None:
    clock = Hands()
    library = Library(folder, now=clock)
    before = library.current()
    folder.rename(tmp_path / "elsewhere")
    clock.at = LOOK_S
    library.current()
    library.settle()
    assert library.current() is before
    assert Library(tmp_path / "nowhere").current() is None


def test_vectors_of_passages_that_stay_are_not_computed_again(folder: Path) -> None:
    clock, points = Hands(), Counted()
    library = Library(folder, lambda: points, now=clock)
    library.current()
    known = list(points.asked)
    assert any("lost badge" in text for text in known)
    points.asked.clear()
    (folder / "toner.md").write_text(TONER)
    clock.at = LOOK_S
    library.current()
    library.settle()
    assert points.asked
    assert not set(points.asked) & set(known)
