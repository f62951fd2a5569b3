"""Redis goes away and comes back: nothing that was answered with a 2xx is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from bot.runtime.embedded import open_embedded
from tests.stories.conftest import Begin
from tests.stories.world import World


async def _status(world: World, path: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(f"{world.bot.url}{path}") as answer:
        return answer.status


async def test_redis_is_away_at_the_start_and_the_bot_waits_for_it(begin: Begin, tmp_path: Path) -> None:
    server = await open_embedded(tmp_path / "redis")
    world = await begin("cloud", redis=server.url)
    await world.stop_bot()
    await server.stop()
    starting = asyncio.create_task(world.start_bot())
    await asyncio.sleep(0.1)
    assert not starting.done(), "it neither gives up nor pretends"
    server = await open_embedded(tmp_path / "redis")
    await starting
    key = await world.ticket()
    assert len(world.desk.notes(key)) == 1
    await world.stop_bot()
    await server.stop()


async def test_redis_is_away_in_the_middle_and_the_vendor_is_told_to_come_again(
    begin: Begin, tmp_path: Path
) -> None:
    server = await open_embedded(tmp_path / "redis")
    world = await begin("cloud", redis=server.url)
    before = await world.ticket()
    await server.stop()

    key = world.desk.open("Cannot connect to VPN from the train", "It says timeout.")
    sent = world.desk.deliveries.sent[-1]
    await world.until(lambda: bool(sent.statuses))
    assert sent.statuses[0] == 503
    assert await _status(world, "/readyz") == 503
    assert await _status(world, "/healthz") == 200
    assert world.desk.notes(key) == []

    server = await open_embedded(tmp_path / "redis")
    await world.until(lambda: sent.statuses[-1] in {200, 202})
    await world.settles()
    assert len(world.desk.notes(key)) == 1
    assert await _status(world, "/readyz") == 200
    assert len(world.cards()) == 2
    await world.cards()[0].click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(before) == "VPN", "what was pending before is still pending"
    await world.stop_bot()
    await server.stop()


async def test_a_click_while_redis_is_away_is_not_acknowledged_and_counts_when_repeated(
    begin: Begin, tmp_path: Path
) -> None:
    server = await open_embedded(tmp_path / "redis")
    world = await begin("cloud", redis=server.url, slack="http")
    key = await world.ticket()
    await server.stop()
    refused = await world.card().click("Approve", by="alice")
    assert not refused.ok, "Slack shows that it did not work"
    assert world.desk.value(key) == "-"

    server = await open_embedded(tmp_path / "redis")
    await world.card().click("Approve", by="alice")
    await world.settles()
    assert world.desk.value(key) == "VPN"
    assert len(world.desk.field_writes()) == 1
    await world.stop_bot()
    await server.stop()
