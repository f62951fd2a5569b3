"""What the suite that every source of context has to pass has to know of one.

``tests/connectors/<kind>/sources.py`` exports ``SOURCES``: a ``SourceCase`` for each shape its vendor has.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import connectors
from bot.core.foreign import thing, things
from bot.core.passages import Passage
from bot.kinds import Kind
from bot.registry import discover
from bot.sources import Source
from sandbox.vendor import Vendor

KINDS: Mapping[str, Kind[Source]] = discover(connectors, "SOURCE")
BRINGING = ("jira", "servicenow")
"""Connectors that bring sources of their own."""


@dataclass(frozen=True)
class Asked:
    """A fake vendor, and a source that talks to it."""

    vendor: Vendor
    source: Source
    base: str
    """Its address in the configuration."""
    questions: Mapping[str, Mapping[str, Any]]
    """For each lookup arguments that find something."""

    async def look(self, lookup: str) -> list[Passage]:
        """Ask the question of ``lookup``."""
        arguments = self.source.lookups[lookup].arguments.model_validate(self.questions[lookup])
        return list(await self.source.look(lookup, arguments))


@dataclass(frozen=True)
class SourceCase:
    """One source in one shape."""

    running: Callable[[], AbstractAsyncContextManager[Asked]]
    at: Callable[[str], Source]
    """The same source at another address."""
    questions: Mapping[str, Mapping[str, Any]]
    """One that is well formed, for each lookup, wherever the source is."""
    secret: str
    """What it logs in with."""


def every_source() -> dict[str, SourceCase]:
    """Return every shape of every source, by a name for the test's id; each kind must have one."""
    found: dict[str, SourceCase] = {}
    for kind in (*KINDS, *BRINGING):
        cases: Mapping[str, SourceCase] = importlib.import_module(f"tests.connectors.{kind}.sources").SOURCES
        found |= {f"{kind}-{shape}": case for shape, case in cases.items()}
    return found


def unbounded(schema: object, path: str = "") -> Iterator[str]:
    """Yield where a schema takes text, lists or numbers of any size."""
    held = thing(schema)
    kind, at_most = held.get("type"), {"string": {"maxLength", "pattern", "enum"}, "array": {"maxItems"}}
    if kind in at_most and not at_most[str(kind)] & held.keys():
        yield path
    if kind in {"integer", "number"} and not {"minimum", "maximum"} <= held.keys():
        yield path
    for name, part in [*held.items(), *enumerate(things(schema))]:
        yield from unbounded(part, f"{path}/{name}")
