"""Redis is killed with -9 in the middle of everything and comes back: nothing acknowledged is missing.

The bot starts its own server here and brings it back by itself; every other time it is killed along with it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from bot.core.dossier import Status
from bot.runtime.embedded import open_embedded
from tests.crash.conftest import REPEATS
from tests.crash.ground import SETTLED_S, Ground
from tests.stories.desks import Desk

STEP_S: Final = 0.007
"""The n-th kill comes n of these after the tickets; by the twentieth all that follows has happened."""


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    """A ground whose bot has a server of its own, which outlives it."""
    server = await open_embedded(tmp_path / "data")
    await server.stop()
    async with Ground(server.url, tmp_path, shared=False) as ground:
        yield ground
    await (await open_embedded(tmp_path / "data")).stop()


async def _kill_redis(ground: Ground) -> None:
    os.kill((await ground.redis.info("server"))["process_id"], signal.SIGKILL)


async def _pending(ground: Ground, desk: Desk) -> str:
    key = await ground.asked(desk)
    assert len(await ground.cards(desk, key)) == 1
    return key


async def test_redis_killed_and_restarted(ground: Ground) -> None:
    bot = await ground.bot()
    undisturbed = {desk.name: await ground.undisturbed(desk) for desk in ground.desks}
    for number in range(REPEATS):
        desk = ground.desks[number % len(ground.desks)]
        waiting = await _pending(ground, desk)
        since = ground.sent()
        opened = [(each, ground.opens(each)) for each in (*ground.desks, *ground.desks)]
        (card,) = await ground.cards(desk, waiting)
        clicking = asyncio.create_task(ground.approves(card))
        await asyncio.sleep(STEP_S * number)
        await _kill_redis(ground)
        if number % 4 > 1:
            await bot.killed()
            bot = await ground.bot()
        clicked = await clicking
        await ground.settles(within_s=SETTLED_S)
        await ground.insist(since)
        (held,) = (await ground.dossier(desk, waiting)).tracked.values()
        assert held.status is Status.EXECUTED or not clicked.ok, "an acknowledged click counts"
        await ground.ends_well([(desk, waiting), *opened], undisturbed)
    await ground.check_audit()
