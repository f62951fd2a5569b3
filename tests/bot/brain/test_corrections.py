"""What people have put right since the fit is what the next ticket alike is told, and nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.brain.classify import fit
from bot.brain.classify.shelf import Shelf
from bot.brain.corrections import ALIKE_AT, NEWEST, SAME_AT, corrected
from bot.brain.history import History
from bot.brain.local import Local
from bot.brain.memory import Near
from bot.brain.remembering import Remembered
from bot.core.judgement import FieldAnswer, FieldQuestion
from bot.core.tickets import Choices, PastTicket, Value
from bot.core.untrusted import Untrusted
from tests.bot.brain.past import question, solved
from tests.bot.brain.words_of import CATEGORIES, FIELDS, lessons

LAPTOP, NETWORK, EMAIL = Value("1", "Laptop"), Value("2", "Network"), Value("3", "Email")
GONE = Value("9", "Telex")
ASKED = (FieldQuestion(Choices("components", "Components", (LAPTOP, NETWORK, EMAIL)), ()),)
FITTED_AT = "2026-11-01T00:00:00+00:00"
NOTES = {NEWEST: FITTED_AT}
SINCE, BEFORE = "2026-11-02T00:00:00+00:00", "2026-10-31T00:00:00+00:00"


def near(*values: Value, score: float = SAME_AT, at: str = SINCE, key: str = "OPS-9") -> Near:
    """A past ticket and what was set on it."""
    fields = {"components": values} if values else {}
    return Near(Remembered(key, "", "OPS", "dark screen", "", fields, closed_at=at), score)


def said(value: Value = LAPTOP, confidence: float = 0.97, others: tuple[Value, ...] = ()) -> FieldAnswer:
    """What the classifier thinks."""
    nothing = Untrusted("")
    return FieldAnswer("components", value, confidence, nothing, nothing, proven=not others, others=others)


def told(*tickets: Near, before: FieldAnswer | None = None) -> FieldAnswer | None:
    """What comes of it."""
    answers = {"components": before} if before else {}
    return corrected(ASKED, answers, tickets, NOTES).get("components")


def test_one_ticket_that_says_the_same_is_enough_for_a_suggestion_that_is_never_proven() -> None:
    found = told(near(NETWORK), before=said())
    assert found is not None
    assert (found.value, found.others, found.proven) == (NETWORK, (), False)
    assert 0.6 < found.confidence < 0.9
    assert "OPS-9" in found.because.raw


def test_one_that_is_merely_alike_names_both_values_and_proposes_none() -> None:
    found = told(near(NETWORK, score=ALIKE_AT), before=said())
    assert found is not None
    assert (found.value, found.others) == (NETWORK, (LAPTOP,))


def test_two_that_are_alike_are_believed() -> None:
    found = told(near(NETWORK, score=ALIKE_AT), near(NETWORK, score=ALIKE_AT, key="OPS-8"), before=said())
    assert found is not None
    assert (found.value, found.others) == (NETWORK, ())


@pytest.mark.parametrize(
    "ticket",
    [
        near(NETWORK, at=BEFORE),
        near(NETWORK, at=FITTED_AT),
        near(NETWORK, at=""),
        near(NETWORK, score=ALIKE_AT - 0.01),
        near(LAPTOP),
        near(GONE),
        near(NETWORK, EMAIL),
        near(),
    ],
    ids=["older", "taught already", "undated", "faint", "agrees", "cannot be set", "several", "no value"],
)
def test_nothing_changes_what_the_classifier_says_without_a_reason(ticket: Near) -> None:
    assert told(ticket, before=said()) == said()


def test_people_who_do_not_agree_with_each_other_change_nothing() -> None:
    assert told(near(NETWORK), near(EMAIL, key="OPS-8"), before=said()) == said()


def test_what_the_classifier_was_torn_between_people_decide() -> None:
    found = told(near(LAPTOP), before=said(confidence=0.5, others=(NETWORK,)))
    assert found is not None
    assert (found.value, found.others) == (LAPTOP, ())


def test_where_it_was_silent_people_are_heard() -> None:
    found = told(near(EMAIL))
    assert found is not None
    assert found.value is EMAIL


@pytest.mark.parametrize("notes", [{}, {NEWEST: None}, {NEWEST: 7}])
def test_without_a_classifier_that_says_when_it_was_taught_nothing_is_corrected(
    notes: dict[str, object],
) -> None:
    answers = {"components": said()}
    assert corrected(ASKED, answers, [near(NETWORK)], notes) == answers


CATEGORY = Choices("category", "Category", CATEGORIES)
MAIL, OTHER = (next(each for each in CATEGORIES if (each.label == "Mail") is mail) for mail in (True, False))
CLEAR = (
    "please help mailbox quota shows error message inbox outlook folder again sender calendar since update"
)
LATER = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def fitted() -> bytes:
    """A classifier that is sure that ``CLEAR`` is about mail."""
    return fit(lessons(900), FIELDS).to_bytes()


@pytest.fixture
def brain(tmp_path: Path, fitted: bytes) -> tuple[Local, History]:
    """It, on a shelf, taught up to a day in November; and a history that knows nothing yet."""
    shelf, history = Shelf(tmp_path / "classifiers"), History(tmp_path / "history")
    shelf.put("jira", fitted, {NEWEST: FITTED_AT})
    return Local(history, shelf), history


def decided(key: str, at: datetime) -> PastTicket:
    """A ticket in the words of ``CLEAR`` on which people have set something else."""
    return replace(solved(key, CLEAR, category=OTHER.label, queue=key.partition("-")[0]), closed_at=at)


def answer_of(brain: Local) -> FieldAnswer:
    """What the brain says of ``CLEAR`` in the queue OPS."""
    (answer,) = brain.judge_now(question(CLEAR, CATEGORY, key="OPS-99")).answers
    return answer


def test_a_decision_shows_in_the_next_answer_without_another_fit(brain: tuple[Local, History]) -> None:
    local, history = brain
    assert (answer_of(local).value, answer_of(local).proven) == (MAIL, True)
    history.learn("jira", [decided("OPS-7", LATER)])
    found = answer_of(local)
    assert (found.value, found.proven, found.others) == (OTHER, False, ())
    assert "OPS-7" in found.because.raw


@pytest.mark.parametrize(
    "ticket",
    [
        decided("OPS-7", datetime(2026, 10, 2, tzinfo=UTC)),
        decided("HR-7", LATER),
        decided("OPS-99", LATER),
    ],
    ids=["of before the fit", "of a project whose readers are others", "the ticket itself"],
)
def test_other_decisions_do_not(brain: tuple[Local, History], ticket: PastTicket) -> None:
    local, history = brain
    history.learn("jira", [ticket])
    assert (answer_of(local).value, answer_of(local).proven) == (MAIL, True)
