"""Forms for projects that require more than menus, and refusals that lead back to the form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.jira.asking import Asked
from sandbox.jira.records import Named
from sandbox.jira.world import World as JiraWorld
from tests.stories.conftest import Begin
from tests.stories.desks import JiraDesk, ServiceNowDesk
from tests.stories.forms import (
    ALLOWED,
    again,
    block,
    made,
    menu,
    opened,
    refuses_components,
    searched,
    send,
    typed,
    value,
)
from tests.stories.world import World

jiras = pytest.mark.parametrize("desk", ["cloud", "dc"])
OPTIONS = (Named("201", "Paris"), Named("202", "Lyon"))
FLOORS = {"201": (Named("301", "Floor 1"), Named("302", "Floor 2")), "202": (Named("303", "Ground"),)}
EVERYTHING = (
    Asked("customfield_10201", "Asset tag", "textfield"),
    Asked("customfield_10202", "Business case", "textarea"),
    Asked("customfield_10203", "Seats", "float"),
    Asked("customfield_10204", "Needed by", "datepicker"),
    Asked("customfield_10205", "Starts at", "datetime"),
    Asked("customfield_10206", "Runbook", "url"),
    Asked("customfield_10207", "Sites", "multiselect", options=OPTIONS),
    Asked("customfield_10208", "Approver", "userpicker"),
    Asked("customfield_10209", "Place", "cascadingselect", options=OPTIONS, children=FLOORS),
    Asked("customfield_10210", "Tags", "labels"),
)


def ask(world: World, *asked: Asked) -> None:
    """Have the project's create screen ask for these; what is on it already stays."""
    jira(world).projects["OPS"].asked = asked


def jira(world: World) -> JiraWorld:
    """Return the people and projects of the story's Jira."""
    assert isinstance(world.desk, JiraDesk)
    return world.desk.world


async def every_answer(world: World, form: dict[str, Any]) -> dict[str, Any]:
    """Fill in everything of :data:`EVERYTHING`; the second step of the place comes with the first."""
    people, place = world.slack.world, block(form, "customfield_10209")
    first = {
        **typed(form, "customfield_10201", "LT-0042"),
        **typed(form, "customfield_10202", "Two people wait.\n{code} is code"),
        **typed(form, "customfield_10203", "12.5"),
        **typed(form, "customfield_10204", "2026-11-30"),
        **typed(form, "customfield_10205", 1_796_029_200),
        **typed(form, "customfield_10206", "https://wiki.example.com/run"),
        **menu(form, "customfield_10207", "Lyon"),
        **typed(form, "customfield_10210", "laptop urgent"),
        **await searched(world, "U0CAROL", form, "customfield_10208", "ali"),
    }
    option = next(o["value"] for o in place["element"]["options"] if o["text"]["text"] == "Paris")
    view = people.open_views("U0CAROL")[-1].id
    values = {**first, place["block_id"]: {"create:field": option}, "summary": {"summary": "New laptop"}}
    await people.click_in_view("U0CAROL", view, "create:field", option, values=values)
    await world.settles()
    return menu(people.open_views("U0CAROL")[-1].body, "customfield_10209:below", "Floor 2")


@jiras
async def test_a_project_that_requires_everything_gets_it_in_its_own_shapes(begin: Begin, desk: str) -> None:
    world = await begin(desk, ask="approvers: [U0ALICE]")
    ask(world, *EVERYTHING)
    before = world.desk.tickets()
    last = await every_answer(world, await opened(world, "U0CAROL"))
    sent = await send(world, "U0CAROL", **last)
    assert not sent.errors
    card = world.card()
    for shown in ("Asset tag: not set → LT-0042", "→ 12.5", "→ 2026-11-30 09:00:00 UTC", "→ Lyon", "Floor 2"):
        assert shown in card.text, shown
    assert "Two people wait.\n{code} is code" in card.text
    assert "Edit" not in card.buttons, "its form was its own"
    assert "customfield_" not in card.text
    assert (await card.click("Approve", by="alice")).ok
    await world.settles()
    [key] = made(world, before)
    held = jira(world).issue(key).answers
    who = "accountId" if desk == "cloud" else "name"
    assert held["customfield_10201"] == "LT-0042"
    assert held["customfield_10203"] == 12.5
    assert held["customfield_10204"] == "2026-11-30"
    assert held["customfield_10205"] == "2026-11-30T09:00:00.000+0000"
    assert held["customfield_10207"] == [{"id": "202"}]
    assert who in str(held["customfield_10208"])
    assert held["customfield_10209"] == {"id": "201", "child": {"id": "302"}}
    assert held["customfield_10210"] == ["laptop", "urgent"]
    assert ("\\{code\\}" in str(held["customfield_10202"])) == (desk == "cloud")


async def test_servicenow_is_given_what_its_dictionary_requires(begin: Begin) -> None:
    world = await begin("servicenow", rules=ALLOWED)
    assert isinstance(world.desk, ServiceNowDesk)
    people = world.desk.world
    people.require("u_asset", "Asset tag", max_length="40")
    people.require("u_case", "Business case", max_length="4000")
    people.require("u_seats", "Seats", "integer")
    people.require("due_date", "Due date", "due_date")
    people.require("u_approver", "Approver", "reference", reference="sys_user")
    before = world.desk.tickets()
    form = await opened(world, "U0CAROL")
    sent = await send(
        world,
        "U0CAROL",
        "New laptop",
        **typed(form, "u_asset", "LT-0042"),
        **typed(form, "u_case", "Two people wait."),
        **typed(form, "u_seats", "3"),
        **typed(form, "due_date", 1_796_029_200),
        **await searched(world, "U0CAROL", form, "u_approver", "moreau"),
    )
    assert not sent.errors
    [key] = made(world, before)
    row = people.instance.store.find("incident", number=key)
    assert row is not None
    assert (row["u_asset"], row["u_seats"], row["due_date"]) == ("LT-0042", "3", "2026-11-30 09:00:00")
    assert people.instance.store.name_of("sys_user", row["u_approver"]) == "Alice Moreau"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("customfield_10201", "   "),
        ("customfield_10203", "many"),
        ("customfield_10203", "1e9"),
        ("customfield_10203", "200000000000000"),
        ("customfield_10206", "wiki"),
    ],
)
async def test_what_is_wrong_stands_under_its_input_before_anything_is_asked(
    begin: Begin, field: str, text: str
) -> None:
    world = await begin(rules=ALLOWED)
    ask(world, *(each for each in EVERYTHING if each.id == field))
    before = world.desk.tickets()
    form = await opened(world, "U0CAROL")
    sent = await send(world, "U0CAROL", "New laptop", **typed(form, field, text))
    assert list(sent.errors) == [block(form, field)["block_id"]]
    assert made(world, before) == []


@pytest.mark.parametrize("slack", ["http", "socket"])
async def test_a_refusal_leads_back_to_the_form_with_all_of_it_and_the_words_at_the_input(
    begin: Begin, slack: str
) -> None:
    world = await begin(rules=ALLOWED, slack=slack)
    hidden = Asked("customfield_10301", "Cost centre", "textfield", required=False, validated=True)
    ask(world, EVERYTHING[0], hidden)
    before = world.desk.tickets()
    form = await opened(world, "U0CAROL")
    tag = typed(form, "customfield_10201", "LT-0042")
    await send(world, "U0CAROL", "New laptop", description={"description": "It broke."}, **tag)
    assert made(world, before) == []
    [told] = [each for each in world.told("carol") if "Cost centre is required." in each]
    assert "customfield_" not in told
    back = await again(world, "U0CAROL")
    assert value(back, "summary") == "New laptop"
    assert value(back, "description") == "It broke."
    assert block(back, "customfield_10201")["element"]["initial_value"] == "LT-0042"
    cost = block(back, "customfield_10301")
    assert "Cost centre is required." in cost["hint"]["text"]
    assert "below the inputs stands what was refused" in str(back["blocks"][0])
    sent = await send(world, "U0CAROL", **typed(back, "customfield_10301", "4711"))
    assert not sent.errors
    [key] = made(world, before)
    assert jira(world).issue(key).answers == {
        "customfield_10201": "LT-0042",
        "customfield_10301": "4711",
    }


async def test_what_a_data_policy_demands_becomes_an_input_of_the_form_that_is_opened_again(
    begin: Begin,
) -> None:
    world = await begin("servicenow", rules=ALLOWED)
    assert isinstance(world.desk, ServiceNowDesk)
    people, before = world.desk.world, world.desk.tickets()
    people.require("u_asset", "Asset tag", mandatory="false", max_length="40")
    people.quirks.demanded_fields.add("u_asset")
    await opened(world, "U0CAROL")
    await send(world, "U0CAROL", "New laptop")
    assert made(world, before) == []
    back = await again(world, "U0CAROL")
    assert "mandatory" in block(back, "u_asset")["hint"]["text"]
    await send(world, "U0CAROL", **typed(back, "u_asset", "LT-0042"))
    [key] = made(world, before)
    row = people.instance.store.find("incident", number=key)
    assert row is not None
    assert row["u_asset"] == "LT-0042"


async def test_a_trigger_that_is_over_is_told_instead_of_nothing(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await begin(rules=ALLOWED)
    monkeypatch.setattr("sandbox.slack.store.TRIGGER_SECONDS", 0.0)
    assert (await world.slack.world.shortcut("U0CAROL", "ticket_new")).ok
    await world.settles()
    assert world.slack.world.open_views("U0CAROL") == []
    assert any("within three seconds" in each for each in world.told("carol"))


async def test_a_form_opened_again_twice_makes_one_ticket(begin: Begin) -> None:
    world = await begin(rules=ALLOWED)
    before = world.desk.tickets()
    await opened(world, "U0CAROL")
    refuses_components(world)
    await send(world, "U0CAROL", "Badge printer is out")
    form = await again(world, "U0CAROL")
    assert "Component/s is required." in block(form, "components")["hint"]["text"]
    await send(world, "U0CAROL", **menu(form, "components", "VPN"))
    assert len(made(world, before)) == 1
    twice = await again(world, "U0CAROL")
    assert "sent already" in str(twice["blocks"])
    assert "submit" not in twice


async def test_a_field_that_becomes_required_while_the_form_is_open_appears_in_it(begin: Begin) -> None:
    world = await begin(rules=ALLOWED)
    before, people = world.desk.tickets(), world.slack.world
    await opened(world, "U0CAROL")
    ask(world, EVERYTHING[0])
    sent = await send(world, "U0CAROL", "New laptop")
    assert sent.errors
    form = people.open_views("U0CAROL")[-1].body
    assert value(form, "summary") == "New laptop"
    assert made(world, before) == []
    assert not (await send(world, "U0CAROL", **typed(form, "customfield_10201", "LT-1"))).errors
    assert len(made(world, before)) == 1


async def test_a_project_that_is_gone_is_named_and_the_form_asks_where_else(begin: Begin) -> None:
    world = await begin(rules=ALLOWED)
    await opened(world, "U0CAROL")
    refuses_components(world)
    await send(world, "U0CAROL", "Badge printer is out")
    del jira(world).projects["OPS"]
    form = await again(world, "U0CAROL")
    assert "OPS takes no tickets" in str(form["blocks"])
    assert value(form, "summary") == "Badge printer is out"


async def test_a_system_that_goes_away_leaves_the_form_open_and_says_so(begin: Begin) -> None:
    world = await begin(rules=ALLOWED)
    before = world.desk.tickets()
    await opened(world, "U0CAROL")
    world.desk.vendor.faults.add(Fault(FaultKind.STATUS, path="createmeta", times=-1))
    sent = await send(world, "U0CAROL", "Badge printer is out")
    assert "jira does not answer" in str(sent.errors)
    world.desk.vendor.faults.clear()
    assert not (await send(world, "U0CAROL", "Badge printer is out")).errors
    assert len(made(world, before)) == 1


async def test_a_form_that_could_only_be_refused_later_is_kept_whole(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await begin(rules=ALLOWED)
    ask(world, EVERYTHING[0], EVERYTHING[3])
    before = world.desk.tickets()
    form = await opened(world, "U0CAROL")
    monkeypatch.setattr("bot.slack.creating.MENU_S", 0.0)  # as where Jira is too slow to be asked at once
    world.desk.vendor.faults.add(Fault(FaultKind.STATUS, path="createmeta", times=-1))
    tag, day = (typed(form, f"customfield_1020{n}", text) for n, text in ((1, "LT-0042"), (4, "2026-11-30")))
    sent = await send(world, "U0CAROL", "New laptop", **tag, **day)
    assert not sent.errors
    assert any("jira does not answer" in each for each in world.told("carol"))
    monkeypatch.undo()
    world.desk.vendor.faults.clear()
    back = await again(world, "U0CAROL")
    assert value(back, "summary") == "New laptop"
    assert block(back, "customfield_10201")["element"]["initial_value"] == "LT-0042"
    assert block(back, "customfield_10204")["element"]["initial_date"] == "2026-11-30"
    await send(world, "U0CAROL")
    assert len(made(world, before)) == 1


async def test_what_waited_too_long_for_a_yes_can_be_asked_for_again(begin: Begin) -> None:
    world = await begin(ask="approvers: [U0ALICE], expires_after: 1h")
    await opened(world, "U0CAROL")
    await send(world, "U0CAROL", "New laptop")
    await world.skip(3_700)
    assert value(await again(world, "U0CAROL"), "summary") == "New laptop"
    await send(world, "U0CAROL")
    assert "Approve" in world.cards()[-1].buttons


async def test_a_no_of_a_person_has_no_button_that_asks_again(begin: Begin) -> None:
    world = await begin(ask="approvers: [U0ALICE]")
    await opened(world, "U0CAROL")
    await send(world, "U0CAROL", "New laptop")
    await world.card().click("Reject", by="alice")
    await world.card().submit(by="alice", reason="No budget")
    await world.settles()
    assert any("No budget" in each for each in world.told("carol"))
    with pytest.raises(LookupError):
        await again(world, "U0CAROL")


async def test_what_slack_has_no_input_for_is_said_at_once_with_the_way_to_jiras_own_form(
    begin: Begin,
) -> None:
    world = await begin(rules=ALLOWED)
    ask(world, Asked("customfield_10401", "Owning teams", "multigrouppicker"))
    form = json.dumps(await opened(world, "U0CAROL"))
    assert "Owning teams" in form
    assert "/secure/CreateIssueDetails!init.jspa?pid=" in form
