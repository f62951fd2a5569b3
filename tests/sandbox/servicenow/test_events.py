"""Events of the fake instance: signed, retried, kept while nobody listens, and the control API."""

import base64
import hashlib
import hmac
import time

import aiohttp

from sandbox.servicenow import ServiceNowSandbox
from tests.sandbox.servicenow.conftest import SECRET, Receiver, Snow, patch


async def test_an_event_is_signed_as_standard_webhooks_says(
    vendor: ServiceNowSandbox, receiver: Receiver
) -> None:
    vendor.point_webhook(receiver.url)
    vendor.world.create_incident("Größe: naïve ☂", "日本語")
    await vendor.deliveries.settle()

    headers, body = receiver.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.split("_", 1)[1])
    wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 5
    assert body.isascii()
    event = receiver.bodies()[0]
    assert event["event_id"] == headers["webhook-id"]
    assert event["record"]["short_description"] == "Größe: naïve ☂"


async def test_the_body_has_exactly_the_contracts_fields(
    vendor: ServiceNowSandbox, receiver: Receiver
) -> None:
    vendor.point_webhook(receiver.url)
    number = vendor.world.create_incident("VPN drops")
    vendor.world.edit(number, "alice", category="network", work_notes="mine")
    await vendor.deliveries.settle()

    made, edited = receiver.bodies()
    assert (
        set(made)
        == set(edited)
        == {
            "event_id",
            "instance",
            "table",
            "operation",
            "sys_id",
            "number",
            "sys_mod_count",
            "sys_updated_on",
            "sys_updated_by",
            "changes",
            "record",
        }
    )
    assert (made["operation"], edited["operation"]) == ("insert", "update")
    assert edited["sys_updated_by"] == "alice"
    assert edited["sys_mod_count"] == "1"
    assert edited["changes"] == [
        {"field": "category", "old": "inquiry", "new": "network"},
        {"field": "work_notes", "old": "", "new": "mine"},
    ]
    assert made["event_id"] != edited["event_id"]


async def test_the_bots_own_writes_come_back_under_its_name(
    vendor: ServiceNowSandbox, receiver: Receiver, snow: Snow
) -> None:
    number = vendor.world.create_incident("VPN drops")
    vendor.point_webhook(receiver.url)
    await snow(patch(vendor.world.sys_id(number), work_notes="a note"))
    vendor.world.delete(number, "alice")
    await vendor.deliveries.settle()

    events = receiver.bodies()
    assert [(event["operation"], event["sys_updated_by"]) for event in events] == [
        ("insert", "dan"),
        ("update", "countersign.bot"),
        ("delete", "alice"),
    ]


async def test_a_busy_receiver_gets_it_again_with_the_same_id_and_a_fresh_signature(
    vendor: ServiceNowSandbox, receiver: Receiver
) -> None:
    receiver.statuses = [503, 500]
    vendor.point_webhook(receiver.url)
    vendor.world.create_incident("VPN drops")
    await vendor.deliveries.settle()

    assert len(receiver.got) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1
    assert vendor.world.outbox.rows[0].state == "sent"


async def test_what_was_refused_stays_in_the_outbox_until_it_is_sent_again(
    vendor: ServiceNowSandbox, receiver: Receiver
) -> None:
    receiver.statuses = [401]
    vendor.world.create_incident("before anyone listened")
    assert vendor.world.outbox.rows[0].state == "queued"
    vendor.point_webhook(receiver.url)
    await vendor.deliveries.settle()
    assert vendor.world.outbox.rows[0].state == "failed"

    vendor.world.outbox.resend()
    await vendor.deliveries.settle()

    assert vendor.world.outbox.rows[0].state == "sent"
    assert len(receiver.got) == 2


async def test_deliveries_can_be_doubled_and_reordered(vendor: ServiceNowSandbox, receiver: Receiver) -> None:
    vendor.point_webhook(receiver.url)
    vendor.deliveries.duplicate = 1
    vendor.world.create_incident("first")
    await vendor.deliveries.settle()
    vendor.deliveries.hold_back = 1
    vendor.world.create_incident("second")
    vendor.world.create_incident("third")
    await vendor.deliveries.settle()

    titles = [event["record"]["short_description"] for event in receiver.bodies()]
    assert titles[:2] == ["first", "first"]
    assert sorted(titles[2:]) == ["second", "third"]


async def test_refused_writes_and_other_tables_send_nothing(
    vendor: ServiceNowSandbox, receiver: Receiver, http: aiohttp.ClientSession
) -> None:
    vendor.point_webhook(receiver.url)
    async with http.post("/api/now/table/incident", json={"state": "6"}) as answer:
        assert answer.status == 403
    async with http.post("/api/now/table/cmdb_ci", json={"name": "printer-7"}) as answer:
        assert answer.status == 201
    vendor.world.create_change("Replace the core switch")
    await vendor.deliveries.settle()

    assert [event["table"] for event in receiver.bodies()] == ["change_request"]


async def test_the_world_can_be_driven_over_http(vendor: ServiceNowSandbox) -> None:
    async with aiohttp.ClientSession(vendor.url) as http:

        async def act(verb: str, **body: object) -> tuple[int, dict[str, object]]:
            async with http.post(f"/_control/{verb}", json=body) as answer:
                got: dict[str, object] = await answer.json()
                return answer.status, got

        _, made = await act("incident", short_description="From outside")
        number = str(made["number"])
        await act("comment", number=number, author="bob", text="hello", public=False)
        await act("edit", number=number, actor="alice", impact="1")
        refused = await act("edit", number=number, actor="alice", state="6")
        unknown = await act("quirks", colour="red")
        await act("quirks", drop_fields=["category"], priorities={"3/3": "4"}, rate_limit={"limit": 9})
        async with http.get("/_control/state") as answer:
            state = await answer.json()

    ticket = state["tickets"][number]
    assert ticket["fields"]["impact"] == "1 - High"
    assert ticket["notes"][0]["text"] == "hello"
    assert any(line.endswith("alice set Impact from 3 - Low to 1 - High") for line in ticket["history"])
    assert refused[0] == 400
    assert "Resolution code" in str(refused[1]["error"])
    assert unknown[0] == 400
    assert vendor.world.quirks.drop_fields == {"category"}
    assert vendor.world.quirks.priorities["3", "3"] == "4"
