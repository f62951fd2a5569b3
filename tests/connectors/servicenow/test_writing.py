"""The real pysnow against the fake instance: plan, send, read, judge; and what can go wrong between."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.core.actions import Landed, Landing, Request
from bot.core.errors import Forbidden, Leaked, Missing, Refused, Retry
from bot.core.permit import Permit
from bot.core.tickets import TicketRef
from connectors.servicenow import journal, wire, writing
from connectors.servicenow.actions import set_fields
from sandbox.faults import Fault, FaultKind
from sandbox.servicenow import ServiceNowSandbox
from tests.connectors.servicenow.building import (
    OPERATION,
    OTHER,
    RECORD,
    Desk,
    action,
    connect,
    permit,
    pick,
)

NOTE = {
    "lines": [{"kind": "title", "text": "Countersign (AI)"}, {"kind": "bullet", "text": "Looks like the VPN"}]
}
REPLY = {"text": "We renewed the certificate, please try again."}
RESOLVE = {"close_code": pick("Solution provided"), "close_notes": "Certificate renewed."}
NETWORK = {"fields": {"category": [pick("network", "Network")], "urgency": [pick("1", "1 - High")]}}


def arguments(desk: Desk) -> dict[str, Any]:
    return {
        "add_work_note": NOTE,
        "reply_publicly": REPLY,
        "set_fields": NETWORK,
        "assign": {"to": pick(desk.world.user_id("bob"), "Bob Baker")},
        "resolve": RESOLVE,
    }


VERBS = ("add_work_note", "reply_publicly", "set_fields", "assign", "resolve")


@pytest.mark.parametrize("verb", VERBS)
async def test_every_verb_lands_in_one_request_and_says_so_afterwards(desk: Desk, verb: str) -> None:
    args = arguments(desk)[verb]
    assert (await desk.landed(verb, args)).landing is Landing.NOT_APPLIED
    answer = await desk.send(verb, args)
    assert answer.status == 200
    assert isinstance(answer.body, dict)
    assert answer.body["sys_mod_count"] == desk.world.record(desk.number)["sys_mod_count"]
    assert desk.writes() == [f"PATCH /api/now/table/incident/{desk.world.sys_id(desk.number)}"]
    assert await desk.landed(verb, args) == Landed(Landing.APPLIED)
    assert OPERATION in (await desk.read()).operations


@pytest.mark.parametrize(
    "way",
    [{"api_key": "sandbox-key"}, {"client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}],
)
async def test_a_key_and_a_token_write_as_well_as_a_password(
    vendor: ServiceNowSandbox, way: dict[str, str]
) -> None:
    desk = Desk(vendor, connect(vendor.url, **way), vendor.world.create_incident("VPN drops"))
    await desk.send("set_fields", NETWORK)
    assert await desk.landed("set_fields", NETWORK) == Landed(Landing.APPLIED)
    await desk.connector.close()


async def test_a_work_note_is_internal_and_a_reply_is_public(desk: Desk) -> None:
    await desk.send("add_work_note", NOTE)
    await desk.send("reply_publicly", REPLY, OTHER)
    notes = [(note.public, note.text) for note in desk.world.notes(desk.number)]
    assert (False, f"Countersign (AI)\n• Looks like the VPN\n[{OPERATION}]") in notes
    assert (True, REPLY["text"]) in notes
    assert (False, journal.reply_text(OTHER)) in notes
    assert len(notes) == 3


async def test_priority_is_what_the_instance_makes_of_impact_and_urgency(desk: Desk) -> None:
    """A real instance gave 3/3 the priority 4, where the documentation says 5."""
    desk.world.quirks.priorities[("3", "1")] = "2"
    await desk.send("set_fields", NETWORK)
    assert (await desk.read()).ticket.fields["priority"][0].id == "2"
    assert "priority" not in json.loads(desk.vendor.exchanges[-2].body or b"{}")


async def test_a_write_asks_for_little_back_and_sends_raw_values(desk: Desk) -> None:
    await desk.send("set_fields", NETWORK)
    (patch,) = [x for x in desk.vendor.exchanges if x.method == "PATCH"]
    asked = parse_qs(patch.query, keep_blank_values=True)
    assert asked["sysparm_input_display_value"] == ["false"]
    assert asked["sysparm_fields"] == [",".join(wire.ANSWER_FIELDS)]
    assert json.loads(patch.body) == {
        "category": "network",
        "urgency": "1",
        "work_notes": journal.change_text(OPERATION),
    }


@pytest.mark.parametrize("dropped", ["category", "urgency"])
async def test_a_silently_dropped_field_is_found_by_the_read_back(desk: Desk, dropped: str) -> None:
    desk.world.quirks.drop_fields = {dropped}
    await desk.send("set_fields", NETWORK)
    assert await desk.landed("set_fields", NETWORK) == Landed(Landing.PARTLY, (dropped,))


async def test_a_dropped_reply_and_a_dropped_marker_are_both_partly(desk: Desk) -> None:
    desk.world.quirks.drop_fields = {"comments"}
    await desk.send("reply_publicly", REPLY)
    assert await desk.landed("reply_publicly", REPLY) == Landed(Landing.PARTLY, ("comments",))
    desk.world.quirks.drop_fields = {"work_notes"}
    await desk.send("reply_publicly", REPLY, OTHER)
    assert await desk.landed("reply_publicly", REPLY, OTHER) == Landed(Landing.PARTLY, ("work_notes",))


async def test_a_dropped_work_note_is_not_applied(desk: Desk) -> None:
    desk.world.quirks.drop_fields = {"work_notes"}
    await desk.send("add_work_note", NOTE)
    assert (await desk.landed("add_work_note", NOTE)).landing is Landing.NOT_APPLIED


async def test_a_person_who_changes_it_right_after_us_shows_as_partly(desk: Desk) -> None:
    desk.world.quirks.edit_after_write = {"category": "software"}
    await desk.send("set_fields", NETWORK)
    assert await desk.landed("set_fields", NETWORK) == Landed(Landing.PARTLY, ("category",))


async def test_a_rule_that_moves_the_ticket_leaves_what_we_set_in_place(desk: Desk) -> None:
    desk.world.quirks.assignment_rules = {"network": "Network"}
    await desk.send("set_fields", NETWORK)
    assert await desk.landed("set_fields", NETWORK) == Landed(Landing.APPLIED)
    assert (await desk.read()).ticket.queue == "Network"


async def test_a_data_policy_that_wants_more_is_refused_in_its_words(desk: Desk) -> None:
    desk.world.quirks.drop_fields = {"close_notes"}
    with pytest.raises(Refused, match="mandatory") as caught:
        await desk.send("resolve", RESOLVE)
    assert caught.value.fields == {"Resolution notes": "mandatory"}
    assert (await desk.read()).ticket.status.id == "1"


async def test_a_closed_incident_refuses_and_says_why(desk: Desk) -> None:
    act = desk.action("set_fields", NETWORK)
    request = await desk.plan(act)
    desk.world.edit(desk.number, "alice", state="6", close_code="User error", close_notes="x")
    desk.world.close(desk.number)
    with pytest.raises(Forbidden, match="ACL"):
        await desk.connector.send(request, permit(act))


async def test_a_ticket_deleted_in_the_meantime_is_missing(desk: Desk) -> None:
    act = desk.action("set_fields", NETWORK)
    request = await desk.plan(act)
    desk.world.delete(desk.number, "alice")
    with pytest.raises(Missing):
        await desk.connector.send(request, permit(act))


async def test_somebody_who_left_cannot_be_assigned_and_nothing_is_sent(desk: Desk) -> None:
    with pytest.raises(Refused, match="no longer active") as caught:
        await desk.send("assign", {"to": pick(desk.world.user_id("erin"), "Erin Evans")})
    assert set(caught.value.fields) == {"assigned_to"}
    assert not desk.writes()


@pytest.mark.parametrize("verb", ["assign", "set_fields"])
async def test_a_person_or_group_that_never_was_is_refused(desk: Desk, verb: str) -> None:
    args = {"to": pick(RECORD)} if verb == "assign" else {"fields": {"assignment_group": [pick(RECORD)]}}
    with pytest.raises(Refused, match="does not exist"):
        await desk.send(verb, args)
    assert not desk.writes()


async def test_a_group_that_was_closed_down_is_refused(desk: Desk) -> None:
    group = desk.world.group_id("Database")
    desk.world.instance.store.tables["sys_user_group"].rows[group]["active"] = "false"
    with pytest.raises(Refused, match="no longer active"):
        await desk.send("set_fields", {"fields": {"assignment_group": [pick(group)]}})


async def test_without_the_right_to_look_at_people_the_instance_decides(desk: Desk) -> None:
    await desk.connector.whoami()
    desk.world.quirks.forbidden_tables = {"sys_user"}
    args = {"to": pick(desk.world.user_id("bob"))}
    await desk.send("assign", args)
    assert await desk.landed("assign", args) == Landed(Landing.APPLIED)


async def test_a_failed_look_at_the_assignee_is_a_retry_with_nothing_sent(desk: Desk) -> None:
    act = desk.action("assign", {"to": pick(desk.world.user_id("bob"))})
    request = await desk.plan(act)
    desk.vendor.faults.add(Fault(FaultKind.RESET, method="GET", path="sys_user"))
    with pytest.raises(Retry):
        await desk.connector.send(request, permit(act))
    assert not desk.writes()


async def test_an_assignment_can_be_taken_away_again(desk: Desk) -> None:
    await desk.send("assign", {"to": pick(desk.world.user_id("bob"))})
    await desk.send("assign", {"to": None}, OTHER)
    assert (await desk.read()).ticket.fields["assigned_to"] == ()
    assert await desk.landed("assign", {"to": None}, OTHER) == Landed(Landing.APPLIED)


def leaking(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the instance file work notes under comments, as a rule that copies one to the other does."""
    store = desk.world.instance.store
    write = store.write_journal

    def everything_public(table: str, sys_id: str, _element: str, text: str, actor: str) -> Any:
        return write(table, sys_id, "comments", text, actor)

    monkeypatch.setattr(store, "write_journal", everything_public)


async def test_a_note_that_comes_out_public_is_a_leak_with_its_entry_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaking(desk, monkeypatch)
    with pytest.raises(Leaked) as caught:
        await desk.send("add_work_note", NOTE)
    assert caught.value.made in desk.world.instance.store.tables["sys_journal_field"].rows
    assert await desk.landed("add_work_note", NOTE) == Landed(Landing.PARTLY, ("work_notes",))
    assert not await desk.connector.withdraw(desk.ref, caught.value.made)


async def test_a_leak_is_found_without_the_right_to_the_journal_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.world.quirks.forbidden_tables = {"sys_journal_field"}
    leaking(desk, monkeypatch)
    with pytest.raises(Leaked):
        await desk.send("add_work_note", NOTE)


async def test_a_failed_look_after_a_note_does_not_make_it_look_unwritten(desk: Desk) -> None:
    act = desk.action("add_work_note", NOTE)
    request = await desk.plan(act)
    desk.vendor.faults.add(Fault(FaultKind.STATUS, method="GET", path="sys_journal_field", status=503))
    assert (await desk.connector.send(request, permit(act))).status == 200
    assert await desk.landed("add_work_note", NOTE) == Landed(Landing.APPLIED)


async def test_a_note_is_found_through_the_records_own_text_when_the_journal_is_closed_to_us(
    desk: Desk,
) -> None:
    desk.world.quirks.forbidden_tables = {"sys_journal_field"}
    for verb in VERBS:
        args = arguments(desk)[verb]
        await desk.send(verb, args)
        assert await desk.landed(verb, args) == Landed(Landing.APPLIED)


@pytest.mark.parametrize(
    "text",
    [
        "[code]<script>alert(1)</script>[/code]",
        "🖨️ imprimante hors service",
        "המדפסת לא עובדת",
        "line one\r\nline two\r\rline three",
        "${current.number} $[x] {{y}} ^ORactive=true",
        "\u202eevil\u202c and \u0007bell",
        "x" * 29_000,
    ],
)
async def test_whatever_a_model_or_a_person_writes_lands_as_plain_words(desk: Desk, text: str) -> None:
    await desk.send("reply_publicly", {"text": text})
    assert await desk.landed("reply_publicly", {"text": text}) == Landed(Landing.APPLIED)
    await desk.send("add_work_note", {"lines": [{"kind": "quote", "text": text}]}, OTHER)
    for note in desk.world.notes(desk.number):
        assert "[code]" not in note.text
        assert "\u202e" not in note.text


async def test_concurrent_writes_each_hit_their_own_record(desk: Desk) -> None:
    """pysnow's update() on a shared Resource wrote to the wrong record under load."""
    numbers = [desk.world.create_incident(f"ticket {n}") for n in range(24)]
    codes = ["network", "software", "hardware", "database"]

    async def one(place: int, number: str) -> None:
        ref = TicketRef("servicenow", f"incident:{desk.world.sys_id(number)}")
        args = {"fields": {"category": [pick(codes[place % 4])]}}
        act = action("set_fields", args, ref)
        request = set_fields.ACTION.plan(act, OPERATION, await desk.connector.read(ref))
        await desk.connector.send(request, permit(act))

    await asyncio.gather(*(one(place, number) for place, number in enumerate(numbers)))
    assert [desk.world.record(number)["category"] for number in numbers] == [codes[n % 4] for n in range(24)]
    assert len(desk.writes()) == 24


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", f"/api/now/table/incident/{RECORD}"),
        ("PATCH", "/api/now/table/incident"),
        ("PATCH", f"/api/now/table/incident/{RECORD}?sysparm_query=x"),
        ("PATCH", f"/api/now/table/../incident/{RECORD}"),
        ("PATCH", f"https://evil.example/api/now/table/incident/{RECORD}"),
    ],
)
async def test_nothing_but_the_patch_of_one_record_can_be_sent(desk: Desk, method: str, path: str) -> None:
    request = Request(method, path, {"state": "6"}, OPERATION)
    with pytest.raises(AssertionError):
        await desk.connector.send(request, permit(desk.action("resolve", RESOLVE)))
    assert not desk.writes()


async def test_a_permit_for_another_operation_sends_nothing(desk: Desk) -> None:
    act = desk.action("set_fields", NETWORK)
    request = await desk.plan(act)
    with pytest.raises(AssertionError):
        await desk.connector.send(request, Permit(act.digest(), OTHER))
    assert not desk.writes()


def test_every_reference_a_verb_sets_is_looked_at_first() -> None:
    assert set(writing.PEOPLE) == {"assigned_to"} | set_fields.REFERENCES
