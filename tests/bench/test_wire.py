"""The load generator counts every answer, bounds its time, and does not hide a server that stalls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bench.wire import closed_loop, open_loop, post

SLOW_S = 0.05


class Server:
    """Answers after a while, and remembers what came."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.port = 0

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        if request.path == "/slow":
            await asyncio.sleep(SLOW_S)
        if request.path == "/cut":
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"n": len(self.bodies)}, status=202 if request.path != "/no" else 401)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    app = web.Application()
    app.router.add_post("/{any}", served.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.port = runner.addresses[0][1]
    yield served
    await runner.cleanup()


async def test_a_closed_loop_sends_each_request_once_over_few_connections(server: Server) -> None:
    requests = [post("/yes", {"X-N": str(n)}, b"%d" % n) for n in range(20)]
    load = await closed_loop(server.port, requests, connections=4)
    assert load.statuses == {202: 20}
    assert sorted(server.bodies) == sorted(b"%d" % n for n in range(20))
    assert len(load.latencies) == 20
    assert load.per_second > 0


async def test_refusals_are_told_apart(server: Server) -> None:
    load = await closed_loop(server.port, [post("/no", {}, b"x"), post("/yes", {}, b"x")], connections=1)
    assert load.statuses == {401: 1, 202: 1}


async def test_an_open_loop_counts_from_when_a_request_was_due(server: Server) -> None:
    requests = [post("/slow", {}, b"x")] * 4
    load = await open_loop(server.port, requests, 1000.0, connections=1)
    assert load.statuses == {202: 4}
    assert load.latencies[-1] > 3.5 * SLOW_S, "waiting for the one connection is part of it"


async def test_an_open_loop_keeps_its_rate(server: Server) -> None:
    load = await open_loop(server.port, [post("/yes", {}, b"x")] * 10, 100.0)
    assert load.seconds >= 0.09


async def test_a_connection_that_is_cut_is_an_error_and_not_a_fast_answer(server: Server) -> None:
    with pytest.raises(ConnectionError):
        await closed_loop(server.port, [post("/cut", {}, b"x")], connections=1)
