"""Rate limits answer 429 with Retry-After by method tier and per channel, on the test's own clock."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack.conftest import Clock, Make, SlackClient, client_of


@pytest.fixture
async def limited(make_slack: Make, http: aiohttp.ClientSession) -> SlackClient:
    return client_of(await make_slack(rate_limits=True), http)


async def test_the_twenty_first_call_of_tier_two_waits(limited: SlackClient, clock: Clock) -> None:
    for _ in range(20):
        await limited.usergroups_users_list(usergroup="S0MANAGERS")
    with pytest.raises(SlackApiError) as caught:
        await limited.usergroups_users_list(usergroup="S0MANAGERS")
    error: Any = caught.value
    response = error.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    wait_s = int(response.headers["Retry-After"])
    assert 1 <= wait_s <= 60
    assert (await limited.usergroups_list())["ok"], "each method has its own limit"
    clock.ahead_s += wait_s
    assert (await limited.usergroups_users_list(usergroup="S0MANAGERS"))["ok"]


async def test_new_messages_are_limited_per_channel(limited: SlackClient, clock: Clock) -> None:
    for number in range(5):
        await limited.chat_postMessage(channel="C0APPROVALS", text=str(number))
    with pytest.raises(SlackApiError) as caught:
        await limited.chat_postMessage(channel="C0APPROVALS", text="6")
    error: Any = caught.value
    assert error.response.status_code == 429
    assert (await limited.chat_postMessage(channel="C0GENERAL", text="elsewhere"))["ok"]
    clock.ahead_s += int(error.response.headers["Retry-After"])
    assert (await limited.chat_postMessage(channel="C0APPROVALS", text="7"))["ok"]


async def test_switched_off_nothing_is_counted(make_slack: Make, http: aiohttp.ClientSession) -> None:
    client = client_of(await make_slack(), http)
    for _ in range(60):
        assert (await client.usergroups_list())["ok"]
