"""What anybody can read of this Slack, and what everything people do in it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.slack.executions import Execution
from sandbox.slack.links import Unfurling
from sandbox.slack.outbox import Late, Outbox
from sandbox.slack.payloads import Payloads
from sandbox.slack.people import User, Usergroup
from sandbox.slack.rooms import Channel, Message
from sandbox.slack.steps import Steps
from sandbox.slack.store import Changes, Store
from sandbox.slack.views import View
from sandbox.slack.writing import Writing


@dataclass(frozen=True)
class Ground:
    """What the verbs work on."""

    store: Store
    outbox: Outbox
    payloads: Payloads
    steps: Steps
    bot_events: frozenset[str]
    """What the app is subscribed to."""
    unfurl_domains: frozenset[str]


class Watching:
    """Reading, for tests, the demo page and the control API.

    What names somebody or something that is not there raises ``LookupError``; what a client would not let a
    person do raises ``ValueError``.
    """

    def __init__(self, ground: Ground) -> None:
        self._store, self._outbox, self._payloads = ground.store, ground.outbox, ground.payloads
        self._steps, self._bot_events = ground.steps, ground.bot_events
        self.writing = Writing(ground.store, self._message_event)
        self.unfurling = Unfurling(ground.store, self.writing, ground.unfurl_domains)

    @property
    def changes(self) -> Changes:
        """Counts every change; ``await changes.wait(since, timeout_s)``."""
        return self._store.changes

    @property
    def late(self) -> list[Late]:
        """What the app did not answer in three seconds, oldest first."""
        return self._outbox.late

    @property
    def channels(self) -> dict[str, Channel]:
        """Every conversation by id; a direct message with ``U0ALICE`` is ``D0ALICE``."""
        return self._store.channels

    @property
    def users(self) -> dict[str, User]:
        """Everybody by id."""
        return self._store.users

    @property
    def usergroups(self) -> dict[str, Usergroup]:
        """Every user group by id."""
        return self._store.usergroups

    @property
    def statuses(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What the app says it is doing, by (channel, thread_ts): ``session`` and ``thinking``."""
        return self._store.sessions.shown()

    @property
    def prompts(self) -> dict[str, dict[str, Any]]:
        """The prompts the app last suggested, by channel."""
        return self._store.prompts

    @property
    def executions(self) -> dict[str, Execution]:
        """Every run of the app's workflow steps, by id."""
        return self._store.executions

    @property
    def previews(self) -> dict[str, dict[str, Any]]:
        """What the app said links are about, by ``unfurl_id``, then by address."""
        return self._store.previews

    def messages(self, channel: str) -> list[Message]:
        """Return the messages of ``channel`` that everybody sees, oldest first."""
        return list(self._store.channels[channel].messages)

    def message(self, channel: str, ts: str) -> Message:
        """Return one message, ephemeral ones included."""
        found = self._store.find(channel, ts)
        if found is None:
            raise LookupError(f"no message {ts} in {channel}")
        return found

    def ephemerals(self, user: str) -> list[Message]:
        """Return what only ``user`` was shown, oldest first."""
        return [message for message in self._store.ephemerals if message.for_user == user]

    def open_views(self, user: str) -> list[View]:
        """Return the user's modal as a stack, the visible view last; empty: none is open."""
        return list(self._store.stacks.get(user, []))

    def home(self, user: str) -> View | None:
        """Return what the user's Home tab shows; ``None``: nothing was published."""
        return self._store.homes.get(user)

    # Inside

    def _person(self, user: str) -> User:
        found = self.users.get(user)
        if found is None:
            raise LookupError(f"no user {user}; there are {sorted(self.users)}")
        return found

    def _view(self, user: str, view_id: str) -> View:
        home = self.home(user)
        mine = [*self.open_views(user), *([home] if home else [])]
        view = next((view for view in mine if view.id == view_id), None)
        if view is None:
            raise LookupError(f"{user} has no open view {view_id}; open: {[each.id for each in mine]}")
        return view

    def _message_event(self, message: Message, before: dict[str, Any] | None) -> None:
        room, us = self.channels[message.channel], self._store.identity
        name = self._subscription(room)
        if us.bot_user in room.members:
            event = self._payloads.message_event("message", message, room)
            if before is not None:
                event = self._payloads.message_changed(event, before)
            self._event(name, event, shared=room.is_ext_shared)
            if (
                before is None
                and f"<@{us.bot_user}>" in message.text
                and message.user != us.bot_user
                and room.kind != "im"
            ):
                mention = self._payloads.message_event("app_mention", message, room)
                self._event("app_mention", mention, shared=room.is_ext_shared)

    def _subscription(self, room: Channel) -> str:
        return {"channel": "message.channels", "group": "message.groups", "im": "message.im"}[room.kind]

    def _event(self, subscription: str, event: dict[str, Any], *, shared: bool = False) -> None:
        if subscription in self._bot_events:
            self._outbox.event(self._payloads.event(event, shared=shared))
