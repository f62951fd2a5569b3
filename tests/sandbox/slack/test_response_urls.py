"""A response URL works five times in thirty minutes, past every posting permission."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.conftest import CARD, Clock, SlackClient

APPROVALS = "C0APPROVALS"


@pytest.fixture
async def clicked(slack: SlackSandbox, client: SlackClient) -> tuple[str, SlackClient]:
    """The card's ``ts`` and a client of the URL that a guest's click on it gave."""
    ts: str = (await client.chat_postMessage(channel=APPROVALS, text="ask", blocks=CARD))["ts"]
    acked = await slack.world.click("U0GUEST", APPROVALS, ts, "approval:approve")
    return ts, AsyncWebhookClient(acked.response_url, retry_handlers=[])


async def test_it_answers_the_clicker_alone_even_outside_the_channel(
    slack: SlackSandbox, clicked: tuple[str, SlackClient]
) -> None:
    answer = await clicked[1].send(text="Only managers approve.", response_type="ephemeral")
    assert (answer.status_code, answer.body) == (200, "ok")
    assert [message.text for message in slack.world.ephemerals("U0GUEST")] == ["Only managers approve."]
    assert [message.text for message in slack.world.messages(APPROVALS)] == ["ask"]


async def test_it_replaces_and_deletes_the_original(
    slack: SlackSandbox, clicked: tuple[str, SlackClient]
) -> None:
    ts, hook = clicked
    await hook.send(text="decided", replace_original=True)
    message = slack.world.message(APPROVALS, ts)
    assert (message.text, message.blocks) == ("decided", [])
    await hook.send(delete_original=True)
    assert slack.world.messages(APPROVALS) == []


async def test_it_ends_after_five_uses(slack: SlackSandbox, clicked: tuple[str, SlackClient]) -> None:
    answers = [await clicked[1].send(text=str(number)) for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert "used_url" in answers[-1].body
    assert len(slack.world.ephemerals("U0GUEST")) == 5


async def test_it_ends_after_thirty_minutes(
    slack: SlackSandbox, clicked: tuple[str, SlackClient], clock: Clock
) -> None:
    clock.ahead_s = 30 * 60 + 1
    answer = await clicked[1].send(text="late")
    assert (answer.status_code, slack.world.ephemerals("U0GUEST")) == (404, [])


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"response_type": "ephemeral"}, "no_text"),
        ({"text": "x", "blocks": [{"type": "dividr"}]}, "invalid_blocks"),
    ],
)
async def test_it_refuses_what_cannot_be_shown(
    slack: SlackSandbox, clicked: tuple[str, SlackClient], said: dict[str, Any], code: str
) -> None:
    answer = await clicked[1].send_dict(said)
    assert (answer.status_code, code in answer.body) == (400, True)
    assert slack.world.ephemerals("U0GUEST") == []


async def test_an_unknown_address_is_refused(slack: SlackSandbox) -> None:
    hook = AsyncWebhookClient(f"{slack.url}/actions/T0MAIN/1/guess", retry_handlers=[])
    assert (await hook.send(text="x")).status_code == 404
