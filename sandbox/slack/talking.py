"""What people write to the app and near it: messages, files, links, and how they treat its answers."""

from __future__ import annotations

from typing import Any, Final

from sandbox.slack import inputs
from sandbox.slack.executions import Execution
from sandbox.slack.links import as_sent, links_in
from sandbox.slack.rooms import Channel, Message, Shared
from sandbox.slack.using import Acked, Using
from sandbox.slack.writing import TEXT_CHARS_MAX

TOMBSTONE: Final = "This message was deleted."


class Talking(Using):
    """The verbs; errors as ``Watching``."""

    # Messages

    def say(self, user: str, channel: str, text: str, thread_ts: str = "") -> Message:
        """Write in a channel; a mention of the app reaches it as ``app_mention``.

        A bot's user writes as that bot, a stranger from their own workspace. ``text`` is as typed: what is
        neither markup nor a link is escaped, as a client does.
        """
        return self._write(user, channel, text, thread_ts, [])

    def mention(self, user: str, channel: str, text: str, thread_ts: str = "") -> Message:
        """Write ``@app text`` in a channel."""
        return self.say(user, channel, f"<@{self._store.identity.bot_user}> {text}".strip(), thread_ts)

    def dm(self, user: str, text: str, thread_ts: str = "") -> Message:
        """Write to the app in the direct message with it, opening that first when it was never open."""
        self._enter(user)
        return self.say(user, self._store.dm(user).id, text, thread_ts)

    def room_with(self, user: str) -> Channel:
        """Return the direct message between ``user`` and the app; a new one is empty."""
        return self._store.dm(self._person(user).id)

    def share_file(
        self, user: str, channel: str, name: str = "screenshot.png", text: str = "", thread_ts: str = ""
    ) -> Message:
        """Put a file into a channel, with or without words to it."""
        serial = self._store.next_id("F")
        address = f"{self._store.identity.url}files/{user}/{serial}/{name}"
        kind = name.rpartition(".")[2].lower()
        file = {"id": serial, "name": name, "title": name, "filetype": kind, "mode": "hosted", "size": 1024}
        file |= {"mimetype": "application/octet-stream", "user": user, "is_external": False}
        return self._write(user, channel, text, thread_ts, [{**file, "url_private": address}])

    def _write(
        self, user: str, channel: str, text: str, thread_ts: str, files: list[dict[str, Any]]
    ) -> Message:
        author, room = self._person(user), self.channels.get(channel)
        if room is None:
            raise LookupError(f"no channel {channel}")
        if len(text) > TEXT_CHARS_MAX:
            raise ValueError(f"the client sends no more than {TEXT_CHARS_MAX} characters")
        if thread_ts:
            parent = self.message(channel, thread_ts)
            thread_ts = parent.thread_ts or parent.ts
        message = Message(self._store.next_ts(), channel, user, as_sent(text), thread_ts=thread_ts)
        message.bot_id, message.files = author.bot_id, files
        message.app_id = "A0OTHER" if author.bot_id else ""
        message.subtype = "file_share" if files else ""
        self._store.add(message)
        self._message_event(message, None)
        if not message.bot_id:
            self._tell_of_links(message.user, links_in(message.text), message)
        return message

    def edit(self, channel: str, ts: str, text: str) -> Message:
        """Change the text of a message, as whoever wrote it may."""
        return self.writing.revise(self.message(channel, ts), {"text": as_sent(text)})

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message, as whoever wrote it may; the first of a thread stays as a tombstone."""
        message, room = self.message(channel, ts), self.channels[channel]
        before = self._payloads.message_event("message", message, room)
        before = {key: value for key, value in before.items() if key not in ("channel", "channel_type")}
        if not message.thread_ts and len(room.thread(message.ts)) > 1:
            message.text, message.subtype, message.user = TOMBSTONE, "tombstone", "USLACKBOT"
            message.blocks, message.files, message.attachments = [], [], []
            self.changes.bump()
            self._message_event(message, before)
            return
        self._store.remove(message)
        if self._store.identity.bot_user in room.members:
            event = self._payloads.message_deleted(before, room)
            self._event(self._subscription(room), event, shared=room.is_ext_shared)

    # The agent

    def open_home(self, user: str, tab: str = "home") -> None:
        """Open the app's ``home`` or ``messages`` tab; the second is where people write to it."""
        view, room = self.home(user), self._store.dm(self._person(user).id)
        event: dict[str, Any] = {"type": "app_home_opened", "user": user, "tab": tab, "channel": room.id}
        if tab == "home" and view is not None:
            event["view"] = view.as_json(self._store.identity.view_ids)
        if tab == "messages":
            self._store.entered.add(user)
            event |= self._payloads.app_context(user, "context")
        self._event("app_home_opened", event)

    def _enter(self, user: str) -> None:
        if user not in self._store.entered:
            self.open_home(user, "messages")

    def look_at(self, user: str, channel: str) -> None:
        """Bring a channel up while the app is open beside it; ``""``: nothing is."""
        self._store.looking.pop(user, None)
        if channel:
            self._store.looking[user] = self.channels[channel].id
        event = {"type": "app_context_changed", "user": user, "channel": self._store.dm(user).id}
        context = self._payloads.app_context(user, "context") or {"context": {}}
        self._event("app_context_changed", {**event, **context})

    def stop_session(self, user: str, channel: str, thread_ts: str) -> list[str]:
        """Press Stop on an agent session; return the streams it ended, by ``ts``.

        The button is there only while the session says ``processing`` and the app hears of the click.
        """
        self._person(user)
        status = self._store.sessions.status((channel, thread_ts))
        if status != "processing":
            raise ValueError(f"there is no Stop button: the session is {status or 'not there'}")
        if "agent_session_stopped" not in self._bot_events:
            raise ValueError("there is no Stop button: the app does not listen to it")
        now, stopped = self._store.clock(), list[str]()
        for message in self.channels[channel].thread(thread_ts):
            if message.stream is not None and message.stream.live(now):
                message.stream.stop(user)
                stopped.append(message.ts)
        self.changes.bump()
        event = {"type": "agent_session_stopped", "user": user, "channel": channel, "thread_ts": thread_ts}
        self._event("agent_session_stopped", {**event, "streaming_message_ts": stopped})
        return stopped

    async def feedback(self, user: str, channel: str, ts: str, *, good: bool = True) -> Acked:
        """Press one of the two feedback buttons of an answer."""
        for _block, element in inputs.elements(self.message(channel, ts).blocks):
            if element["type"] == "feedback_buttons":
                value = element["positive_button" if good else "negative_button"]["value"]
                return await self.click(user, channel, ts, element["action_id"], value)
        raise LookupError(f"the message {ts} has no feedback buttons")

    # Links

    def type_link(self, user: str, text: str) -> Shared | None:
        """Type a link into the message composer and wait; ``None``: it is not one the app hears of."""
        self._person(user)
        return self._tell_of_links(user, links_in(as_sent(text)), None)

    def _tell_of_links(self, user: str, urls: list[str], message: Message | None) -> Shared | None:
        if "link_shared" not in self._bot_events:
            return None
        shared = self.unfurling.shared(urls, message)
        if shared is not None:
            room = self.channels[message.channel] if message else None
            member = room is not None and self._store.identity.bot_user in room.members
            event = self.unfurling.event(shared, user, member=member)
            self._event("link_shared", event, shared=room is not None and room.is_ext_shared)
        return shared

    # Workflows

    def run_step(self, callback_id: str, inputs: dict[str, Any]) -> Execution:
        """Come to the app's step in a workflow; ``executions`` says what becomes of it."""
        run = self._steps.start(callback_id, inputs)
        self._event("function_executed", self._steps.event(run))
        return run
