"""``slack.unfurl``: which queues' links are previewed, and which hosts the manifest names for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import Misconfigured
from bot.previewing import preview_hosts

JIRA = {"JIRA_URL": "https://you.atlassian.net/", "JIRA_EMAIL": "bot@example.com", "JIRA_API_TOKEN": "x"}


def hosts(tmp_path: Path, slack: str, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    file = tmp_path / "countersign.yaml"
    file.write_text(f"version: 1\nslack: {slack}\n", encoding="utf-8")
    return preview_hosts(JIRA if environ is None else environ, file)


def test_the_hosts_are_those_of_the_systems_whose_queues_are_named(tmp_path: Path) -> None:
    assert hosts(tmp_path, "{unfurl: [jira/OPS, jira/HR]}") == ("you.atlassian.net",)
    both = JIRA | {"SERVICENOW_URL": "https://acme.service-now.com", "SERVICENOW_API_KEY": "k"}
    assert hosts(tmp_path, "{unfurl: [servicenow/Network Team]}", both) == ("acme.service-now.com",)


def test_without_queues_no_system_needs_to_be_set_up(tmp_path: Path) -> None:
    assert hosts(tmp_path, "{}", {}) == ()
    assert hosts(tmp_path, "{unfurl: []}", {}) == ()


@pytest.mark.parametrize(
    ("slack", "says"),
    [
        ("{unfurl: [OPS]}", "'OPS' is not a connector and one of its queues, such as jira/OPS"),
        ("{unfurl: [jira/]}", "is not a connector and one of its queues"),
        ("{unfurl: ['jira/ OPS']}", "is not a connector and one of its queues"),
    ],
)
def test_what_is_no_queue_is_told_with_what_to_write(tmp_path: Path, slack: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        hosts(tmp_path, slack)


def test_queues_of_a_system_that_is_not_set_up_are_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="jra"):
        hosts(tmp_path, "{unfurl: [jra/OPS]}")
