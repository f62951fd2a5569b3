"""One demo and one Chromium for all tests here; every page must keep its console clean."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.driving import Screen

ROOT = Path(__file__).parents[2]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
PATIENCE_MS = 15_000
"""A machine that runs other tests beside these takes its time."""
LEARNING_S = 120.0
"""A few seconds on an idle machine."""
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
"""Where a missing browser is a failure: there nobody would notice a skip."""


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser of this machine."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        why = "no Chromium on PATH: apt-get install chromium"
        if IN_CI:
            pytest.fail(why)
        pytest.skip(why)
    return found


@pytest.fixture(scope="package")
def demo_url(chromium_path: str) -> Iterator[str]:
    """The address of a running demo; it has to end cleanly, too."""
    assert chromium_path
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found is None:
            process.kill()
            pytest.fail(f"the demo did not start: {line}{process.communicate()[1]}")
        wait_until_learned(found[0])
        yield found[0]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors
    finally:
        process.kill()
        process.communicate()


def wait_until_learned(url: str) -> None:
    """Let the bot learn the past first: what it says while it learns depends on how far it is."""
    standings: dict[str, dict[str, str]] = {}
    end = time.monotonic() + LEARNING_S
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{url}/demo/start") as answer:  # noqa: S310  # our own, on loopback
            standings = json.load(answer)["standings"]
        if all(each["state"] == "learned" for each in standings.values()):
            return
        time.sleep(0.1)
    pytest.fail(f"the past was not learned: {standings}")


@pytest.fixture(scope="package")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Chromium without a window.

    Not for the whole session: Playwright's own event loop counts as running for as long as this lives, and
    no other could run beside it.
    """
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser, demo_url: str) -> Iterator[BrowserContext]:
    """A fresh profile at desktop size, with motion off so that nothing is caught half-way."""
    made = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    made.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield made
    close_modals(made, demo_url)
    made.close()


def close_modals(context: BrowserContext, demo_url: str) -> None:
    """Leave no modal open for the next test: a test that failed half-way would fail those after it."""
    for person in ("U0ALICE", "U0BOB", "U0DORA", "U0CAROL", "U0GUEST"):
        modal = context.request.get(f"{demo_url}/demo/chat?as={person}").json()["modal"]
        if modal is not None:
            body = {"as": person, "view": modal["id"]}
            context.request.post(f"{demo_url}/demo/modal/close", data=body)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about; a test that expects something takes it out."""
    return []


@pytest.fixture
def page(context: BrowserContext, demo_url: str, complaints: list[str]) -> Iterator[Page]:
    """The demo, open; at the end the console must have stayed free of errors."""
    made = context.new_page()
    made.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("requestfailed", lambda r: _failed(r.url, complaints))
    made.goto(demo_url)
    made.get_by_text("Live, on this machine").wait_for()
    yield made
    # Before it closes: what is on its way then is cut, and that is no failure.
    found = list(complaints)
    made.close()
    assert found == []


def _failed(url: str, complaints: list[str]) -> None:
    # The stream is cut when the page goes away; that is its end, not a failure.
    if not url.endswith("/demo/stream"):
        complaints.append(f"failed: {url}")


@pytest.fixture
def screen(page: Page) -> Screen:
    """The demo as a person uses it."""
    return Screen(page)
