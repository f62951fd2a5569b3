"""Priority follows from impact and urgency by a table: no brain's word counts beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.priorities import VENDORS, Tabled, tabled
from bot.core.judgement import FieldAnswer, FieldQuestion, Judgement, Question
from bot.core.tickets import Choices, Value
from bot.core.untrusted import Untrusted
from tests.bot.brain.past import question

LEVELS = tuple(Value(str(n), f"{n} - {name}") for n, name in enumerate(("High", "Medium", "Low"), 1))
PRIORITIES = tuple(
    Value(str(n), f"{n} - {name}")
    for n, name in enumerate(("Critical", "High", "Moderate", "Low", "Planning"), 1)
)
CHOICES = {
    "impact": Choices("impact", "Impact", LEVELS),
    "urgency": Choices("urgency", "Urgency", LEVELS),
    "priority": Choices("priority", "Priority", PRIORITIES),
}


def asked(*names: str, **current: int) -> Question:
    fields = (
        FieldQuestion(CHOICES[name], (LEVELS[current[name] - 1],) if name in current else ())
        for name in names
    )
    return replace(question("vpn down"), fields=tuple(fields))


def said(field: str, value: Value, *, sure: float = 0.9, proven: bool = False) -> FieldAnswer:
    return FieldAnswer(field, value, sure, Untrusted(""), Untrusted("They had it."), proven=proven)


def found(question: Question, *answers: FieldAnswer) -> dict[str, FieldAnswer]:
    judged = tabled(VENDORS, question, Judgement("local", answers))
    return {each.field: each for each in judged.answers}


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [(1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 1, 2), (2, 2, 3), (2, 3, 4), (3, 1, 3), (3, 2, 4), (3, 3, 5)],
)
def test_the_table_is_the_vendors(impact: int, urgency: int, priority: int) -> None:
    judged = found(asked("impact", "urgency", "priority", impact=impact, urgency=urgency))
    assert judged["priority"].value is PRIORITIES[priority - 1]


def test_a_reason_is_in_the_language_of_those_who_read_it() -> None:
    full = replace(asked("impact", "urgency", "priority", impact=1, urgency=2), reader="fr")
    assert found(full)["priority"].because.raw.startswith("Le tableau le prévoit pour l'impact")
    part = replace(asked("impact", "urgency", impact=1), reader="fr")
    assert "Avec l'impact" in found(part, said("urgency", LEVELS[1]))["urgency"].because.raw


def test_what_a_brain_says_of_priority_does_not_count() -> None:
    full = asked("impact", "urgency", "priority", impact=3)
    judged = found(full, said("priority", PRIORITIES[0], proven=True), said("urgency", LEVELS[2], sure=0.7))
    assert judged["priority"].value is PRIORITIES[4]
    assert (judged["priority"].confidence, judged["priority"].proven) == (0.7, False)


def test_while_impact_is_open_nothing_is_said_of_priority() -> None:
    full = asked("impact", "urgency", "priority", urgency=1)
    torn = replace(said("impact", LEVELS[0]), others=(LEVELS[1],))
    assert "priority" not in found(full, said("priority", PRIORITIES[0]))
    assert found(full, said("priority", PRIORITIES[0]), torn) == {"impact": torn}


def test_where_the_system_computes_it_the_reason_says_what_it_comes_to() -> None:
    judged = found(asked("impact", "urgency", impact=2), said("urgency", LEVELS[0]))
    assert judged["urgency"].because.raw == (
        "They had it. With impact 2 - Medium, the table makes it priority 2 - High."
    )
    assert set(judged) == {"urgency"}


def test_with_both_suggested_it_is_said_once() -> None:
    judged = found(asked("impact", "urgency"), said("urgency", LEVELS[1]), said("impact", LEVELS[1]))
    assert judged["urgency"].because.raw.endswith(
        "With impact 2 - Medium, the table makes it priority 3 - Moderate."
    )
    assert judged["impact"].because.raw == "They had it."
    alone = found(asked("impact", "urgency", urgency=3), said("impact", LEVELS[1]))
    assert alone["impact"].because.raw.endswith("With urgency 3 - Low, the table makes it priority 4 - Low.")


def test_a_ticket_without_impact_or_urgency_is_left_alone() -> None:
    answer = said("priority", PRIORITIES[1])
    assert found(asked("priority"), answer) == {"priority": answer}
    assert found(asked("priority", "impact", impact=1), answer) == {"priority": answer}


def test_a_priority_that_cannot_be_set_now_is_not_said() -> None:
    full = asked("impact", "urgency", "priority", impact=1, urgency=1)
    left = tuple(
        replace(each, choices=replace(each.choices, values=each.choices.values[1:]))
        if each.choices.field == "priority"
        else each
        for each in full.fields
    )
    assert found(replace(full, fields=left)) == {}


@dataclass
class Says:
    judgement: Judgement

    async def judge(self, question: Question) -> Judgement:
        del question
        return self.judgement


async def test_a_desks_own_table_goes_by_labels_in_any_case_and_none_changes_nothing() -> None:
    full = asked("impact", "urgency", "priority", impact=1, urgency=1)
    inner = Says(Judgement("claude", (said("priority", PRIORITIES[3]),)))
    own = await Tabled(inner, {"1 - HIGH": {"1": "2 - high"}}).judge(full)
    assert [each.value for each in own.answers] == [PRIORITIES[1]]
    assert await Tabled(inner, {}).judge(full) == inner.judgement


@given(
    st.lists(st.sampled_from(["impact", "urgency", "priority"]), unique=True),
    st.dictionaries(st.sampled_from(["impact", "urgency"]), st.integers(1, 3)),
    st.dictionaries(st.sampled_from(["impact", "urgency", "priority"]), st.integers(1, 3)),
    st.dictionaries(st.text(max_size=3), st.dictionaries(st.text(max_size=3), st.text(max_size=3))),
)
def test_whatever_the_table_every_answer_can_be_set(
    names: list[str], current: dict[str, int], told: dict[str, int], table: dict[str, dict[str, str]]
) -> None:
    full = asked(*names, **{name: level for name, level in current.items() if name in names})
    answers = tuple(
        said(name, CHOICES[name].values[level - 1]) for name, level in told.items() if name in names
    )
    for each_table in (VENDORS, table):
        judged = tabled(each_table, full, Judgement("local", answers))
        for each in judged.answers:
            assert each.value in CHOICES[each.field].values
            assert each.field in names
