"""What the suite that every source has to pass needs to know of Prometheus."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from bot.sources import Source
from connectors.prometheus import SOURCE
from connectors.prometheus.settings import PrometheusSettings
from sandbox.prometheus import PrometheusSandbox
from tests.connectors.source_conformance import Asked, SourceCase

SECRET = "sandbox-token"
QUESTIONS: dict[str, dict[str, Any]] = {
    "search_metrics": {"query": "queue depth"},
    "read_metric": {"metric": "queue_depth", "labels": [{"name": "queue", "value": "mail"}]},
    "list_alerts": {"query": "queue"},
}


def at(url: str) -> Source:
    return SOURCE.open("metrics", PrometheusSettings.model_validate({"url": url, "token": SECRET}))


@asynccontextmanager
async def running() -> AsyncGenerator[Asked]:
    vendor = PrometheusSandbox()
    vendor.metric("queue_depth", "Messages waiting.", queue="mail")
    vendor.metric("queue_depth", "Messages waiting.", queue="print")
    vendor.alert("QueueFull", "2026-11-21T09:00:00.123456789Z", "the mail queue grows", severity="page")
    await vendor.start()
    source = at(vendor.url)
    yield Asked(vendor, source, vendor.url, QUESTIONS)
    await source.close()
    await vendor.stop()


SOURCES = {"token": SourceCase(running, at, QUESTIONS, SECRET)}
