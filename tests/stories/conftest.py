"""One fixture: ``begin`` starts a story's world, and looks afterwards whether anything went wrong unseen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.sandbox.slack import contract_judge
from tests.stories.world import Plan, World

everywhere = pytest.mark.parametrize("desk", ["cloud", "dc", "servicenow"])
DATABASE = 7
"""Stories clear their database; other tests share the server under prefixes of their own."""


class Begin(Protocol):
    """Start a world: fields of ``Plan`` by name. ``redis``: the URL of a server of its own."""

    async def __call__(self, desk: str = "cloud", /, *, redis: str = "", **plan: Any) -> World: ...


@pytest.fixture
async def begin(redis_url: str, tmp_path: Path) -> AsyncIterator[Begin]:
    worlds: list[World] = []
    async with AsyncExitStack() as stack:

        async def start(desk: str = "cloud", /, *, redis: str = "", **plan: Any) -> World:
            world = World(Plan(desk, **plan), redis or f"{redis_url}?db={DATABASE}", tmp_path)
            worlds.append(world)
            return await stack.enter_async_context(world)

        yield start
        for world in worlds:
            if world.bots and not world.may_leave_dead_letters:
                assert not await world.dead()
            if contract_judge.METHODS.is_dir():  # Slack's published contracts are at hand
                contract_judge.assert_valid(world.slack.exchanges)
