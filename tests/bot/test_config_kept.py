"""What the history of policies keeps of a file: everything that decides, and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.config import load_config
from bot.settings import Environment

SECRETIVE = """\
# Who may do what
version: 1
connectors:
  jira:
    kind: jira
    url: "${JIRA_URL}"
    api_token: hush
modes: [{mode: approve}]
approvals:
  - match: {}   # everything
    ask: {approvers: ["${CHIEF}"]}
"""


def test_the_text_that_is_kept_has_no_secret_and_its_lines_where_they_were(tmp_path: Path) -> None:
    path = tmp_path / "countersign.yaml"
    path.write_text(SECRETIVE)
    kept = load_config(path, Environment({"JIRA_URL": "https://j.example.com/?hush", "CHIEF": "U0HUSH"})).text
    assert "hush" not in kept.casefold()
    assert "${CHIEF}" in kept
    assert kept.count("\n") == SECRETIVE.count("\n")
    assert kept.splitlines()[8:] == SECRETIVE.splitlines()[8:]
    assert yaml.safe_load(kept)["connectors"] == {}


def test_the_text_that_is_kept_can_be_read_again_even_when_what_was_left_out_held_an_anchor(
    tmp_path: Path,
) -> None:
    path = tmp_path / "countersign.yaml"
    path.write_text(
        "version: 1\nconnectors:\n  jira: {kind: &kind jira, api_token: hush}\n"
        "modes: [{connector: *kind, mode: approve}]\n"
    )
    kept = load_config(path, Environment({})).text
    assert yaml.safe_load(kept) == {"version": 1, "modes": [{"connector": "jira", "mode": "approve"}]}


@pytest.mark.parametrize(
    "text", ["{version: 1, connectors: {jira: {api_token: hush}}, language: fr}", "version: 1"]
)
def test_a_file_all_on_one_line_is_kept_as_well(tmp_path: Path, text: str) -> None:
    path = tmp_path / "countersign.yaml"
    path.write_text(text)
    kept = load_config(path, Environment({})).text
    assert yaml.safe_load(kept)["version"] == 1
    assert "hush" not in kept
