"""How messages get into this Slack, whoever writes: the Web API, a response URL, a command's answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.slack.rooms import Message, as_kept
from sandbox.slack.store import ResponseHook, Store

TEXT_CHARS_MAX: Final = 40_000
"""Slack cuts longer texts of new messages: docs.slack.dev/reference/methods/chat.postMessage."""
CONTENT: Final = ("text", "blocks", "attachments", "metadata")


class Writing:
    """Writes as the app or as Slackbot; the caller has checked the blocks."""

    def __init__(self, store: Store, announce: Callable[[Message, dict[str, Any] | None], None]) -> None:
        """``announce`` hears of each message, and of each change with the message as it was before."""
        self._store, self._announce = store, announce

    def post(
        self, channel: str, content: Mapping[str, Any], *, thread_ts: str = "", for_user: str = ""
    ) -> Message:
        """Write a message as the app; ``for_user``: an ephemeral one."""
        us = self._store.identity
        message = Message(
            self._store.next_ts(), channel, us.bot_user, str(content.get("text") or "")[:TEXT_CHARS_MAX]
        )
        message.blocks = self.kept(content.get("blocks"))
        message.stream, message.execution = content.get("stream"), str(content.get("execution") or "")
        message.attachments = list(content.get("attachments") or [])
        message.metadata = dict(content.get("metadata") or {})
        message.thread_ts, message.for_user = thread_ts, for_user
        message.bot_id, message.app_id = us.bot_id, us.app_id
        self._store.add(message)
        if not for_user:
            self._store.sessions.spoke((channel, thread_ts or message.ts))
            # The app hears its own messages too; not answering oneself is the app's business.
            self._announce(message, None)
        return message

    def revise(self, message: Message, content: Mapping[str, Any]) -> Message:
        """Change a message. ``text`` without ``blocks`` removes the blocks; ``metadata`` stays unless given.

        docs.slack.dev/reference/methods/chat.update, on both arguments.
        """
        before = message.as_json(self._store.identity.team_id)
        if "text" in content:
            message.text = str(content["text"])
        if "blocks" in content or "text" in content:
            message.revise(blocks=self.kept(content.get("blocks")))
        if "attachments" in content:
            message.attachments = list(content["attachments"])
        if "metadata" in content:
            message.metadata = dict(content["metadata"])
        if not message.blocks:
            # The mark is not shown on messages made of blocks.
            message.edited_ts = self._store.next_ts()
        self._store.changes.bump()
        if not message.for_user:
            self._announce(message, before)
        return message

    def respond(self, said: Mapping[str, Any], *, user: str, channel: str) -> Message:
        """Write a command's or a response URL's answer: for everybody, or for ``user`` alone."""
        everybody = said.get("response_type") == "in_channel"
        thread_ts = str(said.get("thread_ts") or "")
        return self.post(channel, said, thread_ts=thread_ts, for_user="" if everybody else user)

    def answer_hook(self, hook: ResponseHook, said: Mapping[str, Any]) -> None:
        """Do what was posted to a response URL."""
        message = self._store.find(hook.channel, hook.ts) if hook.ts else None
        if message is not None and said.get("delete_original"):
            self._store.remove(message)
        elif message is not None and said.get("replace_original"):
            self.revise(message, {key: said[key] for key in CONTENT if key in said})
        else:
            self.respond(said, user=hook.user, channel=hook.channel)

    def slackbot(self, user: str, channel: str, text: str) -> Message:
        """Show ``user`` something Slack itself says."""
        message = Message(self._store.next_ts(), channel, "USLACKBOT", text, for_user=user)
        return self._store.add(message)

    def kept_view(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a view's body the way Slack gives it back."""
        return {**body, "blocks": self.kept(body.get("blocks"))}

    def stream(self, message: Message, blocks: list[dict[str, Any]]) -> None:
        """Show what was streamed into ``message`` so far; ``blocks`` have their ids."""
        if message.stream is not None:
            message.text = message.stream.text[:TEXT_CHARS_MAX]
        message.blocks = blocks
        self._store.changes.bump()

    def finish(self, message: Message, before: dict[str, Any]) -> None:
        """Tell of a stream that ended; apps hear of it as of any change."""
        self._announce(message, before)

    def kept(self, blocks: Any) -> list[dict[str, Any]]:
        """Return ``blocks`` the way Slack gives them back."""
        return as_kept(list(blocks or []), self._store.next_id("b") + ".")
