"""Socket Mode: only what is stored is acknowledged, and a socket that is lost comes back by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from bot.core.dossier import Status
from bot.runtime.acceptor import Acceptor
from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.lanes import Lanes
from bot.runtime.redis_client import command_client
from bot.slack.socket import SOCKETS_MAX
from sandbox.faults import Fault, FaultKind
from sandbox.slack import SlackSandbox
from tests.bot.runtime.conftest import until
from tests.bot.slack.office import ROOM, Office
from tests.making import proposal, rulebook


@pytest.fixture
async def wired() -> AsyncIterator[SlackSandbox]:
    sandbox = SlackSandbox(mode="socket", deadline_s=1.0, retry_delays_s=(0.0, 0.01, 0.02))
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


class Replica:
    """An office that holds a socket."""

    def __init__(self, place: Office, redis: Redis, name: str) -> None:
        self.place = place
        self.task = asyncio.create_task(
            place.side.hold_socket(redis, place.bench.lanes.prefix, name), name=f"socket of {name}"
        )

    async def goes(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        await self.place.side.close()


async def replica(redis: Redis, prefix: str, slack: SlackSandbox, name: str = "one") -> Replica:
    place = Office(redis, prefix, slack, rulebook(approvals_channel=ROOM))
    await place.comes_up()
    return Replica(place, redis, name)


async def test_a_click_over_the_socket_approves(redis: Redis, prefix: str, wired: SlackSandbox) -> None:
    one = await replica(redis, prefix, wired)
    await until(lambda: bool(wired.sockets.connections))
    card = await one.place.asks()
    assert (await one.place.click("U0ALICE", card)).ok
    assert (await one.place.bench.of(proposal())).status is Status.APPROVED
    await one.goes()
    await until(lambda: not wired.sockets.connections)


async def test_what_could_not_be_stored_is_not_acknowledged(
    redis: Redis, prefix: str, wired: SlackSandbox
) -> None:
    one = Office(redis, prefix, wired, rulebook(approvals_channel=ROOM))
    await one.comes_up()
    card = await one.asks()
    away = command_client("redis://127.0.0.1:1/0")
    one.acceptor = Acceptor(Lanes(away, prefix, pools=ALL_POOLS))
    await one.comes_up()
    held = Replica(one, redis, "one")
    await until(lambda: bool(wired.sockets.connections))
    acked = await one.world.click("U0ALICE", ROOM, card.ts, "approval:approve")
    assert not acked.ok
    await held.goes()
    await away.aclose()


async def test_events_that_were_not_acknowledged_come_again_and_are_one(
    redis: Redis, prefix: str, wired: SlackSandbox
) -> None:
    one = await replica(redis, prefix, wired)
    await until(lambda: bool(wired.sockets.connections))
    wired.world.mention("U0ALICE", "C0GENERAL", "hello")
    await wired.world.settle()
    await one.place.turns()
    await one.goes()


async def test_a_dropped_socket_is_opened_again(redis: Redis, prefix: str, wired: SlackSandbox) -> None:
    one = await replica(redis, prefix, wired)
    await until(lambda: bool(wired.sockets.connections))
    await wired.sockets.disconnect("refresh_requested")
    await until(lambda: bool(wired.sockets.connections))
    card = await one.place.asks()
    assert (await one.place.click("U0ALICE", card)).ok
    await one.goes()


async def test_only_so_many_replicas_hold_a_socket(redis: Redis, prefix: str, wired: SlackSandbox) -> None:
    several = [await replica(redis, prefix, wired, f"r{number}") for number in range(SOCKETS_MAX + 2)]
    await until(lambda: len(wired.sockets.connections) >= SOCKETS_MAX)
    await asyncio.sleep(0.05)
    assert len(wired.sockets.connections) == SOCKETS_MAX
    for each in several:
        await each.goes()


async def test_while_slack_gives_no_address_the_rest_goes_on_and_ends_when_told(
    redis: Redis, prefix: str, wired: SlackSandbox
) -> None:
    one = await replica(redis, prefix, wired)
    wired.faults.add(Fault(FaultKind.STATUS, path="apps.connections.open", status=503, times=-1))
    await asyncio.sleep(0.05)
    assert not one.task.done()
    await one.goes()
