"""A write whose answer is late, lost, refused or somebody else's: tried once, and told apart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.core.actions import Landed, Landing
from bot.core.errors import Ambiguous, BotError, Forbidden, Missing, Refused, Retry
from connectors.servicenow import wire
from sandbox.faults import Fault, FaultKind
from sandbox.servicenow import RateLimit, ServiceNowSandbox
from tests.connectors.servicenow.building import (
    Desk,
    connect,
    permit,
    pick,
)

NOTE = {
    "lines": [{"kind": "title", "text": "Countersign (AI)"}, {"kind": "bullet", "text": "Looks like the VPN"}]
}
REPLY = {"text": "We renewed the certificate, please try again."}
NETWORK = {"fields": {"category": [pick("network", "Network")], "urgency": [pick("1", "1 - High")]}}
ARGS: dict[str, Any] = {"add_work_note": NOTE, "set_fields": NETWORK}


@pytest.mark.parametrize(
    ("fault", "expected", "applied"),
    [
        (Fault(FaultKind.LOST, method="PATCH"), Ambiguous, True),
        (Fault(FaultKind.RESET, method="PATCH"), Ambiguous, False),
        (Fault(FaultKind.HTML, method="PATCH"), Ambiguous, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=500), Ambiguous, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=503, retry_after="9"), Ambiguous, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=200, body="{}"), Ambiguous, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=200, body="[]"), Ambiguous, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=200, body='{"result": []}'), Ambiguous, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=429, retry_after="7"), Retry, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=400), Refused, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=401), Forbidden, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=403), Forbidden, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=404), Missing, False),
        (Fault(FaultKind.STATUS, method="PATCH", status=409), Refused, False),
    ],
    ids=lambda x: f"{x.kind.value}{x.status}" if isinstance(x, Fault) else getattr(x, "__name__", str(x)),
)
@pytest.mark.parametrize("verb", ["add_work_note", "set_fields"])
async def test_a_write_that_goes_wrong_is_tried_once_and_told_apart(
    desk: Desk,
    fault: Fault,
    expected: type[BotError],
    applied: bool,  # noqa: FBT001  # a row of a table
    verb: str,
) -> None:
    args = ARGS[verb]
    request, act = await desk.plan(desk.action(verb, args)), desk.action(verb, args)
    armed = desk.vendor.faults.add(replace(fault))
    with pytest.raises(expected) as caught:
        await desk.connector.send(request, permit(act))
    assert armed.hits == 1
    assert len(desk.writes()) == 1
    landing = (await desk.landed(verb, args)).landing
    assert landing is (Landing.APPLIED if applied else Landing.NOT_APPLIED)
    if isinstance(caught.value, Retry):
        assert caught.value.after_s == 7


async def test_an_instance_that_is_not_there_was_surely_not_written_to(desk: Desk) -> None:
    act = desk.action("set_fields", NETWORK)
    request = await desk.plan(act)
    await desk.vendor.stop()
    with pytest.raises(Retry, match="cannot be reached"):
        await desk.connector.send(request, permit(act))


async def test_a_late_answer_is_ambiguous_and_the_write_may_land_after_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking at once proves nothing: the instance commits after we gave up."""
    monkeypatch.setattr(wire, "TIMEOUT", (1.0, 0.05))
    desk.world.quirks.slow_commit_s = 0.2
    act = desk.action("set_fields", NETWORK)
    request = await desk.plan(act)
    with pytest.raises(Ambiguous):
        await desk.connector.send(request, permit(act))
    assert (await desk.landed("set_fields", NETWORK)).landing is Landing.NOT_APPLIED
    for _ in range(200):
        if (await desk.landed("set_fields", NETWORK)).landing is Landing.APPLIED:
            break
        await asyncio.sleep(0.005)
    else:
        pytest.fail("the late write never landed")
    assert len(desk.writes()) == 1


def test_the_settle_time_is_longer_than_the_instances_own_limit(desk: Desk) -> None:
    assert desk.connector.settle_s >= 60 + 20


async def test_a_rate_limit_on_a_write_says_how_long_and_changes_nothing(desk: Desk) -> None:
    act = desk.action("set_fields", NETWORK)
    request = await desk.plan(act)
    desk.world.quirks.rate_limit = RateLimit(limit=0)
    with pytest.raises(Retry) as caught:
        await desk.connector.send(request, permit(act))
    assert 1 <= caught.value.after_s <= 3600
    desk.world.quirks.rate_limit = None
    assert (await desk.landed("set_fields", NETWORK)).landing is Landing.NOT_APPLIED


async def test_a_token_that_ended_before_a_write_is_a_retry_for_nothing_was_done(
    vendor: ServiceNowSandbox,
) -> None:
    connector = connect(vendor.url, client_id="sandbox-client", client_secret="sandbox-client-secret")
    desk = Desk(vendor, connector, vendor.world.create_incident("VPN drops"))
    act = desk.action("set_fields", NETWORK)
    request = await desk.plan(act)
    vendor.world.revoke_tokens()
    with pytest.raises(Retry, match="token"):
        await connector.send(request, permit(act))
    await connector.send(request, permit(act))
    assert await desk.landed("set_fields", NETWORK) == Landed(Landing.APPLIED)
    await connector.close()


async def test_nothing_of_a_ticket_or_a_secret_is_in_an_error(desk: Desk) -> None:
    desk.vendor.faults.add(Fault(FaultKind.STATUS, method="PATCH", status=500))
    with pytest.raises(Ambiguous) as caught:
        await desk.send("reply_publicly", REPLY)
    assert REPLY["text"] not in str(caught.value)
    assert "sandbox-password" not in str(caught.value)
