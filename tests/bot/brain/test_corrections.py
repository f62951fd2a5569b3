"""What people have put right since the fit is what the next ticket alike is told, and nothing else is."""

import pytest

from bot.brain.corrections import ALIKE_AT, NEWEST, SAME_AT, corrected
from bot.brain.memory import Near
from bot.brain.remembering import Remembered
from bot.core.judgement import FieldAnswer, FieldQuestion
from bot.core.tickets import Choices, Value
from bot.core.untrusted import Untrusted

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
