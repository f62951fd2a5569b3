"""What is put to a model, and how a desk with thousands of values is put into one form."""

from __future__ import annotations

from dataclasses import replace

from bot.brain.asking import CHOICES_MAX, ask
from bot.core.tickets import Choices, Value
from tests.bot.brain.past import VPN, question, solved


def test_a_field_of_thousands_offers_those_that_were_ever_used_first() -> None:
    group = Choices("group", "Group", tuple(Value(str(n), f"Team {n}") for n in range(3000)))
    theirs = solved("OPS-9", VPN)
    theirs = replace(theirs, fields={"group": (Value("2999", "Team 2999"),)})

    asking = ask(question(VPN, group, similar=[theirs]), None, ())

    assert len(asking.options["group"]) == CHOICES_MAX
    assert asking.options["group"]["Team 2999"].id == "2999"


def test_two_values_of_one_name_are_told_apart() -> None:
    twins = Choices("group", "Group", (Value("a", "Desk"), Value("b", "Desk"), Value("c", "Other")))

    options = ask(question(VPN, twins), None, ()).options["group"]

    assert {text: value.id for text, value in options.items()} == {
        "Desk (a)": "a",
        "Desk (b)": "b",
        "Other": "c",
    }
