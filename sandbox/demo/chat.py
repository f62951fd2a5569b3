"""The fake Slack as one person's client shows it, and what that person does there."""

from __future__ import annotations

from typing import Any, Final

from sandbox.demo.estate import DIRECTOR, ROOM
from sandbox.demo.talk import NO_ANSWER, Talk, Verb, told
from sandbox.slack import SlackSandbox
from sandbox.slack.people import User
from sandbox.slack.rooms import Channel, Message

CAST: Final = (
    ("U0ALICE", "approver"),
    ("U0BOB", "approver"),
    (DIRECTOR, "director"),
    ("U0CAROL", "bystander"),
    ("U0GUEST", "guest"),
)
"""Whom the page can act as, and what they are to the demo's policy."""
TALK: Final = "C0GENERAL"
"""Where people talk to each other, and to the bot when they mention it."""
__all__ = ["CAST", "NO_ANSWER", "Chat"]


class Chat:
    """One person's view of Slack, as JSON."""

    def __init__(self, slack: SlackSandbox) -> None:
        self._slack = slack
        self._world = slack.world
        self._talk = Talk(slack, lambda user: self._person(user).id)

    def verbs(self) -> dict[str, Verb]:
        """Return what a person can do, by the path it is posted to."""
        return {
            "click": self.click,
            "home": self.open_home,
            "view/click": self.click_in_view,
            "modal/search": self.search,
            "modal/submit": self.submit,
            "modal/close": self.close,
            **self._talk.verbs(),
        }

    def cast(self) -> list[dict[str, Any]]:
        """Return whom the page can act as."""
        return [
            {
                "id": user,
                "name": self._world.users[user].real_name,
                "part": part,
                "member": user in self._world.channels[ROOM].members,
            }
            for user, part in CAST
        ]

    def names(self) -> dict[str, dict[str, str]]:
        """Return what ids in messages stand for."""
        return {
            "users": {user.id: user.real_name for user in self._world.users.values()},
            "people": {
                user.id: user.real_name
                for user in self._world.users.values()
                if not (user.is_bot or user.deleted or user.is_stranger or user.id == "USLACKBOT")
            },
            "groups": {group.id: group.handle for group in self._world.usergroups.values()},
            "channels": {room.id: room.name for room in self._world.channels.values() if room.kind != "im"},
        }

    def view(self, user: str) -> dict[str, Any]:
        """Return what ``user`` sees: the channel, the bot's messages and Home tab, an open modal."""
        room = self._world.channels[ROOM]
        direct, talk = self._direct(user), self._world.channels[TALK]
        views = self._world.open_views(self._person(user).id)
        return {
            "user": user,
            "rooms": [
                self._room(room, f"#{room.name}", user),
                self._room(direct, "Direct messages", user),
                self._room(talk, f"#{talk.name}", user),
            ],
            "home": self._home(user),
            "modal": self._modal(views[-1].id, user) if views else None,
            "connected": bool(self._slack.sockets.connections) or self._slack.options.mode == "http",
        }

    async def click(self, body: dict[str, Any]) -> dict[str, Any]:
        """Use a button or menu of a message."""
        acked = await self._world.click(
            self._person(body["as"]).id, body["channel"], body["ts"], body["action_id"], body.get("value")
        )
        return told(acked)

    async def click_in_view(self, body: dict[str, Any]) -> dict[str, Any]:
        """Use a button or menu of the open modal or the Home tab."""
        acked = await self._world.click_in_view(
            self._person(body["as"]).id,
            body["view"],
            body["action_id"],
            body.get("value"),
            block_id=str(body.get("block_id") or ""),
            values=body.get("values"),
        )
        return told(acked)

    async def search(self, body: dict[str, Any]) -> dict[str, Any]:
        """Type into a menu of the open modal that asks the app what it offers."""
        user, block = self._person(body["as"]).id, str(body["block_id"])
        found = await self._world.search(user, body["view"], block, str(body["text"]))
        view = next((each for each in self._world.open_views(user) if each.id == body["view"]), None)
        offered = view.offered.get(block, []) if view is not None and found.ok else []
        return {
            **told(found),
            "options": [{"value": each["value"], "label": each["text"]["text"]} for each in offered],
        }

    async def open_home(self, body: dict[str, Any]) -> dict[str, Any]:
        """``{tab}``: open the app's Home, which the bot then draws, or the tab where people write to it."""
        self._world.open_home(self._person(body["as"]).id, str(body.get("tab") or "home"))
        return {"ok": True}

    async def submit(self, body: dict[str, Any]) -> dict[str, Any]:
        """Submit the open modal."""
        submitted = await self._world.submit_view(
            self._person(body["as"]).id, body["view"], body.get("values") or {}
        )
        return told(submitted)

    async def close(self, body: dict[str, Any]) -> dict[str, Any]:
        """Cancel the open modal."""
        await self._world.close_view(self._person(body["as"]).id, body["view"])
        return {"ok": True}

    def _person(self, user: str) -> User:
        if user not in dict(CAST):
            raise LookupError(f"the page cannot act as {user!r}")
        return self._world.users[user]

    def _direct(self, user: str) -> Channel | None:
        rooms = self._world.channels.values()
        return next((room for room in rooms if room.kind == "im" and room.other == user), None)

    def _room(self, room: Channel | None, title: str, user: str) -> dict[str, Any]:
        if room is None:
            return {"id": "", "title": title, "messages": [], "writes": True, "doing": {}, "prompts": None}
        private = [m for m in self._world.ephemerals(user) if m.channel == room.id]
        shown = sorted([*room.messages, *private], key=lambda message: message.ts)
        return {
            "id": room.id,
            "title": title,
            "messages": [self._message(message, user) for message in shown],
            "writes": user in room.members,
            "doing": self._doing(room),
            "prompts": self._world.prompts.get(room.id),
        }

    def _doing(self, room: Channel) -> dict[str, dict[str, Any]]:
        """What the bot says it does, by thread; ``stop``: a client shows the Stop button."""
        stoppable = "agent_session_stopped" in self._slack.options.bot_events.split()
        found: dict[str, dict[str, Any]] = {}
        for (channel, thread), said in self._world.statuses.items():
            if channel == room.id:
                status = said.get("session", {}).get("status", "")
                thinking = said.get("thinking", {})
                found[thread] = {
                    "status": status,
                    "thinking": thinking.get("status", ""),
                    "loading": thinking.get("loading_messages", []),
                    "stop": stoppable and status == "processing",
                }
        return found

    def _message(self, message: Message, user: str) -> dict[str, Any]:
        author = self._world.users.get(message.user)
        return {
            "ts": message.ts,
            "thread": message.thread_ts,
            "channel": message.channel,
            "author": author.real_name if author else message.user,
            "bot": bool(message.bot_id),
            "mine": message.user == user,
            "only_you": bool(message.for_user),
            "edited": bool(message.edited_ts),
            "streaming": message.stream is not None and message.stream.state == "in_progress",
            "text": message.text,
            "blocks": message.blocks,
            "files": [file["name"] for file in message.files],
            "previews": [_preview(each) for each in message.attachments],
        }

    def _home(self, user: str) -> dict[str, Any] | None:
        view = self._world.home(user)
        return {"id": view.id, "hash": view.hash, "blocks": view.body["blocks"]} if view else None

    def _modal(self, view_id: str, user: str) -> dict[str, Any]:
        view = next(each for each in self._world.open_views(user) if each.id == view_id)
        body = view.body
        return {
            "id": view.id,
            "hash": view.hash,
            "title": body["title"]["text"],
            "submit": _text(body.get("submit"), ""),
            "close": _text(body.get("close"), "Cancel"),
            "blocks": body["blocks"],
            "errors": view.errors,
            "trouble": view.trouble,
        }


def _text(label: Any, otherwise: str) -> str:
    """Return the words of a plain_text object that may be missing."""
    return str(label["text"]) if label else otherwise


def _preview(attachment: dict[str, Any]) -> dict[str, Any]:
    """Return what a client shows of a link's preview."""
    words = str(attachment.get("text") or attachment.get("fallback") or "")
    return {
        "url": str(attachment.get("from_url") or ""),
        "title": str(attachment.get("title") or ""),
        "text": words,
        "blocks": attachment.get("blocks") or [],
    }
