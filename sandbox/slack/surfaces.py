"""``views.*``, ``agents.sessions.*``, ``assistant.threads.*``: modals, Home, what the agent says it does."""

from __future__ import annotations

from typing import Any, Final

from sandbox.slack.calls import Call, Method
from sandbox.slack.limits import SPECIAL, TIER_3, TIER_4
from sandbox.slack.sessions import STATUSES
from sandbox.slack.shapes import as_object
from sandbox.slack.store import SlackError, Store
from sandbox.slack.views import VIEW_BYTES_MAX, View, check_view, view_bytes
from sandbox.slack.writing import Writing

UNSUBSCRIBED: Final = "missing_agent_session_stopped_event_subscription"
"""The warning of an app that people cannot stop: docs.slack.dev/reference/events/agent_session_stopped."""
TITLE_CHARS_MAX: Final = 200
LOADING_MESSAGES_MAX: Final = 10
PROMPTS_MAX: Final = 4
"""docs.slack.dev/reference/methods: ``assistant.threads.setSuggestedPrompts``."""


class Surfaces:
    """The methods, bound to a world."""

    def __init__(self, store: Store, writing: Writing, *, agent: bool, stoppable: bool) -> None:
        """``agent``: the app is one, on a plan that has them; ``stoppable``: it hears of the Stop button."""
        self._store, self._writing = store, writing
        self._agent, self._stoppable = agent, stoppable

    def methods(self) -> dict[str, Method]:
        """Return the methods by name."""
        free: frozenset[str] = frozenset()
        write, assistant = frozenset({"chat:write"}), frozenset({"assistant:write"})
        thread, place = ("channel_id", "thread_ts"), ("channel_id", "status")
        return {
            "views.open": Method(self.open, free, ("trigger_id", "view"), TIER_4),
            "views.push": Method(self.push, free, ("trigger_id", "view"), TIER_4),
            "views.update": Method(self.update, free, ("view",), TIER_4),
            "views.publish": Method(self.publish, free, ("user_id", "view"), TIER_4),
            "agents.sessions.setStatus": Method(self.session_status, write, place, TIER_3),
            "agents.sessions.rename": Method(self.rename, write, ("channel_id", "title"), TIER_3),
            "assistant.threads.setStatus": Method(self.thread_status, write, thread, SPECIAL),
            "assistant.threads.setSuggestedPrompts": Method(
                self.suggested_prompts, assistant, ("channel_id", "prompts"), TIER_4
            ),
        }

    # Modals and Home

    def open(self, call: Call) -> dict[str, Any]:
        """Answer ``views.open``: the trigger is spent by a view that could be shown, in time."""
        body = self._body(call, "modal")
        self._unique(body, None)
        trigger = self._store.spend_trigger(call.text("trigger_id"))
        return self._shown(self._store.open_view(trigger.user, body))

    def push(self, call: Call) -> dict[str, Any]:
        """Answer ``views.push``: on top of the modal the person acted in."""
        body = self._body(call, "modal")
        self._unique(body, None)
        trigger = self._store.spend_trigger(call.text("trigger_id"))
        return self._shown(self._store.push_view(trigger.user, body))

    def update(self, call: Call) -> dict[str, Any]:
        """Answer ``views.update``: by ``view_id`` or ``external_id``, guarded by ``hash`` when given."""
        view = self._store.view(call.text("view_id"), call.text("external_id"))
        if view is None:
            raise SlackError("not_found")
        body = self._body(call, view.body["type"])
        self._unique(body, view)
        self._same_hash(call, view)
        return self._shown(self._store.replace_view(view, body))

    def publish(self, call: Call) -> dict[str, Any]:
        """Answer ``views.publish``."""
        user = call.text("user_id")
        if user not in self._store.users:
            raise SlackError(
                "invalid_arguments", response_metadata={"messages": ["[ERROR] invalid `user_id`"]}
            )
        body = self._body(call, "home")
        home = self._store.homes.get(user)
        if home is not None:
            self._same_hash(call, home)
        return self._shown(self._store.publish_home(user, body))

    def _body(self, call: Call, kind: str) -> dict[str, Any]:
        view = call.object("view", "invalid_arguments") or {}
        if view_bytes(view) > VIEW_BYTES_MAX:
            raise SlackError("view_too_large")
        errors = check_view(view, kind)
        if errors:
            messages = [f"[ERROR] {error}" for error in errors]
            raise SlackError("invalid_arguments", response_metadata={"messages": messages})
        return self._writing.kept_view(view)

    def _unique(self, body: dict[str, Any], itself: View | None) -> None:
        name = body.get("external_id")
        if name and self._store.view(external_id=name) not in (None, itself):
            raise SlackError("duplicate_external_id")

    def _same_hash(self, call: Call, view: View) -> None:
        if call.text("hash") and call.text("hash") != view.hash:
            raise SlackError("hash_conflict")

    def _shown(self, view: View) -> dict[str, Any]:
        return {"view": view.as_json(self._store.identity.view_ids)}

    # What the agent is doing

    def session_status(self, call: Call) -> dict[str, Any]:
        """Answer ``agents.sessions.setStatus``; an app that cannot be stopped is warned of it."""
        if call.text("status") not in STATUSES or len(call.text("title")) > TITLE_CHARS_MAX:
            raise SlackError("invalid_arguments")
        place = self._session(call)
        self._store.sessions.set_status(place, call.text("status"), call.text("title"))
        self._store.changes.bump()
        if self._stoppable:
            return {}
        return {"warning": UNSUBSCRIBED, "response_metadata": {"warnings": [UNSUBSCRIBED]}}

    def rename(self, call: Call) -> dict[str, Any]:
        """Answer ``agents.sessions.rename``."""
        if len(call.text("title")) > TITLE_CHARS_MAX:
            raise SlackError("invalid_arguments")
        if not self._store.sessions.rename(self._session(call), call.text("title")):
            # Slack does not publish the code of this refusal.
            raise SlackError("session_not_found")
        self._store.changes.bump()
        return {}

    def thread_status(self, call: Call) -> dict[str, Any]:
        """Answer ``assistant.threads.setStatus``; an empty status clears it."""
        if len(call.array("loading_messages", "invalid_arguments") or []) > LOADING_MESSAGES_MAX:
            raise SlackError("invalid_arguments")
        if "status" not in call.args:
            raise SlackError("invalid_arguments")
        place = (self._place(call), self._thread(call))
        said = {key: call.args[key] for key in ("status", "loading_messages") if key in call.args}
        self._store.sessions.think(place, said)
        self._store.changes.bump()
        return {}

    def suggested_prompts(self, call: Call) -> dict[str, Any]:
        """Answer ``assistant.threads.setSuggestedPrompts``; the thread may be left out."""
        channel = self._place(call)
        if call.text("thread_ts"):
            self._thread(call)
        prompts = [as_object(each) for each in call.array("prompts", "invalid_arguments") or []]
        if not 1 <= len(prompts) <= PROMPTS_MAX:
            raise SlackError("invalid_arguments")
        if any(not (each and each.get("title") and each.get("message")) for each in prompts):
            raise SlackError("invalid_arguments")
        self._store.prompts[channel] = {"title": call.text("title"), "prompts": prompts}
        self._store.changes.bump()
        return {}

    def _session(self, call: Call) -> tuple[str, str]:
        """Return the thread whose session is meant.

        Raises:
            SlackError: the app is no agent here, or the thread is not there. Slack does not publish these
                codes; a caller does without sessions whatever the refusal is.
        """
        if not self._agent:
            raise SlackError("feature_not_enabled")
        channel = self._place(call)
        if not call.text("thread_ts"):
            raise SlackError("invalid_arguments")
        return channel, self._thread(call)

    def _thread(self, call: Call) -> str:
        message = self._store.channels[self._place(call)].find(call.text("thread_ts"))
        if message is None:
            raise SlackError("invalid_thread_ts")
        return message.thread_ts or message.ts

    def _place(self, call: Call) -> str:
        room = self._store.channels.get(call.text("channel_id"))
        if room is None or self._store.identity.bot_user not in room.members:
            raise SlackError("channel_not_found")
        return room.id
