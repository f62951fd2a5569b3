"""A brain that is torn between values says so; nothing of that is ever proposed."""

from __future__ import annotations

import pytest

from bot.core.judgement import FieldAnswer, FieldQuestion, Judgement, Question
from bot.core.reports import Report
from bot.core.tickets import Choices, FieldValue, Value
from bot.core.untrusted import Untrusted
from skills.triage.output import report_of

MAIL, VPN, LAN, PHONE = (Value(name, name.title()) for name in ("mail", "vpn", "lan", "phone"))
GONE = Value("gone", "Gone")
CHOICES = Choices("component", "Component", (MAIL, VPN, LAN, PHONE))


def report(answer: FieldAnswer, current: FieldValue = ()) -> Report:
    question = Question(
        connector="jira",
        queue="OPS",
        summary=Untrusted("It does not work"),
        description=Untrusted(""),
        conversation=(),
        fields=(FieldQuestion(CHOICES, current),),
        similar=(),
        language="en",
    )
    return report_of(question, Judgement(brain="local", answers=(answer,)))


def torn(*others: Value, confidence: float = 0.4, together: float = 0.92) -> FieldAnswer:
    words = Untrusted(""), Untrusted("")
    return FieldAnswer("component", MAIL, confidence, *words, others=others, together=together)


@pytest.mark.parametrize("confidence", [0.1, 0.4, 0.99])
def test_values_it_is_torn_between_are_shown_and_never_proposed(confidence: float) -> None:
    found = report(torn(VPN, LAN, confidence=confidence))
    (finding,) = found.findings
    assert (finding.value, finding.others, finding.together) == (MAIL, (VPN, LAN), 0.92)
    assert finding.confidence == confidence
    assert found.wishes == ()


def test_only_live_values_are_named_each_once_and_three_at_most() -> None:
    (finding,) = report(torn(GONE, VPN, MAIL, VPN, LAN, PHONE)).findings
    assert finding.others == (VPN, LAN)


def test_a_runner_up_that_cannot_be_set_any_more_does_not_make_the_first_one_sure() -> None:
    assert report(torn(GONE, confidence=0.9)).findings == ()


@pytest.mark.parametrize("current", [(MAIL,), (LAN,)])
def test_what_a_person_has_chosen_out_of_them_is_left_alone(current: FieldValue) -> None:
    assert report(torn(VPN, LAN), current).findings == ()


def test_another_value_that_is_set_is_doubted() -> None:
    (finding,) = report(torn(VPN, LAN), (PHONE,)).findings
    assert finding.current == (PHONE,)


@pytest.mark.parametrize("figure", [float("nan"), -0.1, 1.5, float("inf")])
def test_a_figure_that_is_none_hides_it(figure: float) -> None:
    assert report(torn(VPN, together=figure)).findings == ()
    assert report(torn(VPN, confidence=figure)).findings == ()
