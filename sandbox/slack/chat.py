"""``chat.*``: writing, changing and removing messages."""

from __future__ import annotations

import json
from typing import Any, Final

from sandbox.slack.blocks import check_blocks
from sandbox.slack.calls import Call, Method
from sandbox.slack.limits import SPECIAL, TIER_3, TIER_4
from sandbox.slack.rooms import Channel, Message
from sandbox.slack.shapes import as_object
from sandbox.slack.store import SlackError, Store
from sandbox.slack.writing import Writing

UPDATE_CHARS_MAX: Final = 4000
"""``msg_too_long`` above: docs.slack.dev/reference/methods/chat.update."""
MARKDOWN_TEXT_CHARS_MAX: Final = 12_000
ATTACHMENTS_MAX: Final = 100
METADATA_BYTES_MAX: Final = 16_384
"""``metadata_too_large`` above. Slack does not publish the limit; this figure is our own."""
WRITE: Final = frozenset({"chat:write"})


class Chat:
    """The methods, bound to a world."""

    def __init__(self, store: Store, writing: Writing) -> None:
        self._store, self._writing = store, writing

    def methods(self) -> dict[str, Method]:
        """Return the methods by name."""
        by_channel = ("channel",)
        return {
            "chat.postMessage": Method(self.post_message, WRITE, by_channel, SPECIAL, posts=True),
            "chat.update": Method(self.update, WRITE, ("channel", "ts"), TIER_3),
            "chat.delete": Method(self.delete, WRITE, ("channel", "ts"), TIER_3),
            "chat.postEphemeral": Method(self.post_ephemeral, WRITE, ("channel", "user"), TIER_4),
            "chat.getPermalink": Method(
                self.get_permalink, frozenset(), ("channel", "message_ts"), SPECIAL, reads=True
            ),
        }

    def post_message(self, call: Call) -> dict[str, Any]:
        """Answer ``chat.postMessage``; ``channel`` may be a channel, its name, or a person to write to."""
        room = self.writable(call.text("channel"))
        content = read_content(call)
        message = self._writing.post(room.id, content, thread_ts=self.parent(room, call.text("thread_ts")))
        return {"channel": room.id, "ts": message.ts, "message": self.shown(message)}

    def post_ephemeral(self, call: Call) -> dict[str, Any]:
        """Answer ``chat.postEphemeral``: seen by one member, kept by nobody."""
        room = self.writable(call.text("channel"))
        content = read_content(call)
        user = call.text("user")
        if user not in room.members:
            raise SlackError("user_not_in_channel")
        thread_ts = self.parent(room, call.text("thread_ts"))
        return {"message_ts": self._writing.post(room.id, content, thread_ts=thread_ts, for_user=user).ts}

    def update(self, call: Call) -> dict[str, Any]:
        """Answer ``chat.update``: our own messages only, and never ephemeral ones."""
        message = self.found(call, "ts")
        if message.bot_id != self._store.identity.bot_id:
            raise SlackError("cant_update_message")
        if message.stream is not None and message.stream.live(self._store.clock()):
            raise SlackError("streaming_state_conflict")
        if len(call.text("text")) > UPDATE_CHARS_MAX:
            raise SlackError("msg_too_long")
        content = read_content(call)
        if (
            _only_rich_text(message.blocks)
            and content.get("blocks")
            and not _only_rich_text(content["blocks"])
        ):
            raise SlackError("block_mismatch")
        self._writing.revise(message, content)
        shown = self.shown(message)
        return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shown}

    def delete(self, call: Call) -> dict[str, Any]:
        """Answer ``chat.delete``: our own messages only."""
        message = self.found(call, "ts")
        if message.bot_id != self._store.identity.bot_id:
            raise SlackError("cant_delete_message")
        self._store.remove(message)
        return {"channel": message.channel, "ts": message.ts}

    def get_permalink(self, call: Call) -> dict[str, Any]:
        """Answer ``chat.getPermalink``."""
        message = self.found(call, "message_ts")
        digits = message.ts.replace(".", "")
        link = f"{self._store.identity.url}archives/{message.channel}/p{digits}"
        if message.thread_ts:
            link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
        return {"channel": message.channel, "permalink": link}

    def shown(self, message: Message) -> dict[str, Any]:
        """Return ``message`` as answers show it."""
        return message.as_json(self._store.identity.team_id)

    def writable(self, name: str) -> Channel:
        """Return where to write.

        Raises:
            SlackError: there is no such place, or the app is not in it; of private ones it knows nothing.
        """
        room = self._store.channels.get(name) or self._named(name)
        if room is None:
            raise SlackError("channel_not_found")
        if self._store.identity.bot_user not in room.members:
            raise SlackError("channel_not_found" if room.kind == "group" else "not_in_channel")
        if room.is_archived:
            raise SlackError("is_archived")
        return room

    def _named(self, name: str) -> Channel | None:
        if name in self._store.users and name != self._store.identity.bot_user:
            return self._store.dm(name)
        plain = name.removeprefix("#")
        return next((room for room in self._store.channels.values() if plain and room.name == plain), None)

    def found(self, call: Call, key: str) -> Message:
        """Return the message a call names.

        Raises:
            SlackError: there is no such channel or message.
        """
        room = self._store.channels.get(call.text("channel"))
        if room is None or self._store.identity.bot_user not in room.members:
            raise SlackError("channel_not_found")
        message = room.find(call.text(key))
        if message is None:
            raise SlackError("message_not_found")
        return message

    def parent(self, room: Channel, thread_ts: str) -> str:
        """Return the first message of the thread to write in; empty: none was asked for.

        Raises:
            SlackError: there is no such message.
        """
        if not thread_ts:
            return ""
        message = room.find(thread_ts)
        if message is None:
            raise SlackError("cannot_reply_to_message")
        return message.thread_ts or message.ts


def read_content(call: Call) -> dict[str, Any]:
    """Return what a call wants shown, checked; only keys that were given.

    Raises:
        SlackError: it has nothing to show, or Slack would not show it.
    """
    content: dict[str, Any] = {"text": call.text("text")} if call.args.get("text") is not None else {}
    content |= _markdown(call)
    blocks = call.array("blocks", "invalid_blocks_format")
    if blocks is not None:
        content["blocks"] = check_or_refuse(blocks)
    attachments = call.array("attachments", "invalid_attachments")
    if attachments is not None:
        content["attachments"] = attachments
    if len(attachments or []) > ATTACHMENTS_MAX:
        raise SlackError("too_many_attachments")
    if not any(content.get(key) for key in ("text", "blocks", "attachments")):
        raise SlackError("no_text")
    if call.execution:
        content["execution"] = call.execution
    return content | read_metadata(call)


def read_metadata(call: Call) -> dict[str, Any]:
    """Return the ``metadata`` a call gives a message; empty: none.

    Raises:
        SlackError: it is not what metadata looks like, or too much.
    """
    metadata = call.object("metadata", "invalid_metadata_format")
    return {} if metadata is None else {"metadata": _metadata(metadata)}


def _markdown(call: Call) -> dict[str, Any]:
    """``markdown_text`` stands alone and is kept as a ``markdown`` block."""
    words = call.text("markdown_text")
    if not words:
        return {}
    if call.args.get("text") or call.args.get("blocks"):
        raise SlackError("markdown_text_conflict")
    if len(words) > MARKDOWN_TEXT_CHARS_MAX:
        raise SlackError("msg_too_long")
    return {"text": words, "blocks": [{"type": "markdown", "text": words}]}


def check_or_refuse(blocks: list[Any]) -> list[Any]:
    """Return ``blocks``.

    Raises:
        SlackError: ``invalid_blocks`` with every fault and its place.
    """
    errors = check_blocks(blocks, "message")
    if errors:
        messages = [f"[ERROR] {error}" for error in errors]
        raise SlackError("invalid_blocks", errors=errors, response_metadata={"messages": messages})
    return blocks


def _metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    if not metadata:
        return metadata
    if not isinstance(metadata.get("event_type"), str) or as_object(metadata.get("event_payload")) is None:
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > METADATA_BYTES_MAX:
        raise SlackError("metadata_too_large")
    return metadata


def _only_rich_text(blocks: list[dict[str, Any]]) -> bool:
    return bool(blocks) and all(block["type"] == "rich_text" for block in blocks)
