"""What a click or a form means here: the proposal it is about, who did it, and the event that follows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue, ValidationError

from approvals.card import is_editable, payload_text, touched
from approvals.clicks import Click, Person, Submission
from approvals.limits import faults_of_view
from approvals.modals import (
    KEEP,
    REASON,
    TEXT,
    View,
    details,
    edit_fields,
    edit_text,
    notice,
    picked,
    reject,
)
from approvals.policy import Rulebook, evaluate
from bot.core.actions import Action, Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Whisper
from bot.core.errors import BotError, Refused
from bot.core.events import Answer, Answered, Clicker, Edited
from bot.core.fingerprint import fingerprint
from bot.core.ids import EffectId, EventId, ProposalId
from bot.core.tickets import FieldValue, TicketRef
from bot.core.verdicts import Ask
from bot.core.words import say
from bot.decide.transition import where
from bot.ports import ActionType, Chat, Clock, Connector
from bot.runtime.effects import Cards
from bot.runtime.envelopes import CHAT, FILL, event_job
from bot.runtime.jobs import Job
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.slack.people import People

REASON_CHARS_MAX: Final = 300
"""Of a rejection's reason, as the form has it; what Slack's client let through beyond is cut."""
Held = tuple[Dossier, Tracked]
Errors = dict[str, str]
"""block_id to what is wrong with what was typed there."""


class Desk:
    """Turns what people do in Slack into events; reads, never decides."""

    def __init__(
        self, journal: Journal, lanes: Lanes, chat: Chat, connectors: Mapping[str, Connector], clock: Clock
    ) -> None:
        """``connectors``: for the verbs' arguments, and for the live values in a form."""
        self._journal, self._lanes, self._chat = journal, lanes, chat
        self._connectors, self._clock = connectors, clock

    @property
    def _book(self) -> Rulebook:
        return self._journal.book

    # -- at once: the answer is the response, or a trigger that lives for three seconds ---------------------

    async def open_form(self, click: Click) -> None:
        """Answer Edit, Reject or Details with a modal. Raises as ``Chat.call``."""
        held = await self._journal.find(click.proposal)
        view, fill = self._form(click, held)
        await self.open(click.trigger, view, click if fill else None)

    async def open(self, trigger: str, view: View, fill: Click | None = None) -> None:
        """Open ``view``; with ``fill`` have a worker fill it in, because the ticket must be read first."""
        faults = faults_of_view(view)
        assert not faults, f"a form Slack would refuse: {faults}"
        answer = await self._chat.call("views.open", trigger_id=trigger, view=view)
        if fill is not None:
            data = {"view": answer["view"]["id"], "proposal": fill.proposal}
            job = Job(id=f"fill:{answer['view']['id']}", kind=FILL, data=json.dumps(data).encode(), pool=CHAT)
            await self._lanes.accept(job)

    async def check(self, form: Submission) -> Errors:
        """Say what is wrong with an edit before it is taken; empty when it may be."""
        held = await self._journal.find(form.proposal)
        if held is None:
            return {}
        args, errors = self._edited_args(form, held[1])
        return errors if args is None else {}

    def _form(self, click: Click, held: Held | None) -> tuple[View, bool]:
        """Return the modal for a click, and whether a worker has to fill it in."""
        language = self._book.language
        if held is None:
            return notice("Countersign", say(language, "refused.unknown"), language), False
        dossier, tracked = held
        kind = click.action.partition(":")[2]
        if kind == "details":
            return details(dossier, tracked, language), False
        if tracked.status is not Status.PENDING or tracked.revision != click.revision:
            return notice("Countersign", self._too_late(tracked), language), False
        if kind == "reject":
            return reject(dossier, tracked, language), False
        if not is_editable(tracked.proposal):
            return notice(say(language, "modal.edit"), say(language, "modal.not_editable"), language), False
        if payload_text(tracked.proposal) is not None:
            return edit_text(dossier, tracked, language), False
        return notice(say(language, "modal.edit"), say(language, "modal.loading"), language), True

    def _too_late(self, tracked: Tracked) -> str:
        language, who = self._book.language, tracked.decided_name.line(80)
        if tracked.status is Status.PENDING:
            return say(language, "refused.revision")
        by = say(language, "refused.by", who=who) if who else ""
        status = say(language, f"status.{tracked.status.value}")
        return say(language, "refused.settled", status=status, by=by)

    # -- later: what was stored before Slack got its answer -------------------------------------------------

    async def fill(self, view: str, proposal: ProposalId) -> None:
        """Put the live allowed values into an edit form that is already open. Raises as ``Chat.call``."""
        held = await self._journal.find(proposal)
        if held is None:
            return
        dossier, tracked = held
        language = self._book.language
        connector = self._connectors.get(dossier.ref.connector)
        try:
            if connector is None:
                raise Refused(f"the connector {dossier.ref.connector!r} is not configured any more")
            snapshot = await connector.read(dossier.ref)
            allowed = await connector.allowed(snapshot.ticket, steps=False)
            filled = edit_fields(dossier, tracked, allowed, language)
        except BotError:
            away = say(language, "modal.away", system=dossier.ref.connector)
            filled = notice(say(language, "modal.edit"), away, language)
        faults = faults_of_view(filled)
        assert not faults, f"a form Slack would refuse: {faults}"
        await self._chat.call("views.update", view_id=view, view=filled)

    async def approve(self, click: Click, people: People, cards: Cards) -> None:
        """Bring an approval to its ticket's lane."""
        held = await self._journal.find(click.proposal)
        ident = _named(click.trigger)
        if held is None:
            await self._unknown(ident, click.by, click.place.channel if click.place else "", cards)
            return
        by = await self._clicker(click.by, held, people, [held[1].proposal.action])
        answered = Answered(
            id=ident,
            at=self._clock.now(),
            proposal=click.proposal,
            revision=click.revision,
            by=by,
            answer=Answer.APPROVE,
            place=click.place,
        )
        await self._bring(held[0].ref, answered)

    async def rejected(self, form: Submission, people: People, cards: Cards) -> None:
        """Bring a rejection to its ticket's lane."""
        held = await self._journal.find(form.proposal)
        ident = EventId(f"slack:{form.view}")
        if held is None:
            await self._unknown(ident, form.by, "", cards)
            return
        answered = Answered(
            id=ident,
            at=self._clock.now(),
            proposal=form.proposal,
            revision=form.revision,
            by=await self._clicker(form.by, held, people, [held[1].proposal.action]),
            answer=Answer.REJECT,
            reason=" ".join(form.texts.get(REASON, "").split())[:REASON_CHARS_MAX],
        )
        await self._bring(held[0].ref, answered)

    async def edited(self, form: Submission, people: People, cards: Cards) -> None:
        """Bring an edit to its ticket's lane, built afresh from what was typed and chosen."""
        held = await self._journal.find(form.proposal)
        ident = EventId(f"slack:{form.view}")
        if held is None:
            await self._unknown(ident, form.by, "", cards)
            return
        dossier, tracked = held
        args, _ = self._edited_args(form, tracked)
        old = tracked.proposal.action
        kind = self._verb(old)
        if args is None or kind is None:
            channel = tracked.cards[-1].channel if tracked.cards else ""
            await cards.whisper(Whisper(EffectId(f"{ident}/bad"), form.by.id, channel, "modal.bad_value"))
            return
        action = Action(name=old.name, target=old.target, args=args, risk=old.risk)
        by = await self._clicker(form.by, held, people, [old, action])
        event = Edited(
            id=ident,
            at=self._clock.now(),
            proposal=form.proposal,
            revision=form.revision,
            by=by,
            action=action,
            says=kind.describe(args),
            before=self._before(tracked, kind.touches(args)),
        )
        await self._bring(dossier.ref, event)

    async def outdated(self, person: Person, channel: str, ident: str, cards: Cards) -> None:
        """Tell somebody that the button they pressed belongs to an older version."""
        await cards.whisper(Whisper(EffectId(f"{ident}/outdated"), person.id, channel, "refused.outdated"))

    # -- the small steps ------------------------------------------------------------------------------------

    def _edited_args(self, form: Submission, tracked: Tracked) -> tuple[dict[str, JsonValue] | None, Errors]:
        """Return the arguments a form asks for, validated by the verb's own model, or what is wrong."""
        language = self._book.language
        old = tracked.proposal.action
        args: dict[str, JsonValue]
        if payload_text(tracked.proposal) is not None:
            text = form.texts.get(TEXT, "").strip()
            if not text:
                return None, {TEXT: say(language, "modal.empty")}
            args = {"text": text}
            where = TEXT
        else:
            fields = self._edited_fields(form, tracked)
            where = next(iter(form.picks), TEXT)
            if not fields:
                return None, {where: say(language, "modal.nothing_left")}
            args = {"fields": fields}
        kind = self._verb(old)
        if kind is None:
            return None, {where: say(language, "modal.bad_value")}
        try:
            return kind.arguments.model_validate(args).model_dump(mode="json"), {}
        except ValidationError:
            return None, {where: say(language, "modal.bad_value")}

    def _edited_fields(self, form: Submission, tracked: Tracked) -> dict[str, JsonValue]:
        """Return the fields a form leaves in: what was chosen, and what it had no menu for."""
        fields: dict[str, JsonValue] = {}
        chosen = {p[0]: p[1] for block, pick in form.picks.items() if (p := picked(block, *pick))}
        kept = {block.partition(":")[2] for block, pick in form.picks.items() if pick[0] == KEEP}
        for name, after in touched(tracked.proposal).items():
            value = chosen.get(name)
            if name in kept:
                continue
            new = after if value is None else (value,)
            fields[name] = [{"id": v.id, "label": v.label} for v in new]
        return fields

    def _before(self, tracked: Tracked, fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
        before = tracked.proposal.basis.before
        return {name: before.get(name, ()) for name in fields}

    async def _clicker(
        self, person: Person, held: Held, people: People, actions: Sequence[Action]
    ) -> Clicker:
        """Look the person up against who may approve ``actions`` now.

        Groups are not asked about for who is named in person: one that is gone must not lock that one out.
        """
        dossier, tracked = held
        place = where(dossier, tracked.proposal)
        groups: set[str] = set()
        for action in actions:
            verdict = evaluate(self._book, action, place, human=True)
            if isinstance(verdict, Ask) and person.id not in verdict.approvers:
                groups |= {who for who in verdict.approvers if who.startswith("S")}
        live = any(action.risk is Risk.IRREVERSIBLE for action in actions)
        return await people.clicker(person, sorted(groups), live=live)

    def _verb(self, action: Action) -> ActionType | None:
        connector = self._connectors.get(action.target.connector)
        return connector.actions.get(action.name) if connector else None

    async def _unknown(self, ident: EventId, by: Person, channel: str, cards: Cards) -> None:
        await cards.whisper(Whisper(EffectId(f"{ident}/unknown"), by.id, channel, "refused.unknown"))

    async def _bring(self, ref: TicketRef, event: Answered | Edited) -> None:
        trace = await self._journal.trace_of(event.proposal)
        await self._lanes.accept(event_job(ref, event, trace))


def _named(trigger: str) -> EventId:
    """Name a click after its trigger; that itself is a secret for three seconds, and ids are logged."""
    return EventId(f"slack:{fingerprint(trigger)[:32]}")
