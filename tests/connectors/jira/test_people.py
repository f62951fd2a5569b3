"""Groups and people of a Jira over HTTP: pages of any shape, addresses that are hidden, rights that lack."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.core.errors import Forbidden, Missing
from connectors.jira import people
from sandbox.faults import Fault, FaultKind
from sandbox.jira.api.people import group_id
from tests.connectors.jira.building import Desk

GROUP = "it-support"
STAFF = ("alice@example.com", "bob@example.com", "carol@example.com", "itsm.bot@example.com")


def asked(desk: Desk, path: str) -> list[dict[str, str]]:
    """Return the parameters of every request to ``path``."""
    found = [each.query for each in desk.site.exchanges if each.path.endswith(path)]
    return [{name: values[0] for name, values in parse_qs(each).items()} for each in found]


def crowd(desk: Desk, count: int, **more: Any) -> list[str]:
    """Make ``count`` people and return their names."""
    names = [f"user{place:04d}" for place in range(count)]
    for name in names:
        desk.world.add_person(name, f"Person {name}", **more)
    return names


def answering(desk: Desk, path: str, body: object) -> None:
    """Have the next read of ``path`` answered with ``body``, whatever it asked for."""
    text = json.dumps(body)
    desk.site.faults.add(Fault(FaultKind.STATUS, method="GET", path=path, status=200, body=text))


@pytest.fixture(autouse=True)
def administrator(request: pytest.FixtureRequest) -> None:
    """Data Center shows groups to administrators only."""
    for name in ("desk", "dc"):
        if name in request.fixturenames:
            request.getfixturevalue(name).world.administers = True


# --- groups


async def test_a_group_is_asked_for_by_its_name_and_on_cloud_by_its_id_as_well(cloud: Desk, dc: Desk) -> None:
    assert await cloud.connector.members(GROUP) == STAFF
    assert await cloud.connector.members(group_id(GROUP)) == STAFF
    assert [set(each) & {"groupname", "groupId"} for each in asked(cloud, "/group/member")] == [
        {"groupname"},
        {"groupId"},
    ]
    assert await dc.connector.members(GROUP) == STAFF
    with pytest.raises(Missing):
        await dc.connector.members(group_id(GROUP))
    assert not any("groupId" in each for each in asked(dc, "/group/member"))


async def test_a_group_of_several_pages_is_read_to_the_end(desk: Desk) -> None:
    names = crowd(desk, 123)
    desk.world.set_group("Everybody", names)
    found = await desk.connector.members("Everybody")
    assert found == tuple(f"{name}@example.com" for name in names)
    assert [each["startAt"] for each in asked(desk, "/group/member")] == ["0", "50", "100"]


async def test_a_page_that_is_short_in_the_middle_skips_nobody(desk: Desk) -> None:
    """A server may leave out the inactive after it has cut the page."""
    names = crowd(desk, 70)
    desk.world.set_group("Everybody", names)
    first = [{"displayName": "A", "active": True, "emailAddress": "user0000@example.com", "name": "user0000"}]
    answering(desk, "group/member", {"startAt": 0, "maxResults": 50, "isLast": False, "values": first})
    assert len(await desk.connector.members("Everybody")) == len(names)


async def test_where_a_page_does_not_say_whether_it_is_the_last_the_total_does(desk: Desk) -> None:
    names = crowd(desk, 70)
    desk.world.set_group("Everybody", names)
    first = [{"active": True, "emailAddress": "user0000@example.com", "name": "user0000"}]
    answering(desk, "group/member", {"startAt": 0, "maxResults": 50, "total": 70, "values": first})
    assert len(await desk.connector.members("Everybody")) == len(names)
    answering(desk, "group/member", {"startAt": 0, "maxResults": 50, "total": 1, "values": first})
    assert await desk.connector.members("Everybody") == ("user0000@example.com",)


async def test_a_page_of_nobody_that_is_not_the_last_is_passed(desk: Desk) -> None:
    answering(desk, "group/member", {"startAt": 0, "maxResults": 50, "isLast": False, "values": []})
    desk.world.set_group("Everybody", crowd(desk, 60))
    assert len(await desk.connector.members("Everybody")) == 10


async def test_a_server_that_always_says_there_is_more_does_not_keep_us(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PAGES_MAX", 3)
    for _ in range(5):
        answering(desk, "group/member", {"isLast": False, "values": []})
    assert await desk.connector.members(GROUP) == ()
    assert len(asked(desk, "/group/member")) == 3


@pytest.mark.parametrize("body", [{}, [], None, "x", {"values": [None, 7, "alice"]}, {"values": {}}])
async def test_an_answer_of_another_shape_makes_nobody_a_member(desk: Desk, body: object) -> None:
    answering(desk, "group/member", body)
    assert await desk.connector.members(GROUP) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"active": False},
        {"active": None},
        {"active": "true"},
        {"emailAddress": None},
        {"emailAddress": ""},
        {"accountType": "app"},
    ],
)
async def test_whoever_is_not_stated_to_be_active_or_is_an_app_or_shows_no_address_is_left_out(
    desk: Desk, wrong: dict[str, Any]
) -> None:
    known = {"accountId": "1", "name": "zoe", "emailAddress": "Zoe@example.com", "active": True}
    answering(desk, "group/member", {"isLast": True, "values": [known]})
    assert await desk.connector.members(GROUP) == ("zoe@example.com",)
    answering(desk, "group/member", {"isLast": True, "values": [known | wrong]})
    assert await desk.connector.members(GROUP) == ()


async def test_addresses_people_hide_are_left_out(cloud: Desk) -> None:
    cloud.world.nasty.hidden_emails = {"alice", "bob"}
    assert await cloud.connector.members(GROUP) == ("carol@example.com", "itsm.bot@example.com")


async def test_addresses_that_are_masked_are_not_guessed(dc: Desk) -> None:
    dc.world.nasty.masked_emails = True
    assert await dc.connector.members(GROUP) == ()


async def test_without_the_right_the_site_says_so_and_so_do_we(cloud: Desk, dc: Desk) -> None:
    dc.world.administers = False
    cloud.world.nasty.missing_permissions = {"USER_PICKER"}
    for desk in (cloud, dc):
        with pytest.raises(Forbidden, match="permission"):
            await desk.connector.members(GROUP)


async def test_a_group_that_was_deleted_is_missing(desk: Desk) -> None:
    desk.world.set_group("Gone", ["alice"])
    assert await desk.connector.members("Gone") == ("alice@example.com",)
    desk.world.remove_group("Gone")
    with pytest.raises(Missing):
        await desk.connector.members("Gone")


# --- people


async def test_each_flavour_is_asked_in_its_own_words(cloud: Desk, dc: Desk) -> None:
    for desk, name in ((cloud, "query"), (dc, "username")):
        await desk.connector.people((await desk.read()).ticket, "carol", 5)
        first = asked(desk, "/user/assignable/search")[0]
        assert first == {"issueKey": "OPS-1", "startAt": "0", "maxResults": "100", name: "carol"}


async def test_somebody_found_bears_the_id_that_this_flavour_assigns_by(cloud: Desk, dc: Desk) -> None:
    for desk, wanted in ((cloud, cloud.world.user("bob").account_id), (dc, "bob")):
        (found,) = await desk.connector.people((await desk.read()).ticket, "bob", 5)
        assert (found.id, found.label) == (wanted, "Bob Okafor")


async def test_a_first_look_full_of_customers_is_not_the_last(cloud: Desk) -> None:
    """Cloud cuts its page before it leaves out who may not have the ticket."""
    crowd(cloud, 150, account_type="customer")
    cloud.world.add_person("zoe", "Person Zoe", groups=["it-support"])
    found = await cloud.connector.people((await cloud.read()).ticket, "person", 5)
    assert [each.label for each in found] == ["Person Zoe"]
    assert [each["startAt"] for each in asked(cloud, "/user/assignable/search")] == ["0", "100"]


async def test_one_look_is_enough_where_it_finds_enough(desk: Desk) -> None:
    await desk.connector.people((await desk.read()).ticket, "", 2)
    assert len(asked(desk, "/user/assignable/search")) == 1


@pytest.mark.parametrize("body", [{}, None, [None, 7], [{"displayName": "Nobody"}], [{"accountId": ""}]])
async def test_whoever_has_no_id_is_not_offered(desk: Desk, body: object) -> None:
    for _ in range(2):
        answering(desk, "assignable/search", body)
    assert await desk.connector.people((await desk.read()).ticket, "bob", 5) == ()


async def test_without_both_rights_nobody_is_shown(desk: Desk) -> None:
    ticket = (await desk.read()).ticket
    desk.world.nasty.missing_permissions = {"USER_PICKER"}
    assert len(await desk.connector.people(ticket, "bob", 5)) == 1
    desk.world.nasty.missing_permissions = {"USER_PICKER", "ASSIGN_ISSUES"}
    with pytest.raises(Forbidden):
        await desk.connector.people(ticket, "bob", 5)


async def test_people_of_a_ticket_that_is_gone_are_missing(desk: Desk) -> None:
    ticket = (await desk.read()).ticket
    desk.world.delete(desk.key)
    with pytest.raises(Missing):
        await desk.connector.people(ticket, "bob", 5)


# --- whose account it is


async def account(desk: Desk, person: str) -> str:
    """Return what a comment of ``person`` calls its author."""
    desk.world.comment(desk.key, person, "Looking into it.")
    return (await desk.read()).comments[-1].author.id


async def test_the_author_of_a_comment_is_known_by_their_address(desk: Desk) -> None:
    assert await desk.connector.address_of(await account(desk, "alice")) == "alice@example.com"
    assert await desk.connector.address_of("nobody-at-all") == ""


async def test_an_address_that_two_accounts_show_is_nobodys(desk: Desk) -> None:
    alice = await account(desk, "alice")
    desk.world.add_person("alice2", "Alice Again", email="ALICE@example.com")
    assert await desk.connector.address_of(alice) == ""


async def test_who_has_left_and_who_hides_the_address_is_not_known(desk: Desk, cloud: Desk) -> None:
    desk.world.add_person("lea", "Lea Left", email="lea@example.com", groups=("it-support",))
    lea = await account(desk, "lea")
    assert await desk.connector.address_of(lea) == "lea@example.com"
    left = desk.world.find_user("lea")
    assert left is not None
    desk.world.put_person(replace(left, active=False))
    assert await desk.connector.address_of(lea) == ""
    cloud.world.nasty.hidden_emails.add("bob")
    assert await cloud.connector.address_of(await account(cloud, "bob")) == ""


async def test_another_account_than_was_asked_for_is_not_taken(desk: Desk) -> None:
    alice = await account(desk, "alice")
    answering(
        desk, "/rest/api/2/user", {"accountId": "x", "name": "x", "active": True, "emailAddress": "a@b.c"}
    )
    assert await desk.connector.address_of(alice) == ""
