"""From nothing to ready: ``python -m bot run`` on an empty data directory, its own server included."""

from __future__ import annotations

import tempfile

import aiohttp

from bench.processes import asked, child, until_ready
from bench.table import Row, middle

TARGET_S = 2.0


async def run(*, quick: bool) -> list[Row]:
    """Start it several times, with Jira and Slack configured, each time with a directory of its own."""
    return await measure(2 if quick else 7)


async def measure(times: int) -> list[Row]:
    """Start it ``times`` times."""
    took: list[float] = []
    async with child("bench.vendors") as vendors, aiohttp.ClientSession() as session:
        known = await asked(session, f"{vendors.url}/_control/bench/environment")
        for _ in range(times):
            with tempfile.TemporaryDirectory(prefix="countersign-bench-") as folder:
                env = {
                    **known["jira"],
                    **known["slack"],
                    "COUNTERSIGN_DATA": folder,
                    "COUNTERSIGN_PORT": "0",
                    "COUNTERSIGN_LOG_LEVEL": "WARNING",
                }
                async with child("bot", "run", env=env) as bot:
                    took.append(await until_ready(bot))
    typical = middle(took)
    return [
        Row(
            measure=f"start to ready, median of {len(took)}",
            value=f"{typical:.2f} s",
            target=f"< {TARGET_S:.0f} s",
            ok=typical < TARGET_S,
            dominates="imports: aiohttp, pydantic, slack_bolt, jira; the server takes some 50 ms of it",
        )
    ]
