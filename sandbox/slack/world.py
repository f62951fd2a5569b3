"""The people of this Slack: they click, submit, type and read, as their clients would let them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack import inputs
from sandbox.slack.outbox import Answer, Late, Outbox
from sandbox.slack.payloads import Payloads
from sandbox.slack.people import User, Usergroup
from sandbox.slack.rooms import Channel, Message
from sandbox.slack.shapes import Json, as_object
from sandbox.slack.store import Changes, Store
from sandbox.slack.views import STACK_MAX, View, check_view
from sandbox.slack.writing import Writing

TROUBLE = "We had some trouble connecting. Try again?"
"""What Slack's client says in a modal whose submission was not answered."""


@dataclass(frozen=True)
class Acked:
    """How the app took an interaction or a command."""

    answer: Answer
    payload: dict[str, Any]
    """What was sent, as JSON."""

    @property
    def ok(self) -> bool:
        """Whether it was acknowledged in time."""
        return not self.answer.reason

    @property
    def trigger_id(self) -> str:
        """The trigger that went along."""
        return str(self.payload.get("trigger_id", ""))

    @property
    def response_url(self) -> str:
        """The response URL that went along; empty: none."""
        return str(self.payload.get("response_url", ""))


@dataclass(frozen=True)
class Submitted(Acked):
    """How the app took a submitted modal."""

    response_action: str = ""
    """``errors``, ``update``, ``push`` or ``clear``; empty: the view just closed, or there was no answer."""
    errors: dict[str, str] = field(default_factory=dict[str, str])
    """What the person is told under the inputs, by ``block_id``; the view stays open."""


@dataclass(frozen=True)
class Searched(Acked):
    """What a menu offered for what was typed."""

    labels: tuple[str, ...] = ()
    """As the person reads them; empty also when there was no answer in time."""


class World:
    """Reading and acting, for tests, the demo page and the control API.

    A verb that names somebody or something that is not there raises ``LookupError``; one that a client
    would not let a person do raises ``ValueError``.
    """

    def __init__(self, store: Store, outbox: Outbox, payloads: Payloads, bot_events: frozenset[str]) -> None:
        self._store, self._outbox, self._payloads = store, outbox, payloads
        self._bot_events = bot_events
        self.writing = Writing(store, self._message_event)

    # Reading

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
        """What the app last said it is doing, by (channel, thread_ts)."""
        return self._store.statuses

    @property
    def prompts(self) -> dict[str, dict[str, Any]]:
        """The prompts the app last suggested, by channel."""
        return self._store.prompts

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

    # Clicking

    async def click(
        self, user: str, channel: str, ts: str, action_id: str, value: Json = None, *, stale: bool = False
    ) -> Acked:
        """Use the element ``action_id`` of a message; ``value`` picks an option, or one button of several.

        ``stale``: on a client that still shows an earlier version of the message. Who is not in the channel
        may click all the same: that only members see a card is not what protects it.
        """
        message = self.message(channel, ts)
        shown = [message.blocks, *reversed(message.versions)] if stale else [message.blocks]
        pairs = [pair for blocks in shown if (pair := inputs.pick(blocks, action_id, value))]
        found = next((p for p in pairs if value is not None and inputs.can_have(p[1], value)), None)
        found = found or next(iter(pairs), None)
        if found is None:
            raise LookupError(
                f"the message {ts} shows no {action_id}" + (f" with {value!r}" if value else "")
            )
        action = inputs.action(*found, value)
        state = inputs.state_of(message.blocks, {})
        payload = self._payloads.block_actions(self._person(user), message, action, state)
        return Acked(await self._outbox.ask("interactive", payload), payload)

    async def click_in_view(
        self,
        user: str,
        view_id: str,
        action_id: str,
        value: Json = None,
        *,
        block_id: str = "",
        values: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> Acked:
        """Use an element of the user's open modal or Home tab.

        ``block_id``: which block, when several have such an element. ``values``: what was entered before, by
        ``block_id``, then by ``action_id``.
        """
        view = self._view(user, view_id)
        blocks = view.body["blocks"]
        shown = [block for block in blocks if block_id in ("", block["block_id"])]
        found = inputs.pick(shown, action_id, value)
        if found is None:
            raise LookupError(f"the view {view_id} shows no {action_id}")
        action = inputs.action(*found, value)
        state = inputs.state_of(blocks, values or {})
        payload = self._payloads.block_actions(self._person(user), view, action, state)
        return Acked(await self._outbox.ask("interactive", payload), payload)

    async def submit_view(
        self, user: str, view_id: str, values: Mapping[str, Mapping[str, Json]] | None = None
    ) -> Submitted:
        """Submit the modal; ``values`` by ``block_id``, then ``action_id``. The rest keeps its preset."""
        view = self._view(user, view_id)
        blocks = inputs.with_offers(view.body["blocks"], view.offered)
        state = inputs.state_of(blocks, values or {})
        refused = inputs.refusals(blocks, state)
        if refused:
            raise ValueError(f"the client does not submit this: {refused}")
        payload = self._payloads.view_submission(self._person(user), view, state)
        answer = await self._outbox.ask("interactive", payload)
        return self._after_submission(view, answer, payload)

    async def search(self, user: str, view_id: str, block_id: str, typed: str = "") -> Searched:
        """Type into a menu that asks the app for its options, as the person would."""
        view = self._view(user, view_id)
        block, element = inputs.asking(view.body["blocks"], block_id, typed)
        payload = self._payloads.block_suggestion(self._person(user), view, block, element, typed)
        answer = await self._outbox.ask("interactive", payload)
        view.offered[block_id] = inputs.offers(answer.body)
        self.changes.bump()
        return Searched(answer, payload, tuple(each["text"]["text"] for each in view.offered[block_id]))

    def _after_submission(self, view: View, answer: Answer, payload: dict[str, Any]) -> Submitted:
        body = as_object(answer.body) or {}
        what = str(body.get("response_action", ""))
        if answer.reason or not self._obey(view, what, body):
            view.trouble = TROUBLE
            self.changes.bump()
            return Submitted(answer, payload)
        return Submitted(answer, payload, what, dict(view.errors))

    def _obey(self, view: View, what: str, body: dict[str, Any]) -> bool:
        """Do what the app answered; false: Slack would not have it."""
        if what in ("update", "push"):
            body_of_view = as_object(body.get("view"))
            if body_of_view is None or check_view(body_of_view, "modal"):
                return False
            kept = self.writing.kept_view(body_of_view)
            if what == "push" and len(self.open_views(view.user)) >= STACK_MAX:
                return False
            if what == "push":
                self._store.push_view(view.user, kept)
            else:
                self._store.replace_view(view, kept)
        elif what == "errors":
            view.errors, view.trouble = dict(body.get("errors", {})), ""
            self.changes.bump()
            return bool(view.errors)
        else:
            self._store.close_view(view, everything=what == "clear")
        return what in ("", "update", "push", "clear")

    async def close_view(self, user: str, view_id: str, *, everything: bool = False) -> Acked | None:
        """Cancel the modal; the app hears of it when it asked to (``None``: it did not)."""
        view = self._view(user, view_id)
        cleared = everything or bool(view.body.get("clear_on_close"))
        self._store.close_view(view, everything=cleared)
        if not view.body.get("notify_on_close"):
            return None
        payload = self._payloads.view_closed(self._person(user), view, cleared=cleared)
        return Acked(await self._outbox.ask("interactive", payload), payload)

    # Commands and shortcuts

    async def slash(self, user: str, command: str, text: str = "", channel: str = "C0GENERAL") -> Acked:
        """Type a slash command; a refused or unanswered one shows the person Slack's own error."""
        payload = self._payloads.slash(self._person(user), self.channels[channel], command, text)
        answer = await self._outbox.ask("slash_commands", payload)
        if answer.reason:
            code = "operation_timeout" if answer.reason == "http_timeout" else "dispatch_failed"
            self.writing.slackbot(user, channel, f'{command} failed with the error "{code}"')
        elif answer.body:
            said = as_object(answer.body) or {"text": str(answer.body)}
            self.writing.respond(said, user=user, channel=channel)
        return Acked(answer, payload)

    async def shortcut(self, user: str, callback_id: str) -> Acked:
        """Run a global shortcut."""
        payload = self._payloads.shortcut(self._person(user), callback_id)
        return Acked(await self._outbox.ask("interactive", payload), payload)

    async def message_shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Acked:
        """Run a shortcut on a message."""
        payload = self._payloads.message_action(self._person(user), callback_id, self.message(channel, ts))
        return Acked(await self._outbox.ask("interactive", payload), payload)

    # Writing

    def say(self, user: str, channel: str, text: str, thread_ts: str = "") -> Message:
        """Write in a channel; a mention of the app reaches it as ``app_mention``."""
        author = self._person(user)
        message = Message(self._store.next_ts(), channel, user, text, thread_ts=thread_ts)
        message.bot_id = author.bot_id
        self._store.add(message)
        self._message_event(message, None)
        return message

    def edit(self, channel: str, ts: str, text: str) -> Message:
        """Change the text of a message, as whoever wrote it may."""
        return self.writing.revise(self.message(channel, ts), {"text": text})

    def mention(self, user: str, channel: str, text: str, thread_ts: str = "") -> Message:
        """Write ``@app text`` in a channel."""
        return self.say(user, channel, f"<@{self._store.identity.bot_user}> {text}", thread_ts)

    def dm(self, user: str, text: str, thread_ts: str = "") -> Message:
        """Write to the app in the direct message with it."""
        return self.say(user, self._store.dm(user).id, text, thread_ts)

    def open_home(self, user: str, tab: str = "home") -> None:
        """Open the app's ``home`` or ``messages`` tab."""
        view = self.home(user)
        event: dict[str, Any] = {"type": "app_home_opened", "user": user, "tab": tab}
        event["channel"] = self._store.dm(self._person(user).id).id
        if tab == "home" and view is not None:
            event["view"] = view.as_json(self._store.identity.view_ids)
        self._event("app_home_opened", event)

    def stop_session(self, user: str, channel: str, thread_ts: str) -> None:
        """Press Stop on an agent session."""
        event = {"type": "agent_session_stopped", "user": user, "channel": channel, "thread_ts": thread_ts}
        self._event("agent_session_stopped", {**event, "streaming_message_ts": []})

    # Administration

    def invite(self, channel: str, user: str) -> None:
        """Add somebody to a channel; a stranger makes it a Slack Connect channel."""
        room, person = self.channels[channel], self._person(user)
        if user not in room.members:
            room.members.append(user)
        room.is_ext_shared = room.is_ext_shared or person.is_stranger
        self.changes.bump()

    def set_usergroup(self, group: str, users: list[str]) -> None:
        """Say who is in a user group."""
        found = self.usergroups[group]
        before, found.users = set(found.users), list(users)
        added, removed = sorted(set(users) - before), sorted(before - set(users))
        event: dict[str, Any] = {"type": "subteam_members_changed", "subteam_id": group}
        event |= {"team_id": self._store.identity.team_id, "date_update": int(self._store.clock())}
        event |= {"added_users": added, "added_users_count": len(added)}
        event |= {"removed_users": removed, "removed_users_count": len(removed)}
        self.changes.bump()
        self._event("subteam_members_changed", event)

    def set_user(self, user: str, **fields: bool | str | int) -> None:
        """Change fields of a user, as ``deleted=True`` or ``locale="de-DE"``."""
        person = self._person(user)
        for name, value in fields.items():
            if not hasattr(person, name):
                raise LookupError(f"a user has no {name}")
            setattr(person, name, value)
        self.changes.bump()
        shown = person.as_json(with_email=True, with_locale=True)
        self._event("user_change", {"type": "user_change", "user": shown})

    async def verify_url(self) -> bool:
        """Send the ``url_verification`` of the app settings page; whether the challenge came back."""
        challenge = self._store.next_id("challenge")
        answer = await self._outbox.post_json(
            {"type": "url_verification", "challenge": challenge, "token": ""}
        )
        body = as_object(answer.body) or {"challenge": answer.body}
        return not answer.reason and body.get("challenge") == challenge

    async def settle(self) -> None:
        """Wait until every event was taken or given up."""
        await self._outbox.settle()

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
        name = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}[room.kind]
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

    def _event(self, subscription: str, event: dict[str, Any], *, shared: bool = False) -> None:
        if subscription in self._bot_events:
            self._outbox.event(self._payloads.event(event, shared=shared))
