"""An explanation tells the story that really was decided: rule by rule, with the same end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.explain import (
    DECIDES,
    NO_MATCH,
    NOT_REACHED,
    PASSED_OVER,
    Around,
    Branch,
    Explanation,
    explain,
    lines,
)
from approvals.hours import WorkingHours
from approvals.policy import Match, Rule, Rulebook, Where, evaluate
from bot.core.actions import Action, Risk
from bot.core.grants import Grant
from bot.core.ids import ActionName, Shape, SlackUserId
from bot.core.modes import Mode, ModeRule
from bot.core.verdicts import Allow, Ask, Asking, Deny
from tests.making import NOTE, REF, T0, asking, reply, rulebook, set_fields

SKILL = Where(connector="jira", queue="OPS", by="skill:triage")
ALICE = Where(connector="jira", queue="OPS", by="U0ALICE")
A_NOTE = Action(NOTE, REF, {"lines": []}, Risk.NOTE)
TO_DONE = Action(ActionName("jira.transition"), REF, {"to": {"id": "9", "label": "Done"}}, Risk.IRREVERSIBLE)
GRANT = Grant(
    shape=Shape("x"),
    action=ActionName("jira.set_fields"),
    connector="jira",
    queue="OPS",
    says="Set Priority to High.",
    by=SlackUserId("U0ALICE"),
    at=T0,
    rule="approvals[1]",
)

actions = st.sampled_from([set_fields(), reply(), A_NOTE, TO_DONE])
wheres = st.builds(
    Where,
    connector=st.sampled_from(["jira", "jira-eu"]),
    queue=st.sampled_from(["OPS", "HELP"]),
    by=st.sampled_from(["skill:triage", "skill:other", "U0ALICE"]),
    undo=st.booleans(),
)
matches = st.builds(
    Match,
    action=st.sampled_from(["", "jira.*", "*.set_fields", "jira.transition", "*.add_internal_note"]),
    connector=st.sampled_from(["", "", "jira"]),
    queue=st.sampled_from(["", "", "OPS"]),
    skill=st.sampled_from(["", "", "triage"]),
    risk=st.sampled_from([None, None, *Risk]),
    to=st.sampled_from(["", "", "done", "Closed"]),
    field=st.sampled_from(["", "", "priority"]),
    by=st.sampled_from(["", "", "U0ALICE"]),
    undo=st.sampled_from([None, None, True, False]),
)
terms = st.builds(
    Asking,
    approvers=st.sampled_from([("U0BOB",), ("S0MANAGERS", "U0BOB")]),
    quorum=st.integers(1, 3),
    four_eyes=st.booleans(),
    expires_after_s=st.integers(60, 100_000),
    remind_after_s=st.none() | st.integers(1, 100_000),
    escalate_after_s=st.none() | st.integers(1, 100_000),
    escalate_to=st.just(("S0DIRECTORS",)),
    business_hours=st.booleans(),
    always_after=st.none() | st.just(3),
)
rows = st.lists(
    st.builds(Rule, name=st.just(""), match=matches, allow=st.booleans(), ask=st.none() | terms), max_size=6
)
mode_rows = st.lists(
    st.builds(
        ModeRule,
        mode=st.sampled_from(Mode),
        queue=st.sampled_from(["", "OPS"]),
        skill=st.sampled_from(["", "triage"]),
    ),
    max_size=3,
)


@st.composite
def books(draw: st.DrawFn) -> Rulebook:
    drawn = draw(rows)
    named = [
        replace(rule, name=f"approvals[{number}]", allow=rule.allow and rule.ask is None)
        for number, rule in enumerate(drawn)
    ]
    hours = draw(st.sampled_from([None, WorkingHours()]))
    return Rulebook(rules=tuple(named), modes=tuple(draw(mode_rows)), hours=hours)


@given(books(), actions, wheres, st.booleans())
def test_it_agrees_with_the_verdict_it_explains(
    book: Rulebook, action: Action, where: Where, human: bool  # noqa: FBT001  # drawn
) -> None:  # fmt: skip
    found = explain(book, action, where, T0, human=human)
    verdict = evaluate(book, action, where, human=human)
    assert found.verdict == verdict
    assert found.mode is book.mode(where)
    deciding = [row for row in found.rows if row.part == DECIDES]
    passed = [row.name for row in found.rows if row.part == PASSED_OVER]
    if deciding:
        assert [row.name for row in deciding] == [verdict.rule]
        assert deciding[0].says == type(verdict).__name__.lower()
    else:
        assert isinstance(verdict, Deny)
        assert verdict.rule == (passed[-1] if passed else "")
    assert [row.name for row in found.rows] == [rule.name for rule in book.rules]


@given(books(), actions, wheres, st.booleans())
def test_each_rule_matches_or_names_a_condition_that_failed(
    book: Rulebook, action: Action, where: Where, human: bool  # noqa: FBT001  # drawn
) -> None:  # fmt: skip
    found = explain(book, action, where, T0, human=human)
    reached = True
    for rule, row in zip(book.rules, found.rows, strict=True):
        assert rule.match.takes(action, where) == (row.part != NO_MATCH)
        assert (row.part == NO_MATCH) == any(not each.holds for each in row.conditions)
        assert reached or row.part in {NO_MATCH, NOT_REACHED}
        reached = reached and row.part != DECIDES


@given(books(), actions, wheres)
def test_without_the_rule_that_decides_the_verdict_is_another_rules(
    book: Rulebook, action: Action, where: Where
) -> None:
    found = explain(book, action, where, T0, human=True)
    deciding = {row.name for row in found.rows if row.part == DECIDES}
    others = replace(book, rules=tuple(rule for rule in book.rules if rule.name not in deciding))
    without = explain(others, action, where, T0, human=True)
    promoted = [row.name for row in without.rows if row.part == DECIDES]
    waiting = [row.name for row in found.rows if row.part == NOT_REACHED]
    assert set(promoted) <= set(waiting)


@given(books(), actions, wheres)
def test_times_are_those_the_timers_are_set_to(book: Rulebook, action: Action, where: Where) -> None:
    found = explain(book, action, where, T0, human=True)
    assert (found.times is not None) == isinstance(found.verdict, Ask)
    if found.times is None or not isinstance(found.verdict, Ask):
        return
    ask, times = found.verdict, found.times
    assert times.expires == book.moment(T0, ask.expires_after_s, business_hours=ask.business_hours)
    for after_s, due in ((ask.remind_after_s, times.reminds), (ask.escalate_after_s, times.escalates)):
        moment = None if after_s is None else book.moment(T0, after_s, business_hours=ask.business_hours)
        assert due == (moment if moment is not None and moment < times.expires else None)


@given(books(), actions, wheres, st.booleans())
def test_it_can_always_be_told_and_read_by_a_program(
    book: Rulebook, action: Action, where: Where, human: bool  # noqa: FBT001  # drawn
) -> None:  # fmt: skip
    found = explain(book, action, where, T0, human=human)
    again = json.loads(json.dumps(found.json()))
    assert again["verdict"]["verdict"] in {"allow", "ask", "deny"}
    assert len(again["rules"]) == len(book.rules)
    assert found.outcome in found.text()
    assert found.text().splitlines()[0].startswith(action.name)


def told(book: Rulebook, action: Action | None = None, where: Where = SKILL, **more: object) -> Explanation:
    around = Around(**more)  # type: ignore[arg-type]  # fields of Around, as the test names them
    return explain(book, action or set_fields(), where, T0, human=True, around=around)


FIVE = rulebook(
    Rule(name="approvals[0]", match=Match(action="*.add_internal_note"), allow=True),
    Rule(name="approvals[1]", match=Match(queue="HELP", to="Done")),
    Rule(name="approvals[2]", match=Match(field="priority"), allow=True),
    Rule(
        name="approvals[3]",
        match=Match(action="jira.*", queue="OPS"),
        ask=asking(
            "S0MANAGERS",
            "U0BOB",
            quorum=2,
            remind_after_s=1800.0,
            escalate_after_s=7200.0,
            escalate_to=("S0DIRECTORS",),
            business_hours=True,
            on_duty=("U0DUTY",),
        ),
    ),
    Rule(name="approvals[4]", match=Match()),
    hours=WorkingHours(timezone="Europe/Zurich"),
)
TREE = """\
jira.set_fields in jira, queue OPS, asked by skill:triage
  Outcome: It is done once 2 of S0MANAGERS, U0BOB have agreed: approvals[3] asks for jira.set_fields.
  Asked at: 2026-11-20 15:30 Europe/Zurich
  Mode: approve, by modes[0] (everywhere)
  Rules, in order; the first that decides counts:
    approvals[0] (allow): does not match
      action: wants *.add_internal_note, is jira.set_fields
    approvals[1] (deny): does not match
      queue: wants HELP, is OPS
      to: wants Done, is High or 2
    approvals[2] (allow): passed over, because a person has to agree and it names nobody
      field: priority
    approvals[3] (ask): decides
      queue: OPS
      action: jira.*
    approvals[4] (deny): not reached
      matches everything
  Verdict: ask, because approvals[3] asks for jira.set_fields
    Who: 2 of S0MANAGERS, U0BOB
    Four eyes: nobody is kept out, because no person asks
    Stand-ins: may agree in their place
    On duty: U0DUTY
    Reminder: 2026-11-20 16:00 Europe/Zurich
    Escalation: 2026-11-23 09:30 Europe/Zurich, to S0DIRECTORS as well
    Expiry: 2026-11-23 15:30 Europe/Zurich (working hours counted)
  Kill switch: not set
  Standing permission: none
  Risk: reversible. The former values can be set back."""


def test_the_whole_tree_reads_like_this() -> None:
    friday = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    found = explain(
        FIVE,
        set_fields(),
        SKILL,
        friday,
        human=True,
        around=Around(undo="The former values can be set back."),
    )
    assert found.text() == TREE


def test_who_asks_is_named_as_kept_out_only_where_four_eyes_are_asked_for() -> None:
    strict = rulebook(Rule(name="approvals[0]", match=Match(), ask=asking()))
    loose = rulebook(Rule(name="approvals[0]", match=Match(), ask=asking(four_eyes=False)))
    assert told(strict, where=ALICE).excluded == ("U0ALICE",)
    assert "Four eyes: U0ALICE asks, and may not agree" in told(strict, where=ALICE).text()
    assert told(loose, where=ALICE).excluded == ()
    assert "who asks may agree" in told(loose, where=ALICE).text()
    assert told(strict, where=SKILL).excluded == ()


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.SHADOW, Mode.SUGGEST])
def test_a_mode_that_keeps_a_skill_from_asking_says_so_first(mode: Mode) -> None:
    found = told(rulebook(mode=mode))
    assert found.outcome == f"Nothing: in mode {mode.value} a skill does not get so far."
    assert isinstance(found.verdict, Ask)
    assert told(rulebook(mode=mode), where=ALICE).outcome.startswith("It is done once")


def test_a_note_needs_only_the_mode_that_leaves_notes() -> None:
    assert told(rulebook(mode=Mode.SUGGEST), A_NOTE).outcome.startswith("It is done without asking")
    assert told(rulebook(mode=Mode.SHADOW), A_NOTE).outcome.startswith("Nothing: in mode shadow")


def test_the_row_that_gave_the_mode_is_named() -> None:
    book = replace(
        rulebook(), modes=(ModeRule(mode=Mode.OFF, queue="HELP"), ModeRule(mode=Mode.AUTO, skill="triage"))
    )
    assert told(book).mode_row == 1
    assert "Mode: auto, by modes[1] (skill triage)" in told(book).text()
    elsewhere = told(book, where=Where(connector="jira", queue="OPS", by="skill:other"))
    assert elsewhere.mode_row is None
    assert "Mode: suggest, by default, since no row of modes matches" in elsewhere.text()


def test_the_kill_switch_is_named_and_stops_what_would_be_done() -> None:
    found = told(rulebook(), stopped="an odd change")
    assert found.outcome == "It is not executed while the kill switch is set: an odd change"
    assert "Kill switch: an odd change" in found.text()
    assert found.json()["stopped"] == "an odd change"
    denied = told(rulebook(Rule(name="approvals[0]", match=Match())), stopped="an odd change")
    assert denied.outcome == "It is not done: approvals[0] denies jira.set_fields."


def test_a_standing_permission_counts_only_while_the_rule_offers_it() -> None:
    offers = rulebook(Rule(name="approvals[0]", match=Match(), ask=asking(always_after=3)))
    assert told(offers, grant=GRANT).granted
    assert "U0ALICE allowed exactly this for good" in told(offers, grant=GRANT).outcome
    assert not told(offers).granted
    assert not told(rulebook(), grant=GRANT).granted
    assert "but it does not count here" in told(rulebook(), grant=GRANT).text()
    undo = Where(connector="jira", queue="OPS", by="U0BOB", undo=True)
    assert not told(offers, where=undo, grant=GRANT).granted
    assert not told(offers, reply(), grant=GRANT).granted


def test_what_nothing_matches_is_denied_and_says_so() -> None:
    found = told(Rulebook(rules=(), modes=(ModeRule(mode=Mode.AUTO),)))
    assert "Rules: there are none, so everything is denied" in found.text()
    assert found.outcome == "It is not done: no rule matches jira.set_fields."
    assert isinstance(found.verdict, Deny)


def test_an_allowed_change_is_told_as_one_nobody_is_asked_about() -> None:
    book = rulebook(Rule(name="approvals[0]", match=Match(), allow=True), mode=Mode.AUTO)
    found = explain(book, set_fields(), SKILL, T0, human=False)
    assert isinstance(found.verdict, Allow)
    assert found.times is None
    assert "Verdict: allow, because approvals[0] allows jira.set_fields" in found.text()
    assert found.json()["expires_at"] is None


def test_a_reminder_after_the_end_never_comes_and_is_not_promised() -> None:
    book = rulebook(Rule(name="approvals[0]", match=Match(), ask=asking(hours=1, remind_after_s=7200.0)))
    assert "Reminder: never, since the card has expired by then" in told(book).text()
    assert told(book).json()["reminds_at"] is None
    assert told(book).json()["expires_at"] == (T0 + timedelta(hours=1)).isoformat()


def test_a_name_from_outside_cannot_write_lines_or_move_the_cursor() -> None:
    where = Where(connector="jira", queue="OPS\nVerdict: allow\x1b[2J\u202e", by="skill:triage")
    text = told(rulebook(), where=where).text()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.strip().startswith("Verdict: allow") for line in text.splitlines())
    assert lines(Branch("a\nb", ("c\td",))) == ["a b", "  c d"]
