"""A Jira on loopback for each test; whatever a test did on Cloud, Atlassian's documents judge it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.jira import JiraSandbox
from sandbox.jira.records import Flavour
from tests.connectors.jira.building import Desk, connect
from tests.sandbox.jira.openapi_judge import assert_valid


async def running(flavour: Flavour) -> AsyncIterator[Desk]:
    site = JiraSandbox(flavour=flavour)
    await site.start()
    connector = connect(site)
    yield Desk(site, connector, site.world.create_issue("VPN drops", description="Since Monday, from home."))
    await connector.close()
    await site.stop()
    if flavour == "cloud":
        judge(site)


def judge(site: JiraSandbox) -> None:
    """Atlassian publishes documents for Cloud only; without them there is nothing to judge by."""
    try:
        assert_valid(site.exchanges)
    except pytest.skip.Exception:
        return


@pytest.fixture
async def cloud() -> AsyncIterator[Desk]:
    async for desk in running("cloud"):
        yield desk


@pytest.fixture
async def dc() -> AsyncIterator[Desk]:
    async for desk in running("dc"):
        yield desk


@pytest.fixture(params=["cloud", "dc"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async for one in running(request.param):
        yield one
