"""``sources:`` where context comes from: knowledge, inventory and telemetry, each under a name of its own."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

NAME: Final = r"^[a-z][a-z0-9_-]{0,31}$"
"""It begins the name of each tool that asks the source, and a tool's name has 64 characters."""
SOURCES_MAX: Final = 20
"""Each brings a few tools, and a model chooses badly among a hundred."""


def _not_too_many(value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    if len(value) > SOURCES_MAX:
        raise ValueError(f"write at most {SOURCES_MAX} sources: a model chooses badly among more")
    return value


SourceName = Annotated[str, Field(pattern=NAME)]
SourcesSection = Annotated[dict[SourceName, dict[str, Any]], AfterValidator(_not_too_many)]
"""``sources:``. What each row may hold, its kind knows (``bot.kinds.Kind.settings``)."""
