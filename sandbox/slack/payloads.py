"""The JSON Slack sends to apps: docs.slack.dev/reference/interaction-payloads and /reference/events."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.slack.people import User
from sandbox.slack.rooms import Channel, Message
from sandbox.slack.store import Store
from sandbox.slack.views import View

VERIFICATION_TOKEN: Final = "sandbox-verification-token"
"""The deprecated token in every payload; the signature is what counts."""


class Payloads:
    """Builds payloads out of ``store``; each trigger and response URL is new."""

    def __init__(self, store: Store, base_url: Callable[[], str]) -> None:
        self._store, self._base_url = store, base_url

    def event(self, event: dict[str, Any], *, shared: bool = False) -> dict[str, Any]:
        """Wrap ``event`` in an ``event_callback``; ``shared``: it happened in a Slack Connect channel."""
        us, serial = self._store.identity, self._store.next_id("Ev0")
        authorization = {
            "enterprise_id": us.enterprise_id or None,
            "team_id": None if us.org_install else us.team_id,
            "user_id": us.bot_user,
            "is_bot": True,
            "is_enterprise_install": us.org_install,
        }
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": us.team_id,
            "context_team_id": us.team_id,
            "context_enterprise_id": us.enterprise_id or None,
            "api_app_id": us.app_id,
            "event": {**event, "event_ts": event.get("event_ts") or event.get("ts") or self._store.next_ts()},
            "type": "event_callback",
            "event_id": serial,
            "event_time": int(self._store.clock()),
            "authorizations": [authorization],
            "is_ext_shared_channel": shared,
            "event_context": f"4-{serial}",
        }

    def message_event(self, kind: str, message: Message, channel: Channel) -> dict[str, Any]:
        """Return the inner event for ``message``: ``message`` or ``app_mention``."""
        event = {**message.as_json(self._team_of(message.user)), "type": kind, "channel": channel.id}
        if kind == "message":
            event["channel_type"] = channel.kind
        if message.files:
            event |= {"upload": False, "display_as_bot": False}
        if not message.bot_id and not message.subtype:
            event["client_msg_id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{message.channel}-{message.ts}"))
        if channel.is_ext_shared:
            # Only where two organisations meet does a message say whose its author is.
            event |= {"user_team": event["team"], "source_team": event["team"]}
        if kind == "message" and channel.kind == "im" and not message.bot_id:
            event |= self.app_context(message.user)
        return event

    def app_context(self, user: str, key: str = "app_context") -> dict[str, Any]:
        """Return what ``user`` has before them while they write to the app; empty: the app is all they see.

        docs.slack.dev/reference/events/app_context_changed.
        """
        channel = self._store.looking.get(user)
        if channel is None:
            return {}
        entity = {"type": "slack#/types/channel_id", "value": channel, "team_id": self._team_of(user)}
        return {key: {"entities": [entity]}}

    def message_deleted(self, before: dict[str, Any], channel: Channel) -> dict[str, Any]:
        """Return the inner event for a message that is gone, from what it was."""
        return {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "channel": channel.id,
            "channel_type": channel.kind,
            "ts": self._store.next_ts(),
            "deleted_ts": before["ts"],
            "previous_message": before,
        }

    def message_changed(self, event: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        """Return the inner event for a change of a message, from its own event and what it was before."""
        now = {key: value for key, value in event.items() if key not in ("channel", "channel_type")}
        return {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": event["channel"],
            "channel_type": event["channel_type"],
            "ts": self._store.next_ts(),
            "message": now,
            "previous_message": before,
        }

    def block_actions(
        self, user: User, source: Message | View, action: dict[str, Any], state: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the payload of one click in a message or a view."""
        payload = self._interaction("block_actions", user)
        payload["trigger_id"] = self._store.new_trigger(
            user.id, source.id if isinstance(source, View) else ""
        )
        if isinstance(source, View):
            payload["container"] = {"type": "view", "view_id": source.id}
            payload["view"] = source.as_json(self._store.identity.view_ids, state)
        else:
            payload |= self._from_message(user, source)
            payload["state"] = {"values": dict(state)}
            payload |= self._from_step(user, source)
        payload["actions"] = [{**action, "action_ts": self._store.next_ts()}]
        return payload

    def _from_message(self, user: User, message: Message) -> dict[str, Any]:
        channel = self._store.channels[message.channel]
        ephemeral = bool(message.for_user)
        container: dict[str, Any] = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        found: dict[str, Any] = {"container": container, "channel": self._place(channel)}
        if not ephemeral:
            # Slack leaves the message out for an ephemeral one: it does not keep those.
            found["message"] = message.as_json(self._team_of(message.user))
        found["response_url"] = self.response_url(user.id, message)
        return found

    def _from_step(self, user: User, message: Message) -> dict[str, Any]:
        """Return what a click carries on a message that a workflow step's own token posted."""
        run = self._store.executions.get(message.execution)
        if run is None:
            return {}
        return {
            "function_data": run.data,
            "bot_access_token": run.token,
            "interactivity": {
                "interactor": {"id": user.id, "secret": "sandbox-interactor"},
                "interactivity_pointer": self._store.new_trigger(user.id),
            },
        }

    def response_url(self, user: str, message: Message) -> str:
        """Return a new ``response_url`` for what ``user`` did on ``message``."""
        hook = self._store.new_hook(user, message.channel, message.ts, ephemeral=bool(message.for_user))
        return self._base_url() + hook

    def view_submission(self, user: User, view: View, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the payload of a submitted modal."""
        payload = self._interaction("view_submission", user)
        payload["trigger_id"] = self._store.new_trigger(user.id, view.id)
        payload["view"] = view.as_json(self._store.identity.view_ids, state)
        return {**payload, "response_urls": []}

    def block_suggestion(
        self, user: User, view: View, block: dict[str, Any], element: dict[str, Any], typed: str
    ) -> dict[str, Any]:
        """Return the payload that asks what a menu offers for ``typed``; it carries no trigger.

        docs.slack.dev/reference/interaction-payloads/block_suggestion-payload.
        """
        payload = self._interaction("block_suggestion", user)
        payload["container"] = {"type": "view", "view_id": view.id}
        payload |= {"action_id": element["action_id"], "block_id": block["block_id"], "value": typed}
        return {**payload, "view": view.as_json(self._store.identity.view_ids)}

    def view_closed(self, user: User, view: View, *, cleared: bool) -> dict[str, Any]:
        """Return the payload of a cancelled modal; ``cleared``: the whole stack was."""
        payload = self._interaction("view_closed", user)
        return {**payload, "view": view.as_json(self._store.identity.view_ids), "is_cleared": cleared}

    def shortcut(self, user: User, callback_id: str) -> dict[str, Any]:
        """Return the payload of a global shortcut."""
        payload = self._interaction("shortcut", user)
        # Shortcuts, unlike other interactions, do not say which app they are for.
        del payload["api_app_id"], payload["user"]["name"]
        payload |= {"callback_id": callback_id, "action_ts": self._store.next_ts()}
        return {**payload, "trigger_id": self._store.new_trigger(user.id)}

    def message_action(self, user: User, callback_id: str, message: Message) -> dict[str, Any]:
        """Return the payload of a message shortcut."""
        payload = self.shortcut(user, callback_id)
        return {
            **payload,
            "type": "message_action",
            "user": {"id": user.id, "name": user.name, "team_id": user.team_id},
            "message_ts": message.ts,
            "response_url": self.response_url(user.id, message),
            "channel": self._place(self._store.channels[message.channel]),
            "message": message.as_json(self._team_of(message.user)),
        }

    def slash(self, user: User, channel: Channel, command: str, text: str) -> dict[str, Any]:
        """Return the fields of a slash command."""
        us = self._store.identity
        fields = {
            "token": VERIFICATION_TOKEN,
            "team_id": us.team_id,
            "team_domain": us.domain,
            "channel_id": channel.id,
            "channel_name": self._place(channel)["name"],
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": us.app_id,
            "is_enterprise_install": "true" if us.org_install else "false",
            "response_url": self._base_url() + self._store.new_hook(user.id, channel.id),
            "trigger_id": self._store.new_trigger(user.id),
        }
        if us.enterprise_id:
            fields |= {"enterprise_id": us.enterprise_id, "enterprise_name": "Example Org"}
        return fields

    def _interaction(self, kind: str, user: User) -> dict[str, Any]:
        us = self._store.identity
        person = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}
        return {
            "type": kind,
            "user": person,
            "api_app_id": us.app_id,
            "token": VERIFICATION_TOKEN,
            "team": us.team,
            "enterprise": us.enterprise,
            "is_enterprise_install": us.org_install,
        }

    def _place(self, channel: Channel) -> dict[str, str]:
        """Apps learn the names of public channels only."""
        hidden = {"im": "directmessage", "group": "privategroup"}
        return {"id": channel.id, "name": hidden.get(channel.kind, channel.name)}

    def _team_of(self, user: str) -> str:
        found = self._store.users.get(user)
        return found.team_id if found else self._store.identity.team_id
