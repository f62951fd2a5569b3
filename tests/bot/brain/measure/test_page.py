"""What people see of a report: a table, a page that loads nothing, and gates."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from typing_extensions import override

from bot.brain.lessons import FieldSpec, Lesson
from bot.brain.measure.evaluating import Bench, evaluate
from bot.brain.measure.gates import missed, parse_gate
from bot.brain.measure.page import page_of
from bot.brain.measure.report import Report
from bot.brain.measure.splitting import by_time
from bot.brain.measure.telling import headlines, told
from bot.core.errors import Misconfigured
from bot.core.tickets import Value
from tests.bot.brain.measure.desk import Counted, lessons

HOSTILE = '</title><script>alert(1)</script><img src=x onerror=y>&"\u202e\x1b[31m\ud800 \n' + "x" * 300


def reported(past: list[Lesson], *fields: str, target: float = 0.8) -> Report:
    return evaluate(
        by_time(past),
        [FieldSpec(each) for each in fields],
        target,
        Bench(Counted, lambda: 0.0, lambda _: None),
    )


def hostile() -> list[Lesson]:
    """Tickets whose field and values are called as an attacker would, and a secret in each text."""
    return [
        Lesson(
            each.key,
            f"sekrit{n} {each.text}",
            {HOSTILE: Value(each.values["kind"].id, HOSTILE + each.values["kind"].label)},
        )
        for n, each in enumerate(lessons(700))
    ]


class Tags(HTMLParser):
    """Which tags and attributes a page has, and whether all are closed."""

    VOID = frozenset({"meta"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(page)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_first_sentence_is_what_a_manager_asks() -> None:
    report = reported(lessons(1_500), "kind", "side")
    kind = report.fields["kind"]
    assert kind.precision is not None

    first, second = headlines(report)

    assert first == (
        f"At 80 % it would fill kind in {100 * kind.coverage:.0f} of 100 tickets alone "
        f"and be right in {100 * kind.precision:.0f} of 100 of these."
    )
    assert "fill side in" in second
    assert page_of(report).index(first) < page_of(report).index("<svg")


def test_nothing_from_the_file_becomes_markup_or_draws_on_the_terminal() -> None:
    report = reported(hostile(), HOSTILE)

    page = page_of(report)
    tags = Tags(page)

    assert not tags.open
    assert not tags.names & {"script", "img", "link", "iframe", "object", "a"}
    assert not {name for name in tags.attributes if name.startswith("on") or name in {"src", "href"}}
    assert "&lt;script&gt;" in page
    for shown in (page, told(report)):
        assert not {"\x1b", "\u202e", "\ud800"} & set(shown)
        assert "x" * 200 not in shown


def test_a_page_holds_no_word_of_a_ticket_and_loads_nothing() -> None:
    page = page_of(reported(hostile(), HOSTILE))

    assert "sekrit" not in page
    assert "word1" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "url(" not in page
    assert "prefers-color-scheme: dark" in page


@pytest.mark.parametrize("count", [2, 40, 1_500])
def test_every_plot_is_well_formed_however_little_there_is(count: int) -> None:
    page = page_of(reported(lessons(count), "kind"))

    plots = page.split("<svg")[1:]
    assert len(plots) == 5
    for each in plots:
        ET.fromstring("<svg" + each.split("</svg>")[0] + "</svg>")  # noqa: S314  # our own
    assert "nan" not in page.replace("Finance", "")


def test_the_table_names_each_field_and_what_plain_ways_reach() -> None:
    shown = told(reported(lessons(1_500), "kind", "side"))

    assert "macro-F1" in shown
    assert "majority" in shown
    assert "naive bayes" in shown
    assert "promise 95 %" in shown


def test_gates_tell_what_is_not_reached() -> None:
    report = reported(lessons(1_500), "kind")

    assert not missed(report, [parse_gate("kind.accuracy=0.5"), parse_gate("kind.ece=0.9")])
    assert missed(report, [parse_gate("kind.accuracy=0.999")]) == [
        f"kind.accuracy is {report.fields['kind'].accuracy:.4f}, below 0.999"
    ]
    (high,) = missed(report, [parse_gate("kind.ece=0.00001")])
    assert "above" in high
    few = reported(lessons(10), "kind")
    assert "nothing would be filled" in missed(few, [parse_gate("kind.precision=0.9")])[0]
    with pytest.raises(Misconfigured, match="no field is called 'colour'"):
        missed(report, [parse_gate("colour.accuracy=0.5")])


@pytest.mark.parametrize(
    "text",
    ["", "kind", "kind.accuracy", "accuracy=1", "kind.accuracy=x", "kind.accuracy=nan", "kind.beauty=1"],
)
def test_a_gate_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="--min"):
        parse_gate(text)


def test_a_fields_name_may_have_dots() -> None:
    gate = parse_gate("fields.custom.kind.top3=.5")

    assert (gate.field, gate.metric, gate.value) == ("fields.custom.kind", "top3", 0.5)
