"""What Slack is answered at once: the forms behind a card's buttons, their menus, and their mistakes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from approvals.blocks import Block, escape
from approvals.card import EDIT
from approvals.clicks import Click, Query, Submission
from approvals.details import MORE, SET_VIEW, Facts, details, page_of
from approvals.edits import Errors, edited_args
from approvals.limits import faults_of_view
from approvals.modals import (
    FIELD,
    PEOPLE_FIELDS,
    View,
    edit_fields,
    edit_text,
    is_step,
    may_keep,
    notice,
    offered,
    reject,
    with_steps,
)
from approvals.payload import is_editable, payload_text
from approvals.policy import Rulebook
from approvals.set_card import DETAILS_ALL, members
from bot.core.actions import Action
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.errors import BotError, Refused, Retry
from bot.core.ids import ProposalId, SlackUserId
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from bot.core.words import CATALOGUE, say
from bot.ports import ActionType, Chat, Clock, Connector
from bot.runtime.envelopes import CHAT, FILL
from bot.runtime.jobs import Job
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.slack.briefs import Private
from bot.slack.briefs_drawing import Sheet
from bot.slack.people import People

MENU_S: Final = 2.5
"""For the values of a menu: Slack waits for three seconds and then shows an error."""
LANGUAGE_S: Final = 1.0
"""For who reads a form: Slack waits for it for three seconds, and asking takes a tenth of one."""
PEOPLE_MAX: Final = 50
"""Found by one search; whoever is not among them is found by typing more."""
Held = tuple[Dossier, Tracked]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Desk:
    """Reads, never decides, and stores nothing but the order to fill in a form."""

    def __init__(
        self,
        journal: Journal,
        lanes: Lanes,
        chat: Chat,
        connectors: Mapping[str, Connector],
        clock: Clock,
        people: People,
    ) -> None:
        """``connectors``: for the verbs' arguments, and for the live values in a form."""
        self.journal, self.lanes, self._chat = journal, lanes, chat
        self.connectors, self.clock, self._people = connectors, clock, people

    @property
    def book(self) -> Rulebook:
        """The policy in force."""
        return self.journal.book

    async def open_form(self, click: Click) -> None:
        """Answer Edit, Reject or Details with a modal, or turn its page. Raises as ``Chat.call``."""
        held, language = await self.journal.find(click.proposal), await self.spoken_by(click.by.id)
        if click.action == MORE:
            await self._turn(click, held, language)
            return
        # What may be set, and who there is, stands on no card: people from outside are not shown it.
        refused = await self._refused(click) if click.action == EDIT else ""
        if refused:
            view, fill = notice(say(language, "modal.edit"), say(language, refused), language), False
        else:
            view, fill = self._form(click, held, language)
        try:
            await self.open(click.trigger, view, click if fill else None)
        except Refused as late:
            # Slack lets a form be opened for three seconds after a click; whoever clicked has seen nothing.
            log.info("form_not_opened", why=str(late))
            channel = click.place.channel if click.place is not None else ""
            await Private(self._chat).send(
                click.by.id, channel, Sheet(text=escape(say(language, "modal.too_late")))
            )

    async def open(self, trigger: str, view: View, fill: Click | None = None) -> None:
        """Open ``view``; with ``fill`` have a worker fill it in, because the ticket must be read first."""
        answer = await self._chat.call("views.open", trigger_id=trigger, view=_sendable(view))
        if fill is not None:
            data = {"view": answer["view"]["id"], "proposal": fill.proposal, "by": fill.by.id}
            job = Job(id=f"fill:{answer['view']['id']}", kind=FILL, data=json.dumps(data).encode(), pool=CHAT)
            await self.lanes.accept(job)

    async def fill(self, view: str, proposal: ProposalId, by: SlackUserId) -> None:
        """Put the live allowed values into an edit form that ``by`` has open. Raises as ``Chat.call``."""
        held = await self.journal.find(proposal)
        if held is None:
            return
        dossier, tracked = held
        language = await self.spoken_by(by)
        try:
            connector = self._connector(dossier)
            snapshot = await connector.read(dossier.ref)
            allowed = await connector.allowed(snapshot.ticket, steps=is_step(tracked, "status"))
            filled = edit_fields(dossier, tracked, allowed, language)
        except BotError:
            away = say(language, "modal.away", system=dossier.ref.connector)
            filled = notice(say(language, "modal.edit"), away, language)
        await self._chat.call("views.update", view_id=view, view=_sendable(filled))

    async def check(self, form: Submission) -> Errors:
        """Say what is wrong with an edit before it is taken; empty when it may be."""
        held = await self.journal.find(form.proposal)
        if held is None:
            return {}
        kind = self.verb(held[1].proposal.action)
        args, errors = edited_args(form, held[1], kind, await self.spoken_by(form.by.id))
        return errors if args is None else {}

    async def options(self, query: Query) -> list[Block]:
        """Return what a menu offers for what was typed, out of what may be set at this moment.

        In time or not at all: a system that is slow or away offers nothing, and the person may type again.
        """
        name = query.block.removeprefix(FIELD)
        try:
            async with asyncio.timeout(MENU_S):
                held = await self.journal.find(query.proposal)
                if held is None or held[1].revision != query.revision or name == query.block:
                    return []
                values, found = await self._values(held, name, query.text)
        except (BotError, TimeoutError) as error:
            log.info("menu_not_filled", proposal=query.proposal, why=f"{type(error).__name__}: {error}")
            return []
        return offered(values, "" if found else query.text, self.book.language, keep=may_keep(held[1], name))

    def verb(self, action: Action) -> ActionType | None:
        """Return the verb of ``action``, or None when its connector or it is not there any more."""
        connector = self.connectors.get(action.target.connector)
        return connector.actions.get(action.name) if connector else None

    async def spoken_by(self, person: SlackUserId) -> str:
        """Return the language of what only ``person`` sees; the desk's where that cannot be told in time."""
        try:
            async with asyncio.timeout(LANGUAGE_S):
                return await self._people.language(person, self.book.language)
        except (Retry, TimeoutError):
            return self.book.language

    # -- inside --------------------------------------------------------------------------------------------

    async def _refused(self, click: Click) -> str:
        """Return the key of why whoever clicked may never decide; in doubt, or too late, they may not."""
        try:
            async with asyncio.timeout(LANGUAGE_S):
                return (await self._people.clicker(click.by, (), live=False)).refused
        except (Retry, TimeoutError):
            return "refused.unreadable"

    async def _values(self, held: Held, name: str, query: str) -> tuple[Sequence[Value], bool]:
        """Return values for a menu, and whether they were searched for already."""
        dossier, tracked = held
        connector = self._connector(dossier)
        ticket = (await connector.read(dossier.ref)).ticket
        if name in PEOPLE_FIELDS:
            return await connector.people(ticket, query, PEOPLE_MAX), True
        allowed = await connector.allowed(ticket, steps=is_step(tracked, name))
        choices = with_steps(allowed, tracked).of(name)
        return (choices.values if choices is not None else ()), False

    async def _turn(self, click: Click, held: Held | None, language: str) -> None:
        """Show another page in the modal that is open; the first, when what it is about has changed."""
        view = notice("Countersign", say(language, "refused.unknown"), language)
        if held is not None:
            same = held[1].revision == click.revision
            page = page_of(click.block) if same else 0
            view = self._details(held, language, page=page, card=click.form == SET_VIEW)
        await self._chat.call("views.update", view_id=click.view, view=_sendable(view))

    def _form(self, click: Click, held: Held | None, language: str) -> tuple[View, bool]:
        """Return the modal for a click, and whether a worker has to fill it in."""
        if held is None:
            return notice("Countersign", say(language, "refused.unknown"), language), False
        dossier, tracked = held
        kind = click.action.partition(":")[2]
        if kind.startswith("details"):
            return self._details(held, language, card=click.action == DETAILS_ALL), False
        if tracked.status is not Status.PENDING or tracked.revision != click.revision:
            return notice("Countersign", _too_late(tracked, language), language), False
        if kind == "reject":
            return reject(dossier, tracked, language), False
        if not is_editable(tracked.proposal):
            return notice(say(language, "modal.edit"), say(language, "modal.not_editable"), language), False
        if payload_text(tracked.proposal) is not None:
            return edit_text(dossier, tracked, language), False
        return notice(say(language, "modal.edit"), say(language, "modal.loading"), language), True

    def _details(self, held: Held, language: str, *, page: int = 0, card: bool = False) -> View:
        dossier, tracked = held
        items = members(dossier, tracked.card_of) if card else [tracked]
        told = [(each, Facts(undo=self._undo(each.proposal.action, language))) for each in items]
        return details(dossier, told, language, page=page, card=card)

    def _undo(self, action: Action, language: str) -> str:
        """Say how the verb is undone, or why it cannot be."""
        kind = self.verb(action)
        return say(language, kind.undo) if kind is not None and kind.undo in CATALOGUE else ""

    def _connector(self, dossier: Dossier) -> Connector:
        found = self.connectors.get(dossier.ref.connector)
        if found is None:
            raise Refused(f"the connector {dossier.ref.connector!r} is not configured any more")
        return found


def _too_late(tracked: Tracked, language: str) -> str:
    who = tracked.decided_name.line(80)
    if tracked.status is Status.PENDING:
        return say(language, "refused.revision")
    by = say(language, "refused.by", who=who) if who else ""
    status = say(language, f"status.{tracked.status.value}")
    return Untrusted(say(language, "refused.settled", status=status, by=by)).line()


def _sendable(view: View) -> View:
    faults = faults_of_view(view)
    assert not faults, f"a form Slack would refuse: {faults}"
    return view
