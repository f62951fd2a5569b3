"""Setting back what was done to a Jira ticket: field for field, over HTTP, or not promised at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.core.actions import Args, Landed, Landing
from bot.core.arguments import PICK_CHARS_MAX
from bot.core.errors import Refused
from bot.core.ids import ActionName
from bot.core.tickets import FieldValue, Value
from tests.connectors.jira.building import OTHER, VERBS, Desk, action, body_of, pick, plan, ticket, value

APPLIED = Landed(Landing.APPLIED)
NOBODY: FieldValue = ()


def back(verb: str, args: Mapping[str, Any], **before: FieldValue) -> Any:
    """Return what would set ``verb`` back, ``Any`` because it is JSON to look into."""
    return VERBS[ActionName(f"jira.{verb}")].compensate(action(verb, args), before)


def says(verb: str, args: Args) -> str:
    return VERBS[ActionName(f"jira.{verb}")].describe(args)


async def there_and_back(desk: Desk, verb: str, args: dict[str, Any]) -> None:
    """Do it, undo it, and find the ticket as it was; what was touched is as the approver saw it."""
    was = (await desk.read()).ticket
    kind = VERBS[ActionName(f"jira.{verb}")]
    before = {name: was.fields[name] for name in kind.touches(args)}
    undo = kind.compensate(action(verb, args, desk.ref), before)
    assert undo is not None
    await desk.send(verb, args)
    assert (await desk.read()).ticket.fields != was.fields
    await desk.send(verb, undo, OTHER)
    assert await desk.landed(verb, undo, OTHER) == APPLIED
    assert (await desk.read()).ticket.fields == was.fields


async def test_lists_come_back_whole_and_what_was_empty_is_empty_again(desk: Desk) -> None:
    desk.world.edit(desk.key, "alice", labels=["vpn", "lyon"], components=[], priority="Low")
    wanted = {
        "labels": [pick("vpn"), pick("urgent")],
        "components": [pick("10302", "VPN")],
        "priority": [pick("1", "Highest")],
    }
    await there_and_back(desk, "set_fields", {"fields": wanted})
    assert set(desk.world.issue(desk.key).labels) == {"vpn", "lyon"}


async def test_a_list_that_was_emptied_is_filled_again(desk: Desk) -> None:
    desk.world.edit(desk.key, "alice", labels=["vpn"], components=["VPN", "Network"])
    await there_and_back(desk, "set_fields", {"fields": {"labels": [], "components": []}})


async def test_another_kind_of_ticket_becomes_the_former_kind(desk: Desk) -> None:
    await there_and_back(desk, "set_fields", {"fields": {"issuetype": [pick("10102", "Service Request")]}})


async def test_the_priority_comes_back(desk: Desk) -> None:
    await there_and_back(desk, "set_priority", {"to": pick("1", "Highest")})


@pytest.mark.parametrize("had", [None, "carol"])
async def test_a_ticket_goes_back_to_whoever_had_it_or_to_nobody(desk: Desk, had: str | None) -> None:
    desk.world.edit(desk.key, "alice", assignee=had)
    bob = desk.world.user("bob")
    to = pick(bob.account_id if desk.site.flavour == "cloud" else bob.name, bob.display_name)
    await there_and_back(desk, "assign", {"to": to})


async def test_a_ticket_taken_from_everybody_goes_back(desk: Desk) -> None:
    desk.world.edit(desk.key, "alice", assignee="carol")
    await there_and_back(desk, "assign", {"to": None})


async def test_somebody_who_has_left_since_does_not_get_it_back_and_nobody_else_does(desk: Desk) -> None:
    """The undo is promised; whether it can be kept is for Jira to say then."""
    desk.world.edit(desk.key, "alice", assignee="carol")
    was = (await desk.read()).ticket.fields["assignee"]
    undo = back("assign", {"to": None}, assignee=was)
    await desk.send("assign", {"to": None})
    desk.world.set_person("carol", active=False)
    with pytest.raises(Refused) as refused:
        await desk.send("assign", undo, OTHER)
    assert "assignee" in refused.value.fields
    assert desk.world.value(desk.key, "assignee") == "-"


def test_each_flavour_is_told_in_its_own_words_that_nobody_has_it() -> None:
    undo = back("assign", {"to": pick("bob", "Bob")}, assignee=NOBODY)
    assert undo == {"to": None}
    for cloud in (True, False):
        assert body_of(plan("assign", undo, ticket(cloud=cloud)))["fields"] == {"assignee": None}


@pytest.mark.parametrize(
    ("verb", "args", "before", "sentence"),
    [
        ("set_priority", {"to": pick("1")}, {"priority": value("3", "Medium")}, "Set Priority to Medium."),
        ("assign", {"to": pick("x")}, {"assignee": NOBODY}, "Take the ticket away from its assignee."),
        ("assign", {"to": None}, {"assignee": value("x", "Alice")}, "Assign the ticket to Alice."),
        (
            "set_fields",
            {"fields": {"labels": [pick("a")], "priority": [pick("1")]}},
            {"labels": NOBODY, "priority": value("3", "Medium")},
            "Set Labels to nothing and Priority to Medium.",
        ),
    ],
)
def test_a_person_reads_this(
    verb: str, args: dict[str, Any], before: dict[str, FieldValue], sentence: str
) -> None:
    assert says(verb, back(verb, args, **before)) == sentence


def test_a_priority_that_was_not_there_cannot_be_taken_away_by_setting_one() -> None:
    for had in (NOBODY, (*value("3"), *value("2"))):
        assert back("set_priority", {"to": pick("1")}, priority=had) is None


@pytest.mark.parametrize(
    ("fields", "before"),
    [
        ({"issuetype": [pick("1")]}, {"issuetype": NOBODY}),
        ({"labels": [pick("a")], "priority": [pick("1")]}, {"labels": NOBODY}),
        ({"summary": [pick("a")]}, {"summary": value("b")}),
        ({"labels": [pick("a")]}, {"labels": (Value("", "no id"),)}),
        ({"labels": [pick("a")]}, {"labels": (Value("x" * (PICK_CHARS_MAX + 1), "too long"),)}),
    ],
)
def test_what_could_not_be_set_to_what_it_was_is_not_promised(
    fields: dict[str, Any], before: dict[str, FieldValue]
) -> None:
    assert back("set_fields", {"fields": fields}, **before) is None


def test_a_label_too_long_for_a_pick_is_cut_and_what_counts_is_kept() -> None:
    undo = back("set_priority", {"to": pick("1")}, priority=(Value("3", "M" * 1_000),))
    assert undo == {"to": {"id": "3", "label": "M" * PICK_CHARS_MAX}}


def test_fields_that_were_not_touched_are_left_out() -> None:
    undo = back("set_fields", {"fields": {"labels": [pick("a")]}}, labels=NOBODY, priority=value("3"))
    assert undo == {"fields": {"labels": []}}


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("add_internal_note", {"lines": [{"kind": "text", "text": "words"}]}),
        ("reply_publicly", {"text": "words"}),
        ("transition", {"id": "31", "name": "Done", "to": pick("10003", "Finished")}),
    ],
)
def test_what_cannot_be_undone_is_never_promised(verb: str, args: dict[str, Any]) -> None:
    assert back(verb, args) is None
    assert back(verb, args, status=value("1", "Open")) is None
