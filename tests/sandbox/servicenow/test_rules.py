"""What the fake instance does to a write: journal, policies, states, lost fields, late and racing saves."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
import requests

from sandbox.faults import Fault, FaultKind
from sandbox.servicenow import ServiceNowSandbox
from sandbox.servicenow.rules import Refused
from tests.sandbox.servicenow.conftest import Snow, patch

INCIDENTS = "/api/now/table/incident"


@pytest.fixture
def number(vendor: ServiceNowSandbox) -> str:
    return vendor.world.create_incident("VPN drops", "Since this morning.")


@pytest.fixture
def sys_id(vendor: ServiceNowSandbox, number: str) -> str:
    return vendor.world.sys_id(number)


async def test_pysnow_reads_with_display_values(snow: Snow, vendor: ServiceNowSandbox, number: str) -> None:
    row = await snow(lambda resource: resource.get(query={"number": number}).one())

    assert row["caller_id"] == {"display_value": "Dan Peters", "value": vendor.world.user_id("dan")}
    assert row["state"] == {"display_value": "New", "value": "1"}


async def test_pysnow_creates_changes_and_deletes(snow: Snow, vendor: ServiceNowSandbox) -> None:
    made = await snow(lambda resource: resource.create({"short_description": "New", "impact": "2"}).one())
    key = made["sys_id"]["value"]
    changed = await snow(patch(key, category="network"))
    removed = await snow(lambda resource: resource.request("DELETE", path_append=f"/{key}").one())

    assert changed["category"]["display_value"] == "Network"
    assert changed["sys_mod_count"]["value"] == "1"
    assert removed["status"] == "record deleted"
    with pytest.raises(LookupError):
        vendor.world.record(made["number"]["value"])


async def test_journal_fields_echo_empty_and_are_read_from_the_journal(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str, http: aiohttp.ClientSession
) -> None:
    async with http.patch(
        f"{INCIDENTS}/{sys_id}", json={"work_notes": "internal", "comments": "public"}
    ) as answer:
        echoed = (await answer.json())["result"]
    query = f"element_id={sys_id}^elementINwork_notes,comments^ORDERBYDESCsys_created_on"
    entries = await snow(lambda resource: resource.get(query=query).all(), "sys_journal_field")
    shown = await snow(lambda resource: resource.get(query={"number": number}).one())

    assert (echoed["work_notes"], echoed["comments"]) == ("", "")
    assert {(one["element"]["value"], one["value"]["value"]) for one in entries} == {
        ("work_notes", "internal"),
        ("comments", "public"),
    }
    assert "Countersign (Work notes)\ninternal" in shown["work_notes"]["display_value"]
    assert "public" not in shown["work_notes"]["display_value"]
    assert [(note.public, note.text) for note in vendor.world.notes(number)] == [
        (True, "public"),
        (False, "internal"),
    ]


async def test_unknown_and_unwritable_fields_are_ignored_with_200(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    before = vendor.world.record(number)

    answer = await snow(patch(sys_id, nonsense="x", priority="1", sys_mod_count="99", number="INC1"))

    assert "nonsense" not in answer
    assert vendor.world.record(number) == before


async def test_an_empty_string_clears_text_but_not_a_choice(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    await snow(patch(sys_id, description="", category=""))

    assert vendor.world.record(number)["description"] == ""
    assert vendor.world.record(number)["category"] == "inquiry"


async def test_a_save_that_changes_nothing_does_not_count(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    await snow(patch(sys_id, short_description="VPN drops"))

    assert vendor.world.record(number)["sys_mod_count"] == "0"
    assert len(vendor.world.outbox.rows) == 1


@pytest.mark.parametrize(("grade", "priority"), [("1/1", "1"), ("1/3", "3"), ("2/1", "2"), ("3/3", "5")])
async def test_priority_follows_the_matrix(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str, grade: str, priority: str
) -> None:
    await snow(patch(sys_id, impact=grade[0], urgency=grade[2]))

    assert vendor.world.record(number)["priority"] == priority


async def test_an_instance_may_deviate_from_the_matrix(vendor: ServiceNowSandbox) -> None:
    vendor.world.quirks.priorities["3", "3"] = "4"

    assert vendor.world.record(vendor.world.create_incident("x"))["priority"] == "4"


def detail(error: requests.HTTPError) -> dict[str, Any]:
    body: dict[str, Any] = error.response.json()
    assert body["status"] == "failure"
    said: dict[str, Any] = body["error"]
    return said


async def test_resolving_without_a_code_and_notes_is_a_data_policy_error(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        await snow(patch(sys_id, state="6"))

    assert caught.value.response.status_code == 403
    said = detail(caught.value)
    assert said["message"] == "Operation Failed"
    assert "mandatory: Resolution code, Resolution notes" in said["detail"]
    assert vendor.world.record(number)["state"] == "1"


async def test_resolving_with_them_works_and_says_who(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    await snow(patch(sys_id, state="6", close_code="Solution provided", close_notes="Client updated."))

    record = vendor.world.record(number)
    assert record["resolved_by"] == vendor.world.user_id("countersign.bot")
    assert record["incident_state"] == "6"
    vendor.world.edit(number, "alice", state="In Progress")
    assert vendor.world.record(number)["reopen_count"] == "1"


async def test_on_hold_for_the_caller_wants_a_comment(snow: Snow, sys_id: str) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        await snow(patch(sys_id, state="3", hold_reason="1"))
    assert "Additional comments" in detail(caught.value)["detail"]
    with pytest.raises(requests.HTTPError):
        await snow(patch(sys_id, state="3"))

    held = await snow(patch(sys_id, state="3", hold_reason="1", comments="Which office are you in?"))
    later = await snow(patch(sys_id, urgency="2"))

    assert held["hold_reason"]["display_value"] == "Awaiting Caller"
    assert later["state"]["value"] == "3"


async def test_a_closed_incident_stays_closed(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    vendor.world.edit(number, "alice", state="6", close_code="User error", close_notes="Done.")
    with pytest.raises(requests.HTTPError) as caught:
        await snow(patch(sys_id, state="7"))
    assert "ACL Exception" in detail(caught.value)["detail"]
    vendor.world.close(number)

    vendor.world.quirks.bot_may_close = True
    with pytest.raises(requests.HTTPError) as caught:
        await snow(patch(sys_id, state="2"))
    with pytest.raises(Refused):
        vendor.world.edit(number, "alice", state="2")

    assert "Prevent reopening" in detail(caught.value)["detail"]
    assert vendor.world.record(number)["active"] == "false"


async def test_an_assignment_rule_overrides_the_group_of_the_same_write(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    vendor.world.quirks.assignment_rules["network"] = "Network"

    await snow(patch(sys_id, category="network", assignment_group=vendor.world.group_id("Hardware")))

    assert vendor.world.display(number, "assignment_group") == "Network"


async def test_a_dropped_field_is_lost_and_the_rest_lands(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    vendor.world.quirks.drop_fields.add("assignment_group")

    await snow(patch(sys_id, category="network", assignment_group=vendor.world.group_id("Network")))

    record = vendor.world.record(number)
    assert (record["category"], record["assignment_group"]) == ("network", "")


async def test_a_person_can_slip_in_right_behind_the_write(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    vendor.world.quirks.edit_after_write = {"category": "hardware"}

    echoed = await snow(patch(sys_id, category="network"))
    await snow(patch(sys_id, urgency="2"))

    assert echoed["category"]["value"] == "network"
    assert vendor.world.record(number)["category"] == "hardware"
    assert [row.operation for row in vendor.world.outbox.rows] == ["insert", "update", "update", "update"]


async def test_a_slow_write_commits_after_the_caller_gave_up(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    vendor.world.quirks.slow_commit_s = 0.08
    impatient = aiohttp.ClientTimeout(total=0.02)

    with pytest.raises(TimeoutError):
        await http.patch(f"{INCIDENTS}/{sys_id}", json={"urgency": "1"}, timeout=impatient)

    assert vendor.world.record(number)["urgency"] == "3"
    for _ in range(100):
        await asyncio.sleep(0.005)
        if vendor.world.record(number)["urgency"] == "1":
            break
    assert vendor.world.record(number)["urgency"] == "1"


async def test_a_lost_answer_leaves_the_write_done_once(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    vendor.faults.add(Fault(FaultKind.LOST, method="PATCH"))

    with pytest.raises(requests.ConnectionError):
        await snow(patch(sys_id, work_notes="once"))

    assert [note.text for note in vendor.world.notes(number)] == ["once"]


async def test_a_sleeping_instance_answers_html_that_is_no_json(
    snow: Snow, vendor: ServiceNowSandbox
) -> None:
    vendor.faults.add(Fault(FaultKind.HTML))

    with pytest.raises(requests.exceptions.JSONDecodeError):
        await snow(lambda resource: resource.get(query={"active": "true"}).one())


async def test_tables_can_be_forbidden_or_read_only(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    vendor.world.quirks.forbidden_tables.add("sys_journal_field")
    vendor.world.quirks.read_only_tables.add("incident")

    with pytest.raises(requests.HTTPError) as caught:
        await snow(lambda resource: resource.get(query="").all(), "sys_journal_field")
    assert detail(caught.value)["message"] == "User Not Authorized"
    with pytest.raises(requests.HTTPError) as caught:
        await snow(patch(sys_id, urgency="1"))
    assert caught.value.response.status_code == 403
    assert vendor.world.record(number)["urgency"] == "3"


async def test_a_write_to_a_deleted_ticket_is_404(
    snow: Snow, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    vendor.world.delete(number, "alice")

    with pytest.raises(requests.HTTPError) as caught:
        await snow(patch(sys_id, urgency="1"))

    assert caught.value.response.status_code == 404


async def test_display_values_can_be_written_when_asked_for(
    http: aiohttp.ClientSession, vendor: ServiceNowSandbox, number: str, sys_id: str
) -> None:
    said = json.dumps({"assignment_group": "Network", "impact": "1 - High"})
    path = f"{INCIDENTS}/{sys_id}?sysparm_input_display_value=true"
    async with http.put(path, data=said) as answer:
        assert answer.status == 200

    assert vendor.world.display(number, "assignment_group") == "Network"
    assert vendor.world.record(number)["impact"] == "1"


async def test_history_reads_like_the_ticket_and_names_people(vendor: ServiceNowSandbox, number: str) -> None:
    vendor.world.edit(number, "alice", assignment_group="Network")
    vendor.world.comment(number, "bob", "Looking.", public=False)

    lines = vendor.world.history(number)

    assert lines[0].endswith(f"dan created {number}")
    assert lines[1].endswith("alice set Assignment group from (empty) to Network")
    assert lines[2].endswith("bob added work notes: Looking.")


def test_people_cannot_set_what_is_not_theirs_or_name_strangers(
    vendor: ServiceNowSandbox, number: str
) -> None:
    with pytest.raises(ValueError, match="priority"):
        vendor.world.edit(number, "alice", priority="1")
    with pytest.raises(ValueError, match="zoe"):
        vendor.world.edit(number, "alice", assigned_to="zoe")
