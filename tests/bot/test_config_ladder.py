"""``ladder:`` in the file arrives where it is decided, and what makes no sense is told by its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import Misconfigured
from bot.core.modes import Mode
from bot.core.rungs import LadderRules
from tests.bot.test_config_faults import read


def test_every_key_arrives_where_it_is_decided(tmp_path: Path) -> None:
    text = "ladder: {enabled: false, highest: auto, managers: [U0A1, S0B2], target: 0.9, floor: 0.8}"
    book = read(tmp_path, f"version: 1\n{text}\n")
    wanted = LadderRules(enabled=False, highest=Mode.AUTO, managers=("U0A1", "S0B2"), target=0.9, floor=0.8)
    assert book.ladder == wanted


def test_without_the_section_nothing_rises_above_approve(tmp_path: Path) -> None:
    assert read(tmp_path, "version: 1\n").ladder == LadderRules(highest=Mode.APPROVE, managers=())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{floor: 0.96}", "floor must not be above target"),
        ("{highest: off}", "ladder"),
        ("{highest: shadow}", "ladder"),
        ("{target: 1.0}", "ladder"),
        ("{managers: [alice]}", "is not a Slack user id"),
        ("{managers: [jria/Leads]}", "there is no connector 'jria'"),
        ("{managers: [jira/Leads]}", "match_by_email"),
        ("{rise: true}", "ladder"),
    ],
)
def test_what_makes_no_sense_is_told_by_its_key(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Misconfigured, match="ladder") as told:
        read(tmp_path, f"version: 1\nladder: {text}\n")
    assert says in str(told.value)
