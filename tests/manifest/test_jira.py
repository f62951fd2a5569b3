"""The Jira webhook's registration asks for the events we read and for no others."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot import manifests

ROOT = Path(__file__).parents[2]
PARSER = ROOT / "connectors/jira/webhook.py"


def registration() -> Any:
    return json.loads(manifests.render("jira", url="https://bot.example.com"))


def test_it_has_the_parts_jira_asks_for_and_none_it_does_not_know() -> None:
    assert set(registration()) == {"name", "description", "url", "events", "filters", "excludeBody", "secret"}


def test_the_body_is_sent_because_the_signature_is_over_it() -> None:
    assert registration()["excludeBody"] is False


def test_the_events_are_tickets_and_comments() -> None:
    told = registration()["events"]
    assert len(told) == len(set(told))
    assert all(
        re.fullmatch(r"jira:issue_(created|updated|deleted)|comment_(created|updated|deleted)", e)
        for e in told
    )


@pytest.mark.parametrize("event", registration()["events"] if PARSER.exists() else [])
def test_each_event_is_one_the_parser_knows(event: str) -> None:
    """By its name, or by the word in front of the underscore where the parser goes by kinds."""
    code = PARSER.read_text(encoding="utf-8")
    assert event in code or event.split("_", maxsplit=1)[0] in code, (
        f"{PARSER.name} has never heard of {event}"
    )


def test_the_readme_lists_what_the_registration_does() -> None:
    readme = (ROOT / "manifest/jira/README.md").read_text(encoding="utf-8")
    assert "{{JIRA_WEBHOOK_SECRET}}" in readme
    assert "*Issue* created, updated, deleted; *Comment* created, updated, deleted" in readme
