"""What there is on this machine: connectors, skills, and the policy checked against both."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

import connectors
import skills
from approvals.policy import Rulebook
from bot.config import Config
from bot.core.errors import Misconfigured
from bot.core.ids import ActionName
from bot.ports import ActionType, Connector, ConnectorKind, Skill
from bot.registry import discover
from bot.settings import Environment


def open_connectors(config: Config, env: Environment) -> dict[str, Connector]:
    """Make every connector that the file or the environment names.

    Raises:
        Misconfigured: a kind that does not exist, or settings that cannot be used.
    """
    kinds: dict[str, ConnectorKind] = discover(connectors, "CONNECTOR")
    sections = dict(config.file.connectors)
    for name, kind in kinds.items():
        named = any(section.get("kind", own) == name for own, section in sections.items())
        if not named and env.get(kind.environment["url"]):
            sections[name] = {"kind": name}
    return {name: _open(name, section, kinds, config, env) for name, section in sections.items()}


def rulebook(config: Config, names: Iterable[str]) -> Rulebook:
    """Return the policy in force, checked against what there is. ``names``: of the connectors set up.

    Raises:
        Misconfigured: it names an action, a connector or a skill that does not exist.
    """
    verbs = known_verbs()
    found: dict[str, Skill] = discover(skills, "SKILL")
    return config.rulebook(
        actions=frozenset(verbs),
        connectors=frozenset(names) | frozenset(discover(connectors, "CONNECTOR")),
        skills=tuple(found),
        on_request=frozenset(name for name, skill in found.items() if not skill.on_change),
        verbs=tuple(verbs.values()),
    )


def known_verbs() -> dict[ActionName, ActionType]:
    """Return every verb of every connector there is, set up or not."""
    found: dict[ActionName, ActionType] = {}
    for kind in discover(connectors, "CONNECTOR"):
        verbs: dict[str, ActionType] = discover(
            importlib.import_module(f"connectors.{kind}.actions"), "ACTION"
        )
        found |= {verb.name: verb for verb in verbs.values()}
    return found


def _open(
    name: str,
    section: Mapping[str, Any],
    kinds: Mapping[str, ConnectorKind],
    config: Config,
    env: Environment,
) -> Connector:
    kind = kinds.get(str(section.get("kind", name)))
    if kind is None:
        known = ", ".join(sorted(kinds))
        raise Misconfigured(
            f"{config.at('connectors', name, 'kind')}: no connector is called so; known are {known}"
        )
    values = {field: value for field, variable in kind.environment.items() if (value := env.get(variable))}
    values |= {key: value for key, value in section.items() if key != "kind"}
    try:
        return kind.open(name, kind.settings.model_validate(values))
    except ValidationError as error:
        told = [_told(name, problem, kind, config) for problem in error.errors(include_input=False)]
        raise Misconfigured("\n".join(told)) from error


def _told(name: str, problem: Any, kind: ConnectorKind, config: Config) -> str:
    """Name the key or the variable and what is wrong with it; never its value, which may be a secret."""
    path = tuple(problem["loc"])
    variable = kind.environment.get(str(path[0])) if path else None
    where = config.at("connectors", name, *path)
    also = f" (or set {variable})" if variable else ""
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}{also}"
