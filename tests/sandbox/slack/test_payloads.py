"""What this Slack sends has every part an app may rely on, and no part that Slack does not have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.conftest import CARD, DATA, MODAL, SlackClient

SAMPLES = DATA / "java-slack-sdk"
NEWER = {
    "block_actions": {"is_cleared"},
    "view_submission": {"response_urls"},  # published since, for response_url_enabled inputs
    "event": {"context_team_id", "context_enterprise_id"},
}
"""Keys Slack sends today that the samples do not have yet."""


def sample(name: str) -> dict[str, Any]:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"no ../shared/data/slack/java-slack-sdk/{name}")
    return dict(json.loads(path.read_text()))


def compare(
    kind: str, ours: dict[str, Any], name: str, *, parts: tuple[str, ...] = (), needed: str = ""
) -> None:
    theirs = sample(name)
    assert set(ours) - set(theirs) <= NEWER.get(kind, set())
    assert set(needed.split()) <= set(ours)
    for part in parts:
        assert set(ours[part]) <= set(theirs[part]) | {"blocks"}, part


INTERACTION = "type user team enterprise api_app_id token trigger_id is_enterprise_install"


async def test_a_click_looks_like_slacks_own(slack: SlackSandbox, client: SlackClient) -> None:
    ts: str = (await client.chat_postMessage(channel="C0APPROVALS", text="ask", blocks=CARD))["ts"]
    payload = (await slack.world.click("U0ALICE", "C0APPROVALS", ts, "approval:approve")).payload
    compare(
        "block_actions",
        payload,
        "app-backend/interactive-components/BlockActionPayload.json",
        parts=("user", "team", "container", "channel", "message"),
        needed=INTERACTION + " container channel message response_url state actions",
    )
    theirs = sample("app-backend/interactive-components/BlockActionPayload.json")["actions"][0]
    assert set(payload["actions"][0]) <= set(theirs)


async def test_a_submitted_and_a_closed_view_look_like_slacks_own(
    slack: SlackSandbox, client: SlackClient
) -> None:
    view = {**MODAL, "notify_on_close": True}
    opened = (await client.views_open(trigger_id=slack.store.new_trigger("U0ALICE"), view=view))["view"]
    submitted = (await slack.world.submit_view("U0ALICE", opened["id"])).payload
    closed = await slack.world.close_view("U0ALICE", opened["id"])
    assert closed is not None
    folder = "app-backend/views"
    parts = ("user", "team", "view")
    compare(
        "view_submission",
        submitted,
        f"{folder}/ViewSubmissionPayload.json",
        parts=parts,
        needed=INTERACTION + " view",
    )
    compare(
        "view_closed",
        closed.payload,
        f"{folder}/ViewClosedPayload.json",
        parts=parts,
        needed="view is_cleared",
    )


async def test_commands_and_message_shortcuts_look_like_slacks_own(slack: SlackSandbox) -> None:
    message = slack.world.say("U0DAN", "C0GENERAL", "printer")
    command = (await slack.world.slash("U0DAN", "/itsm", "help")).payload
    shortcut = (
        await slack.world.message_shortcut("U0DAN", "C0GENERAL", message.ts, "ticket_from_message")
    ).payload
    compare(
        "slash", command, "app-backend/slash-commands/SlashCommandPayload.json", needed="command text user_id"
    )
    compare(
        "message_action",
        shortcut,
        "app-backend/interactive-components/MessageShortcutPayload.json",
        parts=("team", "channel", "message"),
        needed="callback_id trigger_id message_ts response_url message channel user team",
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("app_mention", "AppMentionPayload"),
        ("message", "MessagePayload"),
        ("app_home_opened", None),
        ("subteam_members_changed", "SubteamMembersChangedPayload"),
        ("user_change", "UserChangePayload"),
    ],
)
async def test_an_event_looks_like_slacks_own(slack: SlackSandbox, kind: str, name: str | None) -> None:
    world = slack.world
    world.mention("U0DAN", "C0GENERAL", "hello")
    world.dm("U0DAN", "hello")
    world.open_home("U0DAN")
    world.set_usergroup("S0MANAGERS", ["U0BOB"])
    world.set_user("U0BOB", deleted=True)
    await world.settle()
    bodies: list[dict[str, Any]] = [json.loads(sent.delivery.body) for sent in slack.deliveries.sent]
    ours = next(body for body in bodies if body["event"]["type"] == kind)
    theirs = sample(f"events/{name or 'AppMentionPayload'}.json")
    assert set(ours) - set(theirs) <= NEWER["event"]
    assert {"event_id", "event_time", "team_id", "api_app_id", "authorizations", "event"} <= set(ours)
    if name is not None:
        assert set(ours["event"]) - set(theirs["event"]) <= {
            "event_ts",
            "channel_type",
            "client_msg_id",
            "team",
        }
