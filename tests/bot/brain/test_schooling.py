"""Fields are found in what was learned, fitted together, and put on the shelf whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.brain.classify import Fitted
from bot.brain.history import History
from bot.brain.lessons import Asked, FieldSpec, Lesson
from bot.brain.schooling import refit, refit_apart, shelf_in, specs
from bot.core.errors import Misconfigured
from bot.core.tickets import Value
from tests.bot.brain.past import DISK, VPN, some


def lessons(count: int, **fields: str) -> list[Lesson]:
    """``fields``: by name, a pattern; ``{n}`` counts, ``{d}`` is its last digit."""
    return [
        Lesson(
            f"A-{n}",
            f"text {n}",
            {
                f: Value(v, v)
                for f, p in fields.items()
                if (v := p.format(n=n, d=n % 10, h=n % 5, t=n // 100))
            },
        )
        for n in range(count)
    ]


def test_a_field_that_always_stands_below_another_is_narrowed_by_it() -> None:
    taught = lessons(300, category="c{h}", subcategory="c{h}-{d}", item="c{h}-{d}-{t}")
    assert specs(taught) == [
        FieldSpec("category"),
        FieldSpec("item", "subcategory"),
        FieldSpec("subcategory", "category"),
    ]


def test_slips_are_forgiven_and_chance_is_not_taken_for_order() -> None:
    taught = lessons(300, category="c{h}", subcategory="c{h}-{d}", other="o{d}")
    slip = Lesson("A-x", "text", {"category": Value("c1", "c1"), "subcategory": Value("c0-0", "c0-0")})
    found = {spec.name: spec.depends_on for spec in specs([*taught, slip, slip])}
    assert found["subcategory"] == "category"

    mixed = lessons(300, category="c{t}", impact="i{d}")
    assert {spec.depends_on for spec in specs(mixed)} == {""}
    few = lessons(60, category="c{h}", subcategory="c{h}-{d}")
    assert {spec.depends_on for spec in specs(few)} == {""}
    alike = [*lessons(300, category="always", subcategory="s{d}"), *lessons(3, category="never")]
    assert {spec.depends_on for spec in specs(alike)} == {""}


def test_a_field_with_one_value_has_nothing_to_tell_apart() -> None:
    assert [spec.name for spec in specs(lessons(300, queue="always", kind="k{d}"))] == ["kind"]


def test_free_text_and_priority_are_no_fields_to_learn() -> None:
    assert [spec.name for spec in specs(lessons(300, note="note {n}", priority="p{d}", kind="k{d}"))] == [
        "kind"
    ]
    assert specs([]) == []


def test_what_is_remembered_becomes_a_classifier_on_the_shelf(tmp_path: Path) -> None:
    history, shelf = History(tmp_path / "history"), shelf_in(tmp_path)
    past = [*some(VPN, 200, category="Network"), *some(DISK, 200, start=500, category="Hardware")]
    history.learn("jira", past)

    done = refit(history, shelf, "jira")

    assert (done.version, done.lessons) == (1, 400)
    assert done.fields["category"]["accuracy"] > 0.95
    current = shelf.current("jira")
    assert current is not None
    assert shelf.notes("jira", 1)["lessons"] == 400
    prediction = Fitted.from_bytes(current[1]).predict(Asked(VPN))["category"]
    assert prediction.ranked[0][0].label == "Network"
    assert refit(history, shelf, "jira").version == 2


def test_few_tickets_make_no_classifier_and_leave_the_shelf_as_it_is(tmp_path: Path) -> None:
    history, shelf = History(tmp_path / "history"), shelf_in(tmp_path)
    history.learn("jira", some(VPN, 10, category="Network"))

    assert refit(history, shelf, "jira").version is None
    assert shelf.current("jira") is None


async def test_a_running_bot_fits_in_another_process_and_hears_why_it_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    history = History(tmp_path / "history")
    past = [*some(VPN, 160, category="Network"), *some(DISK, 160, start=500, category="Hardware")]
    await asyncio.to_thread(history.learn, "jira", past)

    await refit_apart(tmp_path, "jira")
    assert await asyncio.to_thread(shelf_in(tmp_path).versions, "jira") == [1]

    await asyncio.to_thread(history.path("jira").write_bytes, b"damaged\n")
    with pytest.raises(Misconfigured, match="does not read"):
        await refit_apart(tmp_path, "jira")
