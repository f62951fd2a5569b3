"""What a person on the demo page writes to the bot, and which of its shortcuts they use."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from sandbox.slack import Acked, SlackSandbox, Submitted
from sandbox.slack.rooms import Channel, Message

NO_ANSWER: Final = "The bot did not answer within three seconds, so Slack gave up. Try again."
TEXT_CHARS_MAX: Final = 20_000
COMMAND: Final = "/itsm"
Verb = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Talk:
    """The verbs, for whoever ``person`` lets act."""

    def __init__(self, slack: SlackSandbox, person: Callable[[str], str]) -> None:
        """``person`` returns the id it was given, or raises ``LookupError``."""
        self._world, self._identity, self._person = slack.world, slack.store.identity, person
        name = re.escape(slack.store.identity.bot_name)
        self._named = re.compile(rf"(?<![\w.])@{name}\b", re.IGNORECASE)

    def verbs(self) -> dict[str, Verb]:
        """Return the verbs by the path they are posted to."""
        return {
            "say": self.say,
            "say/edit": self.edit,
            "say/delete": self.delete,
            "say/stop": self.stop,
            "shortcut": self.shortcut,
        }

    async def say(self, body: dict[str, Any]) -> dict[str, Any]:
        """``{channel, text, thread}``: write a message, or a command; ``@name`` of the bot is a mention."""
        user, room = self._person(body["as"]), self._room(body)
        text = str(body["text"]).strip()
        if not text or len(text) > TEXT_CHARS_MAX:
            raise ValueError(f"Write something first, of at most {TEXT_CHARS_MAX} characters.")
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            return await self._command(user, room, command, rest.strip())
        words = self._named.sub(f"<@{self._identity.bot_user}>", text)
        thread = str(body.get("thread") or "")
        if room.kind == "im":
            return {"ok": True, "ts": self._world.dm(user, words, thread).ts}
        return {"ok": True, "ts": self._world.say(user, room.id, words, thread).ts}

    async def _command(self, user: str, room: Channel, command: str, rest: str) -> dict[str, Any]:
        if command != COMMAND:
            raise ValueError(f"There is no {command} here; there is {COMMAND}.")
        return told(await self._world.slash(user, command, rest, room.id))

    async def edit(self, body: dict[str, Any]) -> dict[str, Any]:
        """``{channel, ts, text}``: change one's own message."""
        text = str(body["text"]).strip()[:TEXT_CHARS_MAX]
        if not text:
            raise ValueError("Write something first.")
        message = self._own(body)
        self._world.edit(message.channel, message.ts, text)
        return {"ok": True}

    async def delete(self, body: dict[str, Any]) -> dict[str, Any]:
        """``{channel, ts}``: delete one's own message."""
        message = self._own(body)
        self._world.delete(message.channel, message.ts)
        return {"ok": True}

    async def stop(self, body: dict[str, Any]) -> dict[str, Any]:
        """``{channel, thread}``: press Stop."""
        self._world.stop_session(self._person(body["as"]), self._room(body).id, str(body["thread"]))
        return {"ok": True}

    async def shortcut(self, body: dict[str, Any]) -> dict[str, Any]:
        """``{callback, channel, ts}``: run a shortcut, on a message when one is named."""
        user = self._person(body["as"])
        if body.get("ts"):
            room, ts = self._room(body), str(body["ts"])
            return told(await self._world.message_shortcut(user, room.id, ts, str(body["callback"])))
        return told(await self._world.shortcut(user, str(body["callback"])))

    def _room(self, body: dict[str, Any]) -> Channel:
        """Return where somebody may write: their own direct message, or a channel they are in."""
        user = self._person(body["as"])
        name = str(body["channel"])
        room = self._world.room_with(user) if name == "" else self._world.channels[name]
        if user not in room.members:
            raise ValueError("In Slack only members can write here.")
        return room

    def _own(self, body: dict[str, Any]) -> Message:
        message = self._world.message(self._room(body).id, str(body["ts"]))
        if message.user != self._person(body["as"]):
            raise ValueError("People change only what they wrote themselves.")
        return message


def told(acked: Acked) -> dict[str, Any]:
    """Return what the page hears of something the bot was asked."""
    if not acked.ok:
        return {"ok": False, "error": NO_ANSWER}
    return {"ok": True, "errors": acked.errors if isinstance(acked, Submitted) else {}}
