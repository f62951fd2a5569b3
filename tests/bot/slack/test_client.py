"""Calls to Slack: one attempt each, errors told by what to do about them, one budget for all replicas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from bot.core.errors import Forbidden, Refused, Retry
from bot.runtime.limiter import Limiter
from bot.runtime.meters import Meters
from bot.slack import client as slack_client
from bot.slack.client import PER_MINUTE, SlackClient
from sandbox.faults import Fault, FaultKind
from sandbox.slack import SlackSandbox
from tests.bot.slack.office import settings_of

ROOM = "C0APPROVALS"


@pytest.fixture
async def client(redis: Redis, prefix: str, slack: SlackSandbox) -> AsyncIterator[SlackClient]:
    found = SlackClient(settings_of(slack), Limiter(redis, prefix), Meters())
    yield found
    await found.close()


async def test_a_call_is_made_once_and_its_answer_returned(client: SlackClient, slack: SlackSandbox) -> None:
    answer = await client.call("chat.postMessage", channel=ROOM, text="hello")
    assert [message.ts for message in slack.world.messages(ROOM)] == [answer["ts"]]


async def test_what_only_reads_gets_its_arguments_across(client: SlackClient) -> None:
    assert (await client.call("users.info", user="U0BOB"))["user"]["id"] == "U0BOB"
    found = await client.call("usergroups.users.list", usergroup="S0MANAGERS")
    assert found["users"] == ["U0ALICE", "U0BOB"]


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.LOST, FaultKind.HTML])
async def test_whatever_stands_between_us_and_slack_means_later(
    client: SlackClient, slack: SlackSandbox, kind: FaultKind
) -> None:
    fault = slack.faults.add(Fault(kind, path="chat.postMessage", times=-1))
    with pytest.raises(Retry):
        await client.call("chat.postMessage", channel=ROOM, text="hello")
    assert fault.hits == 1, "nothing is repeated inside: that would be a second card"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_slack_that_is_not_well_means_later(
    client: SlackClient, slack: SlackSandbox, status: int
) -> None:
    for body in ("", "<html>Bad gateway</html>", "{"):
        fault = slack.faults.add(Fault(FaultKind.STATUS, path="chat.postMessage", status=status, body=body))
        with pytest.raises(Retry):
            await client.call("chat.postMessage", channel=ROOM, text="hello")
        assert fault.hits == 1


async def test_a_slack_that_is_switched_off_means_later(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    settings = settings_of(slack).model_copy(update={"api_url": "http://127.0.0.1:1/api/"})
    away = SlackClient(settings, Limiter(redis, prefix), Meters())
    with pytest.raises(Retry):
        await away.call("auth.test")
    await away.close()


@pytest.mark.parametrize(("header", "wait_s"), [("17", 17), ("", slack_client.RETRY_AFTER_S), ("soon", 30)])
async def test_a_busy_slack_says_for_how_long(
    client: SlackClient, slack: SlackSandbox, header: str, wait_s: float
) -> None:
    body = '{"ok": false, "error": "ratelimited"}'
    slack.faults.add(Fault(FaultKind.STATUS, path="chat.update", status=429, retry_after=header, body=body))
    with pytest.raises(Retry) as later:
        await client.call("chat.update", channel=ROOM, ts="1", text="x")
    assert later.value.after_s == wait_s


async def test_a_no_is_told_in_slacks_own_word(client: SlackClient) -> None:
    with pytest.raises(Refused) as no:
        await client.call("chat.postMessage", channel="C0NOWHERE", text="x")
    assert str(no.value) == "channel_not_found"


async def test_a_token_that_is_refused_is_our_rights_and_not_shown(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    wrong = settings_of(slack).model_copy(update={"bot_token": SecretStr("xoxb-hush")})
    refused = SlackClient(wrong, Limiter(redis, prefix), Meters())
    with pytest.raises(Forbidden) as no:
        await refused.call("auth.test")
    assert "invalid_auth" in str(no.value)
    assert "hush" not in str(no.value)
    await refused.close()


async def test_a_scope_that_is_missing_is_named(redis: Redis, prefix: str) -> None:
    narrow = SlackSandbox(mode="http", scopes="chat:write")
    await narrow.start()
    client = SlackClient(settings_of(narrow), Limiter(redis, prefix), Meters())
    with pytest.raises(Forbidden, match="needs users:read"):
        await client.call("users.info", user="U0BOB")
    await client.close()
    await narrow.stop()


async def test_two_replicas_share_one_budget(redis: Redis, prefix: str, slack: SlackSandbox) -> None:
    both = [SlackClient(settings_of(slack), Limiter(redis, prefix), Meters()) for _ in range(2)]

    async def post(number: int) -> float:
        try:
            await both[number % 2].call("chat.postMessage", channel=ROOM, text=f"{number}")
        except Retry as later:
            return later.after_s
        return 0.0

    waits = await asyncio.gather(*(post(number) for number in range(30)))
    assert len(slack.world.messages(ROOM)) == waits.count(0.0)
    assert 10 <= waits.count(0.0) <= 12, "the burst, and no more for each replica"
    assert max(waits) <= 60 / PER_MINUTE["chat.postMessage"] + 0.1
    for client in both:
        await client.close()


async def test_posting_in_one_channel_does_not_use_up_anothers_budget(
    client: SlackClient, slack: SlackSandbox
) -> None:
    for number in range(12):
        try:
            await client.call("chat.postMessage", channel=ROOM, text=f"{number}")
        except Retry:
            break
    await client.call("chat.postMessage", channel="C0GENERAL", text="still")
    assert slack.world.messages("C0GENERAL")


async def test_the_fake_slacks_own_limits_are_never_reached(redis: Redis, prefix: str) -> None:
    """Our budget stays below what Slack allows, so 429 stays the exception."""
    strict = SlackSandbox(mode="http", rate_limits=True)
    await strict.start()
    client = SlackClient(settings_of(strict), Limiter(redis, prefix), Meters())
    refused = 0
    for _ in range(60):
        try:
            await client.call("conversations.open", users="U0ALICE")
        except Retry as later:
            refused += "is busy" in str(later)
    assert refused == 0
    await client.close()
    await strict.stop()
