"""Reading a Jira over HTTP: tickets as hostile as they come, conversations of any length."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.core.errors import Forbidden, Missing
from bot.core.tickets import COMMENTS_MAX, TicketRef, Value
from connectors.jira.place import Place, place_of
from sandbox.faults import Fault, FaultKind
from sandbox.jira import JiraSandbox
from tests.connectors.jira.building import OPERATION, OTHER, Desk, connect, line, pick

# --- who and where


async def test_the_account_is_asked_for_once_and_named_as_the_site_names_people(
    cloud: Desk, dc: Desk
) -> None:
    for desk, name in ((cloud, cloud.world.bot.account_id), (dc, "itsm.bot")):
        us = await desk.connector.whoami()
        assert (us.id, us.is_us, us.is_person) == (name, True, False)
        await desk.connector.whoami()
        assert [each.path for each in desk.site.exchanges] == ["/rest/api/2/myself"]


@pytest.mark.parametrize("flavour", ["cloud", "dc"])
async def test_a_wrong_token_is_forbidden(flavour: Any) -> None:
    site = JiraSandbox(flavour=flavour)
    await site.start()
    way_in = {"api_token": "wrong"} if flavour == "cloud" else {"pat": "wrong"}
    connector = connect(site, **way_in)
    with pytest.raises(Forbidden):
        await connector.whoami()
    await connector.close()
    await site.stop()


async def test_a_ticket_is_read_with_all_that_triage_needs(desk: Desk) -> None:
    desk.world.edit(
        desk.key, "alice", priority="High", components=["VPN", "Network"], labels=["a"], assignee="bob"
    )
    ticket = (await desk.read()).ticket
    assert (ticket.ref, ticket.key, ticket.queue, ticket.kind) == (desk.ref, "OPS-1", "OPS", "Incident")
    assert ticket.url == f"{desk.site.url}/browse/OPS-1"
    assert (ticket.summary.raw, ticket.description.raw) == ("VPN drops", "Since Monday, from home.")
    assert ticket.fields["priority"] == (Value("2", "High"),)
    assert {value.label for value in ticket.fields["components"]} == {"VPN", "Network"}
    assert ticket.fields["labels"] == (Value("a", "a"),)
    assert [value.label for value in ticket.fields["assignee"]] == ["Bob Okafor"]
    assert ticket.reporter is not None
    assert ticket.reporter.name.raw == "Dan Peters"
    assert ticket.status.label == "Open"
    assert not ticket.closed
    assert not ticket.restricted


async def test_an_issue_with_a_security_level_is_known_to_have_fewer_readers(desk: Desk) -> None:
    desk.world.restrict(desk.key)
    assert (await desk.read()).ticket.restricted


async def test_a_ticket_that_was_moved_is_read_by_its_id_and_found_by_either_key(desk: Desk) -> None:
    ref, old = desk.ref, desk.key
    new = desk.world.move_issue(old, "HELP")
    ticket = (await desk.connector.read(ref)).ticket
    assert (ticket.ref, ticket.key, ticket.queue) == (ref, new, "HELP")
    assert await desk.connector.find(old) == await desk.connector.find(new.lower()) == ref


@pytest.mark.parametrize("kind", ["request", "desk", "project"])
async def test_requests_are_told_from_issues_that_only_live_beside_them(desk: Desk, kind: str) -> None:
    made: dict[str, dict[str, Any]] = {
        "request": {}, "desk": {"request_type": None}, "project": {"project": "HELP", "request_type": None},
    }  # fmt: skip
    one = desk.other(**made[kind])
    place = place_of((await one.read()).ticket)
    assert place == Place(cloud=desk.site.flavour == "cloud", kind=kind)  # type: ignore[arg-type]  # the table's keys


async def test_a_request_is_recognised_once_and_what_is_none_is_asked_again(desk: Desk) -> None:
    for _ in range(3):
        await desk.read()
    plain = desk.other(request_type=None)
    for _ in range(2):
        await plain.read()
    asked = [each.path for each in desk.site.exchanges if "servicedeskapi" in each.path]
    assert asked.count(f"/rest/servicedeskapi/request/{desk.ref.id}") == 1
    assert asked.count(f"/rest/servicedeskapi/request/{plain.ref.id}") == 2


async def test_an_account_without_the_service_desk_still_reads(desk: Desk) -> None:
    desk.site.faults.add(Fault(FaultKind.STATUS, status=403, path="servicedeskapi", times=-1))
    assert place_of((await desk.read()).ticket).kind == "desk"


async def test_projects_that_are_not_ours_are_not_read(desk: Desk) -> None:
    ours = connect(desk.site, queues=["HELP"])
    for call in (ours.read(desk.ref), ours.find(desk.key)):
        with pytest.raises(Missing, match="no project the bot looks at"):
            await call
    await ours.close()


async def test_a_deleted_ticket_is_missing(desk: Desk) -> None:
    ref = desk.ref
    desk.world.delete(desk.key)
    with pytest.raises(Missing):
        await desk.connector.read(ref)
    with pytest.raises(Missing):
        await desk.connector.find("OPS-1")


# --- hostile tickets


@pytest.mark.parametrize(
    "text",
    ["x" * 1_048_576, "🎉" * 300, "a\u202eb\u0000c\u200b\u2028", "مرحبا שלום", "", " ", "{code}" * 50],
    ids=["1 MiB", "emoji", "bidi and controls", "right to left", "empty", "blank", "markup"],
)  # fmt: skip
async def test_a_description_of_any_kind_is_read_as_it_is(dc: Desk, text: str) -> None:
    one = dc.other(description=text)
    ticket = (await one.read()).ticket
    assert ticket.description.raw == text
    assert ticket.essence == (await one.read()).ticket.essence


# --- conversations


async def test_a_conversation_has_who_when_and_whether_customers_read_it(desk: Desk) -> None:
    desk.world.comment(desk.key, "dan", "still down")
    desk.world.comment(desk.key, "alice", "psst", public=False)
    first, second = (await desk.read()).comments
    assert (first.public, first.author.is_person, first.body.raw) == (True, True, "still down")
    assert (second.public, second.author.name.raw) == (False, "Alice Moreau")
    assert first.at <= second.at


async def test_of_a_long_conversation_the_newest_are_read(desk: Desk) -> None:
    """The library gives the first fifty and calls them all."""
    for number in range(120):
        desk.world.comment(desk.key, "dan", f"#{number}")
    bodies = [comment.body.raw for comment in (await desk.read()).comments]
    assert bodies == [f"#{number}" for number in range(120 - COMMENTS_MAX, 120)]


async def test_a_server_that_does_not_know_how_to_order_is_asked_for_its_last_page() -> None:
    site = JiraSandbox(flavour="dc")
    site.app.middlewares.append(deaf_to("orderBy"))
    await site.start()
    desk = Desk(site, connect(site), site.world.create_issue("Old server"))
    at = desk.world.now()
    for number in range(70):
        with desk.world.replaying(at + timedelta(seconds=number)):
            desk.world.comment(desk.key, "dan", f"#{number}")
    bodies = [comment.body.raw for comment in (await desk.read()).comments]
    assert bodies == [f"#{number}" for number in range(20, 70)]
    await desk.connector.close()
    await site.stop()


def deaf_to(parameter: str) -> Any:
    """Make a server ignore one parameter."""
    from aiohttp import web  # noqa: PLC0415  # only this server is deaf

    @web.middleware
    async def ignore(request: web.Request, handler: Callable[[web.Request], Any]) -> Any:
        query = {name: value for name, value in request.query.items() if name != parameter}
        return await handler(request.clone(rel_url=request.rel_url.with_query(query)))

    return ignore


# --- allowed values


async def test_only_fields_that_list_their_values_are_offered(desk: Desk) -> None:
    allowed = await desk.connector.allowed((await desk.read()).ticket)
    assert {choices.field for choices in allowed.choices} == {"issuetype", "priority", "components"}
    components = allowed.of("components")
    assert components is not None
    assert components.several
    assert "VPN" in [value.label for value in components.values]


async def test_transitions_say_where_they_lead_and_what_they_need(desk: Desk) -> None:
    allowed = await desk.connector.allowed((await desk.read()).ticket)
    resolve = next(step for step in allowed.transitions if step.name == "Resolve")
    assert (resolve.to.label, resolve.needs) == ("Resolved", ("resolution",))


async def test_two_transitions_of_one_name_are_told_apart_by_id_and_target(desk: Desk) -> None:
    one = desk.other(project="HELP", request_type=None)
    steps = (await one.connector.allowed((await one.read()).ticket)).transitions
    done = [step for step in steps if step.name.lower() == "done"]
    assert len({step.id for step in done}) == len({step.to.id for step in done}) == 2


async def test_only_people_who_may_have_the_ticket_are_offered(desk: Desk) -> None:
    allowed = await desk.connector.allowed((await desk.read()).ticket)
    names = [value.label for value in allowed.assignees]
    assert "Alice Moreau" in names
    assert not {"Erin Walsh", "Dan Peters"} & set(names)


async def test_a_ticket_nobody_may_edit_offers_nothing(desk: Desk) -> None:
    desk.world.nasty.read_only.add(desk.key)
    assert (await desk.connector.allowed((await desk.read()).ticket)).choices == ()


async def test_a_written_marker_comes_back_from_both_places(desk: Desk) -> None:
    await desk.send("set_priority", {"to": pick("1", "Highest")}, OPERATION)
    await desk.send("set_priority", {"to": pick("2", "High")}, OTHER)
    assert (await desk.read()).operations == {OPERATION, OTHER}
    await desk.send("add_internal_note", {"lines": [line("hi")]}, type(OPERATION)("CS-AAAAAAAAAAAA"))
    assert len((await desk.read()).operations) == 3


async def test_an_id_of_another_system_is_missing_without_a_request(desk: Desk) -> None:
    for bad in ("", "x", "1/../2", "1?x", "٣", "9" * 40):
        with pytest.raises(Missing):
            await desk.connector.read(TicketRef("jira", bad))
    assert desk.site.exchanges == []
