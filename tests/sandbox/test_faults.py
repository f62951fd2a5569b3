"""Each kind of fault goes wrong in its own way, as often as asked, and where asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import aiohttp
import pytest
from aiohttp import web

from sandbox.faults import Fault, FaultKind
from sandbox.vendor import Vendor


class Counter(Vendor):
    """Counts what really was done."""

    def __init__(self) -> None:
        super().__init__("counter")
        self.done = 0
        self.app.router.add_route("*", "/count", self._count)

    async def _count(self, _request: web.Request) -> web.Response:
        self.done += 1
        return web.json_response({"done": self.done})


@pytest.fixture
async def counter() -> AsyncGenerator[Counter]:
    made = Counter()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


async def test_a_status_does_nothing_and_says_when_to_come_back(
    counter: Counter, session: aiohttp.ClientSession
) -> None:
    fault = counter.faults.add(Fault(FaultKind.STATUS, status=429, retry_after="3", body="slow down"))
    async with session.post(f"{counter.url}/count") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
        assert await answer.text() == "slow down"
    assert (counter.done, fault.hits) == (0, 1)
    async with session.post(f"{counter.url}/count") as answer:
        assert answer.status == 200


async def test_a_lost_answer_was_done(counter: Counter, session: aiohttp.ClientSession) -> None:
    counter.faults.add(Fault(FaultKind.LOST))
    with pytest.raises(aiohttp.ClientError):
        await session.post(f"{counter.url}/count")
    assert counter.done == 1


async def test_a_reset_was_not_done(counter: Counter, session: aiohttp.ClientSession) -> None:
    counter.faults.add(Fault(FaultKind.RESET))
    with pytest.raises(aiohttp.ClientError):
        await session.post(f"{counter.url}/count")
    assert counter.done == 0


async def test_html_is_a_200_that_did_nothing(counter: Counter, session: aiohttp.ClientSession) -> None:
    counter.faults.add(Fault(FaultKind.HTML))
    async with session.post(f"{counter.url}/count") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
    assert counter.done == 0


async def test_latency_is_late_and_right(counter: Counter, session: aiohttp.ClientSession) -> None:
    counter.faults.add(Fault(FaultKind.LATENCY, seconds=0.05))
    start = asyncio.get_running_loop().time()
    async with session.post(f"{counter.url}/count") as answer:
        assert await answer.json() == {"done": 1}
    assert asyncio.get_running_loop().time() - start >= 0.05


async def test_a_fault_hits_only_its_method_and_path_and_number(
    counter: Counter, session: aiohttp.ClientSession
) -> None:
    other = counter.faults.add(Fault(FaultKind.STATUS, path="^/elsewhere"))
    two = counter.faults.add(Fault(FaultKind.STATUS, method="POST", path="count$", times=2))
    statuses: list[int] = []
    for method in ("GET", "POST", "POST", "POST"):
        async with session.request(method, f"{counter.url}/count") as answer:
            statuses.append(answer.status)
    assert statuses == [200, 503, 503, 200]
    assert (other.hits, two.hits) == (0, 2)


async def test_an_endless_fault_ends_when_cleared(counter: Counter, session: aiohttp.ClientSession) -> None:
    counter.faults.add(Fault(FaultKind.STATUS, times=-1))
    for expected in (503, 503, 503):
        async with session.get(f"{counter.url}/count") as answer:
            assert answer.status == expected
    counter.faults.clear()
    async with session.get(f"{counter.url}/count") as answer:
        assert answer.status == 200


async def test_what_went_over_the_wire_is_recorded(counter: Counter, session: aiohttp.ClientSession) -> None:
    async with session.post(f"{counter.url}/count?a=1", json={"x": 1}) as answer:
        await answer.read()
    (exchange,) = counter.exchanges
    assert (exchange.method, exchange.path, exchange.query) == ("POST", "/count", "a=1")
    assert (exchange.body, exchange.status, exchange.answer) == (b'{"x": 1}', 200, b'{"done": 1}')
