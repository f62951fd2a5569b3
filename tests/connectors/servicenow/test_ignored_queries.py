"""An instance that did not understand a condition answers as if it were not there: it is not believed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.errors import Forbidden, Missing
from sandbox.faults import Fault, FaultKind
from sandbox.servicenow import ServiceNowSandbox
from tests.connectors.servicenow.building import GROUP, PERSON, RECORD, Desk, connect


def answering(desk_or_vendor: Desk | ServiceNowSandbox, path: str, *rows: dict[str, str]) -> Fault:
    """Have the next read of ``path`` answered with these rows, whatever it asked for."""
    vendor = desk_or_vendor.vendor if isinstance(desk_or_vendor, Desk) else desk_or_vendor
    shown: list[dict[str, Any]] = [
        {name: {"value": value, "display_value": value} for name, value in row.items()} for row in rows
    ]
    body = json.dumps({"result": shown})
    return vendor.faults.add(Fault(FaultKind.STATUS, method="GET", path=path, status=200, body=body))


async def test_another_record_than_the_one_asked_for_is_not_found(desk: Desk) -> None:
    answering(desk, "table/incident$", {"number": "INC0000001", "sys_id": RECORD})
    with pytest.raises(Missing):
        await desk.connector.find(desk.number)


async def test_a_table_full_of_users_does_not_tell_who_we_are(vendor: ServiceNowSandbox) -> None:
    connector = connect(vendor.url, api_key="sandbox-key")
    admin = {"sys_id": PERSON, "user_name": "admin", "name": "Administrator"}
    answering(vendor, "sys_user$", admin, {**admin, "user_name": "abel.tuter"})
    with pytest.raises(Forbidden, match="which account"):
        await connector.whoami()
    await connector.close()


async def test_another_tickets_conversation_stays_out_of_this_one(desk: Desk) -> None:
    desk.world.comment(desk.number, "dan", "Mine")
    await desk.read()
    entry = {"sys_id": GROUP, "element": "comments", "element_id": RECORD, "value": "Somebody else's"}
    stamps = {"sys_created_on": "2026-11-21 09:00:00", "sys_created_by": "dan"}
    fault = answering(desk, "sys_journal_field", {**entry, **stamps})
    assert (await desk.read()).comments == ()
    assert fault.hits == 1


async def test_a_ticket_is_not_similar_to_itself(desk: Desk) -> None:
    ticket = (await desk.read()).ticket
    itself = {
        "sys_id": desk.world.sys_id(desk.number),
        "number": ticket.key,
        "short_description": ticket.summary.raw,
    }
    answering(desk, "table/incident$", itself, {**itself, "sys_id": RECORD, "number": "INC0000002"})
    assert [past.key for past in await desk.connector.similar(ticket, 5)] == ["INC0000002"]


async def test_members_of_another_group_are_not_offered(desk: Desk) -> None:
    desk.world.edit(desk.number, "alice", assignment_group="Network")
    ticket = (await desk.read()).ticket
    answering(
        desk,
        "sys_user_grmember",
        {"group": GROUP, "user": PERSON, "user.name": "Stranger", "user.active": "true"},
    )
    assert (await desk.connector.allowed(ticket)).assignees == ()
