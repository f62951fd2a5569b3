"""Bolt's listeners for conversations: which of Slack's events are one person's words to us."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncApp

from bot.slack.talk_words import FEEDBACK
from bot.slack.talks import TalkEars

NOTHING_TO_DO: Final = ("app_context_changed",)
"""Events that may come and change nothing: what the person looks at is not read."""


def listen_to_talks(app: AsyncApp, ears: TalkEars) -> None:
    """Register them; they come before any listener that takes every event of a kind."""
    untyped: Any = app  # Bolt's decorators are typed too loosely for ours to stay typed

    async def in_messages(event: dict[str, Any]) -> bool:
        return event.get("tab") == "messages"

    untyped.event("app_home_opened", matchers=[in_messages])(_taking(ears.opened))
    untyped.event("message")(_taking(ears.message))
    untyped.event("app_mention")(_taking(ears.mentioned))
    untyped.event("agent_session_stopped")(_taking(ears.stopped))
    untyped.action(FEEDBACK)(_taking(ears.rated))
    for kind in NOTHING_TO_DO:
        untyped.event(kind)(_acknowledged)


def _taking(take: Callable[[Mapping[str, Any]], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def listener(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await take(body)

    return listener


async def _acknowledged(ack: Any) -> None:
    await ack()
