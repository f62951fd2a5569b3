"""What the suite that every source has to pass needs to know of ServiceNow's knowledge and inventory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from pydantic import BaseModel

from bot.core.passages import Passage
from bot.ports import Connector
from bot.sources import Lookup, Source
from connectors.servicenow import CONNECTOR
from connectors.servicenow.settings import ServiceNowSettings
from sandbox.servicenow import ServiceNowSandbox
from sandbox.servicenow.store import sys_id_of
from tests.connectors.source_conformance import Asked, SourceCase

SECRET = "sandbox-key"
ERP = sys_id_of("cmdb_ci", "ERP")
QUESTIONS: dict[str, dict[str, dict[str, str]]] = {
    "knowledge": {"search_articles": {"query": "vpn drops"}, "read_article": {"article": "KB0000002"}},
    "cmdb": {
        "search_items": {"query": "payroll"},
        "read_item": {"item": ERP},
        "list_neighbours": {"item": ERP},
    },
}


class Closing:
    """A source that closes the connector which brought it, so that a suite has one thing to close."""

    def __init__(self, which: str, connector: Connector) -> None:
        self.connector = connector
        (self.source,) = (each for each in connector.sources if each.name.endswith(which))
        self.name, self.lookups = self.source.name, self.source.lookups

    name: str
    lookups: Mapping[str, Lookup]

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        return await self.source.look(lookup, arguments)

    async def close(self) -> None:
        await self.source.close()
        await self.connector.close()


def opened(url: str, **more: Any) -> Connector:
    settings = {"url": url, "api_key": SECRET, **more}
    return CONNECTOR.open("servicenow", ServiceNowSettings.model_validate(settings))


def at(which: str) -> Callable[[str], Source]:
    return lambda url: Closing(which, opened(url))


def running(which: str) -> Callable[[], AbstractAsyncContextManager[Asked]]:
    @asynccontextmanager
    async def start() -> AsyncGenerator[Asked]:
        vendor = ServiceNowSandbox()
        await vendor.start()
        source = Closing(which, opened(vendor.url))
        yield Asked(vendor, source, vendor.url, QUESTIONS[which])
        await source.close()
        await vendor.stop()

    return start


SOURCES = {which: SourceCase(running(which), at(which), QUESTIONS[which], SECRET) for which in QUESTIONS}
