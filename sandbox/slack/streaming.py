"""``chat.startStream``, ``.appendStream`` and ``.stopStream``: answers that appear as they are written."""

from __future__ import annotations

from typing import Any

from sandbox.slack.calls import Call, Method
from sandbox.slack.chat import WRITE, Chat, check_or_refuse, read_metadata
from sandbox.slack.limits import TIER_2, TIER_4
from sandbox.slack.rooms import Channel, Message
from sandbox.slack.sessions import STATUSES
from sandbox.slack.store import SlackError, Store
from sandbox.slack.streams import MODES, TEXT_CHARS_MAX, Stream, check_chunks, chunks_of
from sandbox.slack.writing import Writing


class Streaming:
    """The methods, bound to a world."""

    def __init__(self, store: Store, writing: Writing, chat: Chat) -> None:
        self._store, self._writing, self._chat = store, writing, chat

    def methods(self) -> dict[str, Method]:
        """Return the methods by name."""
        place = ("channel", "ts")
        return {
            "chat.startStream": Method(self.start, WRITE, ("channel", "thread_ts"), TIER_2),
            "chat.appendStream": Method(self.append, WRITE, place, TIER_4),
            "chat.stopStream": Method(self.stop, WRITE, place, TIER_2),
        }

    def start(self, call: Call) -> dict[str, Any]:
        """Answer ``chat.startStream``: always a reply, and in a channel always to somebody."""
        room = self._chat.writable(call.text("channel"))
        self._recipient(call, room)
        mode = call.text("task_display_mode") or "timeline"
        if mode not in MODES:
            raise SlackError("invalid_arguments")
        stream = Stream(self._store.clock(), mode)
        stream.add(self._chunks(call), self._store.clock())
        content = {"text": stream.text, "blocks": stream.blocks(), "stream": stream}
        try:
            thread_ts = self._chat.parent(room, call.text("thread_ts"))
        except SlackError:
            # What Slack answers for a thread that is not there is not published for this method.
            raise SlackError("messaging_processing_failed") from None
        message = self._writing.post(room.id, {**content, "execution": call.execution}, thread_ts=thread_ts)
        return {"channel": room.id, "ts": message.ts}

    def append(self, call: Call) -> dict[str, Any]:
        """Answer ``chat.appendStream``."""
        message, stream = self._streaming(call)
        if stream.stopped_by:
            raise SlackError("stopped_by_user")
        self._open(stream)
        chunks = self._chunks(call)
        if not chunks:
            raise SlackError("no_text")
        stream.add(chunks, self._store.clock())
        self._writing.stream(message, self._writing.kept(stream.blocks()))
        return {"channel": message.channel, "ts": message.ts}

    def stop(self, call: Call) -> dict[str, Any]:
        """Answer ``chat.stopStream``: the last words, and the blocks that stand below all else.

        One that a person stopped is refused, which Slack does not say either way; a caller that can take the
        refusal can take the other.
        """
        message, stream = self._streaming(call)
        self._open(stream)
        status = call.text("session_status")
        if status and status not in STATUSES:
            raise SlackError("invalid_arguments")
        before = self._chat.shown(message)
        last, metadata = self._chunks(call), read_metadata(call)
        below = check_or_refuse(call.array("blocks", "invalid_blocks_format") or [])
        if not (stream.parts or last or below):
            raise SlackError("no_text")
        stream.add(last, self._store.clock())
        stream.stop()
        message.metadata = metadata.get("metadata", {})
        self._writing.stream(message, self._writing.kept([*stream.blocks(), *below]))
        if status:
            self._store.sessions.set_status((message.channel, message.thread_ts), status)
        self._writing.finish(message, before)
        return {"channel": message.channel, "ts": message.ts, "message": self._chat.shown(message)}

    def _recipient(self, call: Call, room: Channel) -> None:
        team, user = call.text("recipient_team_id"), call.text("recipient_user_id")
        if room.kind != "im":
            if not team:
                raise SlackError("missing_recipient_team_id")
            if not user:
                raise SlackError("missing_recipient_user_id")
        person = self._store.users.get(user)
        if user and person is None:
            raise SlackError("user_not_found")
        if team and person is not None and person.team_id != team:
            raise SlackError("team_not_found")

    def _streaming(self, call: Call) -> tuple[Message, Stream]:
        message = self._chat.found(call, "ts")
        if message.bot_id != self._store.identity.bot_id:
            raise SlackError("message_not_owned_by_app")
        if message.stream is None:
            raise SlackError("message_not_in_streaming_state")
        return message, message.stream

    def _open(self, stream: Stream) -> None:
        if not stream.live(self._store.clock()):
            raise SlackError("message_not_in_streaming_state")

    def _chunks(self, call: Call) -> list[dict[str, Any]]:
        words = call.text("markdown_text")
        if len(words) > TEXT_CHARS_MAX:
            raise SlackError("msg_blocks_too_long")
        chunks = chunks_of(words, call.array("chunks", "invalid_chunks"))
        faults = check_chunks(chunks)
        if faults:
            messages = [f"[ERROR] {fault}" for fault in faults]
            raise SlackError("invalid_chunks", errors=faults, response_metadata={"messages": messages})
        return chunks
