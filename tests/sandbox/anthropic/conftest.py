"""A running fake Messages API and the real SDK's client against it."""

from collections.abc import AsyncIterator

import pytest
from anthropic import AsyncAnthropic

from sandbox.anthropic import AnthropicSandbox


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def vendor(clock: Clock) -> AsyncIterator[AnthropicSandbox]:
    running = AnthropicSandbox(clock=clock)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def client(vendor: AnthropicSandbox) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(base_url=vendor.url, api_key=vendor.api_key, max_retries=0) as made:
        yield made
