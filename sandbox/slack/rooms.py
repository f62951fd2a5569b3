"""Conversations and the messages in them, and how Slack shows both."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.slack.people import UPDATED_AT
from sandbox.slack.shapes import as_array, as_object
from sandbox.slack.streams import Stream

VERSIONS_MAX: Final = 20
"""Earlier versions of a message kept; more than any client lags behind."""


@dataclass
class Message:
    """One message; ``ts`` is its id within its conversation."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    attachments: list[Any] = field(default_factory=list[Any])
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    thread_ts: str = ""
    """The ``ts`` of the message it answers; empty: none."""
    bot_id: str = ""
    """The bot that wrote it; empty: a person did."""
    app_id: str = ""
    edited_ts: str = ""
    for_user: str = ""
    """Not empty: an ephemeral message, seen by this user alone."""
    subtype: str = ""
    """``file_share`` or ``tombstone``; empty: a plain message."""
    files: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    stream: Stream | None = None
    """How it is, or was, written piece by piece; ``None``: it came whole."""
    execution: str = ""
    """The run of a workflow step it belongs to; empty: none."""
    versions: list[list[dict[str, Any]]] = field(default_factory=list[list[dict[str, Any]]])
    """Earlier blocks, oldest first: what a client that has not refreshed still shows."""

    def revise(self, *, blocks: list[dict[str, Any]]) -> None:
        """Replace the blocks and remember the old ones."""
        self.versions.append(self.blocks)
        del self.versions[:-VERSIONS_MAX]
        self.blocks = blocks

    def as_json(self, team_id: str) -> dict[str, Any]:
        """Return the message object; a copy, so that nobody edits the world by accident."""
        message: dict[str, Any] = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        message["team"] = team_id
        if self.bot_id:
            message |= {"bot_id": self.bot_id, "app_id": self.app_id}
        if self.subtype:
            message["subtype"] = self.subtype
        if self.stream is not None:
            message["streaming_state"] = self.stream.state
        for key in ("blocks", "attachments", "metadata", "files"):
            if getattr(self, key):
                message[key] = copy.deepcopy(getattr(self, key))
        if self.thread_ts:
            message["thread_ts"] = self.thread_ts
        if self.edited_ts:
            message["edited"] = {"user": self.user, "ts": self.edited_ts}
        return message


@dataclass
class Shared:
    """Links an app was told of, and may give previews for."""

    unfurl_id: str
    source: str
    urls: list[str]
    message: Message | None
    """``None``: still in somebody's message composer."""


@dataclass
class Channel:
    """A public or private channel, or a direct message."""

    id: str
    name: str
    kind: str = "channel"
    """``channel`` (public), ``group`` (private) or ``im``, as ``channel_type`` in message events."""
    members: list[str] = field(default_factory=list[str])
    is_archived: bool = False
    is_ext_shared: bool = False
    messages: list[Message] = field(default_factory=list[Message])

    @property
    def other(self) -> str:
        """The person at the other end of a direct message; the bot is always the first member."""
        return self.members[-1]

    def find(self, ts: str) -> Message | None:
        """Return the message ``ts``; ``None``: there is no such one."""
        return next((message for message in self.messages if message.ts == ts), None)

    def thread(self, ts: str) -> list[Message]:
        """Return the parent and its replies, oldest first."""
        return [message for message in self.messages if ts in (message.ts, message.thread_ts)]

    def shown(self, message: Message, team_id: str) -> dict[str, Any]:
        """Return ``message`` as histories show it: a parent counts its replies."""
        body = message.as_json(team_id)
        replies = [each for each in self.thread(message.ts) if each is not message]
        if replies and not message.thread_ts:
            body |= {
                "thread_ts": message.ts,
                "reply_count": len(replies),
                "reply_users": sorted({each.user for each in replies}),
                "latest_reply": replies[-1].ts,
            }
        return body

    def as_json(self, team_id: str, bot_user: str) -> dict[str, Any]:
        """Return the conversation object of ``conversations.info``."""
        if self.kind == "im":
            return {
                "id": self.id,
                "created": UPDATED_AT,
                "is_im": True,
                "is_org_shared": False,
                "user": self.other,
                "is_user_deleted": False,
                "is_archived": self.is_archived,
                "context_team_id": team_id,
            }
        private = self.kind == "group"
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": True,
            "is_group": False,
            "is_im": False,
            "is_mpim": False,
            "is_private": private,
            "created": UPDATED_AT,
            "creator": "U0ALICE",
            "is_archived": self.is_archived,
            "is_general": self.name == "general",
            "is_member": bot_user in self.members,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "context_team_id": team_id,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }


def as_kept(blocks: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return ``blocks`` the way Slack gives them back: ids and the defaults of text objects filled in.

    Which is why comparing sent with received blocks never holds. ``name`` seeds the ids.
    """
    kept = copy.deepcopy(blocks)
    for index, block in enumerate(kept):
        block.setdefault("block_id", f"{name}{index}")
        elements: list[Any] = [*block.get("elements", []), *block.get("actions", [])]
        elements += [block[key] for key in ("accessory", "element") if key in block]
        for place, each in enumerate(elements):
            element = as_object(each)
            if element is not None and _acts(element):
                element.setdefault("action_id", f"{name}{index}.{place}")
        if block["type"] != "rich_text":
            _fill(block)
    return kept


def _acts(element: Mapping[str, Any]) -> bool:
    kind = str(element.get("type"))
    return kind not in ("image", "plain_text", "mrkdwn") and not kind.startswith("rich_text_")


def _fill(part: Any) -> None:
    """Add what Slack adds to text objects, at any depth."""
    for item in as_array(part) or []:
        _fill(item)
    body = as_object(part)
    if body is None:
        return
    if body.get("type") == "plain_text" and "text" in body:
        body.setdefault("emoji", True)
    elif body.get("type") == "mrkdwn":
        body.setdefault("verbatim", False)
    for item in body.values():
        _fill(item)
