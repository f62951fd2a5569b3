"""What an instance knows beside its tickets: knowledge articles and configuration items, over one account."""

from __future__ import annotations

from bot.sources import Source
from connectors._threads import PerThread, Threads
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.sources.asking import Asking
from connectors.servicenow.sources.cmdb import Cmdb
from connectors.servicenow.sources.knowledge import Knowledge
from connectors.servicenow.wire import Wire


def sources_of(
    name: str, settings: ServiceNowSettings, threads: Threads, wires: PerThread[Wire]
) -> tuple[Source, ...]:
    """Return those that ``settings`` name, called after the connector. Does no I/O."""
    asking = Asking(threads, wires)
    made: dict[str, Source] = {
        "knowledge": Knowledge(f"{name}-knowledge", settings, asking),
        "cmdb": Cmdb(f"{name}-cmdb", settings.url, asking),
    }
    return tuple(made[wanted] for wanted in dict.fromkeys(settings.sources))
