"""What this Slack holds: people, rooms, messages, open views, short-lived handles. No I/O and no opinion."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.slack import seed
from sandbox.slack.executions import Execution
from sandbox.slack.people import Identity
from sandbox.slack.rooms import Channel, Message, Shared
from sandbox.slack.sessions import Sessions
from sandbox.slack.views import STACK_MAX, View

TRIGGER_SECONDS: Final = 3.0
"""docs.slack.dev/interactivity/handling-user-interaction: how long a ``trigger_id`` lives."""
RESPONSE_URL_USES: Final = 5
RESPONSE_URL_SECONDS: Final = 30 * 60.0
EPHEMERALS_MAX: Final = 1000
HANDLES_MAX: Final = 10_000
"""Triggers and response URLs remembered; a demo left open must not grow without end."""


class SlackError(Exception):
    """A Web API call that Slack refuses: ``ok: false`` with this code and, sometimes, more fields."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


class Changes:
    """A counter that grows with every change of the world, and a way to wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._moved = asyncio.Event()
        self._closed = False

    def bump(self) -> None:
        """Count one change and wake everybody who waits."""
        self.count += 1
        self._moved.set()
        self._moved = asyncio.Event()

    def close(self) -> None:
        """Let nobody wait any more: the server is going away."""
        self._closed = True
        self._moved.set()

    async def wait(self, since: int, timeout_s: float) -> int:
        """Return the count once it is past ``since``, or as it stands after ``timeout_s`` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.count <= since and not self._closed:
                    await self._moved.wait()
        return self.count


@dataclass
class Trigger:
    """The right to open one view, given with an interaction."""

    user: str
    view_id: str
    expires_at: float
    used: bool = False


@dataclass
class ResponseHook:
    """What a ``response_url`` stands for."""

    user: str
    channel: str
    ts: str
    """The message it came from; empty: a slash command."""
    expires_at: float
    ephemeral: bool = False
    uses: int = 0


class Store:
    """The whole world as data. Every change bumps ``changes``."""

    def __init__(self, identity: Identity, clock: Callable[[], float]) -> None:
        self.identity, self.clock = identity, clock
        self.users = seed.users(identity)
        self.usergroups = seed.usergroups()
        self.channels = seed.channels(identity)
        self.ephemerals: list[Message] = []
        self.stacks: dict[str, list[View]] = {}
        """Open modals by user, the visible view last."""
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.hooks: dict[str, ResponseHook] = {}
        self.sessions = Sessions(clock)
        self.prompts: dict[str, dict[str, Any]] = {}
        """Suggested prompts by channel."""
        self.executions: dict[str, Execution] = {}
        """Runs of workflow steps by id."""
        self.shared: dict[str, Shared] = {}
        """Links the app was told of, by ``unfurl_id``."""
        self.previews: dict[str, dict[str, Any]] = {}
        """What the app said such links are about, by ``unfurl_id``, then by address."""
        self.looking: dict[str, str] = {}
        """The channel each person has before them while they write to the app, by user."""
        self.entered: set[str] = set()
        """Who has opened the direct message with the app."""
        self.changes = Changes()
        self._last_ts = (0, 0)
        self._numbers: dict[str, int] = {}

    def next_id(self, prefix: str) -> str:
        """Return ``prefix`` and the next number: the same ids in every run."""
        self._numbers[prefix] = number = self._numbers.get(prefix, 0) + 1
        return f"{prefix}{number:06d}"

    def next_ts(self) -> str:
        """Return a message timestamp, later than any before."""
        second = max(int(self.clock()), self._last_ts[0])
        count = self._last_ts[1] + 1 if second == self._last_ts[0] else 1
        self._last_ts = (second, count)
        return f"{second}.{count * 100 + 19:06d}"

    # Rooms and messages

    def dm(self, user: str) -> Channel:
        """Return the direct message with ``user``, opening it when it is new."""
        name = "D" + user[1:]
        if name not in self.channels:
            room = self.channels[name] = Channel(name, "", "im", [self.identity.bot_user, user])
            room.is_ext_shared = user in self.users and self.users[user].is_stranger
        return self.channels[name]

    def add(self, message: Message) -> Message:
        """Put ``message`` where it belongs and announce it."""
        if message.for_user:
            self.ephemerals.append(message)
            del self.ephemerals[:-EPHEMERALS_MAX]
        else:
            self.channels[message.channel].messages.append(message)
        self.changes.bump()
        return message

    def remove(self, message: Message) -> None:
        """Take ``message`` away."""
        where = self.ephemerals if message.for_user else self.channels[message.channel].messages
        where.remove(message)
        self.changes.bump()

    def find(self, channel: str, ts: str) -> Message | None:
        """Return a message or an ephemeral one; ``None``: neither."""
        room = self.channels.get(channel)
        found = room.find(ts) if room else None
        here = (each for each in self.ephemerals if (each.channel, each.ts) == (channel, ts))
        return found or next(here, None)

    # Handles

    def new_trigger(self, user: str, view_id: str = "") -> str:
        """Return a ``trigger_id`` for ``user``, who acted in ``view_id`` or, when empty, elsewhere."""
        serial = self.next_id("trigger")
        tail = hashlib.sha256(serial.encode()).hexdigest()[:32]
        name = f"{int(self.clock() * 1000)}.{serial[-6:]}.{tail}"
        self.triggers[name] = Trigger(user, view_id, self.clock() + TRIGGER_SECONDS)
        _forget_oldest(self.triggers)
        return name

    def spend_trigger(self, name: str) -> Trigger:
        """Return the trigger once.

        Raises:
            SlackError: it never was, it is over three seconds old, or somebody used it.
        """
        trigger = self.triggers.get(name)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.clock() >= trigger.expires_at:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_hook(self, user: str, channel: str, ts: str = "", *, ephemeral: bool = False) -> str:
        """Return the path of a new ``response_url``."""
        serial = self.next_id("hook")
        tail = hashlib.sha256(serial.encode()).hexdigest()[:24]
        path = f"/actions/{self.identity.team_id}/{serial[-6:]}/{tail}"
        expires_at = self.clock() + RESPONSE_URL_SECONDS
        self.hooks[path] = ResponseHook(user, channel, ts, expires_at, ephemeral)
        _forget_oldest(self.hooks)
        return path

    def execution_of(self, token: str) -> Execution | None:
        """Return the run a workflow token was made for; ``None``: it is no such token.

        Raises:
            SlackError: its time is over.
        """
        found = next((run for run in self.executions.values() if run.token == token), None)
        if found is not None and self.clock() >= found.expires_at:
            raise SlackError("token_expired")
        return found

    # Views

    def new_view(self, user: str, body: dict[str, Any], *, parent: View | None = None) -> View:
        """Return a view that is not shown yet."""
        name = self.next_id("V")
        root = parent.root_id if parent else name
        return View(name, body, self.new_hash(), user, root, parent.id if parent else None)

    def new_hash(self) -> str:
        """Return a view hash, as ``<seconds>.<letters>``."""
        serial = self.next_id("hash")
        return f"{int(self.clock())}.{hashlib.sha256(serial.encode()).hexdigest()[:8]}"

    def open_view(self, user: str, body: dict[str, Any]) -> View:
        """Show a new modal to ``user``; one that was open is gone."""
        view = self.new_view(user, body)
        self.stacks[user] = [view]
        self.changes.bump()
        return view

    def push_view(self, user: str, body: dict[str, Any]) -> View:
        """Put a view on top of the user's modal.

        Raises:
            SlackError: there is no modal, or it already holds three views.
        """
        stack = self.stacks.get(user, [])
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= STACK_MAX:
            raise SlackError("push_limit_reached")
        stack.append(self.new_view(user, body, parent=stack[-1]))
        self.changes.bump()
        return stack[-1]

    def replace_view(self, view: View, body: dict[str, Any]) -> View:
        """Show ``body`` in the place of what ``view`` showed; it gets a new hash."""
        view.body, view.hash = body, self.new_hash()
        view.errors, view.trouble = {}, ""
        self.changes.bump()
        return view

    def publish_home(self, user: str, body: dict[str, Any]) -> View:
        """Show ``body`` on the Home tab of ``user``."""
        home = self.homes.get(user)
        if home is None:
            home = self.homes[user] = self.new_view(user, body)
            self.changes.bump()
            return home
        return self.replace_view(home, body)

    def close_view(self, view: View, *, everything: bool = False) -> None:
        """Close ``view`` and what lies above it, or the whole modal."""
        stack = self.stacks.get(view.user, [])
        if view in stack:
            del stack[0 if everything else stack.index(view) :]
        self.changes.bump()

    def views(self) -> list[View]:
        """Return everything that is open, Home tabs included."""
        return [view for stack in self.stacks.values() for view in stack] + list(self.homes.values())

    def view(self, view_id: str = "", external_id: str = "") -> View | None:
        """Return an open view by either name; ``None``: there is no such one."""
        for view in self.views():
            if view.id == view_id or (external_id and view.external_id == external_id):
                return view
        return None


def _forget_oldest(handles: dict[str, Any]) -> None:
    while len(handles) > HANDLES_MAX:
        del handles[next(iter(handles))]
