"""All replicas but one are killed with -9 at once: that one takes over within the claim time-out."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from bot.app import PREFIX
from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.lanes import GROUP
from bot.runtime.pump import LEASE_S
from tests.crash import victim
from tests.crash.conftest import REPEATS
from tests.crash.ground import LOOK_S, SETTLED_S, Ground, free_port
from tests.crash.victim import Victim
from tests.stories.desks import Desk

WORKERS: Final = 3
SWEEP_S: Final = 1.0
"""A worker looks for the jobs of the dead at least this often (``bot/runtime/pools.py``)."""
MARGIN_S: Final = 4.0
"""For a machine that does other things as well."""
STEP_S: Final = 0.007


class Crew:
    """One intake and some workers; whoever was killed can be replaced."""

    def __init__(self, ground: Ground, *, lease_s: float) -> None:
        self._ground, self.lease_s = ground, lease_s
        self._ports = [free_port() for _ in range(WORKERS)]
        self.alive: dict[str, Victim] = {}

    async def complete(self) -> None:
        """Start everybody who is not there."""
        roles = {"intake": self._ground.port} | {f"worker{n}": port for n, port in enumerate(self._ports)}
        missing = [name for name in roles if name not in self.alive]
        started = await asyncio.gather(
            *(
                self._ground.bot(name.rstrip("0123456789"), port=roles[name], name=name, lease_s=self.lease_s)
                for name in missing
            )
        )
        self.alive |= dict(zip(missing, started, strict=True))

    async def only(self, survivor: str) -> None:
        """Kill everybody else, all at once."""
        others = [name for name in self.alive if name != survivor]
        await asyncio.gather(*(self.alive.pop(name).killed() for name in others))


async def _held_by_the_dead(ground: Ground, survivor: Victim) -> int:
    """Return how many jobs are in the hands of somebody else than ``survivor``."""
    mine, held = f"-{survivor.process.pid}-".encode(), 0
    for pool in ALL_POOLS:
        consumers: list[dict[str, Any]] = await ground.redis.xinfo_consumers(f"{PREFIX}:q:{pool}", GROUP)
        held += sum(each["pending"] for each in consumers if mine not in each["name"])
    return held


async def _taken_over(ground: Ground, survivor: Victim, within_s: float) -> int:
    """Wait until nothing is in the hands of the dead; returns how much was."""
    end, left = time.monotonic() + within_s, await _held_by_the_dead(ground, survivor)
    while await _held_by_the_dead(ground, survivor):
        assert time.monotonic() < end, f"left lying for {within_s:g} s: {survivor.said()}"
        await asyncio.sleep(LOOK_S)
    return left


async def _bereaved(ground: Ground, crew: Crew, number: int) -> tuple[list[tuple[Desk, str]], int]:
    """Kill all but one in the middle of some tickets and see that one through.

    Returns the tickets, all of them acknowledged before, and how many jobs were taken over.
    """
    desk, survivor = ground.desks[number % len(ground.desks)], f"worker{number % WORKERS}"
    tickets, since = [(desk, await ground.asked(desk))], ground.sent()
    (card,) = await ground.cards(*tickets[0])
    tickets += [(each, ground.opens(each)) for each in (*ground.desks, *ground.desks)]
    assert (await ground.approves(card)).ok
    await ground.until(lambda: ground.taken_in(since))
    await asyncio.sleep(STEP_S * number)
    await crew.only(survivor)
    left = await _taken_over(ground, crew.alive[survivor], crew.lease_s + SWEEP_S + MARGIN_S)
    await crew.complete()
    await ground.settles(within_s=SETTLED_S)
    return tickets, left


async def test_all_replicas_but_one_are_killed(ground: Ground) -> None:
    crew, taken_over = Crew(ground, lease_s=victim.LEASE_S), 0
    await crew.complete()
    undisturbed = {desk.name: await ground.undisturbed(desk) for desk in ground.desks}
    for number in range(REPEATS):
        tickets, left = await _bereaved(ground, crew, number)
        await ground.ends_well(tickets, undisturbed)
        taken_over += left
    assert taken_over >= REPEATS / 4, "too little was under way at the kills for this to prove anything"


async def test_the_products_own_time_out_is_kept_to_as_well(ground: Ground) -> None:
    crew = Crew(ground, lease_s=LEASE_S)
    await crew.complete()
    undisturbed = {desk.name: await ground.undisturbed(desk) for desk in ground.desks}
    tickets, _ = await _bereaved(ground, crew, 1)
    await ground.ends_well(tickets, undisturbed)
