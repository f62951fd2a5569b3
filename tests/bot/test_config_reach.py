"""Which rules of a policy can match at all, held against every verb there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import Misconfigured
from tests.bot.test_config_faults import asks, read, rules, told

NEVER = "can never match: "


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            ("match: {skill: triage, by: U0A1}, deny: true",),
            ["[0] can never match: skill is who asks, and so is by"],
        ),
        (
            ("match: {skill: triage, undo: true}, deny: true",),
            ["[0] can never match: only a person asks for an undo"],
        ),
        (
            ("match: {action: jira.transition, risk: reversible}, deny: true",),
            ["[0] can never match: no action fits action and risk together"],
        ),
        (
            ("match: {connector: jira, action: servicenow.resolve}, deny: true",),
            ["[0] can never match: no action fits action and connector together"],
        ),
        (
            ("match: {action: '*.reply_publicly', to: Done}, deny: true",),
            ["no action fits action and to together"],
        ),
        (
            ("match: {action: '*.assign', field: priority}, deny: true",),
            ["no action fits action and field together"],
        ),
        (("match: {risk: irreversible, undo: true}, deny: true",), ["no action fits risk and undo together"]),
        (("match: {risk: note, undo: true}, deny: true",), ["no action fits risk and undo together"]),
        (
            ("match: {}, deny: true", asks("approvers: [U0A1]")),
            ["[1] can never match: approvals[0] takes everything"],
        ),
        (
            (
                "match: {risk: irreversible}, deny: true",
                asks("approvers: [U0A1]", "action: jira.transition, to: Done"),
            ),
            ["approvals[1] can never match: approvals[0] takes everything it would. Move it up or remove it"],
        ),
        (
            ("match: {action: 'jira.*'}, deny: true", asks("approvers: [U0A1]", "connector: jira, by: U0B2")),
            ["approvals[1] can never match"],
        ),
        (
            ("match: {by: U0B2}, deny: true", asks("approvers: [U0A1]", "by: U0B2, undo: true")),
            ["approvals[1] can never match"],
        ),
        (
            ("match: {undo: true}, deny: true", asks("approvers: [U0A1]", "undo: true, action: '*.assign'")),
            ["approvals[1] can never match"],
        ),
        (
            (
                "match: {action: '*.add_internal_note'}, deny: true",
                "match: {action: servicenow.add_work_note}, allow: true",
            ),
            ["approvals[1] can never match"],
        ),
        (
            ("match: {to: Done}, deny: true", asks("approvers: [U0A1]", "action: jira.transition, to: DONE")),
            ["approvals[1] can never match"],
        ),
        (("match: {}, allow: true", "match: {risk: note}, deny: true"), ["approvals[1] can never match"]),
    ],
)
def test_a_rule_that_can_never_match_is_an_error(
    tmp_path: Path, rows: tuple[str, ...], says: list[str]
) -> None:
    found = told(tmp_path, rules(*rows))
    assert len(found) == 1
    assert all(each in found[0] for each in says)
    assert found[0].startswith(f"countersign.yaml:{len(rows) + 2}: approvals[{len(rows) - 1}] {NEVER}")


@pytest.mark.parametrize(
    "rows",
    [
        ("match: {queue: OPS}, deny: true", asks("approvers: [U0A1]")),
        ("match: {undo: true}, deny: true", asks("approvers: [U0A1]")),
        ("match: {undo: false}, deny: true", asks("approvers: [U0A1]", "undo: true")),
        ("match: {by: U0B2}, deny: true", asks("approvers: [U0A1]", "by: U0C3")),
        ("match: {by: U0B2}, deny: true", asks("approvers: [U0A1]", "skill: triage")),
        ("match: {action: jira.assign}, deny: true", asks("approvers: [U0A1]", "action: 'jira.*'")),
        ("match: {action: 'jira.a*'}, deny: true", asks("approvers: [U0A1]", "connector: jira")),
        ("match: {risk: reversible}, deny: true", asks("approvers: [U0A1]", "action: 'jira.*'")),
        ("match: {to: Done}, deny: true", asks("approvers: [U0A1]", "action: jira.transition")),
        ("match: {}, allow: true", asks("approvers: [U0A1]")),
        ("match: {}, allow: true", "match: {}, deny: true"),
        (
            "match: {action: 'jira.*'}, deny: true",
            "match: {action: 'servicenow.*'}, deny: true",
            asks("approvers: [U0A1]"),
        ),
        (asks("approvers: [U0A1]", "undo: true, action: '*.set_fields'"), asks("approvers: [U0A1]")),
        ("match: {action: 'jira.?ssign'}, deny: true", asks("approvers: [U0A1]", "action: 'jira.*'")),
    ],
)
def test_a_rule_that_something_could_reach_is_none(tmp_path: Path, rows: tuple[str, ...]) -> None:
    assert len(read(tmp_path, rules(*rows)).rules) == len(rows)


def test_without_knowing_the_verbs_nothing_is_called_unreachable_on_a_guess(tmp_path: Path) -> None:
    text = rules("match: {action: jira.transition, risk: reversible}, deny: true", asks("approvers: [U0A1]"))
    assert len(read(tmp_path, text, known=False).rules) == 2
    with pytest.raises(Misconfigured, match="can never match"):
        read(tmp_path, rules("match: {}, deny: true", asks("approvers: [U0A1]")), known=False)
