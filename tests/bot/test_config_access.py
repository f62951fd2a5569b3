"""``access:`` in the file: rows as they are written, and what is said about a wrong one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from approvals.access import AccessRule
from bot.config_access import AccessRow, access_rules
from tests.bot.test_config_faults import told

PAGE = (Path(__file__).parents[2] / "docs/access.md").read_text(encoding="utf-8")


def rows(text: str) -> tuple[AccessRow, ...]:
    return tuple(AccessRow.model_validate(each) for each in yaml.safe_load(text)["access"])


def test_the_example_of_the_page_is_read_as_the_page_says() -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    rules = access_rules(rows(found[1]))
    assert rules is not None
    assert rules[0] == AccessRule(who=frozenset({"everyone"}), queues=frozenset({"HR", "Payroll"}), deny=True)
    assert [rule.deny for rule in rules] == [True, False, False, False]
    for key in AccessRow.model_fields:
        assert f"| `{key}` |" in PAGE


def test_a_row_may_be_for_whoever_asks_on_tickets() -> None:
    row = AccessRow.model_validate({"who": ["on_ticket", "everyone"], "skills": ["summary", "ask"]})
    assert row.rule().who == {"on_ticket", "everyone"}
    assert AccessRow.model_validate({"who": ["on_ticket"], "deny": True}).rule().deny


def test_no_section_and_an_empty_one_are_not_the_same() -> None:
    assert access_rules(None) is None
    assert access_rules(()) == ()


def test_a_name_that_nobody_has_is_told_with_its_line(tmp_path: Path) -> None:
    """A row that denies and is misspelt would let in."""
    first = "{who: [everyone], connectors: [jria], deny: true}"
    second = "{who: [desk/Ops, jira/Ops], skills: [triag]}"
    said = told(tmp_path, f"version: 1\naccess:\n- {first}\n- {second}\n")
    for words in ("'jria'", "'triag'", "no connector 'desk'", "match_by_email: true"):
        assert [each for each in said if words in each and "countersign.yaml:" in each], (words, said)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"who": []}, "at least 1"),
        ({"who": ["bob"]}, "is nobody: write a Slack user id"),
        ({"who": ["Everyone"]}, "is nobody"),
        ({"skills": ["ask"]}, "Field required"),
        ({"who": ["U123"], "allow": True}, "Extra inputs"),
        ({"who": ["on_ticket"], "skills": ["ask", "undo"]}, "asked for in Slack alone"),
        ({"who": ["U123"], "skills": ["create"], "queues": ["OPS"]}, "asked for without a ticket"),
    ],
)
def test_a_wrong_row_is_refused_with_what_to_write(row: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(says)):
        AccessRow.model_validate(row)
