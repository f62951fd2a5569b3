"""A turn is given up by whoever ends, wherever that is; nobody gives up another's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from bot.audit.chain import Chain
from bot.audit.turns import Turns


class Ending(Chain):
    """Ends its replica once a command has been carried out, before its answer is seen."""

    after = 0
    """Commands that are still answered; below 0: all of them."""

    @override
    async def ask(self, *command: str | bytes | int) -> Any:
        answer = await super().ask(*command)
        self.after -= 1
        if self.after == -1:
            raise asyncio.CancelledError
        return answer


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_replica_that_ends_while_it_asks_lets_another_go_on_at_once(
    redis: Redis, prefix: str, after: int, *, held: bool
) -> None:
    chain = Ending(redis, prefix)
    chain.after = -2
    one, two = Turns(chain, "sealer", "one"), Turns(Chain(redis, prefix), "sealer", "two")
    if held:
        assert await one.mine()
    chain.after = after
    try:
        await one.mine()
    except asyncio.CancelledError:
        pass
    else:
        assert (after, held) == (2, False), "a free turn takes two commands: the third is of the give-up"
        chain.after = -2
    await one.give_up()
    assert await two.mine()


async def test_nobody_gives_up_what_another_holds(redis: Redis, prefix: str) -> None:
    one, two = (Turns(Chain(redis, prefix), "sealer", name) for name in ("one", "two"))
    assert await one.mine()
    await redis.delete(Chain(redis, prefix).key("sealer"))
    assert await two.mine(), "its turn had run out"
    await one.give_up()
    assert not await one.mine()
    assert await two.mine()
