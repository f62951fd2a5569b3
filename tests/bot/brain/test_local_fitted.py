"""The local brain with a classifier on the shelf: sure where it was proven, torn or silent elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.brain.classify import fit
from bot.brain.classify.shelf import Shelf
from bot.brain.history import History
from bot.brain.local import Local
from bot.brain.trust import Trust
from bot.core.judgement import FieldAnswer
from bot.core.tickets import Choices, FieldValue, Value
from tests.bot.brain.past import question
from tests.bot.brain.words_of import CATEGORIES, FIELDS, lessons

CHOICES = Choices("category", "Category", CATEGORIES)
MAIL = next(each for each in CATEGORIES if each.label == "Mail")
CLEAR = (
    "please help mailbox quota shows error message inbox outlook folder again sender calendar since update"
)
STRANGE = "Die Laminiermaschine blinkt violett und piept dreimal hintereinander seit gestern Abend im Archiv"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    made = Shelf(tmp_path_factory.mktemp("classifiers"))
    made.put("jira", fit(lessons(900), FIELDS).to_bytes())
    return made


@pytest.fixture
def brain(tmp_path: Path, shelf: Shelf) -> Local:
    return Local(History(tmp_path), shelf)


def said(
    brain: Local, text: str, choices: Choices = CHOICES, current: dict[str, FieldValue] | None = None
) -> FieldAnswer | None:
    answers = brain.judge_now(question(text, choices, current=current)).answers
    return answers[0] if answers else None


def test_what_it_was_fitted_for_is_proven(brain: Local) -> None:
    answer = said(brain, CLEAR)
    assert answer is not None
    assert (answer.value, answer.proven, answer.others) == (MAIL, True, ())
    assert answer.confidence >= 0.95
    assert "right on past tickets" in answer.because.raw


def test_of_a_text_like_none_it_learned_nothing_is_said(brain: Local) -> None:
    assert said(brain, STRANGE) is None


def test_only_live_values_come_out_matched_by_their_label(brain: Local) -> None:
    renamed = Choices("category", "Category", (Value("77", "mail"), Value("78", "Access")))
    answer = said(brain, CLEAR, renamed)
    assert answer is not None
    assert answer.value == Value("77", "mail")
    gone = Choices("category", "Category", (Value("9", "Phone"),))
    assert said(brain, CLEAR, gone) is None


def test_what_came_true_lately_overrules_it(tmp_path: Path, shelf: Shelf) -> None:
    doubting = Local(History(tmp_path), shelf, lambda _connector, _field: Trust(500, None, failing=True))
    answer = said(doubting, CLEAR)
    assert answer is None or not answer.proven


def test_a_newer_version_is_taken_up_and_a_damaged_one_is_not(tmp_path: Path) -> None:
    own = Shelf(tmp_path / "classifiers")
    brain = Local(History(tmp_path / "history"), own)
    assert said(brain, CLEAR) is None, "nothing was learned yet"
    own.put("jira", fit(lessons(900), FIELDS).to_bytes())
    first = said(brain, CLEAR)
    assert first is not None
    assert first.value == MAIL
    version = own.put("jira", fit(lessons(600, seed=2), FIELDS).to_bytes())
    (path,) = (tmp_path / "classifiers").glob(f"*{version:08}.bin")
    path.write_bytes(path.read_bytes()[:1_000])
    assert said(brain, CLEAR) == first, "cut in half: the one before answers"


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "a" * 1_000_000, "\u202e" * 50, "🔥" * 2_000])
def test_no_text_makes_it_fail(brain: Local, text: str) -> None:
    said(brain, text)
