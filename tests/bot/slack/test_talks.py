"""People talk to the bot in Slack: a first sign at once, an answer as it comes, and nothing left over."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from sandbox.slack import SlackSandbox
from tests.bot.slack.parlour import Parlour, parlour


@pytest.fixture
async def room(redis: Redis, prefix: str, slack: SlackSandbox) -> AsyncIterator[Parlour]:
    async with parlour(redis, prefix, slack) as found:
        yield found


async def test_a_direct_message_is_answered_in_its_thread_as_a_stream(room: Parlour) -> None:
    asked = room.world.dm("U0ALICE", "What about OPS-1?")
    await room.hears()
    assert room.status(asked) == "processing"
    assert (await room.talk(asked)).run is not None
    await room.goes_on()
    (answer,) = room.said(asked)
    assert answer == "You said: What about OPS-1?"
    assert room.status(asked) == "active"
    assert await room.is_calm()
    methods = [each.path.rpartition("/")[2] for each in room.slack.exchanges]
    assert methods.count("chat.startStream") == methods.count("chat.stopStream") == 1
    assert "chat.postMessage" not in methods
