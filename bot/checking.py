"""``policy check``: the file, held against every verb, connector and skill there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from approvals.policy import Rulebook
from bot.config import load_config
from bot.core.errors import Misconfigured
from bot.opening import open_connectors, open_sources, rulebook
from bot.settings import Environment


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a file without mistakes brought."""

    rules: int
    modes: int
    warnings: tuple[str, ...]


def check(environ: Mapping[str, str], path: Path | None) -> Checked:
    """Look for every mistake in the file, whichever part it is in.

    Raises:
        Misconfigured: all that was found, a line each.
    """
    env = Environment(environ)
    config = load_config(path, env)
    names, found, book = frozenset(config.file.connectors), list[str](), Rulebook()
    try:
        opened = open_connectors(config, env)
        names |= frozenset(opened)
        open_sources(config, env, opened)
    except Misconfigured as error:
        found.append(str(error))
    try:
        book = rulebook(config, names)
    except Misconfigured as error:
        found.append(str(error))
    if found:
        raise Misconfigured("\n".join(found))
    return Checked(len(book.rules), len(book.modes), tuple(config.warnings()))
