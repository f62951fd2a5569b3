"""What the suite that every source has to pass needs to know of Elasticsearch."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from bot.sources import Source
from connectors.elasticsearch import SOURCE
from connectors.elasticsearch.settings import ElasticsearchSettings
from sandbox.elasticsearch import ElasticsearchSandbox
from tests.connectors.source_conformance import Asked, SourceCase

SECRET = "sandbox-api-key"
QUESTIONS: dict[str, dict[str, Any]] = {
    "search_logs": {"query": "timeout"},
    "count_logs": {"query": "timeout", "minutes": 30},
}


def at(url: str) -> Source:
    given = {"url": url, "index": "logs-*", "api_key": SECRET}
    return SOURCE.open("logs", ElasticsearchSettings.model_validate(given))


@asynccontextmanager
async def running() -> AsyncGenerator[Asked]:
    vendor = ElasticsearchSandbox()
    for n in range(60):
        vendor.line(n, f"timeout {n} while sending", service__name="mail", log__level="ERROR")
    vendor.line(1, "timeout in the audit", index="audit-2026", service__name="audit")
    await vendor.start()
    source = at(vendor.url)
    yield Asked(vendor, source, vendor.url, QUESTIONS)
    await source.close()
    await vendor.stop()


SOURCES = {"key": SourceCase(running, at, QUESTIONS, SECRET)}
