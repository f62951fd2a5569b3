"""Who has to agree: the first row that matches, and no row means no."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from approvals.hours import WorkingHours
from approvals.policy import DEFAULT_RULES, Condition, Match, Rule, Rulebook, Where, evaluate
from bot.core.actions import Action, Risk
from bot.core.ids import ActionName
from bot.core.tickets import Value
from bot.core.verdicts import Allow, Ask, Deny
from tests.making import HIGH, LOW, NOTE, REF, asking, reply, set_fields

HERE = Where(connector="jira", queue="OPS", by="skill:triage")
DONE: dict[str, JsonValue] = {"id": "31", "name": "Finish", "to": {"id": "9", "label": "Done"}, "fields": {}}
TO_DONE = Action(ActionName("jira.transition"), REF, DONE, Risk.REVERSIBLE)
SET_PRIORITY = Action(
    ActionName("jira.set_priority"), REF, {"to": {"id": "2", "label": "High"}}, Risk.REVERSIBLE
)
DECLINED = Action(
    ActionName("jira.transition"),
    REF,
    {**DONE, "fields": {"resolution": [{"id": "7", "label": "Won't do"}]}},
    Risk.REVERSIBLE,
)
ASSIGN = Action(ActionName("jira.assign"), REF, {"to": None}, Risk.REVERSIBLE)
RESOLVE = Action(
    ActionName("servicenow.resolve"),
    REF,
    {"close_code": {"id": "Solved", "label": "Solved"}, "close_notes": "New toner."},
    Risk.REVERSIBLE,
)
A_NOTE = Action(NOTE, REF, {"lines": []}, Risk.NOTE)
WORK_NOTE = Action(ActionName("servicenow.add_work_note"), REF, {"lines": []}, Risk.NOTE)


def allowing(number: int = 0, **match: object) -> Rule:
    return Rule(name=f"approvals[{number}]", match=matching(**match), allow=True)


def asks(number: int = 0, **match: object) -> Rule:
    return Rule(name=f"approvals[{number}]", match=matching(**match), ask=asking())


def denying(number: int = 0, **match: object) -> Rule:
    return Rule(name=f"approvals[{number}]", match=matching(**match))


def matching(**match: object) -> Match:
    return Match(**match)  # type: ignore[arg-type]  # fields of Match, as the test names them


def verdict(*rules: Rule, action: Action = TO_DONE, human: bool = True) -> Allow | Ask | Deny:
    return evaluate(Rulebook(rules=rules), action, HERE, human=human)


def test_no_row_means_no() -> None:
    assert verdict() == Deny(rule="", because="no rule matches jira.transition")
    assert isinstance(verdict(asks(action="jira.assign")), Deny)


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        ((denying(0, action="jira.transition"), asks(1, action="*")), "approvals[0]"),
        ((asks(0, action="jira.assign"), asks(1, action="jira.*"), denying(2)), "approvals[1]"),
    ],
)
def test_the_first_row_that_matches_decides(rules: tuple[Rule, ...], name: str) -> None:
    assert verdict(*rules).rule == name


@pytest.mark.parametrize(
    ("match", "action", "takes"),
    [
        ({}, TO_DONE, True),
        ({"action": "jira.transition"}, TO_DONE, True),
        ({"action": "jira.*"}, TO_DONE, True),
        ({"action": "*.transition"}, TO_DONE, True),
        ({"action": "servicenow.*"}, TO_DONE, False),
        ({"action": "JIRA.transition"}, TO_DONE, False),
        ({"connector": "jira"}, TO_DONE, True),
        ({"connector": "jira-eu"}, TO_DONE, False),
        ({"queue": "OPS"}, TO_DONE, True),
        ({"queue": "HELP"}, TO_DONE, False),
        ({"skill": "triage"}, TO_DONE, True),
        ({"skill": "other"}, TO_DONE, False),
        ({"by": "U0ALICE"}, TO_DONE, False),
        ({"by": "skill:triage"}, TO_DONE, True),
        ({"undo": False}, TO_DONE, True),
        ({"undo": True}, TO_DONE, False),
        ({"risk": Risk.REVERSIBLE}, TO_DONE, True),
        ({"risk": Risk.IRREVERSIBLE}, TO_DONE, False),
        ({"risk": Risk.IRREVERSIBLE}, reply(), True),
        ({"to": "Done"}, TO_DONE, True),
        ({"to": "done"}, TO_DONE, True),
        ({"to": "9"}, TO_DONE, True),
        ({"to": "Finish"}, TO_DONE, False),
        ({"to": "31"}, TO_DONE, False),
        ({"to": "Done"}, reply("Done"), False),
        ({"field": "priority"}, set_fields(priority=HIGH), True),
        ({"field": "priority"}, set_fields(labels=(Value("a", "a"),), priority=LOW), True),
        ({"field": "priority"}, set_fields(labels=HIGH), False),
        ({"field": "priority"}, reply("priority"), False),
        ({"field": "priority"}, SET_PRIORITY, True),
        ({"to": "high"}, SET_PRIORITY, True),
        ({"to": "High"}, set_fields(priority=HIGH), True),
        ({"to": "2"}, set_fields(labels=(Value("a", "a"),), priority=HIGH), True),
        ({"to": "High"}, set_fields(priority=LOW), False),
        ({"field": "status"}, TO_DONE, True),
        ({"field": "status"}, set_fields(priority=HIGH), False),
        ({"field": "resolution"}, DECLINED, True),
        ({"to": "Won't do"}, DECLINED, True),
        ({"field": "assignee"}, ASSIGN, True),
        ({"field": "assigned_to"}, ASSIGN, True),
        ({"field": "fields"}, set_fields(priority=HIGH), False),
        ({"field": "state"}, RESOLVE, True),
        ({"field": "close_code"}, RESOLVE, True),
        ({"to": "Solved"}, RESOLVE, True),
        ({"action": "*.add_internal_note"}, A_NOTE, True),
        ({"action": "*.add_internal_note"}, WORK_NOTE, True),
        ({"action": "servicenow.add_internal_note"}, WORK_NOTE, True),
        ({"action": "servicenow.add_work_note"}, WORK_NOTE, True),
        ({"action": "*.add_work_note"}, A_NOTE, False),
        ({"action": "jira.transition", "queue": "OPS", "to": "Done", "connector": "jira"}, TO_DONE, True),
        ({"action": "jira.transition", "queue": "OPS", "to": "Closed"}, TO_DONE, False),
    ],
)
def test_what_a_row_takes(match: dict[str, object], action: Action, takes: bool) -> None:  # noqa: FBT001  # a table
    assert matching(**match).takes(action, HERE) is takes


BOTH = set_fields(labels=(Value("a", "a"),), priority=HIGH)


def test_a_value_that_is_asked_about_is_asked_about_whatever_sets_it_and_whatever_it_is_set_with() -> None:
    rules = asks(0, to="High"), denying(1)
    for action in (SET_PRIORITY, set_fields(priority=HIGH), BOTH):
        assert verdict(*rules, action=action).rule == "approvals[0]"


def test_a_value_that_is_allowed_brings_no_other_along() -> None:
    rules = allowing(0, to="High"), asks(1)
    assert verdict(*rules, action=set_fields(priority=HIGH), human=False).rule == "approvals[0]"
    assert verdict(*rules, action=BOTH, human=False).rule == "approvals[1]"
    assert verdict(allowing(0, to="Done"), asks(1), action=DECLINED, human=False).rule == "approvals[1]"


ALICE_UNDOES = Where(connector="jira", queue="OPS", by="U0ALICE", undo=True)


@pytest.mark.parametrize(
    ("match", "takes"),
    [
        ({"by": "U0ALICE"}, True),
        ({"by": "U0BOB"}, False),
        ({"undo": True}, True),
        ({"undo": False}, False),
        ({"by": "U0ALICE", "undo": True, "action": "jira.*"}, True),
        ({"by": "U0ALICE", "undo": False}, False),
        ({"skill": "triage"}, False),
        ({}, True),
    ],
)
def test_a_row_may_speak_of_who_asks_and_of_undoing(match: dict[str, object], takes: bool) -> None:  # noqa: FBT001  # a table
    assert matching(**match).takes(TO_DONE, ALICE_UNDOES) is takes


def test_each_condition_says_what_was_wanted_and_what_was_there() -> None:
    held = matching(queue="HELP", action="jira.*", to="done", field="priority", risk=Risk.NOTE, undo=True)
    assert list(held.conditions(TO_DONE, HERE)) == [
        Condition("queue", "HELP", "OPS", holds=False),
        Condition("undo", "true", "false", holds=False),
        Condition("action", "jira.*", "jira.transition", holds=True),
        Condition("risk", "note", "reversible", holds=False),
        Condition("to", "done", "Done or 9", holds=True),
        Condition("field", "priority", "status", holds=False),
    ]


def test_what_is_asked_carries_every_term_of_the_rule() -> None:
    terms = asking(
        "U0ALICE",
        "S0MANAGERS",
        quorum=2,
        four_eyes=False,
        remind_after_s=60.0,
        escalate_after_s=120.0,
        escalate_to=("S0DIRECTORS",),
        business_hours=True,
        stand_ins=False,
        on_duty=("U0BOB",),
        always_after=3,
    )
    said = verdict(Rule(name="approvals[0]", match=Match(), ask=terms))
    assert isinstance(said, Ask)
    assert {each.name: getattr(said, each.name) for each in fields(terms)} == asdict(terms)
    assert (said.rule, said.because) == ("approvals[0]", "approvals[0] asks for jira.transition")


def test_a_moment_counts_working_hours_only_where_that_is_asked_and_known() -> None:
    friday = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    with_hours, without = Rulebook(hours=WorkingHours()), Rulebook()
    assert with_hours.moment(friday, 7200, business_hours=True) == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    assert with_hours.moment(friday, 7200, business_hours=False) == friday + timedelta(hours=2)
    assert without.moment(friday, 7200, business_hours=True) == friday + timedelta(hours=2)


def test_a_person_has_to_agree_where_the_mode_says_so_even_when_a_row_allows() -> None:
    assert isinstance(verdict(allowing(), human=False), Allow)
    assert isinstance(verdict(allowing(), human=True), Deny)
    assert verdict(allowing(0), asks(1)).rule == "approvals[1]"
    assert isinstance(verdict(allowing(0), denying(1), asks(2)), Deny)


def test_a_note_is_allowed_in_every_mode() -> None:
    assert isinstance(verdict(allowing(), action=A_NOTE, human=True), Allow)


def test_what_is_asked_names_who_and_for_how_long() -> None:
    said = verdict(asks(3))
    assert isinstance(said, Ask)
    assert (said.rule, said.approvers, said.four_eyes) == ("approvals[3]", ("U0ALICE", "S0MANAGERS"), True)
    assert said.expires_after_s == 8 * 3600


def test_without_a_file_notes_are_all_there_is() -> None:
    assert isinstance(verdict(*DEFAULT_RULES, action=WORK_NOTE), Allow)
    assert isinstance(verdict(*DEFAULT_RULES, action=TO_DONE, human=False), Deny)
    assert isinstance(verdict(*DEFAULT_RULES, action=reply(), human=False), Deny)


def test_what_is_typed_into_a_form_counts_for_rules_on_fields_and_values() -> None:
    typed: dict[str, JsonValue] = {"kind": "line", "text": "4711"}
    args: dict[str, JsonValue] = {
        "summary": "New laptop",
        "fields": {"priority": [{"id": "2", "label": "High"}]},
        "typed": {"customfield_1": typed},
    }
    made = Action(ActionName("jira.create"), REF, args, Risk.IRREVERSIBLE)
    on_field = Match(action="*", field="customfield_1")
    assert on_field.takes(made, HERE, alone=True)
    assert Match(action="*", to="4711").takes(made, HERE, alone=False)
    assert not Match(action="*", to="High").takes(made, HERE, alone=True), "it sets something else as well"
