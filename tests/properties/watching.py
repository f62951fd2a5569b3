"""A machine that looks on: after each event, what must hold and what must not have happened."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from bot.core.actions import Action, Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import CountApproval, Effect, Execute, Observe, SetGrant, ShowCard, Wake
from bot.core.events import (
    AlwaysAsked,
    Answered,
    Edited,
    Event,
    Expired,
    TicketRead,
    TicketTouched,
    TicketVanished,
    UndoAsked,
)
from bot.core.grants import Grant
from bot.core.ids import Digest, EffectId, EventId, ProposalId
from bot.core.modes import Mode
from bot.core.tickets import Actor, Comment, Snapshot, Ticket, Value
from bot.core.untrusted import Untrusted
from bot.core.verdicts import Asking
from bot.decide import Transition, decide
from tests.properties.oracle import Known, alike, asks, clean, drawn, timers
from tests.properties.parts import ACROSS, PRIORITIES, QUEUE, REF, T0, Attempt, book, touched

REMEMBERED = 200
"""How many events back a redelivery must still be known; what is older is kept out before it comes here."""
TICKET = Ticket(
    ref=REF,
    key="OPS-1",
    url="https://jira.example.com/browse/OPS-1",
    queue=QUEUE,
    kind="Incident",
    status=Value("1", "Open"),
    closed=False,
    summary=Untrusted("fire 0"),
    description=Untrusted(""),
    fields={"priority": (PRIORITIES[3],), "labels": (), "urgency": (), "impact": (PRIORITIES[2],)},
    reporter=Actor("rita", Untrusted("Rita")),
    created_at=T0,
    updated_at=T0,
    version="1",
)


class Watching(RuleBasedStateMachine):
    """Keeps the dossier, passes events to ``decide``, and checks every step."""

    reached: ClassVar[Counter[str]] = Counter()
    """How often something interesting was reached: a machine that only stumbles about is found out."""

    def __init__(self) -> None:
        super().__init__()
        self.dossier = Dossier(REF)
        self.mode, self.strict = Mode.APPROVE, False
        self.book = book(self.mode, strict=self.strict)
        self.now = T0
        self.numbers: int = 0
        self.ticket = TICKET
        self.comments: tuple[Comment, ...] = ()
        self.gone = self.silenced = False
        self.last = TICKET
        """The ticket as the bot last read it."""
        self.past: list[Event] = []
        self.timers: list[Event] = []
        self.unexplained: set[ProposalId] = set()
        """Timers were set for these, and nobody has said yet why."""
        self.orders: list[Execute] = []
        self.looks: list[Observe] = []
        self.attempts: list[Attempt] = []
        self.claims: Counter[EffectId] = Counter()
        self.holders: dict[ProposalId, tuple[EffectId, int]] = {}
        """Who may write: the newest claim of each proposal."""
        self.knows_nothing_yet()

    def knows_nothing_yet(self) -> None:
        """Begin the machine's own account of what has to be so."""
        self.known: dict[ProposalId, Known] = {}
        self.agreed: set[tuple[ProposalId, int, Digest]] = set()
        """Revisions for which enough people have said yes."""
        self.alone: set[ProposalId] = set()
        """What may go ahead without anybody's yes."""
        self.at_once: ProposalId | None = None
        """The change whose undo is being asked for by somebody whose yes is enough."""
        self.begun: int = 0
        """How many writes were sent off."""
        self.sent: Counter[ProposalId] = Counter()
        self.landed: list[ProposalId] = []
        """What has changed the ticket, in that order."""
        self.settled: Counter[ProposalId] = Counter()
        """How often it was found that a write had not landed."""
        self.rejected: set[tuple[Digest, str]] = set()
        self.undoable: dict[ProposalId, bool] = {}
        self.back: dict[ProposalId, ProposalId] = {}
        """What is being, or was, set back, and the proposal that does it."""
        self.did: list[tuple[Digest, datetime]] = []
        """What was done without a click."""
        self.grants: list[Grant] = []

    # -- making it happen ---------------------------------------------------------------------------------

    def ident(self, what: str) -> EventId:
        self.numbers += 1
        return EventId(f"{what}:{self.numbers}")

    def snapshot(self) -> Snapshot:
        return Snapshot(self.ticket, self.comments)

    def happens(self, event: Event) -> Transition:
        before = self.dossier
        step = decide(before, event, self.book)
        self.dossier = step.dossier
        self.past.append(event)
        self.check_twice(event)
        self.check_moves(before, step, event)
        self.follow(before, step, event)
        self.check_cards(before, step)
        for effect in step.effects:
            self.check_order(effect, event)
        self.check_notes(before, step)
        return step

    def check_twice(self, event: Event) -> None:
        """Whatever is delivered again, this one and an older one, is no news."""
        older = self.past[max(len(self.past) // 2, len(self.past) - REMEMBERED)]
        for again in {id(event): event, 0: older}.values():
            assert decide(self.dossier, again, self.book) == Transition(self.dossier), (
                "the second time it is no news"
            )

    # -- every step ---------------------------------------------------------------------------------------

    def check_moves(self, before: Dossier, step: Transition, event: Event) -> None:
        about = getattr(event, "proposal", None)
        for ident, old in before.tracked.items():
            new = step.dossier.tracked.get(ident)
            if new is None:
                self.reached["note gone"] += 1
                assert old.status not in {Status.PENDING, Status.APPROVED} or is_note(old)
                continue
            assert new.revision == old.revision or isinstance(event, Edited)
            assert new.votes == old.votes or (
                ident == about and isinstance(event, Answered | Edited | UndoAsked)
            ), "a voice came or went by itself"
            if new.status is old.status:
                continue
            self.reached[new.status.value] += 1
            assert new.status in ACROSS.get(old.status, set()), f"{old.status} to {new.status}"
            undo = step.dossier.tracked.get(about) if about else None
            of_undo = undo is not None and undo.proposal.undoes == ident
            whole = isinstance(event, TicketRead | TicketTouched | TicketVanished)
            assert ident == about or of_undo or whole, "what nobody spoke of has moved"
            if new.status is Status.UNDONE:
                assert of_undo, "undone without an undo"
                assert undo is not None
                assert undo.status is Status.EXECUTED, "undone by an undo that was not carried out"

    def follow(self, before: Dossier, step: Transition, event: Event) -> None:
        """Take in what was carried out and what ended, as it has to be seen afterwards."""
        for ident, new in step.dossier.tracked.items():
            old = before.tracked.get(ident)
            if not is_note(new) and (old is None or old.status is not new.status):
                self.follow_move(new, step)
        if isinstance(event, TicketRead):
            for ident, tracked in step.dossier.tracked.items():
                if tracked.status is Status.EXECUTED and tracked.proposal.undoes is None:
                    self.undoable[ident] = clean(tracked.receipt, event.snapshot)
        if isinstance(event, TicketVanished) or (isinstance(event, TicketTouched) and event.gone):
            # What is confirmed later proves that the ticket is there after all.
            self.undoable = {}

    def follow_move(self, new: Tracked, step: Transition) -> None:
        done = new.proposal.undoes
        if new.status is Status.EXECUTED:
            self.follow_done(new, step)
            if done is not None and done in step.dossier.tracked:
                assert step.dossier.tracked[done].status is Status.UNDONE, "set back, and nobody knows"
        elif done is not None and new.status not in ACROSS:
            self.back.pop(done, None)

    def follow_done(self, new: Tracked, step: Transition) -> None:
        ident, done, ask = new.proposal.id, new.proposal.undoes, new.ask
        fields = set(touched(new.proposal.action))
        for other, tracked in self.dossier.tracked.items():
            if fields & set(touched(tracked.proposal.action)):
                self.undoable[other] = False
        self.undoable[ident] = bool(fields) and done is None
        if ident in self.alone:
            self.did.append((new.digest, self.now))
        people = ident not in self.alone and done is None and not new.edited
        offered = ask is not None and ask.always_after is not None
        reversible = new.proposal.action.risk is Risk.REVERSIBLE
        counted = [e.shape for e in step.effects if isinstance(e, CountApproval)]
        shape = alike(new.proposal.action, self.last.queue)
        assert counted == ([shape] if people and offered and reversible else []), "wrongly counted"

    def check_cards(self, before: Dossier, step: Transition) -> None:
        shown = [effect.proposal for effect in step.effects if isinstance(effect, ShowCard)]
        assert len(shown) == len(set(shown)), "one card is drawn twice"
        cards = {t.card_of for t in step.dossier.tracked.values() if t.asked_at is not None}
        assert set(shown) <= cards, "a card of what nobody was asked"
        for ident, new in step.dossier.tracked.items():
            old = before.tracked.get(ident)
            quiet = new.asked_at is None or new.status is Status.EXECUTING
            if quiet or (old is not None and drawn(old) == drawn(new)):
                continue
            assert new.card_of in shown, f"the card of {ident} shows what is not so any more"

    def check_order(self, effect: Effect, event: Event) -> None:
        match effect:
            case Execute():
                tracked = self.dossier.tracked[effect.proposal]
                assert tracked.status in {Status.APPROVED, Status.EXECUTING}
                assert effect.revision == tracked.revision
                self.check_agreed(tracked)
                self.orders.append(effect)
                times = sum(1 for order in self.orders if order.proposal == effect.proposal)
                assert times <= 1 + self.settled[effect.proposal], "ordered twice"
            case Observe():
                self.looks.append(effect)
            case Wake():
                self.timers.append(effect.event)
                self.unexplained.add(getattr(effect.event, "proposal", ProposalId("")))
            case SetGrant():
                assert isinstance(event, AlwaysAsked), "a standing permission that nobody asked for"
            case _:
                pass

    def check_notes(self, before: Dossier, step: Transition) -> None:
        notes = [t for t in step.dossier.tracked.values() if is_note(t)]
        assert len(notes) <= 1, "two notes on their way at once"
        fresh = [t for t in notes if t.proposal.id not in before.tracked]
        for tracked in fresh:
            assert step.dossier.note.material != before.note.material, "the same note twice"
            assert tracked.proposal.action.target == REF

    def check_agreed(self, tracked: Tracked) -> None:
        """Whoever may carry this out, enough people must have agreed to exactly this."""
        ident, what = tracked.proposal.id, tracked.proposal.action
        assert what.target == REF, "another ticket would be changed"
        assert what.digest() == tracked.digest
        if is_note(tracked) or (self.at_once is not None and tracked.proposal.undoes == self.at_once):
            return
        if tracked.votes:
            agreed = (ident, tracked.revision, what.digest()) in self.agreed
            assert agreed, "not enough of those who may have said yes to this"
        else:
            assert ident in self.alone, "nobody was asked, and no rule allows that"

    def check_asked(self, step: Transition, tracked: Tracked, known: Known) -> None:
        """It has just been put to people: they can see it, and it will end."""
        ident = tracked.proposal.id
        self.known[ident] = known
        due = {
            type(effect.event).__name__: effect.event.at
            for effect in step.effects
            if isinstance(effect, Wake) and getattr(effect.event, "proposal", None) == ident
        }
        assert due == timers(known), "wrong timers"
        self.unexplained.discard(ident)
        assert tracked.card_of in {e.proposal for e in step.effects if isinstance(e, ShowCard)}

    # -- of use to all ------------------------------------------------------------------------------------

    def waiting(self) -> list[Tracked]:
        return [t for t in self.dossier.tracked.values() if t.status is Status.PENDING]

    def has_timer(self, tracked: Tracked) -> bool:
        """Whether something will end the wait for ``tracked``."""
        return any(
            isinstance(event, Expired)
            and (event.proposal, event.revision) == (tracked.proposal.id, tracked.revision)
            and event.at == tracked.expires_at
            for event in self.timers
        )

    def asks(self, what: Action, *, undo: bool = False) -> Asking | None:
        """Return how people must be asked about ``what`` at this moment."""
        return asks(what, self.last.queue, undo=undo, strict=self.strict)

    def asked_now(self, tracked: Tracked) -> Asking | None:
        """Return how they must be asked about what is tracked."""
        return self.asks(tracked.proposal.action, undo=tracked.proposal.undoes is not None)

    def goes_round(self, digest: Digest) -> bool:
        """Whether this was done twice today without a click."""
        day = timedelta(days=1)
        return sum(1 for what, at in self.did if what == digest and self.now - at < day) >= 2

    def one(self, data: st.DataObject, *wanted: Status) -> Tracked:
        """One that stands where it is ``wanted``, if there is any and nothing else is drawn."""
        every = sorted(self.dossier.tracked.values(), key=lambda t: t.proposal.id)
        liked = [t for t in every if t.status in wanted]
        if liked and data.draw(st.sampled_from([True, True, True, False])):
            return data.draw(st.sampled_from(liked))
        return data.draw(st.sampled_from(every))


def is_note(tracked: Tracked) -> bool:
    """Whether it is the bot's own note, and not one that a person asked for."""
    return tracked.proposal.action.risk is Risk.NOTE and ":" in tracked.proposal.by
