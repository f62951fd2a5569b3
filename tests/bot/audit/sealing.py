"""A sealer as a process of its own, for whoever wants to kill it.

``python -m tests.bot.audit.sealing URL PREFIX DATA``
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.audit import sealer as sealing
from bot.audit.keys import own_key
from bot.audit.sealer import Sealer
from bot.clock import SystemClock
from bot.runtime.redis_client import command_client
from bot.settings import Environment


async def main(url: str, prefix: str, data: str) -> None:
    """Seal a little at a time until killed."""
    sealing.__dict__["RECORDS_MAX"] = 7  # many segments, so many places to die in
    key = await asyncio.to_thread(own_key, Environment({}), Path(data))
    sealer = Sealer(command_client(url), prefix, key, SystemClock())
    sys.stdout.write("sealing\n")
    sys.stdout.flush()
    while True:
        await sealer.drain()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
