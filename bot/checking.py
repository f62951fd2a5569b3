"""``policy check``: the file, held against every verb, connector and skill there is."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import connectors
import skills
from approvals.policy import Rulebook
from bot.config import Config, load_config
from bot.core.errors import Misconfigured
from bot.core.ids import ActionName
from bot.opening import open_connectors
from bot.ports import ActionType
from bot.registry import discover
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
        names |= frozenset(open_connectors(config, env))
    except Misconfigured as error:
        found.append(str(error))
    try:
        book = checked(config, names)
    except Misconfigured as error:
        found.append(str(error))
    if found:
        raise Misconfigured("\n".join(found))
    return Checked(len(book.rules), len(book.modes), tuple(config.warnings()))


def checked(config: Config, names: frozenset[str]) -> Rulebook:
    """Return the policy; ``names``: of the connectors that are set up.

    Raises:
        Misconfigured: every rule that names what does not exist, cannot match or cannot be decided.
    """
    verbs = known_verbs()
    return config.rulebook(
        actions=frozenset(map(str, verbs)),
        connectors=names | frozenset(discover(connectors, "CONNECTOR")),
        skills=tuple(discover(skills, "SKILL")),
        verbs=verbs.values(),
    )


def known_verbs() -> dict[ActionName, ActionType]:
    """Return every verb of every kind of connector, whether it is set up or not."""
    found: list[ActionType] = []
    for kind in discover(connectors, "CONNECTOR"):
        found += discover(importlib.import_module(f"connectors.{kind}.actions"), "ACTION").values()
    return {verb.name: verb for verb in found}
