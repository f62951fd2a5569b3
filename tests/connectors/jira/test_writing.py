"""Each verb against a Jira over HTTP: what lands, what does not, and what must never happen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pydantic import JsonValue

from bot.core.actions import Landed, Landing, Request
from bot.core.errors import Ambiguous, Forbidden, Leaked, Missing, Refused, Retry
from bot.core.ids import Operation
from bot.core.permit import Permit
from bot.core.tickets import TicketRef
from connectors.jira import client as client_module
from sandbox.faults import Fault, FaultKind
from sandbox.jira import seed
from tests.connectors.jira.building import OPERATION, OTHER, Desk, action, connect, line, pick

NOTE = {"lines": [line("Triage", "title"), line("Looks like the {gateway}.")]}
HIGHEST = {"to": pick("1", "Highest")}
APPLIED, NOT_APPLIED = Landed(Landing.APPLIED), Landed(Landing.NOT_APPLIED)
PLACES: dict[str, dict[str, Any]] = {
    "request": {},
    "desk": {"request_type": None},
    "project": {"project": "HELP", "request_type": None},
}


def person(desk: Desk, name: str) -> dict[str, str]:
    who = desk.world.user(name)
    return pick(who.account_id if desk.site.flavour == "cloud" else who.name, who.display_name)


# --- notes


@pytest.mark.parametrize("place", PLACES)
async def test_a_note_is_internal_wherever_the_ticket_lives(desk: Desk, place: str) -> None:
    one = desk.other(**PLACES[place])
    await one.send("add_internal_note", NOTE)
    (made,) = one.world.comments(one.key)
    assert made.body.text == "h4. Triage\nLooks like the \\{gateway\\}.\n\n(ref CS-0123456789AB)"
    # Without a portal Jira has no internal comments.
    assert made.public is (place == "project")
    assert await one.landed("add_internal_note", NOTE) == APPLIED
    (read,) = (await one.read()).comments
    assert not read.public


@pytest.mark.parametrize("place", PLACES)
async def test_a_note_is_edited_in_place_and_stays_internal(desk: Desk, place: str) -> None:
    one = desk.other(**PLACES[place])
    await one.send("add_internal_note", NOTE)
    (first,) = (await one.read()).comments
    again = {"lines": [line("Second thoughts")], "replaces": first.id}
    assert await one.landed("add_internal_note", again, OTHER) == NOT_APPLIED
    await one.send("add_internal_note", again, OTHER)
    (made,) = one.world.comments(one.key)
    assert made.body.text == "Second thoughts\n\n(ref CS-BA9876543210)"
    assert made.public is (place == "project")
    assert await one.landed("add_internal_note", again, OTHER) == APPLIED


async def test_a_note_that_was_deleted_before_it_could_be_edited_is_missing(desk: Desk) -> None:
    await desk.send("add_internal_note", NOTE)
    (first,) = (await desk.read()).comments
    request = await desk.plan("add_internal_note", {**NOTE, "replaces": first.id}, OTHER)
    desk.world.delete_comment(first.id, "alice")
    with pytest.raises(Missing):
        await desk.connector.send(request, Permit(action("add_internal_note", NOTE).digest(), OTHER))


@pytest.mark.parametrize("place", ["request", "desk"])
async def test_a_note_that_comes_out_public_is_a_leak_that_names_the_comment(desk: Desk, place: str) -> None:
    one = desk.other(**PLACES[place])
    one.world.nasty.flip_visibility = 1
    with pytest.raises(Leaked) as leaked:
        await one.send("add_internal_note", NOTE)
    (made,) = one.world.comments(one.key)
    assert made.public
    assert leaked.value.made == made.id
    assert "gateway" not in str(leaked.value)
    assert await one.landed("add_internal_note", NOTE) == Landed(Landing.PARTLY, ("internal",))
    assert await one.connector.withdraw(one.ref, made.id)
    assert one.world.comments(one.key) == []


async def test_an_edit_that_makes_a_note_public_is_a_leak(desk: Desk) -> None:
    await desk.send("add_internal_note", NOTE)
    (first,) = (await desk.read()).comments
    request = await desk.plan("add_internal_note", {**NOTE, "replaces": first.id}, OTHER)
    public: list[JsonValue] = [{"key": "sd.public.comment", "value": {"internal": False}}]
    with pytest.raises(Leaked) as leaked:
        await desk.connector.send(
            replace(request, body={**request.body, "properties": public}),
            Permit(action("add_internal_note", NOTE).digest(), OTHER),
        )
    assert leaked.value.made == first.id


async def test_where_the_answer_does_not_say_the_comment_itself_is_asked(dc: Desk) -> None:
    """Data Center answers an edit without a word about visibility."""
    await dc.send("add_internal_note", NOTE)
    (first,) = (await dc.read()).comments
    await dc.send("add_internal_note", {**NOTE, "replaces": first.id}, OTHER)
    asked = dc.site.exchanges[-1]
    assert (asked.method, asked.path) == ("GET", f"/rest/api/2/issue/{dc.ref.id}/comment/{first.id}")
    assert "expand=properties" in asked.query


async def test_where_nobody_can_say_it_is_unknown_and_not_taken_for_internal(dc: Desk) -> None:
    await dc.send("add_internal_note", NOTE)
    (first,) = (await dc.read()).comments
    request = await dc.plan("add_internal_note", {**NOTE, "replaces": first.id}, OTHER)
    dc.site.faults.add(Fault(FaultKind.STATUS, method="GET", path="/comment/", status=503, times=-1))
    with pytest.raises(Ambiguous):
        await dc.connector.send(request, Permit(action("add_internal_note", NOTE).digest(), OTHER))


async def test_a_wish_for_an_internal_note_that_is_sent_as_a_public_one_is_caught(cloud: Desk) -> None:
    """Not a request of ours, but what a bug in a plan would look like."""
    request = await cloud.plan("add_internal_note", NOTE)
    wrong = replace(request, body={**request.body, "public": True})
    with pytest.raises(Leaked):
        await cloud.connector.send(wrong, Permit(action("add_internal_note", NOTE).digest(), OPERATION))


async def test_withdrawing_what_is_gone_is_done_and_what_is_no_comment_is_not(desk: Desk) -> None:
    assert await desk.connector.withdraw(desk.ref, "99999")
    for bad in ("", "x", "1/../2"):
        assert not await desk.connector.withdraw(desk.ref, bad)
    assert not await desk.connector.withdraw(TicketRef("jira", "x"), "1")
    assert desk.writes() == [f"DELETE /rest/api/2/issue/{desk.ref.id}/comment/99999"]


# --- replies


@pytest.mark.parametrize("place", PLACES)
async def test_a_reply_is_read_by_the_requester(desk: Desk, place: str) -> None:
    one = desk.other(**PLACES[place])
    await one.send("reply_publicly", {"text": "Hello *Dan*,\nit is {fixed}."})
    (made,) = one.world.comments(one.key)
    assert made.public
    assert made.body.text == "Hello \\*Dan\\*,\nit is \\{fixed\\}.\n\n(ref CS-0123456789AB)"
    assert made.properties["countersign.op"] == {"op": OPERATION, "kind": "reply"}
    assert await one.landed("reply_publicly", {"text": "x"}) == APPLIED
    snapshot = await one.read()
    assert snapshot.last_public == made.id


async def test_a_customer_who_quotes_our_reference_makes_nothing_done(desk: Desk) -> None:
    desk.world.comment(desk.key, "dan", f"see above (ref {OPERATION})")
    assert await desk.landed("reply_publicly", {"text": "x"}) == NOT_APPLIED
    assert OPERATION not in (await desk.read()).operations


# --- fields


async def test_fields_are_set_in_one_change_that_bears_the_marker(desk: Desk) -> None:
    args = {
        "fields": {
            "priority": [pick("1", "Highest")],
            "components": [pick("10302", "VPN")],
            "labels": [pick("vpn")],
        }
    }
    before = await desk.read()
    assert before.ticket.fields["components"] == ()
    await desk.send("set_fields", args)
    assert [desk.world.value(desk.key, name) for name in ("priority", "components", "labels")] == [
        "Highest",
        "VPN",
        "vpn",
    ]
    (change,) = desk.world.issue(desk.key).changes
    assert change.metadata == {"type": "countersign", "extraData": {"op": OPERATION}}
    assert desk.world.issue(desk.key).properties["countersign.op"]["op"] == OPERATION
    assert await desk.landed("set_fields", args) == APPLIED


async def test_a_label_added_meanwhile_survives(desk: Desk) -> None:
    desk.world.edit(desk.key, "alice", labels=["old"])
    request = await desk.plan("set_fields", {"fields": {"labels": [pick("new")]}})
    desk.world.edit(desk.key, "bob", labels=["old", "bobs"])
    await desk.connector.send(request, Permit(action("set_fields", {"fields": {}}).digest(), OPERATION))
    assert set(desk.world.issue(desk.key).labels) == {"bobs", "new"}


async def test_a_field_jira_drops_in_silence_is_found_by_reading_back(desk: Desk) -> None:
    desk.world.nasty.drop_fields.add("components")
    args = {"fields": {"priority": [pick("1")], "components": [pick("10302")]}}
    await desk.send("set_fields", args)
    assert await desk.landed("set_fields", args) == Landed(Landing.PARTLY, ("components",))


async def test_a_value_that_does_not_exist_is_refused_by_field_and_nothing_changes(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        await desk.send("set_fields", {"fields": {"priority": [pick("99")], "components": [pick("10302")]}})
    assert set(refused.value.fields) == {"priority"}
    assert desk.world.history(desk.key) == []


async def test_a_field_that_is_not_on_the_screen_is_refused_in_jiras_words(desk: Desk) -> None:
    project = desk.world.issue(desk.key).project
    project.screen = tuple(name for name in project.screen if name != "priority")
    with pytest.raises(Refused, match="not on the appropriate screen") as refused:
        await desk.send("set_priority", HIGHEST)
    assert "priority" in refused.value.fields


async def test_a_ticket_that_was_deleted_under_our_hands_is_missing(desk: Desk) -> None:
    request = await desk.plan("set_priority", HIGHEST)
    desk.world.delete(desk.key)
    with pytest.raises(Missing):
        await desk.connector.send(request, Permit(action("set_priority", HIGHEST).digest(), OPERATION))


async def test_a_ticket_we_may_not_edit_is_forbidden(desk: Desk) -> None:
    desk.world.nasty.read_only.add(desk.key)
    with pytest.raises(Forbidden, match="permission to edit"):
        await desk.send("set_priority", HIGHEST)


# --- assign


async def test_the_person_that_was_named_gets_the_ticket(desk: Desk) -> None:
    await desk.send("assign", {"to": person(desk, "carol")})
    assert desk.world.value(desk.key, "assignee") == "Carol Nguyen"
    assert await desk.landed("assign", {"to": person(desk, "carol")}) == APPLIED
    assert [each.path for each in desk.site.exchanges if "/user/" in each.path] == []
    await desk.send("assign", {"to": None}, OTHER)
    assert desk.world.value(desk.key, "assignee") == "-"


@pytest.mark.parametrize("name", ["erin", "dan"])
async def test_somebody_who_left_or_is_a_customer_is_refused_and_nobody_else_gets_it(
    desk: Desk, name: str
) -> None:
    with pytest.raises(Refused) as refused:
        await desk.send("assign", {"to": person(desk, name)})
    assert "assignee" in refused.value.fields
    assert desk.world.value(desk.key, "assignee") == "-"


async def test_half_a_name_assigns_nobody(desk: Desk) -> None:
    """The library would search for it and take the first hit."""
    with pytest.raises(Refused):
        await desk.send("assign", {"to": pick("ali")})
    assert desk.world.value(desk.key, "assignee") == "-"


# --- transitions


def step(desk: Desk, name: str, **fields: Any) -> dict[str, Any]:
    one = next(each for each in desk.world.issue(desk.key).project.transitions if each.name == name)
    return {"id": one.id, "name": one.name, "to": pick(one.to.id, one.to.name), "fields": fields}


async def test_a_transition_moves_the_ticket_and_fills_its_screen(desk: Desk) -> None:
    resolution = next(each for each in seed.RESOLUTIONS if each.name == "Done")
    args = step(desk, "Resolve", resolution=[pick(resolution.id, "Done")])
    await desk.send("transition", args)
    assert [desk.world.value(desk.key, name) for name in ("status", "resolution")] == ["Resolved", "Done"]
    assert await desk.landed("transition", args) == APPLIED
    assert (await desk.read()).ticket.closed


async def test_a_transition_that_needs_a_field_is_refused_by_its_name(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        await desk.send("transition", step(desk, "Resolve"))
    assert "resolution" in refused.value.fields
    assert desk.world.value(desk.key, "status") == "Open"


async def test_of_two_transitions_of_one_name_the_one_that_was_meant_is_taken(desk: Desk) -> None:
    for name in ("done", "Done"):
        one = desk.other(project="HELP", request_type=None)
        args = step(one, name)
        await one.send("transition", args)
        assert one.world.value(one.key, "status") == args["to"]["label"]
        assert await one.landed("transition", args) == APPLIED


async def test_a_transition_the_workflow_no_longer_offers_is_refused(desk: Desk) -> None:
    args = step(desk, "Start work")
    request = await desk.plan("transition", args)
    desk.world.transition(desk.key, "alice", "Waiting for customer")
    desk.world.transition(desk.key, "alice", "In Progress")
    with pytest.raises(Refused):
        await desk.connector.send(request, Permit(action("transition", args).digest(), OPERATION))


async def test_a_transition_jira_accepts_and_does_not_make_is_found_by_reading_back(desk: Desk) -> None:
    desk.world.nasty.drop_fields.add("status")
    args = step(desk, "Start work")
    await desk.send("transition", args)
    assert (await desk.landed("transition", args)).landing is not Landing.APPLIED


# --- the one attempt


async def test_a_login_page_after_a_write_is_forbidden_and_nothing_happened(desk: Desk) -> None:
    desk.world.nasty.login_redirects = 1
    with pytest.raises(Forbidden, match="login"):
        await desk.send("reply_publicly", {"text": "hello"})
    assert desk.world.comments(desk.key) == []
    assert [each.path for each in desk.site.exchanges if "login" in each.path] == []


async def test_three_lost_answers_are_three_decisions_of_ours_and_never_a_retry(desk: Desk) -> None:
    """The library, left alone, makes three comments of one and reports success."""
    desk.site.faults.add(Fault(FaultKind.LOST, method="POST", times=-1))
    with pytest.raises(Ambiguous):
        await desk.send("reply_publicly", {"text": "hello"})
    assert len(desk.world.comments(desk.key)) == 1


async def test_too_many_writes_to_one_ticket_wait_as_long_as_jira_says(cloud: Desk) -> None:
    cloud.world.nasty.issue_write_limit = True
    request = await cloud.plan("set_priority", HIGHEST)
    permit = Permit(action("set_priority", HIGHEST).digest(), OPERATION)
    for _ in range(20):
        await cloud.connector.send(request, permit)
    with pytest.raises(Retry) as retry:
        await cloud.connector.send(request, permit)
    assert 1 <= retry.value.after_s <= 3


async def test_a_write_that_commits_after_we_gave_up_is_unknown_and_seen_later(
    dc: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An early look proves nothing; the marker does, once it is there."""
    monkeypatch.setattr(client_module, "READ_S", 0.1)
    impatient = connect(dc.site)
    one = Desk(dc.site, impatient, dc.key)
    request = await one.plan("set_priority", HIGHEST)
    dc.world.nasty.slow_commits, dc.world.nasty.commit_after_s = 1, 0.4
    with pytest.raises(Ambiguous):
        await impatient.send(request, Permit(action("set_priority", HIGHEST).digest(), OPERATION))
    assert await one.landed("set_priority", HIGHEST) == NOT_APPLIED
    for _ in range(200):
        if await one.landed("set_priority", HIGHEST) == APPLIED:
            break
        await asyncio.sleep(0.01)
    assert await one.landed("set_priority", HIGHEST) == APPLIED
    assert len(one.writes()) == 1
    assert impatient.settle_s >= 60
    await impatient.close()


async def test_a_permit_for_another_operation_sends_nothing(desk: Desk) -> None:
    request: Request = await desk.plan("set_priority", HIGHEST)
    with pytest.raises(AssertionError):
        await desk.connector.send(
            request, Permit(action("set_priority", HIGHEST).digest(), Operation("CS-FFFFFFFFFFFF"))
        )
    assert desk.writes() == []


async def test_many_writes_to_many_tickets_do_not_mix(desk: Desk) -> None:
    """Sixteen at once, each to its own ticket, over the pool's threads."""
    desks = [desk.other() for _ in range(16)]
    await asyncio.gather(
        *(
            one.send("reply_publicly", {"text": f"for {one.key}"}, Operation(f"CS-{place:012X}"))
            for place, one in enumerate(desks)
        )
    )
    for place, one in enumerate(desks):
        (made,) = one.world.comments(one.key)
        assert made.body.text == f"for {one.key}\n\n(ref CS-{place:012X})"


async def test_no_write_goes_through_the_librarys_traps(desk: Desk) -> None:
    """Not its assign (a search), not its transition (a number), not its edit (PUT, then GET of ``self``)."""
    await desk.send("assign", {"to": person(desk, "alice")})
    await desk.send("transition", step(desk, "Start work"), OTHER)
    await desk.send("add_internal_note", NOTE, Operation("CS-AAAAAAAAAAAA"))
    assert not any("/latest/" in each.path or "/user/" in each.path for each in desk.site.exchanges)
    assert not any(b'"id": 11' in each.body for each in desk.site.exchanges)
    assert len(desk.writes()) == 3
