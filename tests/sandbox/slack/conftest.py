"""A fake Slack for each test, with a clock the test moves."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox

DATA = Path(__file__).parents[3] / "../shared/data/slack"
"""Outside data; tests that need it skip without it."""
SlackClient = Any
"""``AsyncWebClient``, whose methods are only half annotated: strict checkers refuse every call."""
CARD: list[dict[str, Any]] = [
    {"type": "section", "block_id": "p1:1:f", "text": {"type": "mrkdwn", "text": "*OPS-1* to Done?"}},
    {
        "type": "actions",
        "block_id": "p1:1:a",
        "elements": [
            {
                "type": "button",
                "action_id": "approval:approve",
                "text": {"type": "plain_text", "text": "Approve"},
                "value": "p1|1",
            },
            {
                "type": "overflow",
                "action_id": "approval:more",
                "options": [
                    {"text": {"type": "plain_text", "text": "Snooze"}, "value": "snooze|p1|1"},
                    {"text": {"type": "plain_text", "text": "Why?"}, "value": "why|p1|1"},
                ],
            },
        ],
    },
]
MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "approval:edit_submit",
    "title": {"type": "plain_text", "text": "Edit"},
    "submit": {"type": "plain_text", "text": "Approve"},
    "private_metadata": "p1|1",
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Reply"},
            "element": {
                "type": "plain_text_input",
                "action_id": "text",
                "initial_value": "as drafted",
                "max_length": 20,
            },
        }
    ],
}


class Clock:
    """Real time plus what a test adds."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


Make = Callable[..., Awaitable[SlackSandbox]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def make_slack(clock: Clock) -> AsyncIterator[Make]:
    """Start a fake Slack with the given options."""
    running: list[SlackSandbox] = []

    async def make(**options: Any) -> SlackSandbox:
        short: dict[str, Any] = {"clock": clock, "deadline_s": 0.5, "retry_delays_s": (0.0, 0.01, 0.02)}
        sandbox = SlackSandbox(**{**short, **options})
        running.append(sandbox)
        await sandbox.start()
        return sandbox

    yield make
    for sandbox in running:
        await sandbox.stop()


@pytest.fixture
async def slack(make_slack: Make) -> SlackSandbox:
    return await make_slack()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(slack: SlackSandbox, http: aiohttp.ClientSession) -> SlackClient:
    return client_of(slack, http)


def client_of(slack: SlackSandbox, http: aiohttp.ClientSession, token: str | None = None) -> SlackClient:
    """Slack's own client, pointed at the sandbox."""
    name = slack.options.bot_token if token is None else token
    return AsyncWebClient(token=name, base_url=slack.api_url, session=http, retry_handlers=[])
