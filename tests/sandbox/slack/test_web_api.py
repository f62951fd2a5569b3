"""The Web API refuses and answers as Slack does, through Slack's own client and through bare HTTP."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.conftest import CARD, Make, SlackClient, client_of

APPROVALS = "C0APPROVALS"


async def refusal(awaitable: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    error: Any = caught.value
    return dict(error.response.data)


async def test_auth_test_names_the_bot_and_lists_its_scopes(client: SlackClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["team_id"], answer["bot_id"]) == ("U0BOT", "T0MAIN", "B0BOT")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "code"),
    [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("xapp-sandbox", "not_allowed_token_type")],
)
async def test_a_bad_token_is_refused(
    slack: SlackSandbox, http: aiohttp.ClientSession, token: str, code: str
) -> None:
    async with http.post(slack.api_url + "auth.test", headers={"Authorization": f"Bearer {token}"}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (200, code)


async def test_the_bot_token_opens_no_socket(slack: SlackSandbox, http: aiohttp.ClientSession) -> None:
    bot = client_of(slack, http)
    assert (await refusal(bot.apps_connections_open(app_token="xoxb-sandbox")))[
        "error"
    ] == "not_allowed_token_type"


async def test_arguments_come_as_form_json_or_query_and_the_token_in_a_form(
    slack: SlackSandbox, http: aiohttp.ClientSession
) -> None:
    url, bearer = slack.api_url + "chat.postMessage", {"Authorization": "Bearer xoxb-sandbox"}
    said = {"channel": APPROVALS, "blocks": json.dumps(CARD)}
    form = await http.post(url, data={**said, "text": "form", "token": "xoxb-sandbox"})
    body = await http.post(url, json={**said, "blocks": CARD, "text": "json"}, headers=bearer)
    query = await http.post(url, params={**said, "text": "query"}, headers=bearer)
    assert [(await each.json())["ok"] for each in (form, body, query)] == [True, True, True]
    messages = slack.world.messages(APPROVALS)
    assert [message.text for message in messages] == ["form", "json", "query"]
    assert all(message.blocks[1]["elements"][0]["value"] == "p1|1" for message in messages)


async def test_a_token_inside_a_json_body_does_not_count(
    slack: SlackSandbox, http: aiohttp.ClientSession
) -> None:
    said = {"channel": APPROVALS, "text": "hi", "token": "xoxb-sandbox"}
    async with http.post(slack.api_url + "chat.postMessage", json=said) as answer:
        assert (await answer.json())["error"] == "not_authed"
    assert slack.world.messages(APPROVALS) == []


async def test_reading_methods_ignore_a_json_body(slack: SlackSandbox, http: aiohttp.ClientSession) -> None:
    headers = {"Authorization": "Bearer xoxb-sandbox"}
    async with http.post(slack.api_url + "users.info", json={"user": "U0ALICE"}, headers=headers) as answer:
        assert (await answer.json())["error"] == "invalid_arguments"


async def test_a_body_that_is_no_json_is_refused(slack: SlackSandbox, http: aiohttp.ClientSession) -> None:
    headers = {"Authorization": "Bearer xoxb-sandbox", "Content-Type": "application/json"}
    url = slack.api_url + "chat.postMessage"
    codes: list[str] = []
    for body in ("{", "[]"):
        async with http.post(url, data=body, headers=headers) as answer:
            codes.append((await answer.json())["error"])
    assert codes == ["invalid_json", "json_not_object"]


async def test_a_missing_argument_and_an_unknown_method_are_named(client: SlackClient) -> None:
    missing = await refusal(client.api_call("chat.update", json={"channel": APPROVALS, "text": "x"}))
    assert missing["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]
    assert (await refusal(client.api_call("chat.shout")))["error"] == "unknown_method"


async def test_a_missing_scope_names_what_is_needed_and_held(
    make_slack: Make, http: aiohttp.ClientSession
) -> None:
    bot = client_of(await make_slack(scopes="users:read"), http)
    refused = await refusal(bot.chat_postMessage(channel=APPROVALS, text="hi"))
    assert (refused["error"], refused["needed"], refused["provided"]) == (
        "missing_scope",
        "chat:write",
        "users:read",
    )
    info = await bot.users_info(user="U0ALICE")
    assert "email" not in info["user"]["profile"], "addresses need users:read.email"


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("C0NOWHERE", "channel_not_found"),
        ("C0RANDOM", "not_in_channel"),
        ("C0OLD", "is_archived"),
        ("U0BOT", "channel_not_found"),
    ],
)
async def test_where_the_bot_cannot_write(client: SlackClient, channel: str, code: str) -> None:
    assert (await refusal(client.chat_postMessage(channel=channel, text="hi")))["error"] == code


async def test_a_private_channel_the_bot_left_does_not_exist_for_it(
    slack: SlackSandbox, client: SlackClient
) -> None:
    slack.world.channels[APPROVALS].members.remove("U0BOT")
    assert (await refusal(client.chat_postMessage(channel=APPROVALS, text="hi")))[
        "error"
    ] == "channel_not_found"
    assert (await refusal(client.conversations_info(channel=APPROVALS)))["error"] == "channel_not_found"


async def test_a_message_can_be_written_to_a_person_and_by_channel_name(
    slack: SlackSandbox, client: SlackClient
) -> None:
    direct = await client.chat_postMessage(channel="U0ALICE", text="psst")
    named = await client.chat_postMessage(channel="#general", text="all")
    assert (direct["channel"], named["channel"]) == ("D0ALICE", "C0GENERAL")
    opened = await client.conversations_open(users="U0ALICE")
    assert opened["channel"] == {"id": "D0ALICE"}
    assert [message.text for message in slack.world.messages("D0ALICE")] == ["psst"]


async def test_slack_gives_blocks_back_with_defaults_filled_in(client: SlackClient) -> None:
    bare = [{"type": "section", "text": {"type": "plain_text", "text": "hi"}}]
    answer = await client.chat_postMessage(channel=APPROVALS, text="hi", blocks=bare)
    kept = answer["message"]["blocks"][0]
    assert kept["block_id"]
    assert kept["text"]["emoji"] is True
    assert answer["message"]["blocks"] != bare


async def test_invalid_blocks_name_every_fault_and_write_nothing(
    slack: SlackSandbox, client: SlackClient
) -> None:
    blocks = [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, {"type": "divider", "txet": 1}]
    refused = await refusal(client.chat_postMessage(channel=APPROVALS, text="hi", blocks=blocks))
    assert refused["error"] == "invalid_blocks"
    assert [fault.rpartition("[")[2] for fault in refused["errors"]] == [
        "json-pointer:/blocks/0/text/type]",
        "json-pointer:/blocks/1]",
    ]
    assert refused["response_metadata"]["messages"] == [f"[ERROR] {fault}" for fault in refused["errors"]]
    assert slack.world.messages(APPROVALS) == []
    broken = client.api_call("chat.postMessage", params={"channel": APPROVALS, "blocks": "[{"})
    assert (await refusal(broken))["error"] == "invalid_blocks_format"


async def test_an_update_changes_our_own_message_only(slack: SlackSandbox, client: SlackClient) -> None:
    posted = await client.chat_postMessage(
        channel=APPROVALS, text="ask", blocks=CARD, metadata={"event_type": "a", "event_payload": {"id": "1"}}
    )
    ts: str = posted["ts"]
    await client.chat_update(channel=APPROVALS, ts=ts, text="done")
    message = slack.world.message(APPROVALS, ts)
    assert message.blocks == [], "text without blocks removes the blocks"
    assert message.metadata, "metadata stays unless it is given"
    theirs = slack.world.say("U0ALICE", APPROVALS, "mine")
    other = await refusal(client.chat_update(channel=APPROVALS, ts=theirs.ts, text="hijacked"))
    assert (other["error"], theirs.text) == ("cant_update_message", "mine")
    gone = await refusal(client.chat_update(channel=APPROVALS, ts="1.000001", text="x"))
    long = await refusal(client.chat_update(channel=APPROVALS, ts=ts, text="x" * 4001))
    assert (gone["error"], long["error"]) == ("message_not_found", "msg_too_long")


async def test_rich_text_alone_cannot_become_other_blocks(client: SlackClient) -> None:
    words = {"type": "rich_text_section", "elements": [{"type": "text", "text": "hi"}]}
    posted = await client.chat_postMessage(
        channel=APPROVALS, text="hi", blocks=[{"type": "rich_text", "elements": [words]}]
    )
    refused = await refusal(client.chat_update(channel=APPROVALS, ts=posted["ts"], text="x", blocks=CARD))
    assert refused["error"] == "block_mismatch"


async def test_an_ephemeral_message_reaches_a_member_and_cannot_be_updated(
    slack: SlackSandbox, client: SlackClient
) -> None:
    posted = await client.chat_postEphemeral(channel=APPROVALS, user="U0DAN", text="only you")
    assert [message.text for message in slack.world.ephemerals("U0DAN")] == ["only you"]
    assert slack.world.messages(APPROVALS) == []
    outsider = client.chat_postEphemeral(channel=APPROVALS, user="U0GUEST", text="x")
    update = client.chat_update(channel=APPROVALS, ts=posted["message_ts"], text="x")
    assert (await refusal(outsider))["error"] == "user_not_in_channel"
    assert (await refusal(update))["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "a", "markdown_text": "b"}, "markdown_text_conflict"),
        ({"text": "a", "attachments": ["x"] * 101}, "too_many_attachments"),
        ({"text": "a", "metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
        (
            {"text": "a", "metadata": {"event_type": "x", "event_payload": {"t": "x" * 20_000}}},
            "metadata_too_large",
        ),
        ({"text": "a", "thread_ts": "1.000001"}, "cannot_reply_to_message"),
    ],
)
async def test_what_a_new_message_cannot_be(client: SlackClient, more: dict[str, Any], code: str) -> None:
    call = client.api_call("chat.postMessage", json={"channel": APPROVALS, **more})
    assert (await refusal(call))["error"] == code


async def test_an_overlong_text_is_cut_not_refused(slack: SlackSandbox, client: SlackClient) -> None:
    await client.chat_postMessage(channel=APPROVALS, text="x" * 50_000)
    assert len(slack.world.messages(APPROVALS)[0].text) == 40_000


async def test_people_show_what_they_are(slack: SlackSandbox, client: SlackClient) -> None:
    async def person(user: str) -> dict[str, Any]:
        return dict((await client.users_info(user=user, include_locale=True))["user"])

    alice, guest, gone = await person("U0ALICE"), await person("U0GUEST"), await person("U0GONE")
    stranger, bot = await person("U0STRANGER"), await person("U0OTHERBOT")
    assert (alice["profile"]["email"], alice["locale"]) == ("alice@example.com", "en-GB")
    assert (guest["is_restricted"], gone["deleted"], bot["is_bot"]) == (True, True, True)
    assert (stranger["is_stranger"], stranger["team_id"]) == (True, "T0OTHER")
    assert "locale" not in stranger
    assert "email" not in stranger["profile"]
    assert (await refusal(client.users_info(user="U0NOBODY")))["error"] == "user_not_found"
    found = await client.users_lookupByEmail(email="bob@example.com")
    assert found["user"]["id"] == "U0BOB"
    assert (await refusal(client.users_lookupByEmail(email="gone@example.com")))["error"] == "users_not_found"
    assert slack.exchanges[-1].path == "/api/users.lookupByEmail"


async def test_lists_come_in_pages(client: SlackClient) -> None:
    seen: list[str] = []
    async for part in await client.users_list(limit=4):
        seen += [user["id"] for user in part["members"]]
    assert len(seen) == len(set(seen)) == 9
    assert "U0STRANGER" not in seen
    assert (await refusal(client.users_list(cursor="nonsense")))["error"] == "invalid_cursor"


async def test_user_groups_need_a_paid_plan(make_slack: Make, http: aiohttp.ClientSession) -> None:
    slack = await make_slack()
    bot = client_of(slack, http)
    assert (await bot.usergroups_users_list(usergroup="S0MANAGERS"))["users"] == ["U0ALICE", "U0BOB"]
    listed = await bot.usergroups_list(include_users=True)
    assert [group["handle"] for group in listed["usergroups"]] == ["managers", "directors"]
    assert (await refusal(bot.usergroups_users_list(usergroup="S0NONE")))["error"] == "no_such_subteam"
    slack.options.plan_upgrade_required = True
    assert (await refusal(bot.usergroups_list()))["error"] == "plan_upgrade_required"


async def test_channels_show_their_kind_and_history_needs_its_scope(
    make_slack: Make, http: aiohttp.ClientSession
) -> None:
    bot = client_of(await make_slack(scopes="groups:read channels:read groups:history chat:write"), http)
    private = (await bot.conversations_info(channel=APPROVALS))["channel"]
    shared = (await bot.conversations_info(channel="C0SHARED"))["channel"]
    assert (private["is_private"], private["is_ext_shared"], shared["is_ext_shared"]) == (True, False, True)
    listed = await bot.conversations_list(types="private_channel,public_channel", exclude_archived=True)
    assert [room["id"] for room in listed["channels"]] == [APPROVALS, "C0GENERAL", "C0SHARED", "C0RANDOM"]
    first = await bot.chat_postMessage(channel=APPROVALS, text="one")
    await bot.chat_postMessage(channel=APPROVALS, text="two", thread_ts=first["ts"])
    history = (await bot.conversations_history(channel=APPROVALS))["messages"]
    replies = (await bot.conversations_replies(channel=APPROVALS, ts=first["ts"]))["messages"]
    assert [(each["text"], each["reply_count"]) for each in history] == [("one", 1)]
    assert [each["text"] for each in replies] == ["one", "two"]
    assert "U0BOT" in (await bot.conversations_members(channel=APPROVALS))["members"]
    assert (await refusal(bot.conversations_history(channel="C0GENERAL")))["error"] == "missing_scope"


async def test_a_permalink_leads_to_the_message(client: SlackClient) -> None:
    ts: str = (await client.chat_postMessage(channel=APPROVALS, text="x"))["ts"]
    link: str = (await client.chat_getPermalink(channel=APPROVALS, message_ts=ts))["permalink"]
    assert link == f"https://example.slack.com/archives/{APPROVALS}/p{ts.replace('.', '')}"
    await client.chat_delete(channel=APPROVALS, ts=ts)
    gone = client.chat_getPermalink(channel=APPROVALS, message_ts=ts)
    assert (await refusal(gone))["error"] == "message_not_found"


async def test_what_the_agent_says_it_does_is_kept(slack: SlackSandbox, client: SlackClient) -> None:
    message = slack.world.dm("U0DAN", "help")
    place = ("D0DAN", message.ts)
    prompts = [{"title": "Mine", "message": "my tickets"}]
    await client.agents_sessions_setStatus(channel_id=place[0], thread_ts=place[1], status="processing")
    await client.assistant_threads_setStatus(channel_id=place[0], thread_ts=place[1], status="thinking")
    await client.assistant_threads_setSuggestedPrompts(channel_id=place[0], prompts=prompts, title="How?")
    assert slack.world.statuses[place] == {
        "session": {"status": "processing"},
        "thinking": {"status": "thinking"},
    }
    assert slack.world.prompts == {"D0DAN": {"title": "How?", "prompts": prompts}}
    bad = client.agents_sessions_setStatus(channel_id=place[0], thread_ts=place[1], status="busy")
    assert (await refusal(bad))["error"] == "invalid_arguments"
