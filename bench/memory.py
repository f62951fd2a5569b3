"""Resident memory of ``python -m bot run``: idle, and over many tickets, whose slope has to be nothing.

Tickets come in rounds as fast as the bot works them off; after each round, with nothing left to do, its
memory is read. The first quarter of the rounds fills what is bounded (caches, threads, pools) and does not
count. The embedded server is a process of its own and is shown beside it: it keeps every ticket's dossier.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter

from bench.estate import Estate, estate
from bench.table import Row
from bench.wire import closed_loop

IDLE_MIB_MAX = 150.0
SLOPE_MIB_MAX = 0.5
"""Per 1,000 tickets, so 10 MiB over 20,000: what an allocator's own untidiness may come to."""
ROUND = 100
IDLE_S = 3.0


async def run(*, quick: bool) -> list[Row]:
    """Measure over 20,000 tickets, some ten minutes; ``quick`` over 400, which proves no slope."""
    return await (measure(4, ROUND, judged=False) if quick else measure(200, ROUND, judged=True))


async def measure(rounds: int, each: int, *, judged: bool) -> list[Row]:
    """Send ``rounds`` rounds of ``each`` tickets; ``judged``: enough of them to judge the slope."""
    async with estate("bot") as world:
        await asyncio.sleep(IDLE_S)
        idle, server = world.bot.resident_mib(), world.bot.kin_mib()
        began, levels = perf_counter(), list[float]()
        for _ in range(rounds):
            await _round(world, each)
            levels.append(world.bot.resident_mib())
        rate = rounds * each / (perf_counter() - began)
        after = world.bot.kin_mib()
    settled = levels[len(levels) // 4 :]
    rise = slope(settled) * 1000 / each
    return [
        Row(
            measure="memory idle, resident",
            value=f"{idle:.0f} MiB",
            target=f"< {IDLE_MIB_MAX:.0f} MiB",
            ok=idle < IDLE_MIB_MAX,
            dominates=f"imported libraries; the embedded server beside it has {server:.0f} MiB",
        ),
        Row(
            measure=f"memory over {rounds * each:,} tickets, slope",
            value=f"{rise:+.3f} MiB per 1,000",
            target=f"< {SLOPE_MIB_MAX} MiB per 1,000",
            ok=rise < SLOPE_MIB_MAX if judged else None,
            dominates=(
                f"{settled[0]:.0f} MiB after a quarter, {settled[-1]:.0f} at the end, "
                f"at {rate:.0f} tickets/s; the server went from {server:.0f} to {after:.0f} MiB: "
                "dossiers and audit"
            ),
        ),
    ]


async def _round(world: Estate, count: int) -> None:
    tickets = await world.prepare(count)
    load = await closed_loop(world.bot.port, [ticket.webhook for ticket in tickets], connections=4)
    if set(load.statuses) != {202}:
        raise RuntimeError(f"not all were accepted: {dict(load.statuses)}")
    await world.idle()
    await world.forget()


def slope(levels: Sequence[float]) -> float:
    """Return the rise per step of the line that fits ``levels`` best (least squares)."""
    count = len(levels)
    centre, mean = (count - 1) / 2, sum(levels) / count
    below = sum((place - centre) ** 2 for place in range(count))
    above = sum((place - centre) * (level - mean) for place, level in enumerate(levels))
    return above / below if below else 0.0
