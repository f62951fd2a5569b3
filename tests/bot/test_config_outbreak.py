"""When alike tickets are called out is a matter of two figures, or switched off; a wrong one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import read_config, schema
from bot.config_sections import OutbreakSection
from bot.core.errors import Misconfigured
from bot.settings import Environment

PAGE = (Path(__file__).parents[2] / "docs/policy.md").read_text(encoding="utf-8")


def outbreak(value: str) -> OutbreakSection | None:
    """What a file with this value says."""
    text = f"version: 1\nbrain:\n  outbreak: {value}\n"
    return read_config(text, "countersign.yaml", Environment({})).file.brain.outbreak


def test_left_out_five_within_half_an_hour_are_called_out() -> None:
    file = read_config("version: 1\n", "countersign.yaml", Environment({})).file
    assert file.brain.outbreak == OutbreakSection(tickets=5, minutes=30)


def test_each_figure_may_be_given_alone() -> None:
    assert outbreak("{tickets: 8}") == OutbreakSection(tickets=8, minutes=30)
    assert outbreak("{minutes: 60}") == OutbreakSection(tickets=5, minutes=60)


@pytest.mark.parametrize("value", ["off", '"off"', "false"])
def test_it_can_be_switched_off(value: str) -> None:
    assert outbreak(value) is None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("{tickets: 2}", "brain.outbreak.tickets: Input should be greater than or equal to 3"),
        ("{tickets: 101}", "brain.outbreak.tickets: Input should be less than or equal to 100"),
        ("{minutes: 4}", "brain.outbreak.minutes: Input should be greater than or equal to 5"),
        ("{minutes: 1441}", "brain.outbreak.minutes: Input should be less than or equal to 1440"),
        ("{minuts: 9}", "brain.outbreak.minuts: unknown key"),
        ("7", "brain.outbreak: write off, or when to call it out: {tickets: 5, minutes: 30}"),
        ("true", "brain.outbreak: write off, or when to call it out"),
        ("[5, 30]", "brain.outbreak: write off, or when to call it out"),
        ("", "brain.outbreak: write off, or when to call it out"),
    ],
)
def test_what_cannot_be_meant_is_named_with_its_line_and_what_to_write(value: str, says: str) -> None:
    with pytest.raises(Misconfigured) as told:
        outbreak(value)
    assert says in str(told.value)
    assert str(told.value).startswith("countersign.yaml:3")


def test_the_schema_knows_off_and_the_page_explains_the_keys() -> None:
    assert schema()["$defs"]["BrainSection"]["properties"]["outbreak"]["anyOf"][1] == {"enum": ["off", False]}
    for key in ("brain.outbreak.tickets", "brain.outbreak.minutes"):
        assert key in PAGE
