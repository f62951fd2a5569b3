"""What a site knows beside its tickets: the knowledge bases of its service desks."""

from __future__ import annotations

from bot.sources import Source
from connectors.jira.settings import JiraSettings
from connectors.jira.sources.knowledge import Knowledge


def sources_of(name: str, settings: JiraSettings) -> tuple[Source, ...]:
    """Return those that ``settings`` name, called after the connector. Does no I/O."""
    return (Knowledge(f"{name}-knowledge", settings),) if settings.knowledge else ()
