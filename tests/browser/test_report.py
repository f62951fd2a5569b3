"""The pages of `countersign eval` as people see them: readable in light and dark, on a desk, on a phone."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from bot.brain.classify import fit
from bot.brain.lessons import FieldSpec, Lesson
from bot.brain.measure.evaluating import Bench, evaluate
from bot.brain.measure.live import Place, live_of
from bot.brain.measure.live_page import live_page_of
from bot.brain.measure.page import page_of
from bot.brain.measure.splitting import by_time
from bot.core.outcomes import Guess, How, Outcome
from bot.core.tickets import Value
from tests.browser.driving import TAKES_SCREENSHOTS, Screen

LESSONS = 6_000 if TAKES_SCREENSHOTS else 1_200
"""For a picture that looks like a desk's; fewer show whether the page is readable."""
KINDS = {
    "Access and accounts": ("Service desk", 30),
    "Network": ("Network", 22),
    "Hardware": ("Field support", 18),
    "E-mail and calendar": ("Messaging", 14),
    "Business applications": ("Applications", 10),
    "Telephony": ("Network", 4),
    "Printing": ("Field support", 2),
}
BEGINNING = datetime(2026, 1, 5, 8, tzinfo=UTC)
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def desk() -> list[Lesson]:
    """A year of a desk of ours: each kind has its words, some tickets say little, some labels are slips."""
    rng = random.Random(20_261_121)  # noqa: S311  # made-up tickets
    names, weights = list(KINDS), [weight for _, weight in KINDS.values()]
    made: list[Lesson] = []
    for number in range(LESSONS):
        (kind,) = rng.choices(names, weights)
        about = [kind if rng.random() < rng.random() ** 0.4 else rng.choice(names) for _ in range(7)]
        own = [f"{each[:4].strip()}{min(int(rng.paretovariate(0.7)), 400)}" for each in about]
        rest = [f"w{min(int(rng.paretovariate(0.6)), 5_000)}" for _ in range(22)]
        label = rng.choice(names) if rng.random() < 0.03 else kind
        group = "Service desk" if rng.random() < 0.12 else KINDS[label][0]
        made.append(
            Lesson(
                f"INC{number:06}",
                " ".join(rng.sample([*own, *rest], 29)),
                {"category": Value(label, label), "assignment_group": Value(group, group)},
                at=(BEGINNING + timedelta(hours=2 * number)).isoformat(),
            )
        )
    return made


def outcomes() -> list[tuple[Place, list[Outcome]]]:
    """Three months in service: mostly right, one queue less so."""
    rng = random.Random(7)  # noqa: S311  # made-up outcomes
    names, weights = list(KINDS), [weight for _, weight in KINDS.values()]
    found: list[tuple[Place, list[Outcome]]] = []
    for queue, good, count in (
        ("Service desk", 0.97, 640),
        ("Network", 0.95, 310),
        ("Field support", 0.86, 120),
    ):
        turned: list[Outcome] = []
        for number in range(count):
            said = rng.choices(names, weights)[0]
            sure = min(0.99, rng.betavariate(30 * good, 30 * (1 - good)))
            right = rng.random() < sure
            how = rng.choices([How.CLOSED, How.APPROVED], (3, 2))[0] if right else rng.choice(list(How)[1:])
            actual = said if right else None if how is How.REJECTED else rng.choice(names)
            at = BEGINNING + timedelta(hours=24 * 90 * number / count)
            value = Value(actual, actual) if actual else None
            guess = Guess("triage", "category", Value(said, said), sure, sure > 0.9)
            turned.append(Outcome(guess=guess, queue=queue, how=how, actual=value, at=at))
        found.append((Place("servicenow", "triage", "category", queue), turned))
    return found


def measured() -> str:
    """What the shipped brain makes of that year."""
    bench = Bench(fit, time.perf_counter, lambda _: None)
    wanted = [FieldSpec("assignment_group"), FieldSpec("category")]
    return page_of(evaluate(by_time(desk()), wanted, 0.95, bench))


def lived() -> str:
    """What became of three months of suggestions."""
    return live_page_of(live_of(outcomes(), 0.95))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both pages as files."""
    folder = tmp_path_factory.mktemp("pages")

    def write() -> None:
        (folder / "eval-report.html").write_text(measured(), encoding="utf-8")
        (folder / "eval-live.html").write_text(lived(), encoding="utf-8")

    # In a thread of its own: Playwright's loop runs in this one, and no file may be read on a loop.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(write).result()
    return folder


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of its own, without a network; at the end its console must have stayed empty."""
    context = browser.new_context(viewport=DESKTOP, color_scheme=request.param, offline=True)
    made, complaints = context.new_page(), list[str]()
    made.on("console", lambda message: complaints.append(message.text))
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    context.close()
    assert complaints == []


@pytest.mark.parametrize("name", ["eval-report", "eval-live"])
def test_the_page_can_be_read_and_fits(page: Page, name: str, pages: Path) -> None:
    screen = Screen(page)
    page.goto((pages / f"{name}.html").as_uri())
    screen.contrast()
    screen.fits()
    assert page.locator("svg").count() >= 2
    if page.evaluate("matchMedia('(prefers-color-scheme: light)').matches"):
        screen.shoot(name)
    page.set_viewport_size(PHONE)
    screen.fits()
