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
from approvals.clicks import Click, Person, parse_click, parse_query, parse_submission, person
from approvals.details import MORE
from approvals.home import CLEAR, REVOKE, SET, UNTIL, WHO, parse_home
from approvals.home_extras import LANGUAGE, RESUME
from approvals.home_extras import STOP as STOP_ALL
from approvals.home_extras import UNDO as UNDO_AT_HOME
from approvals.ladder_card import ANSWERS as STEP_BUTTONS
from approvals.modals import EDIT_FORM, REJECT_FORM, notice
from approvals.set_card import APPROVE_ALL, DETAILS_ALL, REJECT_ALL
from approvals.standing import ALWAYS, UNDO
from bot.core.errors import Malformed
from bot.core.events import Answer
from bot.core.foreign import thing
from bot.core.ids import SlackUserId
from bot.core.words import say
from bot.slack.answers import Answers
from bot.slack.asking import Access
from bot.slack.commands import Commands, parse_command
from bot.slack.creating import Creating
from bot.slack.creating_bolt import open_new_tickets, take_new_tickets
from bot.slack.desk import Desk
from bot.slack.home import Home
from bot.slack.ladder import LadderClicks
from bot.slack.people import People
from bot.slack.settings_form import parse_choice
from bot.slack.talk_bolt import listen_to_talks
from bot.slack.talks import TalkEars
from bot.slack.unfurls import Unfurls, parse_shared
from bot.slack.workflow import Workflow
from bot.slack.workflow_inputs import parse_step as parse_run

AT_ONCE: Final = frozenset({EDIT, REJECT, DETAILS, DETAILS_ALL, MORE})
"""Buttons that open a modal or turn its page: a trigger lives for three seconds, so they cannot queue."""
ANYTHING: Final = re.compile(".*")
CARD_BUTTON: Final = re.compile("approval:.*")
"""What stands on cards, of whatever version."""
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


@dataclass(frozen=True, slots=True)
class Handlers:
    """What stored requests are handed to."""

    answers: Answers
    people: People
    home: Home | None = None
    """None: nobody's Home is drawn."""
    commands: Commands | None = None
    """None: slash commands are acknowledged and no more."""
    ladder: LadderClicks | None = None
    """None: no mode is moved by a click."""
    access: Access | None = None
    """None: nobody may ask for anything."""
    unfurls: Unfurls | None = None
    """None: no link is previewed."""
    workflow: Workflow | None = None
    """None: no step of a workflow is taken."""
    talks: TalkEars | None = None
    """None: nobody is talked to."""
    creating: Creating | None = None
    """None: no ticket is made out of Slack."""


def front_app(
    web: AsyncWebClient, us: Installation, desk: Desk, creating: Creating | None = None
) -> AsyncApp:
    """Return the app for what Slack must be answered at once: modals, menus, and what is wrong in a form."""
    app = _app(web, us)

    async def open_form(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        try:
            click = parse_click(body)
        except Malformed:
            spoken = await desk.spoken_by(SlackUserId(str(thing(body.get("user")).get("id") or "")))
            outdated = notice("Countersign", say(spoken, "refused.outdated"), spoken)
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
    if creating is not None:
        open_new_tickets(app, creating)
    _listen(app, "view", ANYTHING, _acknowledged)
    _listen(app, "options", ANYTHING, _on_query(desk))
    return app


def _on_query(desk: Desk) -> Listener:
    async def options(ack: Any, body: dict[str, Any]) -> None:
        try:
            await ack(options=await desk.options(parse_query(body)))
        except Malformed:
            await ack(options=[])

    return options


def back_app(web: AsyncWebClient, us: Installation, handlers: Handlers) -> AsyncApp:
    """Return the app for what was stored first: the answers people gave."""
    app = _app(web, us)
    if handlers.talks is not None:
        listen_to_talks(app, handlers.talks)  # before Homes: both hear that a tab was opened
    _listen_to_cards(app, handlers.answers)
    if handlers.home is not None:
        _listen_to_homes(app, handlers.home)
    if handlers.commands is not None:
        _listen_to_commands(app, handlers.commands, handlers.home)
    if handlers.ladder is not None:
        _listen_to_steps(app, handlers.ladder, handlers.answers)
    if handlers.creating is not None:
        take_new_tickets(app, handlers.creating)
    _listen_to_events(app, handlers)

    async def members_changed(ack: Any) -> None:
        await ack()
        handlers.people.forget()

    for event in ("subteam_members_changed", "subteam_updated", "user_change"):
        _listen(app, "event", event, members_changed)
    _catch_all(app)
    return app


def _listen_to_cards(app: AsyncApp, answers: Answers) -> None:
    async def edited(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await answers.edited(parse_submission(body))

    async def rejected(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await answers.rejected(parse_submission(body))

    async def unknown_button(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await _outdated(body, answers)

    async def approve(click: Click) -> None:
        await answers.answered(click, Answer.APPROVE)

    async def reject(click: Click) -> None:
        await answers.answered(click, Answer.REJECT)

    for action, take in (
        (APPROVE, approve),
        (APPROVE_ALL, approve),
        (REJECT_ALL, reject),
        (UNDO, answers.undo),
        (ALWAYS, answers.always),
    ):
        _listen(app, "action", action, _on_click(take, answers))
    for element in (WHO, UNTIL):
        _listen(app, "action", element, _acknowledged)  # picked; what counts is Save
    _listen(app, "view", EDIT_FORM, edited)
    _listen(app, "view", REJECT_FORM, rejected)
    _listen(app, "action", CARD_BUTTON, unknown_button)


def _on_click(take: Callable[[Click], Awaitable[None]], answers: Answers) -> Listener:
    async def clicked(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        try:
            click = parse_click(body)
        except Malformed:
            await _outdated(body, answers)
            return
        await take(click)

    return clicked


def _listen_to_homes(app: AsyncApp, home: Home) -> None:
    async def opened(ack: Any, body: dict[str, Any], event: dict[str, Any]) -> None:
        await ack()
        if event.get("tab") == "home":
            user = {"id": event.get("user", ""), "team_id": body.get("team_id", "")}
            await home.publish(person({"user": user}))

    async def pressed(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await home.pressed(parse_home(body))

    _listen(app, "event", "app_home_opened", opened)
    for action in (SET, CLEAR, REVOKE, UNDO_AT_HOME, STOP_ALL, RESUME):
        _listen(app, "action", action, pressed)


def _listen_to_commands(app: AsyncApp, commands: Commands, home: Home | None) -> None:
    async def typed(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await commands.run(parse_command(body))

    async def chosen(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await commands.chose(parse_choice(body))
        if home is not None:
            await home.publish(person(body))

    _listen(app, "action", LANGUAGE, chosen)
    _listen(app, "command", "/itsm", typed)


def _listen_to_events(app: AsyncApp, handlers: Handlers) -> None:
    async def shared(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        if handlers.unfurls is not None:
            await handlers.unfurls.shared(parse_shared(body))

    async def executed(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        if handlers.workflow is not None:
            await handlers.workflow.executed(parse_run(body))

    _listen(app, "event", "link_shared", shared)
    _listen(app, "event", "function_executed", executed)


def _listen_to_steps(app: AsyncApp, ladder: LadderClicks, answers: Answers) -> None:
    async def pressed(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        try:
            await ladder.clicked(body)
        except Malformed:
            await _outdated(body, answers)

    for action in sorted(STEP_BUTTONS):
        _listen(app, "action", action, pressed)


def _catch_all(app: AsyncApp) -> None:
    """Answer what nobody else does: without it Bolt says 404, and Slack counts that and sends it again."""
    for kind in ("action", "view", "view_closed", "event", "command", "shortcut", "options"):
        _listen(app, kind, ANYTHING, _acknowledged)


async def _acknowledged(ack: Any) -> None:
    await ack()


async def _outdated(body: Mapping[str, Any], answers: Answers) -> None:
    user, container = thing(body.get("user")), thing(body.get("container"))
    if not user.get("id"):
        return
    by = Person(SlackUserId(str(user["id"])), str(user.get("team_id") or ""))
    channel = str(container.get("channel_id") or "")
    await answers.outdated(by, channel, str(body.get("trigger_id")))
