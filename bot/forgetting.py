"""``countersign forget``, the other half: a ticket leaves what replicas compare open tickets by."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from bot.app import PREFIX
from bot.operating import reached
from bot.runtime.sightings import Sightings
from bot.settings import Environment, read_settings

EMBEDDED: Final = "redis"
"""The embedded server's folder in the data directory; without it, none has ever run here."""


async def forget_open(environ: Mapping[str, str], connector: str, key: str) -> bool:
    """Drop an open ticket's words from Redis, and keep it out from now on; whether there were any.

    Replicas drop what they hold in memory within seconds. Where no bot has ever run there is nothing to drop.

    Raises:
        Misconfigured: settings cannot be used, or no server can be started here.
        Unavailable: Redis is away; nothing was dropped, so call it again.
    """
    settings = read_settings(Environment(environ))
    if not settings.redis_url and not await asyncio.to_thread((settings.data / EMBEDDED).is_dir):
        return False
    async with reached(environ) as redis:
        return await Sightings(redis, PREFIX).forget(connector, key)
