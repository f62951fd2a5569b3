"""What people do with what the app shows: buttons, menus, modals, commands, shortcuts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack import inputs
from sandbox.slack.outbox import Answer
from sandbox.slack.shapes import Json, as_object
from sandbox.slack.views import STACK_MAX, View, check_view
from sandbox.slack.watching import Watching

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


class Using(Watching):
    """The verbs; errors as ``Watching``."""

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
        blocks = inputs.with_offers(view.body["blocks"], view.offered)
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
        return Submitted(answer, payload, what, dict(view.errors) if what == "errors" else {})

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
