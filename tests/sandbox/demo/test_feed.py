"""The feed tells every record once and in order, though the bot seals them meanwhile."""

import asyncio
import contextlib

import pytest
from redis.asyncio import Redis

from bot.audit.keys import SigningKey
from bot.audit.sealer import Sealer
from bot.clock import SystemClock
from bot.core.audit import Record
from bot.core.codec import encode
from sandbox.demo.bell import Bell
from sandbox.demo.feed import Feed
from sandbox.demo.telling import Names, Teller
from tests.sandbox.demo.test_telling import AT

KEY = SigningKey.new()


class Audit:
    """The bot's side: writes records, and seals them when told to."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self.redis, self.prefix, self._written = redis, prefix, 0
        self.sealer = Sealer(redis, prefix, KEY, SystemClock())

    async def write(self, count: int = 1) -> None:
        for _ in range(count):
            self._written += 1
            record = Record(
                at=AT,
                what="proposal.rejected",
                ticket=f"jira:{self._written}",
                actor="slack:U0ALICE",
                because=f"reason {self._written}",
            )
            await self.redis.xadd(f"{self.prefix}:audit", {"r": encode(record)})


@pytest.fixture
def audit(redis: Redis, prefix: str) -> Audit:
    return Audit(redis, prefix)


@pytest.fixture
def feed() -> Feed:
    return Feed(Teller(Names(lambda _system, ident: f"OPS-{ident}", lambda user: user)), Bell())


def told(feed: Feed) -> list[str]:
    """Which of the written records, by their reasons."""
    return [line["more"] for line in feed.lines if line["what"] == "proposal.rejected"]


def reasons(count: int) -> list[str]:
    return [f"reason {number}" for number in range(1, count + 1)]


async def test_records_that_were_sealed_between_two_looks_are_told_all_the_same(
    audit: Audit, feed: Feed
) -> None:
    await audit.write(2)
    await feed.take(audit.redis, audit.prefix)
    await audit.write(3)
    await audit.sealer.drain()
    await audit.write(1)
    await feed.take(audit.redis, audit.prefix)
    assert told(feed) == reasons(6)
    await audit.write(1)
    await audit.sealer.drain()
    await audit.write(1)
    await audit.sealer.drain()
    await feed.take(audit.redis, audit.prefix)
    assert told(feed) == reasons(8)
    keys = [line["key"] for line in feed.lines if line["what"] == "proposal.rejected"]
    assert keys == [f"OPS-{number}" for number in range(1, 9)]


async def test_what_is_still_in_the_buffer_when_it_was_told_is_not_told_again_from_the_chain(
    audit: Audit, feed: Feed
) -> None:
    for _ in range(5):
        await audit.write(2)
        await feed.take(audit.redis, audit.prefix)
        await audit.sealer.drain()
        await feed.take(audit.redis, audit.prefix)
    assert told(feed) == reasons(10)
    idents = [line["id"] for line in feed.lines]
    assert len(set(idents)) == len(idents)


async def test_a_feed_that_starts_late_tells_what_was_sealed_before_it(audit: Audit, feed: Feed) -> None:
    await audit.write(4)
    await audit.sealer.drain()
    await audit.write(1)
    await feed.take(audit.redis, audit.prefix)
    assert told(feed) == reasons(5)
    assert feed.lines[0]["what"] == "audit.key_announced"


async def test_following_keeps_up_with_a_sealer_that_seals_without_pause(audit: Audit, feed: Feed) -> None:
    following = asyncio.create_task(feed.follow(audit.redis, audit.prefix))
    for _ in range(40):
        await audit.write(3)
        await audit.sealer.drain()
    for _ in range(2000):
        if len(told(feed)) == 120:
            break
        await asyncio.sleep(0.005)
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following
    assert told(feed) == reasons(120)
