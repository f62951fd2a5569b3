"""All replicas but one are killed with -9 at once: that one takes over within the claim time-out."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.pump import LEASE_S
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
Tickets = list[tuple[Desk, str]]


class Crew:
    """One intake and some workers; whoever was killed can be replaced."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._ports = [free_port() for _ in range(WORKERS)]
        self.alive: dict[str, Victim] = {}

    async def complete(self) -> None:
        """Start everybody who is not there."""
        roles = {"intake": self._ground.port} | {f"worker{n}": port for n, port in enumerate(self._ports)}
        missing = [name for name in roles if name not in self.alive]
        started = await asyncio.gather(
            *(self._ground.bot(name.rstrip("0123456789"), port=roles[name], name=name) for name in missing)
        )
        self.alive |= dict(zip(missing, started, strict=True))

    async def only(self, survivor: str) -> None:
        """Kill everybody else, all at once."""
        others = [name for name in self.alive if name != survivor]
        await asyncio.gather(*(self.alive.pop(name).killed() for name in others))


async def _held_by_the_dead(ground: Ground) -> int:
    return sum([len(await ground.dead_workers(pool)) for pool in ALL_POOLS])


async def _taken_over(ground: Ground, within_s: float) -> int:
    """Wait until nothing is in the hands of the dead; returns in how many hands something was."""
    end, left = time.monotonic() + within_s, await _held_by_the_dead(ground)
    while await _held_by_the_dead(ground):
        assert time.monotonic() < end, f"left lying for {within_s:g} s"
        await asyncio.sleep(LOOK_S)
    return left


async def _bereaved(ground: Ground, crew: Crew, number: int, *, waits: bool) -> tuple[Tickets, int]:
    """Kill all but one in the middle of some tickets and see that one through.

    ``waits``: until the leases have run out by themselves. Returns the tickets, all of them acknowledged
    before, and in how many hands of the dead something was.
    """
    desk, survivor = ground.desks[number % len(ground.desks)], f"worker{number % WORKERS}"
    tickets, since = [(desk, await ground.asked(desk))], ground.sent()
    (card,) = await ground.cards(*tickets[0])
    tickets += [(each, ground.opens(each)) for each in (*ground.desks, *ground.desks)]
    assert (await ground.approves(card)).ok
    await ground.until(lambda: ground.taken_in(since))
    await asyncio.sleep(STEP_S * number)
    await crew.only(survivor)
    if not waits:
        await ground.leases_run_out()
    left = await _taken_over(ground, SWEEP_S + MARGIN_S + (LEASE_S if waits else 0.0))
    await crew.complete()
    await ground.settles(within_s=SETTLED_S)
    return tickets, left


async def test_all_replicas_but_one_are_killed(ground: Ground) -> None:
    crew, taken_over = Crew(ground), 0
    await crew.complete()
    undisturbed = {desk.name: await ground.undisturbed(desk) for desk in ground.desks}
    for number in range(REPEATS):
        tickets, left = await _bereaved(ground, crew, number, waits=False)
        await ground.ends_well(tickets, undisturbed)
        taken_over += left
    await ground.check_audit()
    assert taken_over >= REPEATS / 4, "too little was under way at the kills for this to prove anything"


async def test_within_the_claim_time_out(ground: Ground) -> None:
    """Once without any help: the fifteen seconds are waited for."""
    crew = Crew(ground)
    await crew.complete()
    undisturbed = {desk.name: await ground.undisturbed(desk) for desk in ground.desks}
    tickets, _ = await _bereaved(ground, crew, 1, waits=True)
    await ground.ends_well(tickets, undisturbed)
