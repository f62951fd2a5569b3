"""Rows of ``access:``: the first that fits decides, and silence means no."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.access import EVERYONE, AccessRule, Asked, groups_of, may_ask


def row(*who: str, deny: bool = False, **on: str) -> AccessRule:
    return AccessRule(who=frozenset(who), deny=deny, **{key: frozenset({value}) for key, value in on.items()})


def asks(skill: str = "ask", where: str = "", *, person: str = "U1", groups: tuple[str, ...] = ()) -> Asked:
    connector, _, queue = where.partition("/")
    return Asked(person=person, groups=frozenset(groups), skill=skill, connector=connector, queue=queue)


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
        st.sampled_from([EVERYONE, "U1", "S1"]),
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


@given(RULES)
def test_nobody_gains_by_a_row_that_denies(rules: tuple[AccessRule, ...]) -> None:
    fewer = (row("U1", deny=True), *rules)
    assert not may_ask(fewer, asks("a", "a/a"))


def test_only_groups_have_to_be_looked_up() -> None:
    rules = (row("U1", "S1", EVERYONE), row("jira/Ops Leads", "S1"))
    assert set(groups_of(rules)) == {"S1", "jira/Ops Leads"}
    assert groups_of(None) == ()
