"""A machine that looks on: after each event, what must hold and what must not have happened."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from approvals.policy import Rulebook
from bot.core.actions import Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Execute, Observe, ShowCard, Wake
from bot.core.events import (
    Event,
)
from bot.core.ids import Digest, EventId, ProposalId
from bot.core.modes import Mode
from bot.core.tickets import Actor, Comment, FieldValue, Snapshot, Ticket, Value
from bot.core.untrusted import Untrusted
from bot.decide import Transition, decide
from tests.properties.parts import ACROSS, PRIORITIES, REF, T0, Attempt


class Watching(RuleBasedStateMachine):
    """Keeps the dossier, passes events to ``decide``, and checks every step."""

    reached: ClassVar[Counter[str]] = Counter()
    """How often something interesting was reached: a machine that only stumbles about is found out."""

    def __init__(self) -> None:
        super().__init__()
        self.dossier = Dossier(REF)
        self.book = Rulebook()
        self.now = T0
        self.numbers = 0
        self.ticket = Ticket(
            ref=REF,
            key="OPS-1",
            url="https://jira.example.com/browse/OPS-1",
            queue="OPS",
            kind="Incident",
            status=Value("1", "Open"),
            closed=False,
            summary=Untrusted("fire 0"),
            description=Untrusted(""),
            fields={"priority": (PRIORITIES[3],), "labels": ()},
            reporter=Actor("rita", Untrusted("Rita")),
            created_at=T0,
            updated_at=T0,
            version="1",
        )
        self.comments: tuple[Comment, ...] = ()
        self.past: list[Event] = []
        self.timers: list[Event] = []
        self.orders: list[Execute] = []
        self.looks: list[Observe] = []
        self.attempts: list[Attempt] = []
        self.claims: dict[ProposalId, int] = {}
        self.yes: set[tuple[ProposalId, Digest]] = set()
        self.writes: dict[ProposalId, list[Digest]] = {}
        self.settled: dict[ProposalId, int] = {}
        """How often it was found that a write had not landed."""
        self.rejected: set[tuple[Digest, str]] = set()
        self.basis: dict[tuple[ProposalId, Digest], FieldValue] = {}

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
        self.check_moves(before, step)
        self.check_orders(step)
        self.check_notes(before, step)
        return step

    def check_twice(self, event: Event) -> None:
        """Whatever is delivered again, this one and an older one, is no news."""
        for again in {id(event): event, 0: self.past[len(self.past) // 2]}.values():
            assert decide(self.dossier, again, self.book) == Transition(self.dossier), (
                "the second time it is no news"
            )

    def check_moves(self, before: Dossier, step: Transition) -> None:
        shown = {effect.proposal for effect in step.effects if isinstance(effect, ShowCard)}
        for ident, old in before.tracked.items():
            new = step.dossier.tracked.get(ident)
            if new is None:
                self.reached["note gone"] += 1
                assert (
                    old.status not in {Status.PENDING, Status.APPROVED}
                    or old.proposal.action.risk is Risk.NOTE
                )
            elif new.status is not old.status:
                self.reached[new.status.value] += 1
                assert new.status in ACROSS.get(old.status, set()), f"{old.status} to {new.status}"
                told = new.status is Status.EXECUTING or new.ask is None or new.card_of in shown
                assert told, f"the card still says {old.status} although it is {new.status}"

    def check_orders(self, step: Transition) -> None:
        for effect in step.effects:
            match effect:
                case Execute():
                    tracked = step.dossier.tracked[effect.proposal]
                    assert tracked.status in {Status.APPROVED, Status.EXECUTING}
                    assert effect.revision == tracked.revision
                    self.check_agreed(tracked)
                    self.orders.append(effect)
                case Observe():
                    self.looks.append(effect)
                case Wake():
                    self.timers.append(effect.event)
                case _:
                    pass

    def check_notes(self, before: Dossier, step: Transition) -> None:
        notes = [t for t in step.dossier.tracked.values() if t.proposal.action.risk is Risk.NOTE]
        assert len(notes) <= 1, "two notes on their way at once"
        fresh = [t for t in notes if t.proposal.id not in before.tracked]
        assert len(fresh) <= 1
        for tracked in fresh:
            assert step.dossier.note.material != before.note.material, "the same note twice"
            assert tracked.proposal.action.target == REF

    def check_agreed(self, tracked: Tracked) -> None:
        """Whoever may carry this out, somebody must have agreed to exactly this."""
        what = tracked.proposal.action
        assert what.target == REF, "another ticket would be changed"
        if what.risk is Risk.NOTE:
            return
        fields = what.args.get("fields")
        labels_alone = isinstance(fields, dict) and set(fields) == {"labels"}
        if tracked.decided_by == "policy":
            assert labels_alone, "no rule allows this"
            assert self.book.modes[0].mode is Mode.AUTO, "only mode auto goes without asking"
        else:
            assert (tracked.proposal.id, what.digest()) in self.yes, "nobody who may has said yes to this"
        assert what.digest() == tracked.digest

    # -- always -------------------------------------------------------------------------------------------

    @invariant()
    def at_most_one_write_is_under_way(self) -> None:
        assert sum(1 for t in self.dossier.tracked.values() if t.request) <= 1

    @invariant()
    def nothing_is_written_more_than_twice(self) -> None:
        assert all(len(digests) <= 2 for digests in self.writes.values())

    @invariant()
    def what_is_denied_never_gets_anywhere(self) -> None:
        for tracked in self.dossier.tracked.values():
            if tracked.proposal.action.name == "jira.link":
                assert tracked.status is Status.DENIED

    @invariant()
    def what_waits_can_be_decided_and_will_end(self) -> None:
        for tracked in self.dossier.tracked.values():
            if tracked.status is Status.PENDING:
                assert tracked.ask is not None
                assert tracked.expires_at is not None

    def waiting(self) -> list[Tracked]:
        return [t for t in self.dossier.tracked.values() if t.status is Status.PENDING]

    def one(self, data: st.DataObject) -> Tracked:
        """One that waits, if there is any and nothing else is asked for."""
        waiting = sorted(self.waiting(), key=lambda t: t.proposal.id)
        if waiting and data.draw(st.sampled_from([True, True, True, False])):
            return data.draw(st.sampled_from(waiting))
        tracked: Tracked = data.draw(
            st.sampled_from(sorted(self.dossier.tracked.values(), key=lambda t: t.proposal.id))
        )
        return tracked
