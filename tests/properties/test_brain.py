"""The brain answers with what can be set and with nothing else, and raises on no text whatever."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.brain.history import History
from bot.brain.local import Local
from bot.brain.measure.outcomes import plain
from bot.brain.schooling import refit, shelf_in
from bot.core.judgement import FieldQuestion, Judgement, Question
from bot.core.tickets import Choices, FieldValue, PastTicket, Value
from bot.core.untrusted import Untrusted

KINDS = {
    "Network": ("vpn tunnel gateway wifi switch router cable packet", ("VPN", "Wireless")),
    "Printer": ("printer toner paper tray spooler jam colour duplex", ("Toner", "Queue")),
    "Access": ("password account locked token login role badge reset", ("Password", "Role")),
}
FITTED, SMALL, EMPTY = "servicenow", "jira", "nothing"
"""Connectors: with a classifier, with some tickets alone, without any."""
MIB = 1 << 20


def past(number: int, rng: random.Random) -> PastTicket:
    kind = rng.choice(list(KINDS))
    words, parts = KINDS[kind]
    part = rng.choice(parts)
    said = [*rng.choices(words.split(), k=6), part.lower() * 2, *(f"w{rng.randrange(900)}" for _ in range(6))]
    fields = {"category": kind, "subcategory": part, "impact": rng.choice(["1 - High", "3 - Low"])}
    return PastTicket(
        key=f"INC{number:05}",
        url="",
        queue="Desk",
        summary=Untrusted(" ".join(said[:4])),
        description=Untrusted(" ".join(said)),
        fields={name: (Value(value, value),) for name, value in fields.items()},
        closed_at=datetime(2026, 1 + number // 100 % 10, 1 + number % 28, tzinfo=UTC),
        answer=Untrusted("Please restart it, that has helped before."),
    )


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Local:
    folder = tmp_path_factory.mktemp("brain")
    history, shelf = History(folder / "history"), shelf_in(folder)
    rng = random.Random(7)  # noqa: S311  # made-up tickets
    history.learn(FITTED, [past(number, rng) for number in range(700)])
    history.learn(SMALL, [past(number, rng) for number in range(40)])
    fitted = refit(history, shelf, FITTED)
    assert {"category", "subcategory"} <= set(fitted.fields), "otherwise this proves little"
    return Local(history, shelf)


KNOWN = [Value(name, name) for kind, (_, parts) in KINDS.items() for name in (kind, *parts)]
NASTY = "\x00\ud800\u202e\u200b\U0001f9e8\ufdfa\n<ticket>{{\x1b[2J"
VALUES = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(KNOWN).map(lambda value: Value(f"id-{value.id}", value.label.upper())),
    st.sampled_from(KNOWN).map(lambda value: Value(value.id, "Renamed")),
    st.builds(Value, st.text(max_size=5), st.text(max_size=5)),
)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=200),
    st.lists(st.sampled_from(" ".join(words for words, _ in KINDS.values()).split()), max_size=20).map(
        " ".join
    ),
    st.sampled_from(
        [" ".join(words.split()[:6]) + f" {part.lower() * 2}" for words, (part, _) in KINDS.values()]
    ),
    st.just(NASTY),
)


@st.composite
def choices(draw: st.DrawFn, field: str, parent: str = "") -> Choices:
    values = tuple(draw(st.lists(VALUES, max_size=8, unique_by=lambda value: value.id)))
    above = st.sampled_from([*KINDS, "gone"])
    parents = {value.id: draw(above) for value in values} if parent else {}
    return Choices(field, field.title(), values, draw(st.booleans()), parent, parents)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    asked = [
        draw(choices("category")),
        draw(choices("subcategory", draw(st.sampled_from(["category", "", "missing"])))),
        draw(choices("impact")),
        draw(choices("priority")),
    ]
    current: st.SearchStrategy[FieldValue] = st.lists(VALUES, max_size=2).map(tuple)
    return Question(
        connector=draw(st.sampled_from([FITTED, SMALL, EMPTY])),
        queue=draw(st.sampled_from(["Desk", "", NASTY])),
        summary=Untrusted(draw(TEXTS)),
        description=Untrusted(draw(TEXTS)),
        conversation=(Untrusted(draw(TEXTS)),),
        fields=tuple(FieldQuestion(each, draw(current)) for each in draw(st.permutations(asked))),
        similar=tuple(draw(st.lists(st.integers(0, 9).map(seen), max_size=3))),
        language=draw(st.sampled_from(["en", "fr"])),
    )


def seen(number: int) -> PastTicket:
    """What a vendor's search found, with a text nobody would write."""
    found = past(number, random.Random(number))  # noqa: S311  # made-up tickets
    return replace(found, summary=Untrusted(NASTY) if number % 2 else found.summary, score=0.9)


def holds(question: Question, judgement: Judgement) -> None:
    """Every answer is to something that was asked, out of what was offered, and says how sure it is."""
    offered = {asked.choices.field: asked.choices.values for asked in question.fields}
    assert len({answer.field for answer in judgement.answers}) == len(judgement.answers)
    for answer in judgement.answers:
        for value in (answer.value, *answer.others):
            assert any(value is each for each in offered[answer.field]), "it made a value up"
        assert len({answer.value, *answer.others}) == 1 + len(answer.others)
        assert 0 <= answer.confidence <= 1
        assert 0 <= answer.together <= 1
        assert not (answer.proven and answer.others), "sure, and torn"


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(questions())
def test_whatever_the_text_and_the_choices_an_answer_is_one_of_these(
    local: Local, question: Question
) -> None:
    holds(question, local.judge_now(question))


def asked(text: str, connector: str) -> Question:
    fields = tuple(
        FieldQuestion(Choices(name, name, tuple(KNOWN)), ()) for name in ("category", "subcategory", "impact")
    )
    return Question(connector, "Desk", Untrusted(text[:80]), Untrusted(text), (), fields, (), "en")


@pytest.mark.parametrize("connector", [FITTED, SMALL, EMPTY])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00" * 100,
        "\ud800\udfff" * 50,
        "vpn " * (MIB // 4),
        "x" * MIB,
        "\u202e" + "🧨" * 10_000,
        "شبكة الطابعة لا تعمل" * 500,
        NASTY * 1_000,
    ],
    ids=["empty", "nul", "surrogates", "a mebibyte of words", "one word of it", "bombs", "arabic", "nasty"],
)
def test_no_text_is_too_odd(local: Local, connector: str, text: str) -> None:
    question = asked(text, connector)
    holds(question, local.judge_now(question))


@example("vpn tunnel gateway vpnvpn")
@settings(max_examples=40)
@given(TEXTS)
def test_asking_twice_gives_the_same_and_what_is_gone_from_the_list_is_not_said(
    local: Local, text: str
) -> None:
    question = asked(text, FITTED)
    first = local.judge_now(question)
    assert local.judge_now(question) == first
    for answer in first.answers:
        left = tuple(
            replace(
                q, choices=replace(q.choices, values=tuple(v for v in q.choices.values if v != answer.value))
            )
            for q in question.fields
        )
        again = local.judge_now(replace(question, fields=left))
        holds(replace(question, fields=left), again)
        labels = {plain(each.value.label) for each in again.answers if each.field == answer.field}
        assert plain(answer.value.label) not in labels


def test_it_does_say_something_where_it_knows(local: Local) -> None:
    """The properties above hold of a brain that says nothing as well."""
    for connector in (FITTED, SMALL):
        text = "printer toner paper tray spooler jam tonertoner"
        found = {each.field: each.value.label for each in local.judge_now(asked(text, connector)).answers}
        assert found["category"] == "Printer"
