"""Bolt's two apps over the same listeners' desk: at once at the edge, and in the worker for what was stored.

Requests are verified before Bolt sees them, and Bolt answers only when a listener has finished: with its
defaults it answers first, and a crash then loses what was acknowledged.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from approvals.card import APPROVE, DETAILS, EDIT, REJECT
from approvals.clicks import Person, parse_click, parse_submission
from approvals.modals import EDIT_FORM, REJECT_FORM, notice
from bot.core.errors import Malformed
from bot.core.foreign import thing
from bot.core.ids import SlackUserId
from bot.core.words import say
from bot.runtime.effects import Cards
from bot.slack.desk import Desk
from bot.slack.people import People

AT_ONCE: Final = frozenset({EDIT, REJECT, DETAILS})
"""Buttons that open a modal: their trigger lives for three seconds, so they cannot wait in a queue."""
ANYTHING: Final = re.compile(".*")
FAILED: Final = "countersign_failed"
Listener = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Installation:
    """Who we are in Slack, from one ``auth.test`` at the start."""

    team: str
    enterprise: str
    bot_id: str
    bot_user: str
    token: str


def _app(web: AsyncWebClient, us: Installation) -> AsyncApp:
    async def authorize(**_: Any) -> AuthorizeResult:
        # A fixed answer: with `token=` Bolt would call auth.test inside the first request's three seconds.
        return AuthorizeResult(
            enterprise_id=us.enterprise or None,
            team_id=us.team,
            bot_token=us.token,
            bot_id=us.bot_id,
            bot_user_id=us.bot_user,
        )

    quiet = logging.getLogger("slack_bolt")
    # At INFO Bolt writes raw bodies; its one warning at the start is that `authorize` replaces a token.
    quiet.setLevel(logging.ERROR)
    app = AsyncApp(
        name="countersign",  # unnamed, Bolt reads our source files to find a name
        client=web,
        authorize=authorize,
        logger=quiet,
        process_before_response=True,
        request_verification_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )

    app.error(_failed)
    return app


async def _failed(error: Exception, context: Any) -> BoltResponse:
    """Keep what a listener raised, for :func:`dispatch` to raise again."""
    context[FAILED] = error
    return BoltResponse(status=500)


def _listen(app: AsyncApp, kind: str, to: str | re.Pattern[str], listener: Listener) -> None:
    """Register ``listener``; Bolt's own decorators are typed too loosely for ours to stay typed."""
    register: Any = getattr(app, kind)
    register(to)(listener)


async def dispatch(app: AsyncApp, payload: Mapping[str, Any]) -> BoltResponse:
    """Run the listeners for ``payload`` and return their answer.

    Raises:
        BotError: what a listener raised; the caller's queue knows what to do about it.
    """
    request = AsyncBoltRequest(mode="socket_mode", body=dict(payload))
    response = await app.async_dispatch(request)
    context: Any = request.context
    error: object = context.get(FAILED)
    if isinstance(error, Exception):
        raise error
    return response


def front_app(web: AsyncWebClient, us: Installation, desk: Desk, language: str) -> AsyncApp:
    """Return the app for what Slack must be answered at once: modals, and what is wrong in a form."""
    app = _app(web, us)

    async def open_form(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        try:
            click = parse_click(body)
        except Malformed:
            outdated = notice("Countersign", say(language, "refused.outdated"), language)
            await desk.open(str(body.get("trigger_id")), outdated)
            return
        await desk.open_form(click)

    async def check(ack: Any, body: dict[str, Any]) -> None:
        try:
            errors = await desk.check(parse_submission(body))
        except Malformed:
            errors = {}
        if errors:
            await ack(response_action="errors", errors=errors)
        else:
            await ack()

    for action in sorted(AT_ONCE):
        _listen(app, "action", action, open_form)
    _listen(app, "view", EDIT_FORM, check)
    _listen(app, "view", ANYTHING, _acknowledged)
    return app


def back_app(web: AsyncWebClient, us: Installation, desk: Desk, people: People, cards: Cards) -> AsyncApp:
    """Return the app for what was stored first: the answers people gave."""
    app = _app(web, us)

    async def approve(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        try:
            click = parse_click(body)
        except Malformed:
            await _outdated(body, desk, cards)
            return
        await desk.approve(click, people, cards)

    async def edited(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await desk.edited(parse_submission(body), people, cards)

    async def rejected(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await desk.rejected(parse_submission(body), people, cards)

    async def unknown_button(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await _outdated(body, desk, cards)

    async def members_changed(ack: Any) -> None:
        await ack()
        people.forget()

    _listen(app, "action", APPROVE, approve)
    _listen(app, "view", EDIT_FORM, edited)
    _listen(app, "view", REJECT_FORM, rejected)
    _listen(app, "action", ANYTHING, unknown_button)
    for event in ("subteam_members_changed", "subteam_updated", "user_change"):
        _listen(app, "event", event, members_changed)
    _catch_all(app)
    return app


def _catch_all(app: AsyncApp) -> None:
    """Answer what nobody else does: without it Bolt says 404, and Slack counts that and sends it again."""
    for kind in ("view", "view_closed", "event", "command", "shortcut", "options"):
        _listen(app, kind, ANYTHING, _acknowledged)


async def _acknowledged(ack: Any) -> None:
    await ack()


async def _outdated(body: Mapping[str, Any], desk: Desk, cards: Cards) -> None:
    user, container = thing(body.get("user")), thing(body.get("container"))
    if not user.get("id"):
        return
    person = Person(SlackUserId(str(user["id"])), str(user.get("team_id") or ""))
    channel = str(container.get("channel_id") or "")
    await desk.outdated(person, channel, str(body.get("trigger_id")), cards)
