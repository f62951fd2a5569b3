"""``countersign policy``: exit codes, every mistake at once, and answers for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.app import PREFIX
from bot.cli import app, main
from bot.core.dossier import Dossier
from bot.core.errors import Misconfigured
from bot.runtime.redis_client import command_client
from tests.bot.test_config import EXAMPLE
from tests.bot.workbench import Workbench
from tests.conftest import outside_the_loop
from tests.making import REF

DATABASE = 12
"""Cleared here: the program's keys have no prefix of a test's own."""

WRONG = """\
version: 1
connectors:
  jira: {kind: jria}
approvals:
  - match: {action: jira.asign}
    deny: true
  - match: {}
    ask: {approvers: [U0A1], quorum: 2}
"""


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No connector and no Redis of the machine these tests run on."""
    for name in ("JIRA_URL", "SERVICENOW_URL", "REDIS_URL", "COUNTERSIGN_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COUNTERSIGN_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["policy", *args])


def written(text: str) -> None:
    Path("countersign.yaml").write_text(text, encoding="utf-8")


def test_a_file_without_mistakes_is_ok_and_counted() -> None:
    written(
        EXAMPLE.replace("connectors:\n", "").replace("  jira: {kind: jira", "x: {y: z").replace("x: {", "#")
    )
    lines = [line for line in EXAMPLE.splitlines() if "kind:" not in line and line != "connectors:"]
    written("\n".join(lines) + "\n")
    found = run("check")
    assert (found.exit_code, found.output) == (0, "OK: 3 rules, 1 mode\n")


def test_warnings_are_told_and_are_no_errors() -> None:
    written('version: 1\napprovals:\n- {match: {action: "jira.assign"}, allow: true}\n')
    found = run("check")
    assert found.exit_code == 0
    first, last = found.output.splitlines()
    assert first.startswith("warning: countersign.yaml:3: approvals[0].allow: ")
    assert last == "OK: 1 rule, 0 modes"
    told: dict[str, Any] = json.loads(run("check", "--json").output)
    assert (told["rules"], told["modes"], len(told["warnings"])) == (1, 0, 1)


def test_every_mistake_of_every_part_is_told_at_once_with_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(WRONG)
    monkeypatch.setattr("sys.argv", ["countersign", "policy", "check"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "countersign.yaml:3: connectors.jira.kind: no connector is called so" in said
    assert "countersign.yaml:5: approvals[0].match.action: no action is called 'jira.asign'" in said
    assert "countersign.yaml:8: approvals[1].ask.quorum: 2 have to agree" in said
    assert "Traceback" not in said


def test_without_a_file_the_built_in_rules_are_checked() -> None:
    assert run("check").output == "OK: 1 rule, 0 modes\n"


def test_the_schema_is_json_for_editors() -> None:
    told: dict[str, Any] = json.loads(run("schema").output)
    assert "hours" in told["properties"]


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--ticket", "OPS-1"),
        ("--action", "jira.assign"),
        ("--ticket", "OPS-1", "--proposal", "p1"),
        ("--proposal", "p1", "--by", "U0BOB"),
        ("--proposal", "p1", "--arg", "to=x"),
        ("--ticket", "OPS-1", "--action", "jira.assign", "--at", "yesterday"),
    ],
)
def test_a_question_that_is_none_is_bad_usage(args: tuple[str, ...]) -> None:
    found = run("explain", *args)
    assert found.exit_code == 2
    assert "Traceback" not in found.output


def test_what_is_not_there_is_an_error_in_words() -> None:
    found = run("explain", "--proposal", "p1", "--at", "2026-10-01T12:00Z")
    assert found.exit_code == 1
    assert isinstance(found.exception, Misconfigured)
    assert "no proposal is called p1" in str(found.exception)


def test_a_ticket_is_explained_in_words_and_in_json(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{redis_url}?db={DATABASE}"
    outside_the_loop(lambda: _knowing_a_ticket(url))
    named = {
        "REDIS_URL": url,
        "JIRA_URL": "http://127.0.0.1:9",
        "JIRA_EMAIL": "a@b.ch",
        "JIRA_API_TOKEN": "t",
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    question = (
        "explain",
        "--ticket",
        "OPS-1",
        "--action",
        "jira.set_fields",
        "--arg",
        "fields.priority=High",
    )
    words, program = run(*question), run(*question, "--json")
    assert (words.exit_code, program.exit_code) == (0, 0)
    assert words.output.startswith("OPS-1: Set Priority to High. jira.set_fields in jira, queue OPS")
    assert "  Outcome: Nothing: in mode suggest" in words.output
    told: dict[str, Any] = json.loads(program.output)
    assert (told["ticket"], told["verdict"]["verdict"]) == ("OPS-1", "deny")


async def _knowing_a_ticket(url: str) -> None:
    redis: Any = command_client(url)
    await redis.flushdb()
    await Workbench(redis, PREFIX).becomes(Dossier(REF, key="OPS-1", queue="OPS"))
    await redis.aclose()


def test_a_ticket_nobody_has_is_an_error_in_words(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", f"{redis_url}?db={DATABASE}")
    found = run("explain", "--ticket", "OPS-404", "--action", "jira.assign")
    assert found.exit_code == 1
    assert "asked no system: none is set up" in str(found.exception)
