"""``brain:`` in the file: what a model is asked for, and the table that priority follows from."""

from __future__ import annotations

import pytest

from bot.config import read_config
from bot.config_sections import BrainSection
from bot.core.errors import Misconfigured
from bot.runtime.cascade import Ask
from bot.settings import Environment


def brain(value: str) -> BrainSection:
    text = f"version: 1\nbrain: {value}\n"
    return read_config(text, "countersign.yaml", Environment({})).file.brain


@pytest.mark.parametrize("ask", [each.value for each in Ask])
def test_every_way_to_ask_can_be_written(ask: str) -> None:
    assert Ask(brain(f"{{ask: {ask}}}").ask).value == ask


def test_left_out_a_model_is_asked_for_what_is_unsure_and_the_table_is_the_vendors() -> None:
    assert Ask(brain("{}").ask) is Ask.UNSURE
    assert brain("{}").priority is None


def test_a_table_may_be_written_with_figures_or_labels() -> None:
    assert brain("{priority: {1: {1: P1, 2: 2}}}").priority == {"1": {"1": "P1", "2": "2"}}
    assert brain("{priority: {High: {Low: P2}}}").priority == {"High": {"Low": "P2"}}


@pytest.mark.parametrize("value", ["off", '"off"'])
def test_the_table_may_be_switched_off(value: str) -> None:
    assert brain(f"{{priority: {value}}}").priority == {}


@pytest.mark.parametrize(
    "value",
    [
        "{ask: sometimes}",
        "{priority: {}}",
        "{priority: P1}",
        "{priority: {1: P1}}",
        "{priority: {1: {1: P1}, 2: {2: P2}}}",
        "{priority: {1: {}}}",
    ],
)
def test_what_makes_no_table_is_refused_with_its_place(value: str) -> None:
    with pytest.raises(Misconfigured, match=r"brain\.(ask|priority)"):
        brain(value)
