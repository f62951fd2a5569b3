"""The fake instance's people and groups: made and changed by hand, read through the Table API."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.servicenow import ServiceNowSandbox

MEMBERS = "/api/now/table/sys_user_grmember"
FIELDS = "user.name,user.email,user.active"


async def get(http: aiohttp.ClientSession, path: str, **params: str) -> list[dict[str, Any]]:
    async with http.get(path, params={f"sysparm_{name}": value for name, value in params.items()}) as answer:
        assert answer.status == 200
        return list((await answer.json())["result"])


async def test_a_membership_leads_to_the_person(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox
) -> None:
    vendor.world.set_group("Approvers", ["alice", "erin"])
    rows = await get(http, MEMBERS, query="group.name=Approvers^ORDERBYuser.name", fields=FIELDS)
    assert rows == [
        {"user.name": "Alice Moreau", "user.email": "alice@example.com", "user.active": "true"},
        {"user.name": "Erin Walsh", "user.email": "erin@example.com", "user.active": "false"},
    ]


async def test_a_group_holds_exactly_who_it_was_given(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox
) -> None:
    world = vendor.world
    where = world.set_group("Approvers", ["alice", "bob"])
    assert world.set_group("Approvers", ["bob"], active=False) == where == world.group_id("Approvers")
    assert [row["user.name"] for row in await get(http, MEMBERS, query=f"group={where}", fields=FIELDS)] == [
        "Bob Okafor"
    ]
    (group,) = await get(http, "/api/now/table/sys_user_group", query=f"sys_id={where}", fields="name,active")
    assert group == {"name": "Approvers", "active": "false"}
    with pytest.raises(LookupError, match="nobody"):
        world.set_group("Approvers", ["nobody"])
    assert len(await get(http, MEMBERS, query=f"group={where}")) == 1


async def test_people_come_change_and_leave(http: aiohttp.ClientSession, vendor: ServiceNowSandbox) -> None:
    world = vendor.world
    known = world.add_person("zoe", "Zoe Quinn", groups=["Network"], title="Engineer")
    query, fields = f"sys_id={known}", "name,first_name,last_name,email,title,active"
    assert await get(http, "/api/now/table/sys_user", query=query, fields=fields) == [
        {
            "name": "Zoe Quinn",
            "first_name": "Zoe",
            "last_name": "Quinn",
            "email": "zoe@example.com",
            "title": "Engineer",
            "active": "true",
        }
    ]
    world.set_person("zoe", active="false", email="")
    (shown,) = await get(http, "/api/now/table/sys_user", query=query, fields="email,active")
    assert shown == {"email": "", "active": "false"}
    network = await get(http, MEMBERS, query="group.name=Network", fields="user.name")
    assert {"user.name": "Zoe Quinn"} in network


def test_what_does_not_fit_is_refused_and_changes_nothing(vendor: ServiceNowSandbox) -> None:
    world = vendor.world
    with pytest.raises(ValueError, match="already"):
        world.add_person("alice", "Another")
    with pytest.raises(ValueError, match="no group Nowhere"):
        world.add_person("zoe", "Zoe", groups=["Nowhere"])
    with pytest.raises(ValueError, match="colour"):
        world.add_person("zoe", "Zoe", colour="red")
    with pytest.raises(ValueError, match="colour"):
        world.set_person("alice", colour="red")
    with pytest.raises(LookupError, match="zoe"):
        world.set_person("zoe", active="false")
    assert world.instance.store.find("sys_user", user_name="zoe") is None


async def test_a_hidden_column_is_left_out_wherever_a_walk_leads_to_it(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox
) -> None:
    vendor.world.quirks.hidden_fields = {"sys_user.email"}
    (row,) = await get(http, MEMBERS, query="group.name=Network^user.user_name=bob", fields=FIELDS)
    assert row == {"user.name": "Bob Okafor", "user.active": "true"}
    (user,) = await get(http, "/api/now/table/sys_user", query="user_name=bob")
    assert "email" not in user
    (group,) = await get(http, "/api/now/table/sys_user_group", query="name=Network")
    assert group["email"] == "network@example.com", "another table's column of that name is another column"
    number = vendor.world.create_incident("x")
    path = f"/api/now/table/incident/{vendor.world.sys_id(number)}"
    async with http.get(path, params={"sysparm_fields": "caller_id.email,caller_id.name"}) as answer:
        assert (await answer.json())["result"] == {"caller_id.name": "Dan Peters"}


async def test_the_dictionary_says_that_the_group_narrows_the_assignee(http: aiohttp.ClientSession) -> None:
    query = "name=task^element=assigned_to"
    (row,) = await get(http, "/api/now/table/sys_dictionary", query=query, fields="dependent,reference")
    assert row["dependent"] == "assignment_group"


async def test_people_and_groups_are_changed_by_control(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox
) -> None:
    async def control(verb: str, status: int = 200, **body: object) -> Any:
        async with http.post(f"/_control/{verb}", json=body) as answer:
            assert answer.status == status
            return await answer.json()

    made = await control("person", user_name="zoe", name="Zoe Quinn", groups=["Network"])
    assert (made["email"], made["active"]) == ("zoe@example.com", "true")
    assert (await control("person", user_name="zoe", active="false"))["active"] == "false"
    told = await control("group", name="Approvers", members=["alice", "bob"])
    assert told == {"sys_id": vendor.world.group_id("Approvers")}
    assert "nobody" in (await control("group", 400, name="Approvers", members=["nobody"]))["error"]
    await control("quirks", hidden_fields=["sys_user.email"])
    (row, _) = await get(http, MEMBERS, query="group.name=Approvers^ORDERBYuser.name", fields=FIELDS)
    assert row == {"user.name": "Alice Moreau", "user.active": "true"}
