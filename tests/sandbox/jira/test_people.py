"""The fake site's people and groups: who sees whom, in which pages, and with which addresses."""

from __future__ import annotations

from typing import Any, cast

import pytest

from sandbox.jira import JiraSandbox, World
from sandbox.jira.api.people import group_id
from sandbox.jira.shapes import Shapes
from tests.sandbox.jira.conftest import Rest

MEMBER = "group/member"
ASSIGNABLE = "user/assignable/search"


def names(body: Any) -> list[str]:
    """Return who is in an answer: a page of members, or a list of people found."""
    people = cast("list[dict[str, str]]", body if isinstance(body, list) else body["values"])
    return [one["displayName"] for one in people]


async def test_a_group_is_asked_for_by_name_or_on_cloud_by_id_and_never_by_both(
    cloud: JiraSandbox, rest: Rest, dc: JiraSandbox, rest_dc: Rest
) -> None:
    known, dc.world.administers = group_id("support-leads"), True
    for asked in ({"groupname": "support-leads"}, {"groupId": known}):
        assert names((await rest("GET", MEMBER, **asked)).body) == ["Alice Moreau"]
    assert (await rest("GET", MEMBER, groupname="support-leads", groupId=known)).status == 400
    assert (await rest("GET", MEMBER)).status == 400
    assert (await rest("GET", MEMBER, groupname="nobody")).status == 404
    assert (await rest("GET", MEMBER, groupId="nobody")).status == 404
    assert names((await rest_dc("GET", MEMBER, groupname="support-leads")).body) == ["Alice Moreau"]
    assert (await rest_dc("GET", MEMBER, groupId=known)).status == 400
    (shown,) = (await rest("GET", "groups/picker", query="leads")).body["groups"]
    assert (shown["name"], shown["groupId"]) == ("support-leads", known)
    assert cloud.world.groups() == ["it-support", "jira-servicedesk-users", "support-leads"]


async def test_members_come_fifty_at_a_time_whatever_is_asked_for_and_name_the_next_page(
    cloud: JiraSandbox, rest: Rest
) -> None:
    staff = [f"user{place:03d}" for place in range(60)]
    for name in staff:
        cloud.world.add_person(name, name.upper())
    cloud.world.set_group("Everybody", staff)
    first = (await rest("GET", MEMBER, groupname="Everybody", maxResults="1000")).body
    assert (len(first["values"]), first["isLast"], first["total"], first["maxResults"]) == (50, False, 60, 50)
    assert first["nextPage"].endswith("startAt=50&maxResults=50")
    last = (await rest("GET", MEMBER, groupname="Everybody", startAt="50")).body
    assert (len(last["values"]), last["isLast"], "nextPage" in last) == (10, True, False)
    assert names(first) + names(last) == [name.upper() for name in staff]


async def test_who_left_is_a_member_only_if_asked_for(cloud: JiraSandbox, rest: Rest) -> None:
    cloud.world.set_group("Both", ["bob", "erin"])
    assert names((await rest("GET", MEMBER, groupname="Both")).body) == ["Bob Okafor"]
    all_of_them = await rest("GET", MEMBER, groupname="Both", includeInactiveUsers="true")
    assert names(all_of_them.body) == ["Bob Okafor", "Erin Walsh"]


async def test_groups_take_a_right_and_on_data_center_an_administrator(
    cloud: JiraSandbox, rest: Rest, dc: JiraSandbox, rest_dc: Rest
) -> None:
    assert (await rest("GET", MEMBER, groupname="it-support")).status == 200
    cloud.world.nasty.missing_permissions = {"USER_PICKER"}
    assert (await rest("GET", MEMBER, groupname="it-support")).status == 403
    assert (await rest("GET", "groups/picker", query="support")).body["groups"] == []
    assert len((await rest("GET", "groups/picker", query="it-support")).body["groups"]) == 1
    cloud.world.administers = True
    assert (await rest("GET", MEMBER, groupname="it-support")).status == 200
    assert (await rest_dc("GET", MEMBER, groupname="it-support")).status == 403
    assert (await rest_dc("POST", "/_control/administers", {"is_so": True})).body == {"administers": True}
    assert (await rest_dc("GET", MEMBER, groupname="it-support")).status == 200
    told = (await rest_dc("GET", "mypermissions")).body["permissions"]
    assert (told["ADMINISTER"]["havePermission"], told["USER_PICKER"]["havePermission"]) == (True, True)
    assert dc.world.administers


async def test_an_address_may_be_hidden_or_masked_and_is_then_not_found_by(
    cloud: JiraSandbox, rest: Rest, dc: JiraSandbox, rest_dc: Rest
) -> None:
    cloud.world.nasty.hidden_emails = {"bob"}
    shown = (await rest("GET", MEMBER, groupname="it-support")).body["values"]
    assert [one["displayName"] for one in shown if "emailAddress" not in one] == ["Bob Okafor"]
    cloud.world.set_person("bob", email="secret@example.com")
    assert (await rest("GET", "user/search", query="secret")).body == []
    dc.world.nasty.masked_emails = dc.world.administers = True
    shown = (await rest_dc("GET", MEMBER, groupname="support-leads")).body["values"]
    assert [one["emailAddress"] for one in shown] == ["alice at example dot com"]


@pytest.mark.parametrize("hidden", [(), ("alice",)])
def test_webhooks_carry_no_address_hidden_or_not(hidden: tuple[str, ...]) -> None:
    shapes = Shapes("https://x", "cloud", "2", emails=False, hidden=hidden)
    assert "emailAddress" not in str(shapes.user(World().user("alice")))


async def test_cloud_cuts_the_page_before_it_leaves_out_who_cannot_be_assigned(
    cloud: JiraSandbox, rest: Rest, dc: JiraSandbox, rest_dc: Rest
) -> None:
    for world in (cloud.world, dc.world):
        world.create_issue("Whose?")
        for place in range(5):
            world.add_person(f"p{place}", f"Person {place}", account_type="customer")
        world.add_person("p9", "Person 9", groups=["it-support"])
    first = await rest("GET", ASSIGNABLE, issueKey="OPS-1", query="person", maxResults="5")
    assert first.body == []
    second = await rest("GET", ASSIGNABLE, issueKey="OPS-1", query="person", maxResults="5", startAt="5")
    assert names(second.body) == ["Person 9"]
    filtered = await rest_dc("GET", ASSIGNABLE, issueKey="OPS-1", username="person", maxResults="5")
    assert names(filtered.body) == ["Person 9"]


async def test_nobody_beyond_the_thousandth_is_looked_at(cloud: JiraSandbox, rest: Rest) -> None:
    for place in range(1_005):
        cloud.world.add_person(f"p{place:04d}", f"Person {place:04d}", groups=["it-support"])
    found = await rest("GET", ASSIGNABLE, project="OPS", query="person", maxResults="2000")
    assert len(found.body) == 1_000
    cloud.exchanges.clear()  # a thousand people are slow to judge, and all alike


async def test_assignable_people_take_one_of_two_rights(cloud: JiraSandbox, rest: Rest) -> None:
    for missing, status in (({"USER_PICKER"}, 200), ({"ASSIGN_ISSUES"}, 200)):
        cloud.world.nasty.missing_permissions = set(missing)
        assert (await rest("GET", ASSIGNABLE, project="OPS", query="bob")).status == status
    cloud.world.nasty.missing_permissions = {"USER_PICKER", "ASSIGN_ISSUES"}
    assert (await rest("GET", ASSIGNABLE, project="OPS", query="bob")).status == 401


def test_people_come_change_and_leave_and_tickets_know() -> None:
    world = World()
    key = world.create_issue("Mine", assignee="bob")
    zoe = world.add_person("zoe", "Zoe Quinn", groups=["it-support"])
    assert (zoe.email, zoe.active, zoe.groups) == ("zoe@example.com", True, ("it-support",))
    assert len({user.account_id for user in world.users}) == len(world.users)
    with pytest.raises(ValueError, match="already"):
        world.add_person("zoe", "Another")
    world.set_person("bob", active=False, display_name="Bob (left)")
    assert world.value(key, "assignee") == "Bob (left)"
    assert not world.user("bob").active
    with pytest.raises(KeyError, match="nobody"):
        world.set_group("it-support", ["nobody"])
    assert "zoe" in {user.name for user in world.users if "it-support" in user.groups}


def test_a_group_is_replaced_stays_when_empty_and_goes_when_removed() -> None:
    world = World()
    world.set_group("Leads", ["alice", "bob"])
    world.set_group("Leads", ["bob"])
    assert [user.name for user in world.users if "Leads" in user.groups] == ["bob"]
    assert world.user("alice").groups == ("jira-servicedesk-users", "it-support", "support-leads")
    world.set_group("Leads", [])
    assert "Leads" in world.groups()
    world.remove_group("Leads")
    assert "Leads" not in world.groups()


async def test_people_and_groups_are_changed_by_control(cloud: JiraSandbox, rest: Rest) -> None:
    async def control(verb: str, **body: object) -> Any:
        answer = await rest("POST", f"/_control/{verb}", body)
        assert answer.status == 200, answer.body
        return answer.body

    made = await control("person", name="zoe", display_name="Zoe Quinn", email="z@example.org")
    assert (made["display_name"], made["email"], made["active"]) == ("Zoe Quinn", "z@example.org", True)
    assert (await control("person", name="zoe", active=False))["active"] is False
    assert "Leads" in (await control("group", name="Leads", members=["zoe", "alice"]))["groups"]
    people = (await rest("GET", "/_control/state")).body["people"]
    assert [one["email"] for one in people if "Leads" in one["groups"]] == [
        "alice@example.com",
        "z@example.org",
    ]
    assert "Leads" not in (await control("group", name="Leads"))["groups"]
    refused = await rest("POST", "/_control/group", {"name": "Leads", "members": ["nobody"]})
    assert refused.status == 400
    assert "nobody" in refused.body["error"]
    assert cloud.world.user("zoe").groups == ()
