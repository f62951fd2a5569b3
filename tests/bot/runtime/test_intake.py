"""Webhooks: stored before they are answered, once, and never echoed; read later, in their ticket's lane."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from redis.asyncio import Redis

from bot.core.effects import ReadTicket
from bot.core.errors import Malformed
from bot.core.events import TicketTouched
from bot.runtime.acceptor import Acceptor
from bot.runtime.envelopes import ALL_POOLS, unseal
from bot.runtime.intake import BODY_BYTES_MAX, Reader, Receiver
from bot.runtime.jobs import FAST, VENDOR, Lease
from bot.runtime.lanes import Lanes
from bot.runtime.redis_client import command_client
from tests.bot.workbench import Workbench
from tests.making import REF, US

HEADERS = {"X-Sig": "hush", "X-Id": "d1"}


@pytest.fixture
def bench(redis: Redis, prefix: str) -> Workbench:
    return Workbench(redis, prefix)


class Door:
    """The edge on a loopback port."""

    def __init__(self, bench: Workbench, server: BaseTestServer, session: aiohttp.ClientSession) -> None:
        self.bench, self._server, self._session = bench, server, session

    async def post(self, body: bytes, name: str = "jira", **headers: str) -> tuple[int, str]:
        url = self._server.make_url(f"/webhooks/{name}")
        async with self._session.post(url, data=io.BytesIO(body), headers={**HEADERS, **headers}) as response:
            return response.status, await response.text()

    async def post_in_chunks(self, size: int) -> int:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(0, size, 65_536):
                yield b"x" * 65_536

        url = self._server.make_url("/webhooks/jira")
        async with self._session.post(url, data=chunks(), headers=HEADERS) as response:
            return response.status


async def opened(bench: Workbench, lanes: Lanes | None = None) -> AsyncIterator[Door]:
    acceptor = Acceptor(lanes or bench.lanes)
    receiver = Receiver({"jira": bench.records}, acceptor, bench.clock, bench.meters)
    app = web.Application(client_max_size=2 * BODY_BYTES_MAX)
    app.router.add_post("/webhooks/{connector}", receiver.receive)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Door(bench, server, session)


@pytest.fixture
async def door(bench: Workbench) -> AsyncIterator[Door]:
    async for each in opened(bench):
        yield each


async def test_a_good_delivery_is_stored_and_then_accepted(door: Door) -> None:
    status, said = await door.post(b"10042 updated")
    assert (status, said) == (202, '{"status": "accepted"}')
    (lease,) = await door.bench.leases(FAST)
    assert lease.lane == REF.lane
    assert lease.data.endswith(b"\n10042 updated")


async def test_the_same_delivery_again_is_a_duplicate_and_stored_once(door: Door) -> None:
    assert [(await door.post(b"10042 updated"))[0] for _ in range(3)] == [202, 200, 200]
    assert len(await door.bench.leases(FAST)) == 1


async def test_the_same_words_in_another_delivery_are_news(door: Door) -> None:
    await door.post(b"10042 updated")
    assert (await door.post(b"10042 updated", **{"X-Id": "d2"}))[0] == 202


@pytest.mark.parametrize("headers", [{"X-Sig": ""}, {"X-Sig": "wrong"}])
async def test_what_is_not_signed_is_not_stored_and_not_echoed(door: Door, headers: dict[str, str]) -> None:
    status, said = await door.post(b"10042 <script>", **headers)
    assert status == 401
    assert "script" not in said
    assert not await door.bench.leases(FAST)


async def test_without_a_secret_nothing_is_accepted(door: Door) -> None:
    door.bench.records.webhook_secret = ""
    assert (await door.post(b"10042 updated", **{"X-Sig": ""}))[0] == 401


async def test_a_connector_nobody_has_is_not_found(door: Door) -> None:
    assert (await door.post(b"10042 updated", "oracle"))[0] == 404


async def test_a_body_that_is_too_large_is_refused_with_and_without_a_length(door: Door) -> None:
    assert (await door.post(b"x" * (BODY_BYTES_MAX + 1)))[0] == 413
    assert await door.post_in_chunks(BODY_BYTES_MAX + 65_536) == 413
    assert not await door.bench.leases(FAST)


async def test_a_name_of_any_length_for_a_delivery_is_no_trouble(door: Door) -> None:
    """It may come from a header that the signature does not cover."""
    for ident in ("x" * 5000, "x" * 4999, "{countersign}:dead", "ü"):
        assert (await door.post(b"10042 updated", **{"X-Id": ident}))[0] == 202
        assert (await door.post(b"10042 updated", **{"X-Id": ident}))[0] == 200


async def test_while_redis_is_away_the_vendor_is_asked_to_send_it_again(bench: Workbench) -> None:
    away = command_client("redis://127.0.0.1:1/0")
    async for door in opened(bench, Lanes(away, bench.lanes.prefix, pools=ALL_POOLS)):
        url_status, said = await door.post(b"10042 updated")
        assert url_status == 503
        assert "10042" not in said
    await away.aclose()


# -- the worker's half


async def lease(door: Door, body: bytes, **headers: str) -> Lease:
    assert (await door.post(body, **headers))[0] == 202
    (found,) = await door.bench.leases(FAST)
    return found


async def test_a_stored_delivery_becomes_an_event_of_its_ticket(door: Door) -> None:
    reader = Reader({"jira": door.bench.records}, door.bench.journal)
    done = await reader.handle(await lease(door, b"10042 updated"))
    assert done.commit is not None
    (job,) = done.spawn
    assert isinstance(unseal(job.data).body, ReadTicket)
    assert job.pool == VENDOR


async def test_our_own_echo_starts_nothing(door: Door) -> None:
    reader = Reader({"jira": door.bench.records}, door.bench.journal)
    done = await reader.handle(await lease(door, f"10042 {US.id}".encode()))
    assert not done.spawn


async def test_a_delivery_about_several_tickets_goes_to_each_ones_lane(door: Door) -> None:
    reader = Reader({"jira": door.bench.records}, door.bench.journal)
    done = await reader.handle(await lease(door, b"10042,10043 updated"))
    events = [unseal(job.data).body for job in done.spawn]
    assert [type(event) for event in events] == [TicketTouched, TicketTouched]
    assert [job.lane for job in done.spawn] == [REF.lane, "ticket:jira:10043"]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"no-words-at-all", b""])
async def test_what_is_signed_but_unreadable_becomes_a_dead_letter(door: Door, body: bytes) -> None:
    reader = Reader({"jira": door.bench.records}, door.bench.journal)
    with pytest.raises(Malformed):
        await reader.handle(await lease(door, body))


async def test_a_delivery_for_a_connector_that_is_gone_is_not_lost(door: Door) -> None:
    with pytest.raises(Malformed, match="not configured any more"):
        await Reader({}, door.bench.journal).handle(await lease(door, b"10042 updated"))
