"""Setting back what was done to a ServiceNow record: field for field, over HTTP, or not promised at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.core.actions import Landing
from bot.core.errors import Refused
from bot.core.ids import ActionName
from bot.core.tickets import FieldValue, Value
from tests.connectors.servicenow.building import GROUP, OTHER, PERSON, VERBS, Desk, action, pick

NOTHING: FieldValue = ()


def one(value: str, label: str = "") -> FieldValue:
    return (Value(value, label or value),)


def back(verb: str, args: Mapping[str, Any], **before: FieldValue) -> Any:
    """Return what would set ``verb`` back, ``Any`` because it is JSON to look into."""
    return VERBS[ActionName(f"servicenow.{verb}")].compensate(action(verb, args), before)


async def there_and_back(desk: Desk, verb: str, args: dict[str, Any]) -> None:
    """Do it, undo it, and find the record as it was, what the instance computes included."""
    was = (await desk.read()).ticket
    kind = VERBS[ActionName(f"servicenow.{verb}")]
    undo = kind.compensate(desk.action(verb, args), {name: was.fields[name] for name in kind.touches(args)})
    assert undo is not None
    await desk.send(verb, args)
    assert (await desk.read()).ticket.fields != was.fields
    await desk.send(verb, undo, OTHER)
    assert (await desk.landed(verb, undo, OTHER)).landing is Landing.APPLIED
    now = (await desk.read()).ticket
    assert (now.fields, now.status, now.queue) == (was.fields, was.status, was.queue)


async def test_choices_come_back_and_with_them_the_priority_the_instance_makes_of_them(desk: Desk) -> None:
    wanted = {"category": [pick("network")], "impact": [pick("1")], "urgency": [pick("1")]}
    await there_and_back(desk, "set_fields", {"fields": wanted})


@pytest.mark.parametrize("had", ["", "Software"])
async def test_a_group_comes_back_or_goes_away_again(desk: Desk, had: str) -> None:
    desk.world.edit(desk.number, "alice", assignment_group=had)
    group = desk.world.group_id("Network")
    await there_and_back(desk, "set_fields", {"fields": {"assignment_group": [pick(group, "Network")]}})


@pytest.mark.parametrize("had", ["", "carol"])
async def test_a_record_goes_back_to_whoever_had_it_or_to_nobody(desk: Desk, had: str) -> None:
    desk.world.edit(desk.number, "alice", assigned_to=had)
    await there_and_back(desk, "assign", {"to": pick(desk.world.user_id("bob"), "Bob Okafor")})
    assert desk.world.record(desk.number)["assigned_to"] == (desk.world.user_id(had) if had else "")


async def test_a_record_taken_from_everybody_goes_back(desk: Desk) -> None:
    desk.world.edit(desk.number, "alice", assigned_to="carol")
    await there_and_back(desk, "assign", {"to": None})


async def test_somebody_who_has_left_since_does_not_get_it_back(desk: Desk) -> None:
    """The Table API would take them; the look before the write does not."""
    desk.world.edit(desk.number, "alice", assigned_to="carol")
    undo = back("assign", {"to": None}, assigned_to=one(desk.world.user_id("carol")))
    await desk.send("assign", {"to": None})
    desk.world.set_person("carol", active="false")
    with pytest.raises(Refused, match="no longer active"):
        await desk.send("assign", undo, OTHER)
    assert desk.world.record(desk.number)["assigned_to"] == ""


@pytest.mark.parametrize(
    ("fields", "before"),
    [
        # A choice field that was empty cannot be emptied through the API: nothing is promised.
        ({"subcategory": [pick("vpn")]}, {"subcategory": NOTHING}),
        (
            {"category": [pick("network")], "subcategory": [pick("vpn")]},
            {"category": one("inquiry"), "subcategory": NOTHING},
        ),
        ({"category": [pick("network")], "urgency": [pick("1")]}, {"category": one("inquiry")}),
        ({"assignment_group": [pick(GROUP)]}, {}),
        ({"assignment_group": [pick(GROUP)]}, {"assignment_group": one("Network")}),
        ({"category": [pick("network")]}, {"category": (*one("inquiry"), *one("software"))}),
        ({"category": [pick("network")]}, {"category": one("x" * 256)}),
        ({"priority": [pick("1")]}, {"priority": one("3")}),
    ],
)
def test_what_could_not_be_set_to_what_it_was_is_not_promised(
    fields: dict[str, Any], before: dict[str, FieldValue]
) -> None:
    assert back("set_fields", {"fields": fields}, **before) is None


@pytest.mark.parametrize(
    "before", [{}, {"assigned_to": one("Bob Baker")}, {"assigned_to": (*one(PERSON), *one(GROUP))}]
)
def test_a_former_assignee_has_to_be_one_sys_id(before: dict[str, FieldValue]) -> None:
    assert back("assign", {"to": pick(PERSON)}, **before) is None


@pytest.mark.parametrize(
    ("verb", "args", "before", "sentence"),
    [
        ("assign", {"to": pick(PERSON)}, {"assigned_to": NOTHING}, "Take the ticket away from its assignee."),
        (
            "assign",
            {"to": None},
            {"assigned_to": one(PERSON, "Bob Baker")},
            "Assign the ticket to Bob Baker.",
        ),
        (
            "set_fields",
            {"fields": {"assignment_group": [pick(GROUP)], "urgency": [pick("1")]}},
            {"assignment_group": NOTHING, "urgency": one("3", "3 - Low")},
            "Clear Assignment group and set Urgency to 3 - Low.",
        ),
    ],
)
def test_a_person_reads_this(
    verb: str, args: dict[str, Any], before: dict[str, FieldValue], sentence: str
) -> None:
    undo = back(verb, args, **before)
    assert VERBS[ActionName(f"servicenow.{verb}")].describe(undo) == sentence


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("add_work_note", {"lines": [{"kind": "text", "text": "words"}]}),
        ("reply_publicly", {"text": "words"}),
        ("resolve", {"close_code": pick("Solution provided"), "close_notes": "words"}),
    ],
)
def test_what_cannot_be_undone_is_never_promised(verb: str, args: dict[str, Any]) -> None:
    assert back(verb, args) is None
    held = {"state": one("2"), "close_code": one("x"), "close_notes": one("y")}
    assert back(verb, args, **held) is None
