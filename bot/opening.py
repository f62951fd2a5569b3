"""What there is on this machine: connectors, skills, and the policy checked against both."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

import connectors
import skills
from approvals.policy import Rulebook
from bot.config import Config
from bot.core.errors import Misconfigured
from bot.core.ids import ActionName
from bot.handbook import HANDBOOK, KIND, Handbook, HandbookSettings
from bot.kinds import Kind
from bot.ports import ActionType, Connector, Skill
from bot.registry import discover
from bot.settings import Environment
from bot.sources import Source

KNOWLEDGE: Final = "knowledge"
"""What the source over ``brain.knowledge`` is called."""
Opened = TypeVar("Opened", bound=Connector | Source)


def open_connectors(config: Config, env: Environment) -> dict[str, Connector]:
    """Make every connector that the file or the environment names.

    Raises:
        Misconfigured: a kind that does not exist, or settings that cannot be used.
    """
    kinds: dict[str, Kind[Connector]] = discover(connectors, "CONNECTOR")
    sections = _sections(config.file.connectors, kinds, env)
    opening = _Opening("connectors", kinds, config, env)
    return {
        name: kind.open(name, settings)
        for name, section in sections.items()
        for kind, settings in [opening.read(name, section)]
    }


def open_sources(config: Config, env: Environment, opened: Mapping[str, Connector]) -> tuple[Source, ...]:
    """Make every source of context that the file or the environment names, and add those of ``opened``.

    The local brain's folder of articles is one as well, called ``knowledge``, unless a source names it.

    Raises:
        Misconfigured: a kind that does not exist, settings that cannot be used, or a name twice.
    """
    kinds: dict[str, Kind[Source]] = {**discover(connectors, "SOURCE"), KIND: HANDBOOK}
    opening = _Opening("sources", kinds, config, env)
    found: list[Source] = []
    for name, section in _sections(config.file.sources, kinds, env).items():
        kind, settings = opening.read(name, section)
        found.append(kind.open(name, settings))
    found += [source for connector in opened.values() for source in connector.sources]
    taken = [source.name for source in found]
    folder = config.file.brain.knowledge
    # One that is not there is told with the policy.
    if folder and Path(folder).is_dir() and not any(isinstance(source, Handbook) for source in found):
        found.append(Handbook(KNOWLEDGE, HandbookSettings(folder=Path(folder))))
        taken.append(KNOWLEDGE)
    for name in taken:
        if taken.count(name) > 1:
            raise Misconfigured(f"{config.at('sources', name)}: another source is called {name!r}: rename it")
    return tuple(found)


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
        sources=frozenset(discover(connectors, "SOURCE")) | {KNOWLEDGE},
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


def _sections(
    written: Mapping[str, Mapping[str, Any]], kinds: Mapping[str, Kind[Any]], env: Environment
) -> dict[str, Mapping[str, Any]]:
    """Add to what is ``written`` each kind whose address the environment has and nothing written is of."""
    sections = dict(written)
    for name, kind in kinds.items():
        named = any(section.get("kind", own) == name for own, section in written.items())
        if not named and "url" in kind.environment and env.get(kind.environment["url"]):
            sections[name] = {"kind": name}
    return sections


@dataclass(frozen=True, slots=True)
class _Opening(Generic[Opened]):
    """One section of the file, whose rows are of these kinds."""

    section: str
    kinds: Mapping[str, Kind[Opened]]
    config: Config
    env: Environment

    def read(self, name: str, row: Mapping[str, Any]) -> tuple[Kind[Opened], BaseModel]:
        """Return the kind of the row called ``name``, and its settings.

        Raises:
            Misconfigured: there is no such kind, or the settings cannot be used.
        """
        kind = self.kinds.get(str(row.get("kind", name)))
        if kind is None:
            known = ", ".join(sorted(self.kinds))
            where = self.config.at(self.section, name, "kind")
            raise Misconfigured(
                f"{where}: no {self.section.removesuffix('s')} is called so; known are {known}"
            )
        values = {
            field: value for field, variable in kind.environment.items() if (value := self.env.get(variable))
        }
        values |= {key: value for key, value in row.items() if key != "kind"}
        try:
            return kind, kind.settings.model_validate(values)
        except ValidationError as error:
            problems = error.errors(include_input=False)
            raise Misconfigured("\n".join(self._told(name, each, kind) for each in problems)) from error

    def _told(self, name: str, problem: Any, kind: Kind[Opened]) -> str:
        """Name the key or the variable and what is wrong with it; never its value, which may be a secret."""
        path = tuple(problem["loc"])
        variable = kind.environment.get(str(path[0])) if path else None
        where = self.config.at(self.section, name, *path)
        also = f" (or set {variable})" if variable else ""
        return f"{where}: {problem['msg'].removeprefix('Value error, ')}{also}"
