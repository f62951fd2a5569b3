"""The Slack of the demo, and what its page shows of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.demo.chat import Chat
from sandbox.demo.estate import hire_director
from sandbox.slack import SlackSandbox


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    vendor = SlackSandbox(deadline_s=0.05, retry_delays_s=())
    hire_director(vendor)
    await vendor.start()
    yield vendor
    await vendor.stop()


@pytest.fixture
def client(slack: SlackSandbox) -> Any:
    """slack_sdk's own client; its methods' types are incomplete."""
    return AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)


@pytest.fixture
def chat(slack: SlackSandbox) -> Chat:
    return Chat(slack)
