"""``views.*``, ``agents.sessions.*``, ``assistant.threads.*``: modals, Home, what the agent says it does."""

from __future__ import annotations

from typing import Any, Final

from sandbox.slack.calls import Call, Method
from sandbox.slack.limits import SPECIAL, TIER_3, TIER_4
from sandbox.slack.store import SlackError, Store
from sandbox.slack.views import VIEW_BYTES_MAX, View, check_view, view_bytes
from sandbox.slack.writing import Writing

SESSION_STATUSES: Final = frozenset({"active", "processing", "suspended", "closed"})
TITLE_CHARS_MAX: Final = 200
LOADING_MESSAGES_MAX: Final = 10
PROMPTS_MAX: Final = 4
"""docs.slack.dev/reference/methods: ``assistant.threads.setSuggestedPrompts``."""


class Surfaces:
    """The methods, bound to a world."""

    def __init__(self, store: Store, writing: Writing) -> None:
        self._store, self._writing = store, writing

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
        """Answer ``agents.sessions.setStatus``."""
        if call.text("status") not in SESSION_STATUSES or len(call.text("title")) > TITLE_CHARS_MAX:
            raise SlackError("invalid_arguments")
        return self._keep(call, "session", ("status", "title"))

    def thread_status(self, call: Call) -> dict[str, Any]:
        """Answer ``assistant.threads.setStatus``; an empty status clears it."""
        if len(call.array("loading_messages", "invalid_arguments") or []) > LOADING_MESSAGES_MAX:
            raise SlackError("invalid_arguments")
        return self._keep(call, "thinking", ("status", "loading_messages"))

    def suggested_prompts(self, call: Call) -> dict[str, Any]:
        """Answer ``assistant.threads.setSuggestedPrompts``; the thread may be left out."""
        channel = self._place(call)
        prompts = call.array("prompts", "invalid_arguments") or []
        if not 1 <= len(prompts) <= PROMPTS_MAX:
            raise SlackError("invalid_arguments")
        self._store.prompts[channel] = {"title": call.text("title"), "prompts": prompts}
        self._store.changes.bump()
        return {}

    def _keep(self, call: Call, kind: str, keys: tuple[str, ...]) -> dict[str, Any]:
        place = (self._place(call), call.text("thread_ts"))
        said = {key: call.args[key] for key in keys if key in call.args}
        self._store.statuses.setdefault(place, {})[kind] = said
        self._store.changes.bump()
        return {}

    def _place(self, call: Call) -> str:
        channel = call.text("channel_id")
        if channel not in self._store.channels:
            raise SlackError("channel_not_found")
        return channel
