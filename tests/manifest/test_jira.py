"""The Jira webhook's registration asks for the events we read and for no others."""

import json
from pathlib import Path
from typing import Any

from bot import manifests
from connectors.jira.webhook import COMMENT_EVENTS, ISSUE_EVENTS

ROOT = Path(__file__).parents[2]


def registration() -> Any:
    return json.loads(manifests.render("jira", url="https://bot.example.com"))


def test_it_has_the_parts_jira_asks_for_and_none_it_does_not_know() -> None:
    assert set(registration()) == {"name", "description", "url", "events", "filters", "excludeBody", "secret"}


def test_the_body_is_sent_because_the_signature_is_over_it() -> None:
    assert registration()["excludeBody"] is False


def test_the_events_are_those_the_parser_reads() -> None:
    told = registration()["events"]
    assert len(told) == len(set(told))
    assert set(told) == ISSUE_EVENTS | COMMENT_EVENTS


def test_the_readme_lists_what_the_registration_does() -> None:
    readme = (ROOT / "manifest/jira/README.md").read_text(encoding="utf-8")
    assert "{{JIRA_WEBHOOK_SECRET}}" in readme
    assert "*Issue* created, updated, deleted; *Comment* created, updated, deleted" in readme
