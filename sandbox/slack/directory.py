"""``auth.test``, ``users.*``, ``usergroups.*`` and ``conversations.*``: who and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sandbox.slack.calls import Call, Method, page
from sandbox.slack.limits import SPECIAL, TIER_2, TIER_3, TIER_4
from sandbox.slack.people import User
from sandbox.slack.rooms import Channel, Message
from sandbox.slack.store import SlackError, Store
from sandbox.slack.web_api import missing_scope

READ: Final = {"channel": "channels:read", "group": "groups:read", "im": "im:read"}
"""The scope that shows each kind of conversation."""
HISTORY: Final = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}
TYPES: Final = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
PEOPLE_MAX: Final = 8
"""Of one group conversation: docs.slack.dev/reference/methods/conversations.open."""


def _any(scopes: dict[str, str]) -> frozenset[str]:
    return frozenset(scopes.values())


class Directory:
    """The methods, bound to a world."""

    def __init__(self, store: Store, *, plan_has_usergroups: Callable[[], bool]) -> None:
        self._store, self._plan_has_usergroups = store, plan_has_usergroups

    def methods(self) -> dict[str, Method]:
        """Return the methods by name."""
        people, mail = frozenset({"users:read"}), frozenset({"users:read.email"})
        groups, profile = frozenset({"usergroups:read"}), frozenset({"users.profile:read"})
        one = ("channel",)
        return {
            "api.test": Method(self.api_test, per_minute=TIER_4, token="none"),
            "auth.test": Method(self.auth_test, per_minute=SPECIAL),
            "users.info": Method(self.users_info, people, ("user",), TIER_4, reads=True),
            "users.list": Method(self.users_list, people, (), TIER_2, reads=True),
            "users.lookupByEmail": Method(self.users_lookup, mail, ("email",), TIER_3, reads=True),
            "users.profile.get": Method(self.users_profile, profile, (), TIER_4, reads=True),
            "usergroups.list": Method(self.usergroups_list, groups, (), TIER_2, reads=True),
            "usergroups.users.list": Method(
                self.usergroups_users, groups, ("usergroup",), TIER_2, reads=True
            ),
            "conversations.open": Method(self.conversations_open, frozenset({"im:write"}), (), TIER_3),
            "conversations.info": Method(self.conversations_info, _any(READ), one, TIER_3, reads=True),
            "conversations.list": Method(self.conversations_list, _any(READ), (), TIER_2, reads=True),
            "conversations.members": Method(self.members, _any(READ), one, TIER_4, reads=True),
            "conversations.history": Method(self.history, _any(HISTORY), one, TIER_3, reads=True),
            "conversations.replies": Method(
                self.replies, _any(HISTORY), ("channel", "ts"), TIER_3, reads=True
            ),
        }

    # Who we are

    def api_test(self, call: Call) -> dict[str, Any]:
        """Answer ``api.test``: the arguments come back, and ``error`` is an error."""
        if call.text("error"):
            raise SlackError(call.text("error"), args=dict(call.args))
        return {"args": dict(call.args)} if call.args else {}

    def auth_test(self, _call: Call) -> dict[str, Any]:
        """Answer ``auth.test``."""
        us = self._store.identity
        found: dict[str, Any] = {
            "url": us.url,
            "team": us.team_name,
            "user": us.bot_name,
            "team_id": us.team_id,
            "user_id": us.bot_user,
            "bot_id": us.bot_id,
            "is_enterprise_install": us.org_install,
        }
        return {**found, "enterprise_id": us.enterprise_id} if us.enterprise_id else found

    # People

    def users_info(self, call: Call) -> dict[str, Any]:
        """Answer ``users.info``."""
        return {"user": self._shown(self._person(call.text("user")), call)}

    def users_list(self, call: Call) -> dict[str, Any]:
        """Answer ``users.list``: deactivated people too, strangers not."""
        ours = [user for user in self._store.users.values() if not user.is_stranger]
        some, more = page(ours, call, len(ours))
        members = [self._shown(user, call) for user in some]
        return {"members": members, "cache_ts": int(self._store.clock()), **more}

    def users_lookup(self, call: Call) -> dict[str, Any]:
        """Answer ``users.lookupByEmail``: active people of this workspace only."""
        email = call.text("email").lower()
        for user in self._store.users.values():
            if user.email.lower() == email and not user.deleted and not user.is_stranger:
                return {"user": self._shown(user, call)}
        raise SlackError("users_not_found")

    def users_profile(self, call: Call) -> dict[str, Any]:
        """Answer ``users.profile.get``; no ``user``: the app's own."""
        user = self._person(call.text("user") or self._store.identity.bot_user)
        return {"profile": user.profile(with_email="users:read.email" in call.scopes)}

    def usergroups_list(self, call: Call) -> dict[str, Any]:
        """Answer ``usergroups.list``."""
        self._need_plan()
        team, every = self._store.identity.team_id, call.flag("include_disabled")
        users, count = call.flag("include_users"), call.flag("include_count")
        shown = [group for group in self._store.usergroups.values() if every or not group.disabled]
        return {"usergroups": [g.as_json(team, with_users=users, with_count=count) for g in shown]}

    def usergroups_users(self, call: Call) -> dict[str, Any]:
        """Answer ``usergroups.users.list``."""
        self._need_plan()
        group = self._store.usergroups.get(call.text("usergroup"))
        if group is None or (group.disabled and not call.flag("include_disabled")):
            raise SlackError("no_such_subteam")
        return {"users": list(group.users)}

    def _need_plan(self) -> None:
        if not self._plan_has_usergroups():
            raise SlackError("plan_upgrade_required")

    def _person(self, user: str) -> User:
        found = self._store.users.get(user)
        if found is None:
            raise SlackError("user_not_found")
        return found

    def _shown(self, user: User, call: Call) -> dict[str, Any]:
        return user.as_json(
            with_email="users:read.email" in call.scopes,
            with_locale=call.flag("include_locale"),
            enterprise_id=self._store.identity.enterprise_id,
        )

    # Places

    def conversations_open(self, call: Call) -> dict[str, Any]:
        """Answer ``conversations.open`` for one person; group conversations need a scope nobody has here."""
        users, channel = call.names("users"), call.text("channel")
        if channel:
            return {"channel": {"id": self._room(channel).id}}
        if not users:
            raise SlackError("users_list_not_supplied")
        if len(users) > 1:
            code = "too_many_users" if len(users) > PEOPLE_MAX else "missing_scope"
            raise SlackError(code, **({"needed": "mpim:write"} if code == "missing_scope" else {}))
        person = self._person(users[0])
        if person.deleted:
            raise SlackError("user_disabled")
        known = "D" + person.id[1:] in self._store.channels
        room = self._store.dm(person.id)
        shown = self._room_json(room) if call.flag("return_im") else {"id": room.id}
        return {"channel": shown, **({"no_op": True, "already_open": True} if known else {})}

    def conversations_info(self, call: Call) -> dict[str, Any]:
        """Answer ``conversations.info``."""
        room = self._room(call.text("channel"))
        self._need(call, READ, room)
        shown = self._room_json(room)
        if call.flag("include_num_members"):
            shown["num_members"] = len(room.members)
        if call.flag("include_locale"):
            shown["locale"] = "en-GB"
        return {"channel": shown}

    def conversations_list(self, call: Call) -> dict[str, Any]:
        """Answer ``conversations.list``: public ones, and private ones the app is in."""
        wanted = call.names("types") or ["public_channel"]
        if not set(wanted) <= set(TYPES):
            raise SlackError("invalid_types")
        kinds = {TYPES[name] for name in wanted} - {"mpim"}
        for kind in sorted(kinds):
            self._need_kind(call, READ, kind)
        rooms = [room for room in self._store.channels.values() if room.kind in kinds and self._knows(room)]
        if call.flag("exclude_archived"):
            rooms = [room for room in rooms if not room.is_archived]
        some, more = page(rooms, call, 100)
        return {"channels": [self._room_json(room) for room in some], **more}

    def members(self, call: Call) -> dict[str, Any]:
        """Answer ``conversations.members``."""
        room = self._room(call.text("channel"))
        self._need(call, READ, room)
        some, more = page(room.members, call, 100)
        return {"members": some, **more}

    def history(self, call: Call) -> dict[str, Any]:
        """Answer ``conversations.history``: newest first, without the replies in threads."""
        room = self._room(call.text("channel"))
        self._need(call, HISTORY, room)
        if self._store.identity.bot_user not in room.members:
            raise SlackError("not_in_channel")
        mains = [each for each in reversed(room.messages) if not each.thread_ts]
        return self._messages(call, room, mains)

    def replies(self, call: Call) -> dict[str, Any]:
        """Answer ``conversations.replies``: the parent first, then the replies, oldest first."""
        room = self._room(call.text("channel"))
        self._need(call, HISTORY, room)
        message = room.find(call.text("ts"))
        if message is None:
            raise SlackError("thread_not_found")
        return self._messages(call, room, room.thread(message.thread_ts or message.ts))

    def _messages(self, call: Call, room: Channel, messages: list[Message]) -> dict[str, Any]:
        low, high, even = call.text("oldest"), call.text("latest"), call.flag("inclusive")

        def inside(message: Message) -> bool:
            above = not low or message.ts > low or (even and message.ts == low)
            return above and (not high or message.ts < high or (even and message.ts == high))

        some, more = page([each for each in messages if inside(each)], call, 100)
        shown = [room.shown(each, self._store.identity.team_id) for each in some]
        if not call.flag("include_all_metadata"):
            shown = [{key: value for key, value in each.items() if key != "metadata"} for each in shown]
        return {"messages": shown, "has_more": bool(more["response_metadata"]["next_cursor"]), **more}

    def _room(self, name: str) -> Channel:
        room = self._store.channels.get(name)
        if room is None or not self._knows(room):
            raise SlackError("channel_not_found")
        return room

    def _knows(self, room: Channel) -> bool:
        return room.kind == "channel" or self._store.identity.bot_user in room.members

    def _room_json(self, room: Channel) -> dict[str, Any]:
        return room.as_json(self._store.identity.team_id, self._store.identity.bot_user)

    def _need(self, call: Call, scopes: dict[str, str], room: Channel) -> None:
        self._need_kind(call, scopes, room.kind)

    def _need_kind(self, call: Call, scopes: dict[str, str], kind: str) -> None:
        if scopes[kind] not in call.scopes:
            raise missing_scope(frozenset({scopes[kind]}), call.scopes)
