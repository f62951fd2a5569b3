"""The judge lets good traffic pass and catches what the contracts forbid; our own answers keep to them."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack import SlackSandbox
from sandbox.vendor import Exchange
from tests.sandbox.slack.conftest import CARD, MODAL, Make, SlackClient, client_of
from tests.sandbox.slack.contract_judge import METHODS, assert_valid

EVERYTHING = (
    "chat:write users:read users:read.email users.profile:read usergroups:read channels:read groups:read "
    "im:read channels:history groups:history im:history im:write assistant:write"
)


async def test_everything_the_sandbox_serves_keeps_to_the_contracts(
    make_slack: Make, http: aiohttp.ClientSession
) -> None:
    slack = await make_slack(scopes=EVERYTHING)
    client = client_of(slack, http)
    posted = await client.chat_postMessage(channel="C0APPROVALS", text="ask", blocks=CARD, unfurl_links=False)
    ts: str = posted["ts"]
    opened = await client.views_open(trigger_id=slack.store.new_trigger("U0ALICE"), view=MODAL)
    wrong: list[Any] = [
        client.chat_postMessage(channel="C0NOWHERE", text="x"),
        client.chat_postMessage(channel="C0APPROVALS", text="x", metadata={"event_type": "x"}),
        client.chat_postMessage(channel="C0APPROVALS", text="x", thread_ts="1.1"),
        client.chat_update(channel="C0APPROVALS", ts="1.1", text="x"),
        client.chat_update(channel="C0APPROVALS", ts=ts, text="x" * 4001),
        client.chat_delete(channel="C0APPROVALS", ts="1.1"),
        client.chat_postEphemeral(channel="C0APPROVALS", user="U0GUEST", text="x"),
        client.chat_getPermalink(channel="C0APPROVALS", message_ts="1.1"),
        client.users_info(user="U0NOBODY"),
        client.users_lookupByEmail(email="nobody@example.com"),
        client.users_profile_get(user="U0NOBODY"),
        client.usergroups_users_list(usergroup="S0NONE"),
        client.conversations_open(users="U0GONE"),
        client.conversations_open(users=""),
        client.conversations_info(channel="C0NOWHERE"),
        client.conversations_list(types="nonsense"),
        client.conversations_history(channel="C0RANDOM"),
        client.conversations_replies(channel="C0APPROVALS", ts="1.1"),
        client.views_open(trigger_id="1.2.3", view=MODAL),
        client.views_push(trigger_id=slack.store.new_trigger("U0BOB"), view=MODAL),
        client.views_update(view_id=opened["view"]["id"], hash="old", view=MODAL),
        client.assistant_threads_setStatus(channel_id="C0NOWHERE", thread_ts=ts, status="x"),
        client.assistant_threads_setStatus(channel_id="C0APPROVALS", thread_ts=ts, status=""),
        client.agents_sessions_setStatus(channel_id="C0APPROVALS", thread_ts=ts, status="active"),
        client.users_list(limit=2),
        client.conversations_members(channel="C0APPROVALS"),
        client.usergroups_list(include_users=True),
    ]
    for call in wrong:
        with contextlib.suppress(SlackApiError):
            await call
    assert assert_valid(slack.exchanges) == len(wrong) + 2


@pytest.mark.parametrize(
    ("method", "args", "fault"),
    [
        ("chat.postMessage", {"channel": "C0APPROVALS", "text": "x", "unfurl_link": False}, "does not know"),
        ("chat.update", {"channel": "C0APPROVALS", "text": "x"}, "needs 'ts'"),
        ("chat.shout", {"text": "x"}, "no such method"),
        ("chat.postMessage", {"channel": "C0APPROVALS", "blocks": [{"type": "dividr"}]}, "blocks"),
        ("views.publish", {"user_id": "U0ALICE", "view": {"type": "home"}}, "view"),
        ("agents.sessions.setStatus", {"channel_id": "C0APPROVALS"}, "arguments"),
    ],
)
async def test_a_forbidden_call_is_named(
    slack: SlackSandbox, client: SlackClient, method: str, args: dict[str, Any], fault: str
) -> None:
    if not METHODS.is_dir():
        pytest.skip("no ../shared/data/slack/slack_kit")
    with contextlib.suppress(SlackApiError):  # an unknown argument is no error at Slack: it is ignored
        await client.api_call(method, json=args)
    with pytest.raises(AssertionError, match=fault):
        assert_valid(slack.exchanges)


def test_an_undocumented_error_is_named() -> None:
    if not METHODS.is_dir():
        pytest.skip("no ../shared/data/slack/slack_kit")
    answer = json.dumps({"ok": False, "error": "moon_phase"}).encode()
    exchange = Exchange("POST", "/api/api.test", "", {}, b"", 200, answer, "application/json")
    with pytest.raises(AssertionError, match="moon_phase"):
        assert_valid([exchange])
