"""``countersign eval --live``: what was said of real tickets, as the replicas' Redis remembers it."""

from __future__ import annotations

from collections.abc import Mapping

from redis.asyncio import Redis

from bot.app import PREFIX
from bot.brain.measure.live import Live, Place, live_of
from bot.operating import reached
from bot.runtime.outcomes import Outcomes


async def live(environ: Mapping[str, str], connector: str, target: float) -> Live:
    """Return what has turned out of ``connector``; empty: of all.

    Raises:
        Misconfigured: settings cannot be used, or no server can be started here.
        Unavailable: Redis does not answer.
    """
    async with reached(environ) as redis:
        return await live_in(redis, PREFIX, connector, target)


async def live_in(redis: Redis, prefix: str, connector: str, target: float) -> Live:
    """Return as :func:`live`, of the store under ``prefix``."""
    kept = Outcomes(redis, prefix)
    found = [
        (Place(kind.connector, kind.skill, kind.field, kind.queue), await kept.of(kind))
        for kind in await kept.kinds()
        if connector in {"", kind.connector}
    ]
    return live_of(found, target)
