"""Making tickets out of Slack: two shortcuts, one form, and how it ended.

The form opens at once, because a trigger lives for three seconds, and a worker fills it in; whatever it is
sent back with is held against what is live before it becomes a request on the new ticket's lane.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from approvals import creating_form as forms
from approvals.clicks import Person, person
from approvals.creating_form import Draft, Filled, Meta
from approvals.limits import faults_of_view
from approvals.modals import View
from bot.core.actions import Proposal
from bot.core.creation import VERB, CreationForm, blank, new_ref, unborn
from bot.core.creation_inputs import Fault
from bot.core.errors import BotError, Refused, Reject
from bot.core.fingerprint import fingerprint
from bot.core.foreign import thing, things
from bot.core.ids import EffectId, EventId, SlackUserId, trace_id
from bot.core.reports import Wish
from bot.core.requests import Requested
from bot.core.tickets import Snapshot, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.creators import Creator
from bot.ports import Chat, Connector
from bot.proposing import note_action, proposal
from bot.runtime.envelopes import CHAT, event_job
from bot.runtime.jobs import Done, Job, Lease
from bot.slack.access import Access
from bot.slack.asking import Declined
from bot.slack.briefs import Private
from bot.slack.creating_again import Again, filled, placed, plain, with_button
from bot.slack.creating_live import Live
from bot.slack.creating_prefill import MESSAGE_CHARS_MAX, Prefill, first_words
from bot.slack.creating_wish import CHANGED, Unfit, faults, wished
from bot.slack.desk import MENU_S, Desk
from bot.slack.people import People
from bot.slack.telling import Telling

NEW_FORM: Final = "new_form"
"""Kind of the jobs that fill in such a form."""
TALK: Final = "create"
"""Of the lanes under which askers hear how it ended."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the forms rest on."""

    chat: Chat
    desk: Desk
    people: People
    access: Access
    telling: Telling
    private: Private
    again: Again


class Creating:
    """Opens forms at the edge; fills, redraws and takes them in the worker."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._desk, self._chat = ground, ground.desk, ground.chat
        self._live = Live(ground.desk, ground.people)

    # -- at the edge ---------------------------------------------------------------------------------------

    async def open(self, payload: Mapping[str, Any], us: str = "") -> None:
        """Show that something happens, and have a worker find out what may be filled in.

        ``us``: our bot's id. What we have said ourselves may be of a ticket that no model may be shown.
        """
        message = thing(payload.get("message"))
        ours = bool(us) and message.get("bot_id") == us
        channel = str(thing(payload.get("channel")).get("id") or "") if message else ""
        text = str(message.get("text") or "")[: 4 * MESSAGE_CHARS_MAX]
        data = {"first": True, "text": text, "ts": str(message.get("ts") or ""), "ours": ours}
        await self._opened(payload, Meta(self._now(), channel=channel), data)

    async def reopen(self, payload: Mapping[str, Any]) -> None:
        """Open a form that made no ticket, as it was; the button carries what it was."""
        pressed = things(payload.get("actions"))
        source = str(thing(pressed[0]).get("value") or "") if pressed else ""
        await self._opened(payload, Meta(self._now()), {"again_of": source})

    async def check(self, payload: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong in a form, by input, while it is still open: all held against what is live.

        A system that takes too long is asked again in the worker. Where the form itself no longer fits, it is
        drawn anew.
        """
        form = forms.parse_form(payload)
        language = await self._desk.spoken_by(form.by.id)
        try:
            async with asyncio.timeout(MENU_S):
                wrong = faults(form.draft, await self._live.creation(form.draft))
        except TimeoutError:
            return {}
        except Declined as no:
            return {forms.QUEUE: say(language, no.key, **_inert(no.words))}
        told = _told(wrong, language)
        if CHANGED in wrong.values() or not set(told) <= set(form.blocks):
            await self._redraw(payload, form, sent=True)
            changed = say(language, CHANGED.key, system=form.draft.meta.connector)
            return {form.blocks.get(forms.QUEUE, forms.QUEUE): changed}
        return {form.blocks[name]: why for name, why in told.items()}

    async def options(self, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what a menu with too many values for a list offers for what was typed, if in time."""
        form, words = forms.parse_form(payload), str(payload.get("value") or "")
        name = forms.field_of(str(payload.get("block_id") or ""))
        try:
            async with asyncio.timeout(MENU_S):
                offers = await self._live.creation(form.draft)
                field = next((each for each in offers.fields if each.choices.field == name), None)
                if field is None:
                    return []
                if field.searched:
                    return forms.offered(await self._live.searched(form.draft, name, words), "")
        except (BotError, TimeoutError, Declined) as error:
            log.info("menu_not_filled", why=type(error).__name__)
            return []
        return forms.offered(forms.narrowed(field.choices, form.draft.picks), words)

    # -- in the worker -------------------------------------------------------------------------------------

    async def changed(self, payload: Mapping[str, Any]) -> None:
        """Have the form drawn anew: another queue or type has other fields. May raise ``Retry``."""
        await self._redraw(payload, forms.parse_form(payload), sent=False)

    async def fill(self, lease: Lease, prefill: Prefill) -> Done:
        """Draw the form out of what is live; one that was closed meanwhile is left alone.

        Raises:
            Retry: Slack is busy or away.
        """
        data: Mapping[str, Any] = json.loads(lease.data)
        by = Person(SlackUserId(data["by"]), data["team"])
        language = await self._desk.spoken_by(by.id)
        try:
            view = await self._filled(by, data, prefill, language)
        except Declined as no:
            view = forms.closing(no.key, language, **no.words)
        try:
            await self._chat.call("views.update", view_id=data["view"], view=_sendable(view))
        except Reject as gone:
            log.info("form_not_filled", why=str(gone))
        return Done()

    async def sent(self, payload: Mapping[str, Any]) -> None:
        """Bring what a form asks for to the lane of the ticket it would make, or say why not.

        Raises:
            Retry: a person or a system cannot be asked just now; doing it again is safe.
        """
        form = forms.parse_form(payload)
        language = await self._ground.people.language(form.by.id, self._desk.book.language)
        again = self._ground.again
        if not await again.may_be_sent(form.draft.meta.again, form.view):
            await self._ground.telling.into(language).say(form.by.id, "create.sent_again")
            return
        try:
            request = await self._request(form)
        except Declined as no:
            text = self._ground.telling.into(language).sentence(no.key, **no.words)
            source = await again.keep(form.view, form.by, form.draft)
            await self._ground.private.send(form.by.id, "", with_button(text, source, language))
            return
        ref = request.snapshot.ticket.ref
        await self._desk.lanes.accept(event_job(ref, request, trace_id(request.id)))

    # -- inside --------------------------------------------------------------------------------------------

    def _now(self) -> int:
        return int(self._desk.clock.now().timestamp())

    async def _opened(self, payload: Mapping[str, Any], meta: Meta, data: dict[str, Any]) -> None:
        by = person(payload)
        language = await self._desk.spoken_by(by.id)
        view = _sendable(forms.loading(meta, language))
        try:
            answer = await self._chat.call("views.open", trigger_id=str(payload.get("trigger_id")), view=view)
        except Refused as late:
            # Slack lets a form be opened for three seconds after a click; whoever clicked has seen nothing.
            log.info("form_not_opened", why=str(late))
            await self._ground.telling.into(language).say(by.id, "modal.too_late", meta.channel)
            return
        await self._have_filled(str(answer["view"]["id"]), by, {**data, "meta": meta.text()})

    async def _redraw(self, payload: Mapping[str, Any], form: Filled, *, sent: bool) -> None:
        again = fingerprint(str(payload.get("trigger_id") or ""))[:16]
        await self._have_filled(form.view, form.by, {**plain(form.draft), "again": again, "sent": sent})

    async def _have_filled(self, view: str, by: Person, data: dict[str, Any]) -> None:
        data |= {"view": view, "by": by.id, "team": by.team}
        again = str(data.get("again") or "first")
        # One after another: what was chosen last is what stays.
        job = Job(
            id=f"form:{view}:{again}",
            kind=NEW_FORM,
            data=json.dumps(data).encode(),
            lane=f"form:{view}",
            pool=CHAT,
        )
        await self._desk.lanes.accept(job)

    async def _filled(self, by: Person, data: Mapping[str, Any], prefill: Prefill, language: str) -> View:
        refused = await self._ground.access.refusal(by, VERB, None)
        if refused:
            raise Declined(refused, {})
        queues = await self._live.queues(by)
        draft, why = await self._before(by, data, language)
        complaints = self._complaints(draft, why)
        wanted = draft.meta.queue
        draft = _among(queues, _at(draft, also=forms.also(draft.meta.also, filter(None, complaints))))
        offers = await self._live.creation(draft)
        brain = ""
        if data.get("first") and not data.get("ours"):
            draft, brain = await prefill.of(draft, offers, language=language, person=by.id)
            if draft.meta.type not in {"", offers.type.id}:
                offers = await self._live.creation(draft)
        refusal = placed(complaints, offers, why, language)
        hints = dict(refusal.hints)
        if data.get("sent") or (data.get("again_of") and not why):
            hints |= _told(faults(draft, offers), language)
        draft = _at(draft, queue=offers.queue, type=offers.type.id)
        notes = [*refusal.notes, *await self._notes(by, draft, offers, brain, language)]
        if wanted and wanted != draft.meta.queue:
            notes.insert(0, say(language, "create.moved", queue=Untrusted(wanted).line()))
        if data.get("sent"):
            notes.insert(0, say(language, CHANGED.key, system=draft.meta.connector))
        return forms.drawn(forms.Sheet(queues, offers, notes, hints), draft, language)

    def _complaints(self, draft: Draft, why: str) -> Mapping[str, str]:
        return self._live.creator(draft.meta.connector).complaints(why) if why else {}

    async def _before(self, by: Person, data: Mapping[str, Any], language: str) -> tuple[Draft, str]:
        """Return what stands in a form before it is drawn, and why nothing came of it, if it was sent."""
        if data.get("first"):
            return await self._begun(data, language), ""
        if "again_of" in data:
            back = await self._ground.again.back(str(data["again_of"]), by, Meta.read(str(data["meta"])))
            return back.draft, back.why
        return filled(data), ""

    async def _begun(self, data: Mapping[str, Any], language: str) -> Draft:
        """Return what a form starts with: the message, with a link back to it as the last line."""
        meta = Meta.read(str(data["meta"]))
        summary, text = first_words(str(data["text"]))
        if not data["ts"]:
            return Draft(meta=meta, summary=summary, description=text)
        try:
            answer = await self._chat.call(
                "chat.getPermalink", channel=meta.channel, message_ts=str(data["ts"])
            )
            link = say(language, "create.link", url=str(answer.get("permalink") or ""))
        except Reject as gone:
            # Deleted meanwhile, or in a channel the bot is not in: there is nothing to lead back to.
            log.info("message_not_linked", why=str(gone))
            link = ""
        return Draft(meta=meta, summary=summary, description="\n\n".join(filter(None, (text, link))))

    async def _notes(
        self,
        by: Person,
        draft: Draft,
        offers: CreationForm,
        brain: str,
        language: str,
    ) -> list[str]:
        notes: list[str] = []
        if brain:
            notes.append(say(language, "create.by_model", brain=brain))
        elif draft.meta.channel and not draft.meta.again:
            notes.append(say(language, "create.from_message"))
        whose = await self._live.requester(by, draft.meta.connector, offers)
        if whose is not None:
            notes.append(say(language, "create.as_requester", name=whose.label))
        if offers.unfillable:
            fields = ", ".join(offers.unfillable)
            notes.append(say(language, "create.unfillable", system=draft.meta.connector, fields=fields))
        return notes

    async def _request(self, form: Filled) -> Requested:
        """Return the request that a form comes down to, every choice held against what is live.

        Raises:
            Declined: it comes down to nothing.
            Retry: a person cannot be asked just now.
        """
        meta, by = form.draft.meta, form.by
        connector = self._desk.connectors.get(meta.connector)
        if connector is None or not isinstance(connector, Creator):
            raise Declined("create.no_system", {})
        snapshot = _unmade(connector, form)
        refused = await self._ground.access.refusal(by, VERB, snapshot.ticket)
        if refused:
            raise Declined(refused, {})
        offers = await self._live.creation(form.draft)
        try:
            wish = wished(form.draft, offers, await self._live.requester(by, meta.connector, offers))
        except Unfit as unfit:
            raise Declined(unfit.key, {"system": meta.connector, "field": unfit.field}) from unfit
        return await self._requested(form, connector, snapshot, wish)

    async def _requested(
        self, form: Filled, connector: Connector, snapshot: Snapshot, wish: Wish
    ) -> Requested:
        ident = EventId(f"slack:form:{fingerprint(form.view)[:32]}")
        try:
            made = proposal(connector, snapshot, EffectId(f"{ident}#0"), 0, wish, by=form.by.id)
        except Refused as no:
            log.info("form_refused", why=str(no))
            raise Declined("create.outdated", {"system": connector.name, "field": VERB}) from no
        who = await self._ground.people.clicker(form.by, (), live=False)
        return Requested(
            id=ident,
            at=self._desk.clock.now(),
            by=form.by.id,
            name=who.name,
            snapshot=snapshot,
            proposals=(_told_to(made, form),),
            exact=True,
            note_action=note_action(connector),
        )


def _unmade(connector: Connector, form: Filled) -> Snapshot:
    """Return what there is before: nothing, under the name that this form's ticket has until it is made."""
    meta = form.draft.meta
    try:
        ref = new_ref(connector.name, meta.queue, datetime.fromtimestamp(meta.opened, tz=UTC), form.view)
    except ValueError as error:
        raise Declined("create.no_queue", {}) from error
    wanted = unborn(ref)
    assert wanted is not None, "it was just named so"
    return blank(ref, wanted, url=connector.home)


def _at(draft: Draft, **changes: Any) -> Draft:
    return replace(draft, meta=replace(draft.meta, **changes))


def _among(queues: list[tuple[str, Value]], draft: Draft) -> Draft:
    """Return ``draft`` where tickets may be made: where it says, else in the first place there is."""
    if (draft.meta.connector, draft.meta.queue) in {(name, queue.id) for name, queue in queues}:
        return draft
    connector, queue = queues[0]
    return _at(draft, connector=connector, queue=queue.id, type="")


def _told(wrong: Mapping[str, Fault], language: str) -> dict[str, str]:
    return {
        name: say(language, fault.key, **fault.words) for name, fault in wrong.items() if fault != CHANGED
    }


def _inert(words: Mapping[str, str]) -> dict[str, str]:
    return {name: Untrusted(text).line() for name, text in words.items()}


def _told_to(made: Proposal, form: Filled) -> Proposal:
    return replace(made, talk=f"{TALK}:{form.by.id}:{form.draft.meta.channel}")


def _sendable(view: View) -> View:
    faults = faults_of_view(view)
    assert not faults, f"a form Slack would refuse: {faults}"
    return view
