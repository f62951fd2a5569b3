"""The control API every fake vendor has: state, faults, deliveries and its own verbs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.control import add_control
from sandbox.deliveries import Deliveries
from sandbox.faults import FaultKind
from sandbox.vendor import Vendor


async def _echo(body: dict[str, Any]) -> object:
    return {"got": body["word"]} if "word" in body else None


async def _fail(body: dict[str, Any]) -> object:
    raise ValueError(f"not {body}")


async def _strict(body: dict[str, Any]) -> object:
    return body["needed"]


@pytest.fixture
async def vendor() -> AsyncGenerator[Vendor]:
    made, deliveries = Vendor("toy"), Deliveries()
    verbs = {"echo": _echo, "fail": _fail, "strict": _strict}
    add_control(made, state=lambda: {"rows": [1]}, deliveries=deliveries, verbs=verbs)

    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    made.app.router.add_get("/hello", hello)
    await made.start()
    yield made
    await deliveries.close()
    await made.stop()


async def call(
    vendor: Vendor, method: str, path: str, body: object = None, raw: bytes = b""
) -> tuple[int, Any]:
    sent: dict[str, Any] = {"data": raw} if raw else {} if body is None else {"json": body}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{vendor.url}/_control/{path}", **sent) as answer,
    ):
        return answer.status, await answer.json()


async def test_state_is_read(vendor: Vendor) -> None:
    assert await call(vendor, "GET", "state") == (200, {"rows": [1]})


async def test_a_verb_takes_and_gives_json(vendor: Vendor) -> None:
    assert await call(vendor, "POST", "echo", {"word": "hi"}) == (200, {"got": "hi"})
    assert await call(vendor, "POST", "echo") == (200, {})


async def test_what_a_verb_refuses_is_a_400_that_says_why(vendor: Vendor) -> None:
    assert await call(vendor, "POST", "fail", {"a": 1}) == (400, {"error": "not {'a': 1}"})
    assert await call(vendor, "POST", "strict", {}) == (400, {"error": "missing or unknown: 'needed'"})


@pytest.mark.parametrize("raw", [b"{", b"[1]", b'"text"'])
async def test_a_body_must_be_a_json_object(vendor: Vendor, raw: bytes) -> None:
    status, body = await call(vendor, "POST", "echo", raw=raw)
    assert status == 400
    assert "JSON" in body["error"]


async def test_faults_are_armed_listed_and_cleared(vendor: Vendor) -> None:
    fault = {
        "kind": "status",
        "method": "GET",
        "path": "^/hello",
        "times": 1,
        "status": 429,
        "retry_after": "7",
    }
    status, listed = await call(vendor, "POST", "faults", fault)
    assert (status, listed[0]["kind"], vendor.faults.rules[0].kind) == (200, "status", FaultKind.STATUS)
    async with aiohttp.ClientSession() as session:
        spoilt = await session.get(f"{vendor.url}/hello")
        fine = await session.get(f"{vendor.url}/hello")
    assert (spoilt.status, spoilt.headers["Retry-After"], fine.status) == (429, "7", 200)
    assert (await call(vendor, "GET", "faults"))[1][0]["hits"] == 1
    assert await call(vendor, "DELETE", "faults") == (200, [])


@pytest.mark.parametrize("wrong", [{"kind": "gremlin"}, {}, {"kind": "html", "colour": "red"}, {"hits": 2}])
async def test_a_fault_that_does_not_exist_is_refused(vendor: Vendor, wrong: dict[str, Any]) -> None:
    status, body = await call(vendor, "POST", "faults", wrong)
    assert status == 400
    assert "must be one of" in body["error"] or "unknown fields" in body["error"]
    assert vendor.faults.rules == []


async def test_delivery_knobs_are_turned_all_or_none(vendor: Vendor) -> None:
    status, knobs = await call(vendor, "POST", "deliveries", {"duplicate": 2, "drop": 1})
    assert (status, knobs) == (200, {"duplicate": 2, "hold_back": 0, "drop": 1})
    for wrong in ({"hold_back": 3, "drop": -1}, {"hold_back": True}, {"speed": 3}):
        assert (await call(vendor, "POST", "deliveries", wrong))[0] == 400
    assert await call(vendor, "GET", "deliveries") == (200, {**knobs, "sent": []})


async def test_control_is_neither_recorded_nor_spoilt(vendor: Vendor) -> None:
    await call(vendor, "POST", "faults", {"kind": "reset", "times": -1})
    assert (await call(vendor, "GET", "state"))[0] == 200
    assert vendor.exchanges == []


def test_a_verb_may_not_take_a_generic_name() -> None:
    with pytest.raises(ValueError, match="state"):
        add_control(Vendor("toy"), state=dict, deliveries=None, verbs={"state": _echo})
