"""``agent:`` how long a conversation is remembered, and how much of one person is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.config_agent import AgentSection
from bot.config_sections import ConfigFile

PAGE = (Path(__file__).parents[2] / "docs/agent.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("said", "seconds"), [("10m", 600), ("8h", 28_800), ("7d", 604_800)])
def test_how_long_is_read(said: str, seconds: float) -> None:
    assert AgentSection.model_validate({"remember": said}).remember == seconds


@pytest.mark.parametrize("said", ["9m", "8d", "1w", "8", 8, "", "-1h", "9" * 400 + "h", None])
def test_what_would_be_no_time_or_an_archive_is_refused(said: object) -> None:
    with pytest.raises(ValidationError, match="10m"):
        AgentSection.model_validate({"remember": said})


@pytest.mark.parametrize("many", [4, 601, "many"])
def test_so_many_messages_and_no_others(many: object) -> None:
    with pytest.raises(ValidationError):
        AgentSection.model_validate({"messages_per_minute": many})


def test_an_unknown_key_is_a_mistake() -> None:
    with pytest.raises(ValidationError):
        AgentSection.model_validate({"rember": "8h"})


def test_every_key_and_its_default_is_on_the_page() -> None:
    default = ConfigFile.model_validate({"version": 1}).agent
    assert (default.remember, default.messages_per_minute) == (8 * 3600, 30)
    for key, said in (("remember", "`8h`"), ("messages_per_minute", "`30`")):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{key}` |"))
        assert row.endswith(f"| {said} |")
    assert set(AgentSection.model_fields) == {"remember", "messages_per_minute"}
