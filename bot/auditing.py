"""What an operator does with the audit from the command line, on the Redis that the replicas share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from redis.asyncio import Redis

from bot.app import PREFIX
from bot.audit.chain import Chain
from bot.audit.export import Exporter, Wanted
from bot.audit.keys import FILE, VARIABLE, SigningKey, find_key
from bot.audit.ratings import Rated
from bot.audit.ratings import ratings as read_ratings
from bot.audit.sealer import Sealer
from bot.audit.shredding import Shredder
from bot.clock import SystemClock
from bot.core.errors import Misconfigured
from bot.operating import os_login, reached
from bot.settings import Environment, read_settings


@dataclass(frozen=True, slots=True)
class Shredded:
    """How a request to destroy words ended."""

    done: bool
    """False: it is asked for, and no worker has done it yet."""
    history: bool
    """Whether Redis is writing its append-only file anew, which still had the key."""


async def export(
    environ: Mapping[str, str], file: BinaryIO, wanted: Wanted, told: Callable[[int], None]
) -> int:
    """Write an export to ``file``; returns how many bytes. ``told`` hears now and then how far it is.

    Raises:
        Misconfigured: there is no key on this machine, or it has sealed nothing.
        Retry: Redis does not answer. Malformed: the store is damaged, or was pruned meanwhile.
    """
    async with _chain(environ) as (chain, key):
        if key is None:
            raise Misconfigured(
                f"there is no audit key on this machine ({VARIABLE}, or {FILE} in the data directory), and "
                "the end of an export is signed. Run it where the bot runs"
            )
        signers = await chain.signers()
        if not signers or key.public.id in signers:
            # Up to this second. A key that has sealed nothing where others have may be on the wrong machine:
            # refused below.
            await Sealer(chain.redis, chain.prefix, key, SystemClock()).drain()
        size = 0
        async for part in Exporter(chain, key, SystemClock()).export(wanted):
            await asyncio.to_thread(file.write, part)
            size += len(part)
            told(size)
        await asyncio.to_thread(file.flush)
    return size


async def shred(environ: Mapping[str, str], ticket: str, why: str) -> Shredded:
    """Destroy the words about ``ticket``. Raises as :meth:`bot.audit.shredding.Shredder.shred`."""
    async with _chain(environ) as (chain, key):
        clock = SystemClock()
        known = key is not None and key.public.id in await chain.signers()
        sealer = Sealer(chain.redis, chain.prefix, key, clock) if key is not None and known else None
        shredder = Shredder(chain, clock, sealer)
        done = await shredder.shred(ticket, by=f"cli:{os_login()}", why=why)
        return Shredded(done, done and await shredder.forget_history())


async def status(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return where the audit stands. Raises Retry when Redis does not answer."""
    async with _chain(environ) as (chain, _):
        tip, gone = await chain.tip(), (await chain.pruned()).number
        return {
            "records": tip.number,
            "sealed_at": datetime.fromtimestamp(tip.at_ms / 1000).astimezone().isoformat()
            if tip.number
            else "",
            "waiting": await chain.buffered(),
            "gone_by_retention": gone,
            "forwarded": await chain.forwarded(),
            "signers": await chain.signers(),
        }


async def ratings(environ: Mapping[str, str], days: int) -> Rated:
    """Return what people thought of answers in the last ``days``. Raises as ``bot.audit.ratings.ratings``."""
    async with _chain(environ) as (chain, _):
        return await read_ratings(chain, SystemClock().now() - timedelta(days=days))


@asynccontextmanager
async def _chain(environ: Mapping[str, str]) -> AsyncGenerator[tuple[Chain, SigningKey | None]]:
    env = Environment(environ)
    key = await asyncio.to_thread(find_key, env, read_settings(env).data)
    async with reached(environ) as redis:
        known: Redis = redis
        yield Chain(known, PREFIX), key
