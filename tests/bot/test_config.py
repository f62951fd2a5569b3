"""``countersign.yaml``: the documented file loads, and every mistake is named with its line and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from approvals.policy import DEFAULT_RULES, Rulebook, Where, evaluate
from bot.config import Config, load_config, schema
from bot.config_sections import seconds
from bot.core.actions import Action, Risk
from bot.core.errors import Misconfigured
from bot.core.ids import ActionName
from bot.core.modes import Mode
from bot.core.tickets import TicketRef
from bot.core.verdicts import Allow, Ask, Deny
from bot.settings import Environment

EXAMPLE = """\
version: 1
connectors:
  jira: {kind: jira, url: "${JIRA_URL}", queues: [OPS, HELP]}
  servicenow: {kind: servicenow, tables: [incident]}
slack:
  approvals_channel: C0APPROVALS
modes:
  - {connector: jira, queue: OPS, skill: triage, mode: approve}
approvals:
  - match: {action: "*.add_internal_note"}
    allow: true
  - match: {connector: jira, queue: OPS, action: "jira.transition", to: Done}
    ask:
      approvers: [U0ALICE, S0MANAGERS]
      quorum: 1
      four_eyes: true
      remind_after: 30m
      escalate: {after: 2h, to: [S0DIRECTORS]}
      expires_after: 8h
  - match: {action: "*"}
    ask: {approvers: [S0MANAGERS]}
limits: {actions_per_ticket_per_hour: 10, llm_usd_per_day: 20}
"""
"""The file the documentation shows."""
ACTIONS = frozenset(
    {
        "jira.add_internal_note",
        "jira.transition",
        "jira.assign",
        "servicenow.add_work_note",
        "servicenow.resolve",
    }
)
ENV = Environment({"JIRA_URL": "https://jira.example.com"})
HERE = Where(connector="jira", queue="OPS", by="skill:triage")


def load(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "countersign.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, ENV)


def book(config: Config) -> Rulebook:
    return config.rulebook(actions=ACTIONS, connectors=frozenset({"jira", "servicenow"}), skills=("triage",))


def refused(tmp_path: Path, text: str) -> str:
    """What is said about ``text``, without the folder."""
    with pytest.raises(Misconfigured) as error:
        book(load(tmp_path, text))
    return str(error.value).replace(f"{tmp_path}/", "")


def test_the_documented_file_loads_and_means_what_it_says(tmp_path: Path) -> None:
    config = load(tmp_path, EXAMPLE)
    rules = book(config)
    assert config.file.connectors["jira"]["url"] == "https://jira.example.com"
    assert rules.approvals_channel == "C0APPROVALS"
    assert rules.mode(HERE) is Mode.APPROVE
    assert rules.mode(Where(connector="jira", queue="HELP", by="skill:triage")) is Mode.SUGGEST
    assert rules.actions_per_ticket_per_hour == 10
    done = Action(
        ActionName("jira.transition"),
        TicketRef("jira", "1"),
        {"to": {"id": "9", "label": "Done"}},
        Risk.REVERSIBLE,
    )
    verdict = evaluate(rules, done, HERE, human=True)
    assert isinstance(verdict, Ask)
    assert (verdict.rule, verdict.approvers, verdict.expires_after_s) == (
        "approvals[1]",
        ("U0ALICE", "S0MANAGERS"),
        8 * 3600,
    )
    note = Action(ActionName("servicenow.add_work_note"), TicketRef("servicenow", "1"), {}, Risk.NOTE)
    assert isinstance(evaluate(rules, note, HERE, human=True), Allow)


def test_without_a_file_the_bot_may_leave_notes_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rules = book(load_config(None, ENV))
    assert rules.rules == DEFAULT_RULES
    assert rules.mode(HERE) is Mode.SUGGEST


def test_an_empty_list_of_rules_denies_even_notes(tmp_path: Path) -> None:
    rules = book(load(tmp_path, "version: 1\napprovals: []\n"))
    note = Action(ActionName("jira.add_internal_note"), TicketRef("jira", "1"), {}, Risk.NOTE)
    assert isinstance(evaluate(rules, note, HERE, human=False), Deny)


def test_the_file_in_the_current_folder_is_taken_when_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "countersign.yaml").write_text("version: 1\nlanguage: fr\n")
    monkeypatch.chdir(tmp_path)
    assert book(load_config(None, ENV)).language == "fr"


COVERED = """\
version: 1
approvals:
  - match: {action: "jira.*"}
    deny: true
  - match: {action: jira.assign}
    ask: {approvers: [U0A1]}
"""
ASKS = "version: 1\napprovals:\n  - match: {{action: jira.assign}}\n    ask: {{{}}}\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "version: 1\nlanguages: fr\n",
            "countersign.yaml:2: languages: unknown key; did you mean 'language'?",
        ),
        (
            "version: 1\nslack:\n  approval_channel: C0X\n",
            "countersign.yaml:3: slack.approval_channel: unknown key; did you mean 'approvals_channel'?",
        ),
        (
            "version: 1\nmodes:\n  - {que: OPS, mode: auto}\n",
            "countersign.yaml:3: modes[0].que: unknown key; did you mean 'queue'?",
        ),
        (
            "version: 1\napprovals:\n  - match: {acton: x}\n    allow: true\n",
            "countersign.yaml:3: approvals[0].match.acton: unknown key; did you mean 'action'?",
        ),
        (
            "version: 1\napprovals:\n  - match: {}\n    alow: true\n",
            "countersign.yaml:4: approvals[0].alow: unknown key; did you mean 'allow'?",
        ),
        (
            ASKS.format("approver: [U0A1]"),
            "countersign.yaml:4: approvals[0].ask.approver: unknown key; did you mean 'approvers'?",
        ),
        (
            ASKS.format("approvers: [U0A1], escalate: {aftr: 2h, to: [S0B2]}"),
            "countersign.yaml:4: approvals[0].ask.escalate.aftr: unknown key; did you mean 'after'?",
        ),
        (
            "version: 1\nlimits: {llm_usd_a_day: 1}\n",
            "countersign.yaml:2: limits.llm_usd_a_day: unknown key; did you mean 'llm_usd_per_day'?",
        ),
    ],
)
def test_a_typo_is_named_with_file_line_key_and_a_guess(tmp_path: Path, text: str, says: str) -> None:
    assert says in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "version: 1\napprovals:\n  - match: {action: jira.asign}\n    allow: true\n",
            "3: approvals[0].match.action: no action is called 'jira.asign'; did you mean 'jira.assign'?",
        ),
        (
            "version: 1\napprovals:\n  - match: {connector: jria}\n    allow: true\n",
            "yaml:3: approvals[0].match.connector: there is no connector 'jria'; did you mean 'jira'?",
        ),
        (
            "version: 1\nmodes:\n  - {skill: triag, mode: auto}\n",
            "countersign.yaml:3: modes[0].skill: there is no skill 'triag'; did you mean 'triage'?",
        ),
        (
            COVERED,
            "countersign.yaml:5: approvals[1] can never match: approvals[0] takes everything it would",
        ),
        (ASKS.format("approvers: []"), "countersign.yaml:4: approvals[0].ask.approvers"),
        (ASKS.format("approvers: [U0A1], quorum: x"), "approvals[0].ask.quorum"),
        (ASKS.format("approvers: [U0A1], always_after: 1"), "approvals[0].ask.always_after"),
        (ASKS.format("approvers: [U0A1], quorum: 0"), "approvals[0].ask.quorum"),
        (ASKS.format("approvers: [alice]"), "'alice' is not a Slack user id (U… or W…), a user-group id"),
        (ASKS.format("approvers: [U0A1], escalate: {after: 2h, to: [bob]}"), "'bob' is not a Slack user id"),
        (ASKS.format("approvers: [U0A1], expires_after: 8"), "write a duration such as 30m, 8h or 2d"),
        (ASKS.format("approvers: [U0A1], expires_after: soon"), "write a duration such as 30m, 8h or 2d"),
        (ASKS.format("approvers: [U0A1], expires_after: 0m"), "write a duration such as 30m, 8h or 2d"),
        (ASKS.format("approvers: [U0A1], expires_after: 999999d"), "at most 365d"),
        (
            "version: 1\napprovals:\n  - match: {}\n    allow: true\n    deny: true\n",
            "countersign.yaml:3: approvals[0]: write exactly one of allow: true, deny: true and ask",
        ),
        ("version: 1\napprovals:\n  - match: {}\n", "write exactly one of"),
        ("version: 1\napprovals:\n  - match: {}\n    allow: false\n", "approvals[0].allow"),
        ("version: 1\nlanguage: de\n", "countersign.yaml:2: language"),
        ("version: 1\nslack: {approvals_channel: '#approvals'}\n", "'#approvals' is not a channel id"),
        ("version: 2\n", "countersign.yaml:1: version"),
        ("language: fr\n", "version"),
        ("version: 1\nversion: 1\n", "countersign.yaml:2: version stands twice: keep one"),
        (
            "version: 1\nslack:\n  approvals_channel: C0X\n  approvals_channel: C0Y\n",
            "countersign.yaml:4: approvals_channel stands twice",
        ),
        (
            "version: 1\nconnectors:\n  jira: {kind: jira, url: '${NOT_SET}'}\n",
            "countersign.yaml:3: connectors.jira.url: ${NOT_SET} is used but not set: export NOT_SET",
        ),
        ("version: 1\nslack: {approvals_channel: '${JIRA_URL'}\n", "is used but not set"),
        ("version: [1\n", "countersign.yaml:2: this is not YAML"),
        ("version: 1\nslack: \x01\n", "this is not YAML"),
        ("version: 1\nlanguage: 2026-99-99\n", "this is not YAML"),
        ("", "countersign.yaml:1: write keys and values, starting with version: 1"),
        ("- version: 1\n", "write keys and values"),
        ("version: 1\n1: 2\n", "countersign.yaml"),
        ("version: 1\nlimits: {actions_per_ticket_per_hour: 0}\n", "limits.actions_per_ticket_per_hour"),
        ("version: 1\nlimits: {llm_usd_per_day: -1}\n", "limits.llm_usd_per_day"),
    ],
)
def test_a_mistake_is_an_error_that_says_where_and_what(tmp_path: Path, text: str, says: str) -> None:
    assert says in refused(tmp_path, text)


def test_a_rule_that_asks_may_follow_one_that_allows_the_same(tmp_path: Path) -> None:
    """Below mode auto the first is passed over."""
    text = "version: 1\napprovals:\n- match: {}\n  allow: true\n- match: {}\n  ask: {approvers: [U0A1]}\n"
    assert len(book(load(tmp_path, text)).rules) == 2


@pytest.mark.parametrize("word", ["off", "'off'", "shadow", "suggest", "approve", "auto"])
def test_every_mode_may_be_written_plainly(tmp_path: Path, word: str) -> None:
    rules = book(load(tmp_path, f"version: 1\nmodes:\n  - {{mode: {word}}}\n"))
    assert rules.mode(HERE).value == word.strip("'")


def test_the_first_mode_that_matches_counts(tmp_path: Path) -> None:
    rows = "  - {queue: OPS, mode: auto}\n  - {connector: jira, mode: 'off'}\n  - {mode: shadow}\n"
    rules = book(load(tmp_path, f"version: 1\nmodes:\n{rows}"))
    assert rules.mode(HERE) is Mode.AUTO
    assert rules.mode(Where(connector="jira", queue="HELP")) is Mode.OFF
    assert rules.mode(Where(connector="servicenow", queue="HELP")) is Mode.SHADOW


@pytest.mark.parametrize(
    ("text", "s"), [("90s", 90), ("30m", 1800), ("8h", 28_800), ("2d", 172_800), ("1.5h", 5400)]
)
def test_durations_are_written_as_people_do(text: str, s: float) -> None:
    assert seconds(text) == s


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"cannot be read: .*Check --config"):
        load_config(tmp_path / "nowhere.yaml", ENV)


def test_a_file_far_too_large_is_not_read(tmp_path: Path) -> None:
    assert "is it the right file?" in refused(tmp_path, "#" * (1024 * 1024 + 1))


def test_a_file_nested_out_of_all_reason_is_refused(tmp_path: Path) -> None:
    assert "nested too deep" in refused(tmp_path, "version: 1\nslack: " + "[" * 5000 + "]" * 5000 + "\n")


def test_the_schema_is_for_editors_and_knows_every_section() -> None:
    assert set(schema()["properties"]) == {
        "version",
        "language",
        "connectors",
        "sources",
        "slack",
        "modes",
        "approvals",
        "hours",
        "operators",
        "limits",
        "brain",
        "models",
        "ladder",
        "audit",
        "agent",
        "access",
    }
