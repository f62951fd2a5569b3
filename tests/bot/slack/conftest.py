"""A fake Slack in HTTP mode, and an office that has come up on it, or a room to talk in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from sandbox.slack import SlackSandbox
from tests.bot.slack.office import Office, office
from tests.bot.slack.parlour import Parlour, parlour


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    sandbox = SlackSandbox(mode="http", deadline_s=3.0, retry_delays_s=(0.0, 0.01, 0.02))
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def place(redis: Redis, prefix: str, slack: SlackSandbox) -> AsyncIterator[Office]:
    async with office(redis, prefix, slack) as found:
        await found.comes_up()
        yield found


@pytest.fixture
async def room(redis: Redis, prefix: str, slack: SlackSandbox) -> AsyncIterator[Parlour]:
    async with parlour(redis, prefix, slack) as found:
        yield found
