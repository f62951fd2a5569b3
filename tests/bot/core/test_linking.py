"""Which tickets belong together already, and which verbs may link one to many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.arguments import LinkArguments, ParentArguments, PickArguments
from bot.core.linking import adds_up, is_linked
from bot.core.tickets import FieldValue, Value
from tests.making import ticket


@pytest.mark.parametrize(
    ("fields", "linked"),
    [
        ({}, False),
        ({"issuelinks": (Value("Relates OPS-2", "Relates OPS-2"),)}, True),
        ({"issuelinks": (Value("Blocks OPS-21", "Blocks OPS-21"), Value("x", "Blocks OPS-2"))}, True),
        ({"issuelinks": (Value("Relates OPS-21", "Relates OPS-21"),)}, False),
        ({"parent_incident": (Value("a" * 32, "OPS-2"),)}, True),
        ({"labels": (Value("OPS-2", "OPS-2"),)}, False),
    ],
)
def test_a_ticket_is_linked_to_those_its_links_name_and_to_no_others(
    fields: dict[str, FieldValue], *, linked: bool
) -> None:
    assert is_linked(replace(ticket(), fields=fields), "OPS-2") is linked


def test_one_can_be_linked_to_many_where_a_link_ends_no_other() -> None:
    assert adds_up(LinkArguments)
    assert not adds_up(ParentArguments), "a second parent would take the first one's place"
    assert not adds_up(PickArguments)
