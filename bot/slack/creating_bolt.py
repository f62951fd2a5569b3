"""Bolt's listeners for forms that make tickets: what cannot wait at the edge, the rest for the worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncApp

from approvals.creating_form import CALLBACK, FIELD, QUEUE, SEARCH, TYPE
from bot.core.errors import Malformed
from bot.slack.creating import Creating
from bot.slack.creating_again import AGAIN

SHORTCUTS: Final = frozenset({"ticket_new", "ticket_from_message"})
"""Their triggers live for three seconds, so they cannot queue."""


def open_new_tickets(app: AsyncApp, creating: Creating) -> None:
    """Register what Slack must be answered at once; before any listener that takes every view."""
    untyped: Any = app  # Bolt's decorators are typed too loosely for ours to stay typed

    async def check(ack: Any, body: dict[str, Any]) -> None:
        try:
            errors = await creating.check(body)
        except Malformed:
            errors = {}
        if errors:
            await ack(response_action="errors", errors=errors)
        else:
            await ack()

    async def options(ack: Any, body: dict[str, Any]) -> None:
        try:
            await ack(options=await creating.options(body))
        except Malformed:
            await ack(options=[])

    async def begin(ack: Any, body: dict[str, Any], context: Mapping[str, Any]) -> None:
        await ack()
        await creating.open(body, str(context.get("bot_id") or ""))

    untyped.shortcut("ticket_new")(begin)
    untyped.shortcut("ticket_from_message")(begin)
    untyped.action(AGAIN)(_taking(creating.reopen))
    untyped.view(CALLBACK)(check)
    untyped.options(SEARCH)(options)


def take_new_tickets(app: AsyncApp, creating: Creating) -> None:
    """Register what was stored first; before any listener that takes every action."""
    untyped: Any = app
    for action in (QUEUE, TYPE, FIELD, SEARCH):
        untyped.action(action)(_taking(creating.changed))
    untyped.view(CALLBACK)(_taking(creating.sent))


def _taking(take: Callable[[Mapping[str, Any]], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def listener(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await take(body)

    return listener
