"""An endpoint that keeps failing is left alone, by all replicas; then one of them tries."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry as Backoff
from redis.backoff import NoBackoff

from bot.core.errors import Retry
from bot.runtime.breaker import FAILURES_MAX, PROBE_S, REST_MAX_S, REST_S, Breaker
from bot.writers import Away
from tests.bot.runtime.speaking import Frozen


class Replicas:
    """Two breakers over one Redis, and the clock of both."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self.clock = Frozen()
        self.one, self.other = (Breaker(redis, prefix, self.clock) for _ in range(2))

    def later(self, seconds: float) -> None:
        self.clock.at += timedelta(seconds=seconds)

    async def fail(self, times: int = 1, rest_s: float = 0) -> None:
        for _ in range(times):
            await self.one.failed("eu", await self.one.enter("eu"), rest_s=rest_s)

    async def rests(self) -> float:
        """Return for how long the other replica is told to wait; 0: it may go."""
        try:
            token = await self.other.enter("eu")
        except Away as away:
            return away.after_s
        await self.other.left("eu", token)
        return 0


@pytest.fixture
def replicas(redis: Redis, prefix: str) -> Replicas:
    return Replicas(redis, prefix)


async def test_it_opens_after_failures_in_a_row_for_everybody(replicas: Replicas) -> None:
    await replicas.fail(FAILURES_MAX - 1)
    assert await replicas.rests() == 0

    await replicas.fail()

    assert await replicas.rests() == REST_S
    assert await replicas.other.enter("us"), "another endpoint is not to blame"


async def test_failures_that_are_not_in_a_row_do_not_open_it(replicas: Replicas) -> None:
    for _ in range(FAILURES_MAX):
        await replicas.fail(FAILURES_MAX - 1)
        await replicas.other.worked("eu", await replicas.other.enter("eu"))

    assert await replicas.rests() == 0


async def test_after_the_rest_one_tries_and_the_others_wait(replicas: Replicas) -> None:
    await replicas.fail(FAILURES_MAX)
    replicas.later(REST_S)

    tries = await asyncio.gather(
        *(each.enter("eu") for each in (replicas.one, replicas.other) for _ in range(5)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, str) for each in tries) == 1
    assert sum(isinstance(each, Away) for each in tries) == 9


async def test_the_one_that_tries_closes_it_or_opens_it_again_at_once(replicas: Replicas) -> None:
    await replicas.fail(FAILURES_MAX)
    replicas.later(REST_S)
    await replicas.fail()
    assert await replicas.rests() == REST_S, "one failed try begins another rest"

    replicas.later(REST_S)
    await replicas.one.worked("eu", await replicas.one.enter("eu"))
    assert await replicas.rests() == 0
    await replicas.fail()
    assert await replicas.rests() == 0, "one failure after it recovered is only one"


async def test_a_try_that_was_given_up_lets_the_next_one_try(replicas: Replicas) -> None:
    await replicas.fail(FAILURES_MAX)
    replicas.later(REST_S)
    token = await replicas.one.enter("eu")
    assert await replicas.rests() > 0

    await replicas.one.left("eu", "somebody else's")
    assert await replicas.rests() > 0
    await replicas.one.left("eu", token)

    assert await replicas.rests() == 0


async def test_a_try_that_died_does_not_keep_it_shut(replicas: Replicas) -> None:
    await replicas.fail(FAILURES_MAX)
    replicas.later(REST_S)
    await replicas.one.enter("eu")

    replicas.later(PROBE_S - 1)
    assert await replicas.rests() == 1
    replicas.later(1)
    assert await replicas.rests() == 0


@pytest.mark.parametrize(("asked", "given"), [(0, REST_S), (90, 90), (10 * REST_MAX_S, REST_MAX_S)])
async def test_the_rest_is_as_long_as_it_asks_within_reason(
    replicas: Replicas, asked: float, given: float
) -> None:
    await replicas.fail(FAILURES_MAX, rest_s=asked)

    assert await replicas.rests() == given


async def test_a_late_failure_of_an_old_call_does_not_shorten_a_rest(replicas: Replicas) -> None:
    old = await replicas.one.enter("eu")
    await replicas.fail(FAILURES_MAX, rest_s=300)

    await replicas.one.failed("eu", old, rest_s=0)

    assert await replicas.rests() == 300


async def test_a_late_failure_of_an_old_call_does_not_let_a_second_one_try(replicas: Replicas) -> None:
    old = await replicas.one.enter("eu")
    await replicas.fail(FAILURES_MAX)
    replicas.later(REST_S)
    trying = await replicas.other.enter("eu")
    await replicas.one.failed("eu", old, rest_s=0)
    replicas.later(REST_S)

    assert await replicas.rests() == PROBE_S - REST_S, "the one that tries is still at it"

    await replicas.other.worked("eu", trying)
    assert await replicas.rests() == 0


async def test_what_is_known_does_not_stay_for_ever(replicas: Replicas, redis: Redis, prefix: str) -> None:
    await replicas.fail()

    assert 0 < await redis.pttl(f"{prefix}:breaker:eu") <= 2 * 3_600_000


async def test_while_nobody_counts_nobody_is_asked_but_no_answer_is_lost(prefix: str) -> None:
    gone = Redis(host="127.0.0.1", port=1, retry=Backoff(NoBackoff(), 0))
    breaker = Breaker(gone, prefix, Frozen())
    try:
        with pytest.raises(Retry):
            await breaker.enter("eu")
        await breaker.worked("eu", "token")
        await breaker.failed("eu", "token", rest_s=1)
        await breaker.left("eu", "token")
    finally:
        await gone.aclose()
