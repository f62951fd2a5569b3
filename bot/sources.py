"""The holes in the wall for context: knowledge, inventory and telemetry, as tools that only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

from bot.core.passages import Field, Passage


@dataclass(frozen=True, slots=True)
class Lookup:
    """One question a source answers."""

    name: str
    """``<verb>_<noun>``, letters, digits and underscores: ``search_articles``."""
    field: Field
    about: str
    """One or two English sentences for whoever chooses among tools: what it finds, when to use it."""
    arguments: type[BaseModel]
    """All it takes; extra ones are refused. A free-text question is called ``query`` in every lookup."""


class Source(Protocol):
    """One running source of context, opened with its settings. It has no way to change anything."""

    @property
    def name(self) -> str:
        """The instance's name in the configuration."""
        ...

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        """What can be asked, by name."""
        ...

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        """Answer ``lookup``, best first; nothing found is an empty answer.

        Raises:
            Retry: the source is busy or away.
            Refused: the source does not understand the question; says what would do.
            Forbidden: our credentials are refused. Missing: what was asked for by key is not there.
        """
        ...

    async def close(self) -> None:
        """Give back sockets and threads."""
        ...
