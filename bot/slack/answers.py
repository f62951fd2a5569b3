"""What people pressed and sent, as events on their tickets' lanes; who did it is looked up on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from approvals.blocks import is_person
from approvals.clicks import Click, Item, Person, Submission
from approvals.edits import before_of, edited_args
from approvals.modals import REASON, REASON_CHARS_MAX, is_step
from approvals.policy import Where, evaluate
from approvals.slack import PART
from bot.core.actions import Action, Risk
from bot.core.dossier import Tracked
from bot.core.effects import Whisper
from bot.core.errors import Reject
from bot.core.events import AlwaysAsked, Answer, Answered, Clicker, Edited, Event, UndoAsked
from bot.core.fingerprint import fingerprint
from bot.core.grants import shape
from bot.core.ids import EffectId, EventId, ProposalId
from bot.core.tickets import TicketRef, Transition
from bot.core.verdicts import Ask
from bot.decide.transition import where
from bot.decide.voting import approvers_now
from bot.runtime.effects import Cards
from bot.runtime.envelopes import event_job
from bot.runtime.grants import Grants
from bot.slack.desk import Desk, Held
from bot.slack.people import People

Known = dict[tuple[frozenset[str], bool], Clicker]
"""Who clicked, by the groups asked about and whether nothing remembered was good enough."""
REASON_KEPT: Final = REASON_CHARS_MAX
"""Of a rejection's reason, as the form has it; what Slack's client let through beyond is cut."""


class Answers:
    """Turns what was stored into events; decides nothing. Methods may raise ``Retry``."""

    def __init__(self, desk: Desk, people: People, cards: Cards, grants: Grants | None) -> None:
        """``grants``: for how often the same was approved; None: standing permissions are not offered."""
        self._desk, self._people, self._cards, self._grants = desk, people, cards, grants

    async def answered(self, click: Click, answer: Answer) -> None:
        """Bring an answer to its ticket's lane; one click on several is one answer each."""
        ident, known = _named(click.trigger), Known()
        for number, held, item in await self._held(ident, click):
            event = Answered(
                id=_part(ident, number, click),
                at=self._desk.clock.now(),
                proposal=item[0],
                revision=item[1],
                by=await self._clicker(click.by, held, [held[1].proposal.action], known),
                answer=answer,
                place=click.place,
            )
            await self._bring(held[0].ref, event, item[0])

    async def undo(self, click: Click) -> None:
        """Bring the wish to set something back to its ticket's lane, one event a change."""
        ident, known = _named(click.trigger), Known()
        for number, held, item in await self._held(ident, click):
            event = UndoAsked(
                id=_part(ident, number, click),
                at=self._desk.clock.now(),
                proposal=item[0],
                revision=item[1],
                by=await self._undoer(click.by, held, known),
                place=click.place,
            )
            await self._bring(held[0].ref, event, item[0])

    async def always(self, click: Click) -> None:
        """Bring the wish for a standing permission to its ticket's lane, with how often it was equal."""
        ident = _named(click.trigger)
        for number, held, item in await self._held(ident, click):
            dossier, tracked = held
            kind = shape(tracked.proposal.action, dossier.queue)
            equal = await self._grants.equal(kind, tracked.proposal.id) if self._grants is not None else 0
            event = AlwaysAsked(
                id=_part(ident, number, click),
                at=self._desk.clock.now(),
                proposal=item[0],
                revision=item[1],
                by=await self._clicker(click.by, held, [tracked.proposal.action]),
                equal=equal,
                place=click.place,
            )
            await self._bring(dossier.ref, event, item[0])

    async def rejected(self, form: Submission) -> None:
        """Bring a rejection with its reason to its ticket's lane."""
        ident = EventId(f"slack:{form.view}")
        held = await self._desk.journal.find(form.proposal)
        if held is None:
            await self._unknown(ident, form.by, "")
            return
        event = Answered(
            id=ident,
            at=self._desk.clock.now(),
            proposal=form.proposal,
            revision=form.revision,
            by=await self._clicker(form.by, held, [held[1].proposal.action]),
            answer=Answer.REJECT,
            reason=" ".join(form.texts.get(REASON, "").split())[:REASON_KEPT],
        )
        await self._bring(held[0].ref, event, form.proposal)

    async def edited(self, form: Submission) -> None:
        """Bring an edit to its ticket's lane, built afresh from what was typed and chosen."""
        ident = EventId(f"slack:{form.view}")
        held = await self._desk.journal.find(form.proposal)
        if held is None:
            await self._unknown(ident, form.by, "")
            return
        dossier, tracked = held
        old = tracked.proposal.action
        kind = self._desk.verb(old)
        args, _ = edited_args(form, tracked, kind, self._desk.book.language, await self._steps(held))
        if args is None or kind is None:
            cards = dossier.tracked.get(tracked.card_of, tracked).cards
            channel = cards[-1].channel if cards else ""
            order = EffectId(f"{ident}/bad")
            await self._cards.whisper(Whisper(order, form.by.id, channel, "modal.bad_value"))
            return
        action = Action(name=old.name, target=old.target, args=args, risk=old.risk)
        event = Edited(
            id=ident,
            at=self._desk.clock.now(),
            proposal=form.proposal,
            revision=form.revision,
            by=await self._clicker(form.by, held, [old, action]),
            action=action,
            says=kind.describe(args),
            before=before_of(tracked, kind.touches(args)),
        )
        await self._bring(dossier.ref, event, form.proposal)

    async def outdated(self, person: Person, channel: str, trigger: str) -> None:
        """Tell somebody that the button they pressed belongs to an older version."""
        order = EffectId(f"{_named(trigger)}/outdated")
        await self._cards.whisper(Whisper(order, person.id, channel, "refused.outdated"))

    # -- inside --------------------------------------------------------------------------------------------

    async def _held(self, ident: EventId, click: Click) -> list[tuple[int, Held, Item]]:
        """Return what a button is about, numbered; what we do not hold is said once."""
        found: list[tuple[int, Held, Item]] = []
        for number, item in enumerate(click.items):
            held = await self._desk.journal.find(item[0])
            if held is not None:
                found.append((number, held, item))
        if len(found) < len(click.items):
            await self._unknown(ident, click.by, click.place.channel if click.place else "")
        return found

    async def _steps(self, held: Held) -> Sequence[Transition] | None:
        """Return the workflow's next steps now, for a transition; none where they cannot be read."""
        dossier, tracked = held
        if not is_step(tracked, "status"):
            return None
        connector = self._desk.connectors.get(dossier.ref.connector)
        if connector is None:
            return ()
        try:
            snapshot = await connector.read(dossier.ref)
            return (await connector.allowed(snapshot.ticket)).transitions
        except Reject:
            return ()

    async def _clicker(
        self, person: Person, held: Held, actions: Sequence[Action], known: Known | None = None
    ) -> Clicker:
        """Look the person up against who may approve ``actions`` now.

        ``known``: what was looked up for the same click; it would be the same again, and Slack counts calls.
        """
        dossier, tracked = held
        place = where(dossier, tracked.proposal)
        groups: set[str] = set()
        for action in actions:
            groups |= self._groups(person, tracked, action, place)
        live = any(action.risk is Risk.IRREVERSIBLE for action in actions)
        return await self._looked_up(person, groups, known, live=live)

    async def _undoer(self, person: Person, held: Held, known: Known) -> Clicker:
        """Look the person up against who may approve what would set a change back."""
        dossier, tracked = held
        receipt = tracked.receipt
        if receipt is None or receipt.compensation is None:
            return await self._clicker(person, held, [tracked.proposal.action], known)
        place = Where(connector=dossier.ref.connector, queue=dossier.queue, by=str(person.id), undo=True)
        action = receipt.compensation.action
        groups = self._groups(person, tracked, action, place)
        return await self._looked_up(person, groups, known, live=action.risk is Risk.IRREVERSIBLE)

    async def _looked_up(
        self, person: Person, groups: set[str], known: Known | None, *, live: bool
    ) -> Clicker:
        known = Known() if known is None else known
        key = (frozenset(groups), live)
        if key not in known:
            known[key] = await self._people.clicker(person, sorted(groups), live=live)
        return known[key]

    def _groups(self, person: Person, tracked: Tracked, action: Action, place: Where) -> set[str]:
        """Return which groups matter; none for who is named in person, whatever became of the groups."""
        verdict = evaluate(self._desk.book, action, place, human=True)
        if not isinstance(verdict, Ask):
            return set()
        approvers = approvers_now(verdict, tracked)
        return set() if person.id in approvers else {who for who in approvers if not is_person(who)}

    async def _unknown(self, ident: EventId, by: Person, channel: str) -> None:
        await self._cards.whisper(Whisper(EffectId(f"{ident}/unknown"), by.id, channel, "refused.unknown"))

    async def _bring(self, ref: TicketRef, event: Event, proposal: ProposalId) -> None:
        trace = await self._desk.journal.trace_of(proposal)
        await self._desk.lanes.accept(event_job(ref, event, trace))


def _named(trigger: str) -> EventId:
    """Name a click after its trigger; that itself is a secret for three seconds, and ids are logged."""
    return EventId(f"slack:{fingerprint(trigger)[:32]}")


def _part(ident: EventId, number: int, click: Click) -> EventId:
    """Name the answer about one of several; the only one has the click's own name."""
    return EventId(f"{ident}{PART}{number}") if len(click.items) > 1 else ident
