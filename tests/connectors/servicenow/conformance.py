"""What the suites that every connector has to pass need to know of this one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bot.core.creation import new_ref
from bot.ports import Connector
from connectors.servicenow.settings import signing_key
from sandbox.servicenow import ServiceNowSandbox
from tests.connectors.conformance import Case, Running
from tests.connectors.servicenow.building import NOW, RECORD, SECRET, US, connect, pick

WAYS_IN: dict[str, dict[str, str]] = {"password": {}, "key": {"api_key": "sandbox-key"}}
"""Tokens are left to this folder's own tests: with them a 401 means another try with a new one."""


def payload(**changes: Any) -> bytes:
    """Write what the business rule sends."""
    said = {
        "event_id": "e1",
        "instance": "acme",
        "table": "incident",
        "operation": "update",
        "sys_id": RECORD,
        "number": "INC0010001",
        "sys_mod_count": "4",
        "sys_updated_on": "2026-11-21 09:29:58",
        "sys_updated_by": "alice",
        "changes": [{"field": "category", "old": "inquiry", "new": "network"}],
        "record": {"short_description": "VPN drops"},
    }
    return json.dumps({**said, **changes}).encode()


def sign(body: bytes, *, event: str = "e1", secret: str = SECRET) -> dict[str, str]:
    """Sign as Standard Webhooks does."""
    stamp = str(int(NOW.timestamp()))
    content = f"{event}.{stamp}.".encode() + body
    mac = base64.b64encode(hmac.new(signing_key(secret), content, hashlib.sha256).digest()).decode()
    return {"webhook-id": event, "webhook-timestamp": stamp, "webhook-signature": f"v1,{mac}"}


def running(way: dict[str, str]) -> Callable[[], AbstractAsyncContextManager[Running]]:
    """Return how to start a fake instance with one incident and a connector that logs in ``way``."""

    @asynccontextmanager
    async def start() -> AsyncGenerator[Running]:
        vendor = ServiceNowSandbox()
        await vendor.start()
        number = vendor.world.create_incident("VPN drops every ten minutes", "From home only.")
        connector = connect(vendor.url, **way)
        await connector.whoami()
        vendor.world.set_group("Approvers of change", ["alice", "bob", "carol", "erin"])
        ref, group = await connector.find(number), "Approvers of change"
        regroup = vendor.world.set_group
        refs = {"create": new_ref("servicenow", "incident", datetime.now(UTC), "V1")}
        yield Running(
            vendor, connector, ref, number, examples(vendor), refs=refs, group=group, regroup=regroup
        )
        await connector.close()
        await vendor.stop()

    return start


def examples(vendor: ServiceNowSandbox) -> dict[str, Any]:
    """Return arguments that change something on a fresh incident, by verb."""
    parent = vendor.world.create_incident("VPN is down for the whole office")
    return {
        "link": {"others": [parent], "parent": pick(vendor.world.sys_id(parent), parent)},
        "add_work_note": {"lines": [{"kind": "text", "text": "Looks like the VPN."}]},
        "reply_publicly": {"text": "We are on it."},
        "set_fields": {"fields": {"category": [pick("network")], "urgency": [pick("1")]}},
        "assign": {"to": pick(vendor.world.user_id("bob"))},
        "create": {
            "type": pick("incident"),
            "summary": "Printer on floor 3 is out",
            "description": "Since this morning.",
            "fields": {"category": [pick("network")], "urgency": [pick("1")]},
            "requester": pick(vendor.world.user_id("dan")),
        },
        "resolve": {"close_code": pick("Solution provided"), "close_notes": "Certificate renewed."},
    }


def unconnected(way: dict[str, str]) -> Callable[[str], Connector]:
    """Return how to open a connector for another address."""
    return lambda url: connect(url, **way)


CASES = {
    name: Case(
        secret=SECRET,
        now=NOW,
        us=US,
        sign=sign,
        changed=payload(),
        echo=payload(sys_updated_by=US.id),
        deleted=payload(operation="delete"),
        unknown=payload(operation="ping"),
        running=running(way),
        unconnected=unconnected(way),
        absent=f"incident:{0:032x}",
    )
    for name, way in WAYS_IN.items()
}
