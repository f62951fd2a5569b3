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
from approvals.policy import Where, evaluate
from bot.core.actions import Action, Proposal, Risk
from bot.core.creation import VERB, CreationForm, blank, new_ref, unborn
from bot.core.errors import BotError, Refused, Reject
from bot.core.fingerprint import fingerprint
from bot.core.foreign import thing
from bot.core.ids import ActionName, EffectId, EventId, SlackUserId, trace_id
from bot.core.reports import Wish
from bot.core.requests import Requested
from bot.core.tickets import Snapshot, TicketRef, Value
from bot.core.verdicts import Deny
from bot.core.words import say
from bot.creators import Creator
from bot.ports import Chat, Connector
from bot.proposing import note_action, proposal
from bot.runtime.envelopes import CHAT, event_job
from bot.runtime.jobs import Done, Job, Lease
from bot.slack.access import Access
from bot.slack.asking import Declined
from bot.slack.creating_prefill import MESSAGE_CHARS_MAX, Prefill, brief, first_words
from bot.slack.creating_wish import Unfit, wished
from bot.slack.desk import MENU_S, Desk
from bot.slack.people import People
from bot.slack.telling import Telling

NEW_FORM: Final = "new_form"
"""Kind of the jobs that fill in such a form."""
TALK: Final = "create"
"""Of the lanes under which askers hear how it ended."""
QUEUES_MAX: Final = 100
"""Projects and tables in one menu: Slack lists no more."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the forms rest on."""

    chat: Chat
    desk: Desk
    people: People
    access: Access
    telling: Telling


class Creating:
    """Opens forms at the edge; fills, redraws and takes them in the worker."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._desk, self._chat = ground, ground.desk, ground.chat

    # -- at the edge ---------------------------------------------------------------------------------------

    async def open(self, payload: Mapping[str, Any]) -> None:
        """Show that something happens, and have a worker find out what may be filled in."""
        by, message = person(payload), thing(payload.get("message"))
        language = await self._desk.spoken_by(by.id)
        channel = str(thing(payload.get("channel")).get("id") or "") if message else ""
        meta = Meta(int(self._desk.clock.now().timestamp()), channel=channel)
        view = _sendable(forms.loading(meta, language))
        answer = await self._chat.call("views.open", trigger_id=str(payload.get("trigger_id")), view=view)
        text = str(message.get("text") or "")[: 4 * MESSAGE_CHARS_MAX]
        data = {
            "first": True,
            "text": text,
            "ts": str(message.get("ts") or ""),
            "meta": [meta.opened, "", "", "", channel],
        }
        await self._have_filled(str(answer["view"]["id"]), by, data)

    async def check(self, payload: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with what was typed; what is chosen is held against the system later."""
        form = forms.parse_form(payload)
        return forms.faults(form.draft, await self._desk.spoken_by(form.by.id))

    async def options(self, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what a menu with too many values for a list offers for what was typed, if in time."""
        form = forms.parse_form(payload)
        name = forms.field_of(str(payload.get("block_id") or ""))
        try:
            async with asyncio.timeout(MENU_S):
                offers = await self._creation(form.draft)
        except (BotError, TimeoutError, Declined) as error:
            log.info("menu_not_filled", why=type(error).__name__)
            return []
        choices = next((each.choices for each in offers.fields if each.choices.field == name), None)
        if choices is None:
            return []
        return forms.offered(forms.narrowed(choices, form.draft.picks), str(payload.get("value") or ""))

    # -- in the worker -------------------------------------------------------------------------------------

    async def changed(self, payload: Mapping[str, Any]) -> None:
        """Have the form drawn anew: another queue or type has other fields. May raise ``Retry``."""
        form = forms.parse_form(payload)
        draft = form.draft
        data: dict[str, Any] = {
            "first": False,
            "meta": json.loads(draft.meta.text()),
            "summary": draft.summary,
            "description": draft.description,
            "picks": {name: list(chosen) for name, chosen in draft.picks.items()},
            "again": fingerprint(str(payload.get("trigger_id") or ""))[:16],
        }
        await self._have_filled(form.view, form.by, data)

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
        try:
            request = await self._request(form)
        except Declined as no:
            telling = self._ground.telling.into(language)
            await telling.say(form.by.id, no.key, form.draft.meta.channel, **no.words)
            return
        ref = request.snapshot.ticket.ref
        await self._desk.lanes.accept(event_job(ref, request, trace_id(request.id)))

    # -- inside --------------------------------------------------------------------------------------------

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
        queues = await self._queues(by)
        draft = await self._begun(data, language) if data["first"] else _draft(data)
        known = {(connector, queue.id) for connector, queue in queues}
        if (draft.meta.connector, draft.meta.queue) not in known:
            connector, queue = queues[0]
            draft = _at(draft, connector, queue.id, "")
        offers = await self._creation(draft)
        brain = ""
        if data["first"]:
            draft, brain = await prefill.of(draft, offers, language=language, person=by.id)
            if draft.meta.type not in {"", offers.type.id}:
                offers = await self._creation(draft)
        draft = _at(draft, draft.meta.connector, offers.queue, offers.type.id)
        notes = await self._notes(by, draft, offers, brain, language)
        return forms.drawn(forms.Sheet(queues, offers, notes), draft, language)

    async def _begun(self, data: Mapping[str, Any], language: str) -> Draft:
        """Return what a form starts with: the message, with a link back to it as the last line."""
        meta = Meta(*data["meta"])
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

    async def _queues(self, by: Person) -> list[tuple[str, Value]]:
        """Return where the policy lets this person make tickets, in every system that answers.

        Raises:
            Declined: nowhere, with the reason.
        """
        creators = {name: each for name, each in self._desk.connectors.items() if isinstance(each, Creator)}
        if not creators:
            raise Declined("create.no_system", {})
        found = await asyncio.gather(*(_asked(each) for each in creators.values()))
        heard = [
            (name, queue) for name, queues in zip(creators, found, strict=True) for queue in queues or ()
        ]
        if not heard:
            away = [name for name, queues in zip(creators, found, strict=True) if queues is None]
            raise (
                Declined("create.away", {"system": ", ".join(away)})
                if away
                else Declined("create.no_queue", {})
            )
        allowed = [each for each in heard if self._may_be_made(by, *each)]
        if not allowed:
            raise Declined("create.off", {})
        return allowed[:QUEUES_MAX]

    def _may_be_made(self, by: Person, name: str, queue: Value) -> bool:
        """Whether some rule speaks of it; what it says of this very ticket is asked when it is wanted."""
        connector = self._desk.connectors[name]
        action = Action(ActionName(f"{connector.kind}.{VERB}"), TicketRef(name, ""), {}, Risk.IRREVERSIBLE)
        where = Where(connector=name, queue=queue.id, by=str(by.id))
        return not isinstance(evaluate(self._desk.book, action, where, human=False), Deny)

    async def _creation(self, draft: Draft) -> CreationForm:
        """Return what may be filled in now.

        Raises:
            Declined: there is no such queue, or its system does not answer.
        """
        meta = draft.meta
        creator: object = self._desk.connectors.get(meta.connector)
        if not isinstance(creator, Creator):
            raise Declined("create.no_system", {})
        try:
            return await creator.creation(meta.queue, meta.type, brief(draft.picks))
        except Reject as no:
            log.info("form_not_offered", connector=meta.connector, why=str(no))
            raise Declined("create.no_queue", {}) from no
        except BotError as away:
            raise Declined("create.away", {"system": meta.connector}) from away

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
        elif draft.meta.channel:
            notes.append(say(language, "create.from_message"))
        whose = await self._requester(by, draft.meta.connector, offers)
        if whose is not None:
            notes.append(say(language, "create.as_requester", name=whose.label))
        if offers.unfillable:
            fields = ", ".join(offers.unfillable)
            notes.append(say(language, "create.unfillable", system=draft.meta.connector, fields=fields))
        return notes

    async def _requester(self, by: Person, name: str, offers: CreationForm) -> Value | None:
        """Return the account of whoever asks, by the address that Slack has confirmed; None: nobody's."""
        creator: object = self._desk.connectors.get(name)
        email = await self._ground.people.address(by.id) if offers.takes_requester else ""
        if not email or not isinstance(creator, Creator):
            return None
        try:
            return await creator.requester(email)
        except Reject as no:
            log.info("requester_not_found", connector=name, why=type(no).__name__)
            return None

    async def _request(self, form: Filled) -> Requested:
        """Return the request that a form comes down to, every choice held against what is live.

        Raises:
            Declined: it comes down to nothing.
            Retry: a person or a system cannot be asked just now.
        """
        meta, by = form.draft.meta, form.by
        connector = self._desk.connectors.get(meta.connector)
        if connector is None or not isinstance(connector, Creator):
            raise Declined("create.no_system", {})
        snapshot = _unmade(connector, form)
        refused = await self._ground.access.refusal(by, VERB, snapshot.ticket)
        if refused:
            raise Declined(refused, {})
        try:
            offers = await connector.creation(meta.queue, meta.type, brief(form.draft.picks))
        except Reject as no:
            raise Declined("create.no_queue", {}) from no
        try:
            wish = wished(form.draft, offers, await self._requester(by, meta.connector, offers))
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


async def _asked(creator: Creator) -> tuple[Value, ...] | None:
    """Return where a system lets tickets be made; None: it does not answer."""
    try:
        return await creator.queues()
    except BotError as error:
        log.info("queues_not_read", why=f"{type(error).__name__}: {error}")
        return None


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


def _draft(data: Mapping[str, Any]) -> Draft:
    return Draft(
        meta=Meta(*data["meta"]),
        summary=str(data["summary"]),
        description=str(data["description"]),
        picks={name: tuple(chosen) for name, chosen in data["picks"].items()},
    )


def _at(draft: Draft, connector: str, queue: str, kind: str) -> Draft:
    return replace(draft, meta=replace(draft.meta, connector=connector, queue=queue, type=kind))


def _told_to(made: Proposal, form: Filled) -> Proposal:
    return replace(made, talk=f"{TALK}:{form.by.id}:{form.draft.meta.channel}")


def _sendable(view: View) -> View:
    faults = faults_of_view(view)
    assert not faults, f"a form Slack would refuse: {faults}"
    return view
