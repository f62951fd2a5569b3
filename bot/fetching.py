"""Solved tickets out of a connector that was set up, page by page: what learning and measuring both read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.config import load_config
from bot.core.errors import Misconfigured
from bot.learning import teachable
from bot.opening import open_connectors
from bot.ports import Connector, PastPage
from bot.settings import Environment


@asynccontextmanager
async def connected(environ: Mapping[str, str], config: Path | None, name: str) -> AsyncGenerator[Connector]:
    """Open what is configured and give the connector called ``name``; all of it is closed afterwards.

    Raises:
        Misconfigured: no connector is called so; says which are.
    """
    opened = await asyncio.to_thread(_opened, Environment(environ), config)
    try:
        if name not in opened:
            known = ", ".join(sorted(opened)) or "none"
            raise Misconfigured(f"no connector is called {name!r}; known are {known}")
        yield opened[name]
    finally:
        for each in opened.values():
            await each.close()


async def lessons_page(connector: Connector, query: str, after: str) -> PastPage:
    """Return one page, its tickets with nothing but what could be suggested. Raises as ``solved_page``."""
    page = await connector.solved_page(query, after)
    return replace(page, tickets=tuple(teachable(each, connector) for each in page.tickets))


def _opened(env: Environment, config: Path | None) -> dict[str, Connector]:
    return open_connectors(load_config(config, env), env)
