"""A ServiceNow on loopback for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.servicenow import ServiceNowSandbox
from tests.connectors.servicenow.building import Desk, connect


@pytest.fixture
async def vendor() -> AsyncIterator[ServiceNowSandbox]:
    running = ServiceNowSandbox()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def desk(vendor: ServiceNowSandbox) -> AsyncIterator[Desk]:
    connector = connect(vendor.url)
    number = vendor.world.create_incident(
        "VPN drops every ten minutes", "Since Monday, from home only.", category="inquiry"
    )
    yield Desk(vendor, connector, number)
    await connector.close()
