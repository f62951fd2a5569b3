"""The demo's past: believable, varied, the same every time, and a file that `countersign` takes."""

import csv
import io
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from bot.brain.classify import fit
from bot.brain.classify.fitted import Fitted
from bot.brain.exports import look_at
from bot.brain.files import parse_map, read_sourced
from bot.brain.lessons import Asked, FieldSpec, Lesson, Show
from bot.core.tickets import Value
from sandbox.demo.estate import PAST
from sandbox.demo.past import Past, tell
from sandbox.demo.past.export import SYSTEMS, csv_of
from sandbox.demo.past.stories import HERE, stories
from sandbox.demo.past.telling import VAGUE, System

BUNDLED_BYTES_MAX = 400_000


@pytest.fixture(scope="module", params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> System:
    """Each desk."""
    found: System = request.param
    return found


@pytest.fixture(scope="module")
def told(system: System) -> list[Past]:
    """Its past."""
    return tell(system, PAST)


def test_no_two_tickets_say_the_same_and_every_story_is_told(told: list[Past], system: System) -> None:
    assert len({(past.summary, past.description) for past in told}) == len(told) == PAST
    here = {each.name for each in stories() if each.name != VAGUE and getattr(each, system)}
    assert {past.story.name for past in told} == here


def test_the_same_seed_tells_the_same_and_another_one_another_past(system: System) -> None:
    assert tell(system, 30, 5) == tell(system, 30, 5)
    assert tell(system, 30, 5) != tell(system, 30, 6)


def test_people_write_differently_and_in_two_languages(told: list[Past]) -> None:
    languages = Counter(past.language for past in told)
    assert 0.15 < languages["fr"] / PAST < 0.35
    assert len({past.writer for past in told}) > 15
    lengths = sorted(len(past.description) for past in told)
    assert lengths[0] == 0
    assert lengths[PAST // 10] * 2 < lengths[PAST * 9 // 10]
    assert max(Counter(past.writer for past in told).values()) < PAST / 10, "nobody's share is capped"


def test_no_slot_is_left_open_in_what_anybody_reads(told: list[Past]) -> None:
    for past in told:
        for text in (past.summary, past.description, past.reply):
            assert not {"{", "}"} & set(text), text


def test_what_is_bundled_is_small() -> None:
    assert sum(path.stat().st_size for path in HERE.iterdir() if path.is_file()) < BUNDLED_BYTES_MAX


def test_more_than_can_be_told_apart_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.demo.past.telling.TRIES_MAX", 0)
    with pytest.raises(ValueError, match="more than these stories"):
        tell("jira", 100)


def filed(past: Past, system: System) -> str:
    """The field by which the desk sends it on."""
    if system == "jira":
        return past.filed.jira.component if past.filed.jira else ""
    return past.filed.servicenow.group if past.filed.servicenow else ""


@pytest.fixture(scope="module")
def halves(told: list[Past], system: System) -> tuple[Fitted, list[tuple[Past, str]]]:
    """A classifier of the older four fifths, and the newer fifth with what was right."""
    cut = PAST * 4 // 5
    lessons = [
        Lesson(
            f"P-{place}",
            f"{past.summary}\n{past.description}",
            {"where": Value(filed(past, system), filed(past, system))},
            at=f"2026-{1 + place // 100:02}-{1 + place % 100 // 4:02}T08:00:00+00:00",
            person=past.writer,
        )
        for place, past in enumerate(told[:cut])
    ]
    return fit(lessons, [FieldSpec("where")]), [(past, filed(past, system)) for past in told[cut:]]


def test_it_can_be_learned_and_not_by_heart(halves: tuple[Fitted, list[tuple[Past, str]]]) -> None:
    fitted, newer = halves
    found = fitted.predict_all([Asked(f"{past.summary}\n{past.description}") for past, _ in newer])
    right = [each["where"].ranked[0][0].id == where for each, (_, where) in zip(found, newer, strict=True)]
    assert 0.78 < sum(right) / len(right) < 0.97
    alone = [each["where"].show is Show.ONE for each in found]
    assert 0.3 < sum(alone) / len(alone) < 0.98
    sure = sum(one and ok for one, ok in zip(alone, right, strict=True)) / sum(alone)
    assert sure > sum(right) / len(right), "what stands alone is right more often than what does not"


def test_the_gate_lets_strange_texts_say_nothing(halves: tuple[Fitted, list[tuple[Past, str]]]) -> None:
    strange = "Quarterly falconry permits for the rooftop aviary: whom may our ornithologist petition?"
    found = halves[0].predict(Asked(strange))["where"]
    assert found.show is Show.NOTHING
    assert found.familiar < 0.5


def test_the_file_is_taken_as_it_is(system: System, tmp_path: Path) -> None:
    text = csv_of(system, 40, 1)
    assert text == csv_of(system, 40, 1)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 40
    assert all(before["closed_at"] < after["closed_at"] for before, after in pairwise(rows))
    path = tmp_path / "past.csv"
    path.write_text(text, encoding="utf-8")
    tickets = [row.ticket for row in read_sourced(look_at(path), parse_map(""))]
    assert [ticket.key for ticket in tickets] == [row["key"] for row in rows]
    expected = {"components"} if system == "jira" else {
        "category", "subcategory", "assignment_group", "impact", "urgency",
    }  # fmt: skip
    assert {name for ticket in tickets for name in ticket.fields} == expected
