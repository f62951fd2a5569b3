"""``countersign learn``: past tickets from a file or a connector into the local brain's history."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.brain.files import parse_map, read_past
from bot.config import load_config
from bot.core.errors import Misconfigured
from bot.opening import open_connectors
from bot.settings import Environment, read_settings
from bot.thinking import history_in

LESSON = 2_000
"""Solved tickets read from a connector at once: enough to start, some minutes of a vendor's patience."""


def learn_file(environ: Mapping[str, str], file: Path, mapping: str, connector: str) -> dict[str, Any]:
    """Learn from a file.

    Raises:
        Misconfigured: a row or column cannot be used; names line and column.
    """
    settings = read_settings(Environment(environ))
    history = history_in(settings.data)
    learned = history.learn(connector, read_past(file, parse_map(mapping)))
    return {"learned": learned.added, "skipped": learned.skipped, "kept": len(history.load(connector))}


async def learn_from(environ: Mapping[str, str], config: Path | None, source: str) -> dict[str, Any]:
    """Learn from what a connector has solved.

    Raises:
        Misconfigured: no connector is called ``source``.
        Retry, Forbidden: it is away, or refuses us.
    """
    env = Environment(environ)
    opened = open_connectors(load_config(config, env), env)
    if source not in opened:
        raise Misconfigured(
            f"no connector is called {source!r}; known are {', '.join(sorted(opened)) or 'none'}"
        )
    connector = opened[source]
    try:
        past = await connector.solved(LESSON)
    finally:
        for each in opened.values():
            await each.close()
    history = history_in(read_settings(env).data)
    learned = history.learn(source, past)
    return {"learned": learned.added, "skipped": learned.skipped, "kept": len(history.load(source))}
