"""What a log may hold: names of ours and what went wrong, nobody's address, and no variables."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import configure, without_persons

WORDS = "jira refuses: jane.roe@example.com may not have it; password: hunter22!, DE89 3704 0044 0532 0130 00"


@pytest.fixture
def quiet() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("as_what", ["json", "text"])
def test_what_a_vendor_says_of_people_is_not_logged(as_what: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure("json" if as_what == "json" else "text", "INFO")
    held = f"page {WORDS}"
    try:
        int(held)
    except ValueError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved: %s", WORDS)
        structlog.get_logger().error("crashed", exc_info=True)
    structlog.get_logger().warning("wish_refused", why=WORDS)

    told = capsys.readouterr().err

    assert not [each for each in ("jane", "hunter22", "DE89") if each in told]
    assert told.count("ValueError") >= 2, "what broke is told"
    assert "int(held)" in told, "and where"
    assert "locals" not in told
    if as_what == "json":
        last = json.loads(told.splitlines()[-1])
        assert last["why"] == "jira refuses: <EMAIL> may not have it; password: <SECRET>, <IBAN>"


def test_names_of_ours_and_machines_stay() -> None:
    line = {
        "event": "poll_failed",
        "trace": "0123456789abcdef0123456789abcdef",
        "ts": "1732212345.123456",
        "why": "10.0.0.5:443 did not answer at 1732212345.123456",
    }

    assert without_persons(None, "info", dict(line)) == line
    assert without_persons(None, "info", {"person": "jane.roe@example.com"}) == {"person": "<EMAIL>"}
