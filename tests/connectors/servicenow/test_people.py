"""Groups and people of a ServiceNow over HTTP: conditions it ignores, rows and columns it hides."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.core.errors import Forbidden, Missing
from bot.core.tickets import Ticket
from sandbox.faults import Fault, FaultKind
from tests.connectors.servicenow.building import GROUP, PERSON, Desk

MEMBERS = "sys_user_grmember"
OTHER_PERSON = "d" * 32


def answering(desk: Desk, path: str, *rows: dict[str, str]) -> Fault:
    """Have the next read of ``path`` answered with these rows, whatever it asked for."""
    shown: list[dict[str, Any]] = [
        {name: {"value": value, "display_value": value} for name, value in row.items()} for row in rows
    ]
    body = json.dumps({"result": shown})
    return desk.vendor.faults.add(Fault(FaultKind.STATUS, method="GET", path=path, status=200, body=body))


def queries(desk: Desk, table: str) -> list[str]:
    """Return what was asked of ``table``."""
    found = [each for each in desk.vendor.exchanges if each.path.endswith(f"/table/{table}")]
    return [parse_qs(each.query)["sysparm_query"][0] for each in found]


async def assigned_to_group(desk: Desk, group: str) -> Ticket:
    """Return the ticket once it belongs to ``group``."""
    desk.world.edit(desk.number, "alice", assignment_group=group)
    return (await desk.read()).ticket


def names(found: tuple[Any, ...]) -> list[str]:
    return [each.label for each in found]


# --- groups


async def test_a_group_is_known_by_its_name_and_by_its_sys_id(desk: Desk) -> None:
    wanted = ("alice@example.com", "bob@example.com")
    assert await desk.connector.members("Service Desk") == wanted
    assert await desk.connector.members(desk.world.group_id("Service Desk")) == wanted


@pytest.mark.parametrize("group", ["service desk", "SERVICE DESK", "Service", "f" * 32])
async def test_the_name_has_to_be_the_very_one(desk: Desk, group: str) -> None:
    """The database would take another case for the same name."""
    with pytest.raises(Missing):
        await desk.connector.members(group)


async def test_of_two_groups_of_one_name_neither_is_taken(desk: Desk) -> None:
    desk.world.instance.store.add("sys_user_group", "elsewhere", name="Network")
    with pytest.raises(Missing, match="2 groups are called 'Network'"):
        await desk.connector.members("Network")
    assert await desk.connector.members(desk.world.group_id("Network")) == ("bob@example.com",)


async def test_a_group_that_is_no_longer_active_is_missing(desk: Desk) -> None:
    where = desk.world.set_group("Network", ["bob"], active=False)
    for group in ("Network", where):
        with pytest.raises(Missing):
            await desk.connector.members(group)


async def test_an_instance_that_ignores_that_it_should_be_active_is_not_believed(desk: Desk) -> None:
    answering(desk, "sys_user_group$", {"sys_id": GROUP, "name": "Service Desk", "active": "false"})
    with pytest.raises(Missing):
        await desk.connector.members("Service Desk")
    answering(desk, "sys_user_group$", {"sys_id": "not an id", "name": "Service Desk", "active": "true"})
    with pytest.raises(Missing):
        await desk.connector.members("Service Desk")


async def test_another_group_that_comes_back_is_not_believed(desk: Desk) -> None:
    """As from an instance that ignored the condition."""
    ignored = answering(desk, "sys_user_group$", {"sys_id": GROUP, "name": "Everybody", "active": "true"})
    with pytest.raises(Missing):
        await desk.connector.members("Service Desk")
    assert ignored.hits == 1
    assert queries(desk, MEMBERS) == []


async def test_members_of_other_groups_and_those_who_left_are_not_believed(desk: Desk) -> None:
    mine = desk.world.group_id("Service Desk")
    row = {"group": mine, "user": PERSON, "user.active": "true", "user.email": "Zoe@example.com"}
    answering(
        desk,
        MEMBERS,
        row,
        {**row, "group": GROUP, "user.email": "stranger@example.com"},
        {**row, "user.active": "false", "user.email": "left@example.com"},
        {**row, "user": "", "user.email": "nobody@example.com"},
    )
    assert await desk.connector.members("Service Desk") == ("zoe@example.com",)


async def test_a_large_group_is_read_to_the_end_past_pages_that_acls_emptied(desk: Desk) -> None:
    staff = [f"user{place:04d}" for place in range(2_300)]
    for name in staff:
        desk.world.add_person(name, f"Person {name}")
    desk.world.set_group("Everybody", staff)
    rows = sorted(desk.world.instance.store.tables[MEMBERS].rows.values(), key=lambda row: row["sys_id"])
    where = desk.world.group_id("Everybody")
    first = [row["sys_id"] for row in rows if row["group"] == where][:2_000]
    desk.world.quirks.hidden_records = set(first)
    assert len(await desk.connector.members("Everybody")) == 300


async def test_people_without_an_address_are_left_out_and_a_hidden_column_is_nobody(desk: Desk) -> None:
    desk.world.set_person("alice", email="")
    assert await desk.connector.members("Service Desk") == ("bob@example.com",)
    desk.world.quirks.hidden_fields = {"sys_user.email"}
    assert await desk.connector.members("Service Desk") == ()


async def test_where_it_cannot_be_seen_who_is_active_nobody_is_and_we_say_why(desk: Desk) -> None:
    desk.world.quirks.hidden_fields = {"sys_user.active"}
    with pytest.raises(Forbidden, match="give the bot's account read on sys_user"):
        await desk.connector.members("Service Desk")


@pytest.mark.parametrize("table", ["sys_user_group", MEMBERS])
async def test_a_table_we_may_not_read_is_forbidden(desk: Desk, table: str) -> None:
    desk.world.quirks.forbidden_tables = {table}
    with pytest.raises(Forbidden):
        await desk.connector.members("Service Desk")


# --- people


async def test_only_members_of_the_tickets_group_are_offered_as_on_the_form(desk: Desk) -> None:
    ticket = await assigned_to_group(desk, "Network")
    assert names(await desk.connector.people(ticket, "", 10)) == ["Bob Okafor"]
    assert await desk.connector.people(ticket, "alice", 10) == ()


async def test_where_the_form_offers_everybody_so_do_we(desk: Desk) -> None:
    """An administrator has taken the dependence out of the dictionary."""
    rule = desk.world.instance.store.find("sys_dictionary", name="task", element="assigned_to")
    assert rule is not None
    rule["dependent"] = ""
    ticket = await assigned_to_group(desk, "Network")
    assert names(await desk.connector.people(ticket, "alice", 10)) == ["Alice Moreau"]


async def test_a_tables_own_rule_comes_before_the_one_it_inherits(desk: Desk) -> None:
    store = desk.world.instance.store
    store.add("sys_dictionary", "own", name="incident", element="assigned_to", dependent="")
    ticket = await assigned_to_group(desk, "Network")
    assert names(await desk.connector.people(ticket, "alice", 10)) == ["Alice Moreau"]


async def test_where_the_dictionary_may_not_be_read_the_group_narrows(desk: Desk) -> None:
    desk.world.quirks.forbidden_tables = {"sys_dictionary"}
    ticket = await assigned_to_group(desk, "Network")
    assert names(await desk.connector.people(ticket, "", 10)) == ["Bob Okafor"]


async def test_a_ticket_without_a_group_may_go_to_anybody_active(desk: Desk) -> None:
    ticket = (await desk.read()).ticket
    assert ticket.fields["assignment_group"] == ()
    found = names(await desk.connector.people(ticket, "", 10))
    assert found == ["Alice Moreau", "Bob Okafor", "Carol Nguyen", "Countersign", "Dan Peters"]


async def test_names_that_begin_with_the_words_come_first(desk: Desk) -> None:
    for user, name in (
        ("x1", "Zora Dane"),
        ("x2", "Joe Brandan"),
        ("x3", "Abe Danton"),
        ("x4", "Danube Lee"),
    ):
        desk.world.add_person(user, name)
    ticket = (await desk.read()).ticket
    found = names(await desk.connector.people(ticket, "dan", 10))
    assert found == ["Dan Peters", "Danube Lee", "Abe Danton", "Zora Dane", "Joe Brandan"]


async def test_every_word_has_to_be_there_those_beyond_the_fifth_included(desk: Desk) -> None:
    ticket = (await desk.read()).ticket
    assert names(await desk.connector.people(ticket, "okafor bob@", 10)) == ["Bob Okafor"]
    assert await desk.connector.people(ticket, "bob moreau", 10) == ()
    assert await desk.connector.people(ticket, "b bo bob ok oka moreau", 10) == ()


async def test_people_that_were_not_asked_for_are_not_offered(desk: Desk) -> None:
    """An instance that did not understand a condition gives the table; none of it is believed."""
    ticket = (await desk.read()).ticket
    someone = {"sys_id": PERSON, "name": "Bob Baker", "email": "", "active": "true"}
    ignored = answering(
        desk,
        "table/sys_user$",
        someone,
        {**someone, "sys_id": OTHER_PERSON, "name": "Alice Stranger"},
        {**someone, "sys_id": OTHER_PERSON, "active": "false"},
        {**someone, "sys_id": "not an id"},
        {**someone, "sys_id": OTHER_PERSON, "name": " "},
    )
    assert [(each.id, each.label) for each in await desk.connector.people(ticket, "bob", 10)] == [
        (PERSON, "Bob Baker")
    ]
    assert ignored.hits == 1


async def test_members_of_another_group_are_not_offered(desk: Desk) -> None:
    ticket = await assigned_to_group(desk, "Network")
    row = {"group": GROUP, "user": PERSON, "user.name": "Bob Stranger", "user.active": "true"}
    answering(desk, MEMBERS, row)
    assert await desk.connector.people(ticket, "bob", 10) == ()


async def test_what_people_type_never_becomes_a_condition(desk: Desk) -> None:
    ticket = (await desk.read()).ticket
    before = len(desk.vendor.exchanges)
    for words in ("bob^active=false", "javascript:gs.log(1)", "a\x00b", "x^NQ"):
        assert await desk.connector.people(ticket, words, 10) == ()
    assert len(desk.vendor.exchanges) == before


async def test_a_name_is_offered_as_the_tickets_own_field_shows_it(desk: Desk) -> None:
    desk.world.add_person("zoe", "Zoë  de la Cruz\N{RIGHT-TO-LEFT OVERRIDE} Ortiz")
    ticket = (await desk.read()).ticket
    (found,) = await desk.connector.people(ticket, "cruz", 10)
    desk.world.edit(desk.number, "alice", assigned_to="zoe")
    assert (await desk.read()).ticket.fields["assigned_to"] == (found,)


# --- whose account it is


async def test_who_wrote_in_the_journal_is_known_by_their_address(desk: Desk) -> None:
    assert await desk.connector.address_of("alice") == "alice@example.com"
    for unknown in ("nobody", "Alice Ames", "alice^ORactive=true", ""):
        assert await desk.connector.address_of(unknown) == "", unknown


async def test_an_address_that_two_users_have_is_nobodys(desk: Desk) -> None:
    store = desk.world.instance.store
    store.add("sys_user", "zed", user_name="zed", name="Zed", email="Alice@example.com", active="true")
    assert await desk.connector.address_of("alice") == ""


async def test_who_calls_themselves_like_somebodys_account_is_not_taken_for_them(desk: Desk) -> None:
    """Where the journal cannot be read, entries name their authors as people are shown."""
    store = desk.world.instance.store
    store.add("sys_user", "mal", user_name="mal", name="alice", email="mal@example.com", active="true")
    assert await desk.connector.address_of("alice") == ""
    assert await desk.connector.address_of("mal") == "mal@example.com"


async def test_users_that_come_back_unasked_are_nobody(desk: Desk) -> None:
    row = {"user_name": "mallory", "email": "alice@example.com", "active": "true"}
    answering(desk, "/table/sys_user", row)
    assert await desk.connector.address_of("alice") == ""
    answering(
        desk, "/table/sys_user", {"user_name": "alice", "email": "alice@example.com", "active": "false"}
    )
    assert await desk.connector.address_of("alice") == ""
