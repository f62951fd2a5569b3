"""The page about the policy: its example is a policy, and it leaves no key out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from bot.config_sections import (
    AskSection,
    ConfigFile,
    HoursSection,
    LimitsSection,
    MatchSection,
    SlackSection,
)
from bot.core.modes import Mode
from tests.bot.test_config_faults import read, warned

PAGE = (Path(__file__).parents[2] / "docs/policy.md").read_text(encoding="utf-8")


def example() -> str:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def keys(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())


def test_the_example_is_a_policy_without_mistakes_or_warnings(tmp_path: Path) -> None:
    book = read(tmp_path, example())
    assert (len(book.rules), len(book.modes)) == (4, 1)
    assert book.hours is not None
    assert warned(tmp_path, example()) == []
    assert f"OK: {len(book.rules)} rules, {len(book.modes)} mode\n" in PAGE


def test_every_key_is_explained() -> None:
    for model in (MatchSection, AskSection, HoursSection, LimitsSection, SlackSection, ConfigFile):
        for key in keys(model):
            assert re.search(rf"\b{key}\b", PAGE), f"{model.__name__}: {key}"
    for mode in Mode:
        assert f"`{mode.value}`" in PAGE
    for day in get_args(get_args(HoursSection.model_fields["weekdays"].annotation)[0]):
        assert day in PAGE


def test_every_default_is_as_the_page_has_it() -> None:
    assert AskSection.model_fields["expires_after"].default == 8 * 3600
    assert "| `8h` |" in PAGE
    for name, said in (
        ("quorum", "1"),
        ("four_eyes", "`true`"),
        ("business_hours", "`false`"),
        ("stand_ins", "`true`"),
    ):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
        assert row.endswith(f"| {said} |")
        assert str(AskSection.model_fields[name].default).lower() == said.strip("`")
