"""Making an incident the child of another: which record is meant, who may be a parent, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from bot.core.actions import Args, Landed, Landing
from bot.core.arguments import ParentArguments
from bot.core.errors import Refused
from bot.core.ids import ActionName
from bot.core.tickets import Value
from connectors.servicenow.actions import link
from sandbox.faults import Fault, FaultKind
from tests.connectors.servicenow.building import OTHER, RECORD, Desk, action, pick, snapshot, ticket

LINK = ActionName("servicenow.link")
CHILD = "INC0010001"


def named(number: str) -> dict[str, Any]:
    """What a skill or a model wishes: the number alone."""
    return {"others": [number]}


@pytest.fixture
def parent(desk: Desk) -> str:
    return desk.world.create_incident("VPN is down for the whole office")


def finish(desk: Desk, number: str, state: str) -> None:
    """Resolve first where it is closed, as the platform wants it."""
    if state != "8":
        done = {"close_code": "Solution provided", "close_notes": "Done."}
        desk.world.edit(number, "alice", state="6", **done)
    if state != "6":
        desk.world.edit(number, "alice", state=state)


async def look_up(desk: Desk, args: Mapping[str, Any]) -> Args:
    return await desk.connector.looked_up(LINK, args, (await desk.read()).ticket)


async def refusal(desk: Desk, args: Mapping[str, Any]) -> str:
    with pytest.raises(Refused) as no:
        await look_up(desk, args)
    return str(no.value)


async def test_a_number_becomes_the_record_and_the_card_names_it(desk: Desk, parent: str) -> None:
    args = await look_up(desk, named(parent))
    sys_id = desk.world.sys_id(parent)
    assert args == {"others": [parent], "parent": {"id": sys_id, "label": parent}}
    assert link.ACTION.describe(args) == f"Link the ticket to {parent} as its child."
    assert link.ACTION.touches(args) == {"parent_incident": (Value(sys_id, parent),)}
    assert desk.writes() == []


async def test_what_was_looked_up_comes_back_as_it_was(desk: Desk, parent: str) -> None:
    args = await look_up(desk, named(parent))
    assert await look_up(desk, args) == args


async def test_it_becomes_a_child_in_one_request_and_goes_back_to_nobody(desk: Desk, parent: str) -> None:
    args, was = await look_up(desk, named(parent)), (await desk.read()).ticket.fields
    undo = link.ACTION.compensate(desk.action("link", args), was)
    assert undo is not None
    assert undo == {"others": [], "parent": None, "back": True}
    await desk.send("link", args)
    sys_id = desk.world.sys_id(parent)
    assert desk.world.record(desk.number)["parent_incident"] == sys_id
    assert await desk.landed("link", args) == Landed(Landing.APPLIED)
    assert (await desk.read()).ticket.fields["parent_incident"] == (Value(sys_id, parent),)
    assert desk.writes() == [f"PATCH /api/now/table/incident/{desk.world.sys_id(desk.number)}"]
    assert await look_up(desk, undo) == undo
    await desk.send("link", undo, OTHER)
    assert await desk.landed("link", undo, OTHER) == Landed(Landing.APPLIED)
    assert desk.world.record(desk.number)["parent_incident"] == ""
    assert link.ACTION.describe(undo) == "Take the ticket away from its parent incident."


async def test_it_goes_back_to_the_parent_it_had_though_that_is_closed_by_now(
    desk: Desk, parent: str
) -> None:
    former = desk.world.create_incident("The same, last week")
    desk.world.edit(desk.number, "alice", parent_incident=desk.world.sys_id(former))
    was = (await desk.read()).ticket.fields
    args = await look_up(desk, named(parent))
    undo = link.ACTION.compensate(desk.action("link", args), was)
    assert undo is not None
    await desk.send("link", args)
    finish(desk, former, "7")
    assert (await look_up(desk, undo))["parent"] == pick(desk.world.sys_id(former), former)
    await desk.send("link", undo, OTHER)
    assert desk.world.record(desk.number)["parent_incident"] == desk.world.sys_id(former)


@pytest.mark.parametrize("number", ["INC0099999", "CHG0000001"])
async def test_a_number_that_no_incident_has_is_refused(desk: Desk, number: str) -> None:
    assert await refusal(desk, named(number)) == (
        f"ServiceNow has no incident {number}, or the account may not see it"
    )


async def test_nobody_becomes_their_own_parent(desk: Desk) -> None:
    own = f"{desk.number} cannot be its own parent"
    assert await refusal(desk, named(desk.number)) == own
    looked_up = {
        "others": [desk.number],
        "parent": pick(desk.world.sys_id(desk.number), desk.number),
        "back": True,
    }
    assert await refusal(desk, looked_up) == own


@pytest.mark.parametrize(("state", "called"), [("6", "Resolved"), ("7", "Closed"), ("8", "Canceled")])
async def test_a_parent_that_is_done_is_refused(desk: Desk, parent: str, state: str, called: str) -> None:
    args = await look_up(desk, named(parent))
    finish(desk, parent, state)
    for each in (named(parent), args):
        assert (await refusal(desk, each)).startswith(f"{parent} is {called}: ")


async def test_a_parent_that_is_a_child_is_refused_and_its_parent_named(desk: Desk, parent: str) -> None:
    above = desk.world.create_incident("The network is down")
    desk.world.edit(parent, "alice", parent_incident=desk.world.sys_id(above))
    assert await refusal(desk, named(parent)) == (
        f"{parent} is itself a child of {above}: link the ticket to that one"
    )


async def test_two_tickets_cannot_be_parents_of_each_other(desk: Desk, parent: str) -> None:
    desk.world.edit(parent, "alice", parent_incident=desk.world.sys_id(desk.number))
    assert "is itself a child of" in await refusal(desk, named(parent))


async def test_what_is_so_already_is_not_asked_about(desk: Desk, parent: str) -> None:
    desk.world.edit(desk.number, "alice", parent_incident=desk.world.sys_id(parent))
    assert await refusal(desk, named(parent)) == f"{desk.number} is a child of {parent} already"


async def test_another_record_under_a_known_id_is_refused(desk: Desk, parent: str) -> None:
    """A number that moved to another record since the card was shown."""
    args = {"others": ["INC0012345"], "parent": pick(desk.world.sys_id(parent), "INC0012345")}
    assert "no incident INC0012345" in await refusal(desk, args)


async def test_where_the_account_may_not_read_the_table_it_is_refused_not_guessed(
    desk: Desk, parent: str
) -> None:
    now = (await desk.read()).ticket
    desk.vendor.faults.add(Fault(FaultKind.STATUS, method="GET", path="/incident", status=403))
    with pytest.raises(Refused, match="no incident"):
        await desk.connector.looked_up(LINK, named(parent), now)


async def test_other_verbs_ask_nobody(desk: Desk) -> None:
    now, seen = (await desk.read()).ticket, len(desk.vendor.exchanges)
    args = {"to": None}
    assert await desk.connector.looked_up(ActionName("servicenow.assign"), args, now) == args
    assert len(desk.vendor.exchanges) == seen


@pytest.mark.parametrize("wrong", [{"other": "INC0010002"}, {"others": "INC1"}, {"others": ["a", "b"]}, {}])
async def test_wrong_arguments_are_left_to_whoever_makes_the_proposal(
    desk: Desk, wrong: dict[str, Any]
) -> None:
    seen = len(desk.vendor.exchanges)
    assert await desk.connector.looked_up(LINK, wrong, ticket()) == wrong
    assert len(desk.vendor.exchanges) == seen


@pytest.mark.parametrize(
    ("args", "kind", "words"),
    [
        (named("INC0010002"), "incident", "was not looked up"),
        ({"others": ["INC0010002"], "parent": pick("x^y", "INC0010002")}, "incident", "was not looked up"),
        ({"others": [CHILD], "parent": pick(RECORD, CHILD)}, "incident", "its own parent"),
        ({"others": ["INC0010002"], "parent": pick(RECORD, "INC0010002")}, "sc_task", "only incidents"),
    ],
)
def test_nothing_is_planned_that_was_not_looked_up(args: dict[str, Any], kind: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        link.ACTION.plan(action("link", args), OTHER, snapshot(ticket(kind=kind)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"others": ["INC0010002", "INC0010003"]},
        {"others": ["INC0010002"], "parent": pick(RECORD, "INC0010003")},
        {"others": [], "parent": pick(RECORD, "INC0010003")},
        {"others": ["INC1^active=true"]},
        {"others": ["OPS-1"]},
    ],
)
def test_one_parent_and_the_one_that_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ParentArguments.model_validate(wrong)


@pytest.mark.parametrize(
    "before",
    [{}, {"parent_incident": (Value("not an id", "INC1"),)}, {"parent_incident": (Value(RECORD, "?"),)}],
)
def test_no_way_back_is_promised_to_a_parent_that_is_not_known(before: dict[str, Any]) -> None:
    args = {"others": ["INC0010002"], "parent": pick(RECORD, "INC0010002")}
    assert link.ACTION.compensate(action("link", args), before) is None
