"""Rows of ``access:``: the first that fits decides, and silence means no."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.access import EVERYONE, ON_TICKET, AccessRule, Asked, groups_of, may_ask


def row(*who: str, deny: bool = False, **on: str) -> AccessRule:
    return AccessRule(who=frozenset(who), deny=deny, **{key: frozenset({value}) for key, value in on.items()})


def asks(skill: str = "ask", where: str = "", *, person: str = "U1", groups: tuple[str, ...] = ()) -> Asked:
    connector, _, queue = where.partition("/")
    return Asked(person=person, groups=frozenset(groups), skill=skill, connector=connector, queue=queue)


def writes(skill: str, where: str, *, person: str = "") -> Asked:
    """Ask by a comment on a ticket; nobody can tell who it is, unless ``person`` says so."""
    return replace(asks(skill, where, person=person), on_ticket=True)


def test_without_rows_every_full_member_may_and_with_an_empty_section_nobody() -> None:
    assert may_ask(None, asks(where="jira/HR"))
    assert not may_ask((), asks())


@pytest.mark.parametrize(
    ("asked", "may"),
    [
        (asks(where="jira/OPS"), True),
        (asks(where="jira/HR"), False),
        (asks(where="jira/HR", groups=("S1",)), False),
        (asks("draft", "jira/OPS"), False),
        (asks("draft", "jira/OPS", groups=("S1",)), True),
        (asks("draft", "snow/Network", person="U9"), True),
        (asks("stop"), False),
        (asks("stop", groups=("S1",)), True),
    ],
)
def test_the_first_row_that_fits_decides(asked: Asked, *, may: bool) -> None:
    rules = (
        row(EVERYONE, queues="HR", deny=True),
        row("S1", "U9"),
        row(EVERYONE, skills="ask", connectors="jira"),
    )
    assert may_ask(rules, asked) is may


def test_a_ticket_whose_queue_nobody_knows_may_be_of_one_that_is_shut() -> None:
    hr = row(EVERYONE, queues="HR", deny=True)
    assert not may_ask((hr, row(EVERYONE)), asks(where="jira/"))
    assert may_ask(
        (row(EVERYONE, queues="HR", connectors="snow", deny=True), row(EVERYONE)), asks(where="jira/")
    )
    assert not may_ask((row(EVERYONE, queues="OPS"),), asks(where="jira/"))


def test_before_the_ticket_is_known_a_row_about_tickets_opens_and_does_not_close() -> None:
    assert may_ask((row(EVERYONE, queues="OPS"),), asks())
    assert may_ask((row(EVERYONE, queues="HR", deny=True), row(EVERYONE)), asks())
    assert not may_ask((row(EVERYONE, queues="HR", deny=True),), asks())
    assert not may_ask((row(EVERYONE, deny=True), row(EVERYONE, queues="OPS")), asks())


def _rule(who: str, where: tuple[str, str, str], deny: bool) -> AccessRule:  # noqa: FBT001  # drawn, not written
    skill, connector, queue = (frozenset({each} - {""}) for each in where)
    return AccessRule(who=frozenset({who}), skills=skill, connectors=connector, queues=queue, deny=deny)


WORDS = st.sampled_from(["", "a", "b"])
RULES = st.lists(
    st.builds(
        _rule,
        st.sampled_from([EVERYONE, "U1", "S1", ON_TICKET]),
        st.tuples(WORDS, WORDS, WORDS),
        st.booleans(),
    ),
    max_size=4,
).map(tuple)


@given(RULES, st.sampled_from(["a", "b", "c"]))
def test_whoever_may_ask_about_some_ticket_is_not_turned_away_before_it_is_read(
    rules: tuple[AccessRule, ...], skill: str
) -> None:
    some = any(may_ask(rules, asks(skill, f"{c}/{q}")) for c in "abc" for q in "abc")
    assert may_ask(rules, asks(skill)) or not some


@pytest.mark.parametrize(
    ("asked", "may"),
    [
        (writes("summary", "jira/OPS"), True),
        (writes("draft", "jira/OPS"), False),
        (writes("summary", "jira/HR"), False),
        (writes("summary", "snow/Network", person="U1"), True),
        (writes("draft", "jira/OPS", person="U1"), True),
        (writes("summary", "jira/OPS", person="U2"), True),
        (writes("draft", "jira/OPS", person="U2"), False),
        (asks("summary", "jira/OPS", person="U2"), False),
    ],
)
def test_on_tickets_the_rows_of_whoever_wrote_hold_and_those_for_tickets(asked: Asked, *, may: bool) -> None:
    rules = (row(EVERYONE, queues="HR", deny=True), row("U1"), row(ON_TICKET, skills="summary"))
    assert may_ask(rules, asked) is may


def test_who_is_not_known_is_no_full_member_and_might_be_anybody_who_is_shut_out() -> None:
    stranger = writes("summary", "jira/OPS")
    assert not may_ask((row(EVERYONE), row("U1"), row("S1")), stranger)
    assert not may_ask((row("S1", deny=True), row(ON_TICKET)), stranger)
    assert may_ask((row("S1", queues="HR", deny=True), row(ON_TICKET)), stranger)
    assert may_ask((row(ON_TICKET), row("S1", deny=True)), stranger), "the order is the administrator's"


@given(RULES, st.sampled_from(["a", "b", "c"]), st.sampled_from(["a/a", "b/c"]))
def test_who_is_not_known_may_nothing_that_is_open_to_nobody_else_on_the_ticket(
    rules: tuple[AccessRule, ...], skill: str, where: str
) -> None:
    if may_ask(rules, writes(skill, where)):
        assert may_ask(rules, writes(skill, where, person="U9"))


@given(RULES, st.sampled_from(["a", "b", "c"]), st.sampled_from(["a/a", "b/c"]))
def test_a_row_for_tickets_opens_and_closes_nothing_in_slack(
    rules: tuple[AccessRule, ...], skill: str, where: str
) -> None:
    without = tuple(each for each in rules if ON_TICKET not in each.who)
    assert may_ask(rules, asks(skill, where)) is may_ask(without, asks(skill, where))


@given(RULES)
def test_nobody_gains_by_a_row_that_denies(rules: tuple[AccessRule, ...]) -> None:
    fewer = (row("U1", deny=True), *rules)
    assert not may_ask(fewer, asks("a", "a/a"))


def test_only_groups_have_to_be_looked_up() -> None:
    rules = (row("U1", "S1", EVERYONE), row("jira/Ops Leads", "S1"))
    assert set(groups_of(rules)) == {"S1", "jira/Ops Leads"}
    assert groups_of(None) == ()
