"""One ticket, a careless skill, all sorts of people and executors that die: what must hold whatever happens.

What is right is written out here once more, by hand: were it taken from the code, a wrong code would agree
with itself. ``test_mutants.py`` runs this against code that was broken on purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import JsonValue

from approvals.policy import Asking, Match, Rule, Rulebook
from bot.core.actions import Action, Basis, Proposal, Receipt, Risk
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.effects import Execute, Observe, ShowCard, Wake
from bot.core.events import (
    Answer,
    Answered,
    CardPlace,
    Claimed,
    Clicker,
    Drifted,
    Edited,
    Event,
    Executed,
    ExecutionStarted,
    Failed,
    NotSent,
    Observed,
    OutcomeUnknown,
    SkillFinished,
    TicketRead,
    TicketTouched,
)
from bot.core.ids import ActionName, Digest, EventId, Operation, ProposalId, SlackUserId
from bot.core.modes import Mode, ModeRule
from bot.core.reports import Finding, Report
from bot.core.tickets import Actor, Comment, FieldValue, Snapshot, Ticket, TicketRef, Value
from bot.core.untrusted import Untrusted
from bot.decide import Transition, decide

REF = TicketRef("jira", "1")
OTHER = TicketRef("jira", "2")
T0 = datetime.fromisoformat("2026-11-20T09:00:00+00:00")
SET, DONE, NOTE = (
    ActionName("jira.set_fields"),
    ActionName("jira.transition"),
    ActionName("jira.add_internal_note"),
)
PRIORITIES = tuple(Value(str(n), f"P{n}") for n in range(1, 5))
ASKED = Asking(approvers=("U0ALICE", "S0MANAGERS"), expires_after_s=3600)
BOSS = Asking(approvers=("U0BOSS",), four_eyes=False, expires_after_s=7200)
RULES = (
    Rule(name="approvals[0]", match=Match(action="*.add_internal_note"), allow=True),
    Rule(name="approvals[1]", match=Match(action="jira.set_fields", field="labels"), allow=True),
    Rule(name="approvals[2]", match=Match(action="jira.set_fields", field="priority"), ask=ASKED),
    Rule(name="approvals[3]", match=Match(action="jira.transition", to="Done"), ask=BOSS),
)
"""Everything else is denied, because nothing matches it."""
ACROSS: dict[Status, set[Status]] = {
    Status.PENDING: {Status.APPROVED, Status.REJECTED, Status.STALE, Status.EXPIRED},
    Status.APPROVED: {Status.EXECUTING, Status.FAILED},
    Status.EXECUTING: {Status.EXECUTED, Status.FAILED, Status.UNCERTAIN, Status.STALE},
    Status.UNCERTAIN: {Status.EXECUTED, Status.EXECUTING, Status.FAILED},
}
"""The moves there are; whatever is not a key never moves again."""
CHANGES = ["time", "priority", "words", "answer", "closed", "opened", "opened", "deleted"]
ENDS = ["executed", "executed", "failed", "partly", "unknown", "busy", "dies", "dies after"]
"""What becomes of one request."""
CLICKERS = (
    Clicker(id=SlackUserId("U0ALICE")),
    Clicker(id=SlackUserId("U0BOB"), groups=frozenset({"S0MANAGERS"})),
    Clicker(id=SlackUserId("U0BOSS")),
    Clicker(id=SlackUserId("U0CAROL")),
    Clicker(id=SlackUserId("U0CAROL"), groups=frozenset({"S0OTHERS"})),
    Clicker(id=SlackUserId("U0ALICE"), refused="refused.guest"),
    Clicker(id=SlackUserId("U0BOB"), refused="refused.gone", groups=frozenset({"S0MANAGERS"})),
)


@dataclass
class Attempt:
    """One executor at work on one order; a zombie is one that goes on after a newer one has begun."""

    order: Execute
    fence: int
    writes: int = -1
    """What the dossier said at the claim."""
    may_write: bool = False


def action(kind: str, number: int) -> Action:
    """An action of one of the kinds that a skill comes up with."""
    pick = PRIORITIES[number]
    picked: JsonValue = {"id": pick.id, "label": pick.label}
    match kind:
        case "priority":
            return Action(SET, REF, {"fields": {"priority": [picked]}}, Risk.REVERSIBLE)
        case "labels":
            return Action(SET, REF, {"fields": {"labels": [picked]}}, Risk.REVERSIBLE)
        case "done":
            to: JsonValue = {"id": "9", "label": "Done"}
            return Action(DONE, REF, {"id": str(number), "to": to}, Risk.REVERSIBLE)
        case "note":
            return Action(NOTE, REF, {"lines": [], "replaces": str(number)}, Risk.NOTE)
        case "elsewhere":
            return Action(SET, OTHER, {"fields": {"priority": [picked]}}, Risk.REVERSIBLE)
        case _:
            return Action(ActionName("jira.link"), REF, {"to": str(number)}, Risk.REVERSIBLE)


def may_approve(by: Clicker, what: Action, asked_by: str) -> bool:
    """Say, apart from the policy's own code, whether this person's yes counts for ``what``."""
    if by.refused:
        return False
    fields = what.args.get("fields")
    if what.name == SET and isinstance(fields, dict) and "priority" in fields:
        return (by.id == "U0ALICE" or "S0MANAGERS" in by.groups) and by.id != asked_by
    return what.name == DONE and by.id == "U0BOSS"


class TicketMachine(RuleBasedStateMachine):
    """Does anything to one ticket, in any order."""

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
                told = new.status is Status.EXECUTING or new.ask is None or ident in shown
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

    @initialize(mode=st.sampled_from([Mode.APPROVE, Mode.APPROVE, Mode.AUTO, Mode.AUTO, Mode.SUGGEST]))
    def comes_in(self, mode: Mode) -> None:
        self.book = Rulebook(rules=RULES, modes=(ModeRule(mode=mode),), skills=("triage",))
        self.happens(TicketTouched(id=self.ident("touch"), at=self.now, ref=REF, what="created"))
        self.read()

    # -- the ticket ---------------------------------------------------------------------------------------

    @rule(
        what=st.sampled_from(["nothing"] * 8 + CHANGES),
        number=st.integers(0, 3),
    )
    def something_happens_to_the_ticket(self, what: str, number: int) -> None:
        match what:
            case "nothing":
                return
            case "time":
                self.now += timedelta(minutes=20 * number)
            case "priority":
                fields = {**self.ticket.fields, "priority": (PRIORITIES[number],)}
                self.ticket = replace(self.ticket, fields=fields)
            case "words":
                self.ticket = replace(self.ticket, summary=Untrusted(f"fire {number}"))
            case "answer":
                author = Actor("arne", Untrusted("Arne"))
                said = Comment(f"c{len(self.comments)}", self.now, author, public=True, body=Untrusted("hi"))
                self.comments = (*self.comments, said)
            case "deleted":
                gone = TicketTouched(id=self.ident("gone"), at=self.now, ref=REF, what="deleted", gone=True)
                self.happens(gone)
                assert not [t for t in self.dossier.tracked.values() if t.status is Status.PENDING]
                return
            case _:
                self.ticket = replace(self.ticket, closed=what == "closed")
        self.read()

    def read(self) -> None:
        waiting = [t for t in self.dossier.tracked.values() if t.status is Status.PENDING]
        self.happens(
            TicketRead(id=self.ident("read"), at=self.now, snapshot=self.snapshot(), touched_at=self.now)
        )
        for old in waiting:
            before = old.proposal.basis.before.get("priority")
            drifted = before is not None and before != self.ticket.fields["priority"]
            if drifted or self.ticket.closed or old.proposal.basis.essence != self.ticket.essence:
                assert self.dossier.tracked[old.proposal.id].status is Status.STALE, (
                    "it rests on what is not so"
                )

    # -- the skill ----------------------------------------------------------------------------------------

    @rule(
        wishes=st.lists(
            st.tuples(
                st.sampled_from(
                    ["priority", "priority", "priority", "labels", "done", "note", "elsewhere", "link"]
                ),
                st.integers(0, 3),
                st.sampled_from(["skill:triage", "skill:triage", "U0ALICE"]),
            ),
            min_size=1,
            max_size=3,
        ),
        late=st.sampled_from([0, 0, 0, 0, 1]),
    )
    def the_skill_reports(self, wishes: list[tuple[str, int, str]], late: int) -> None:
        of = replace(self.ticket, summary=Untrusted("as it was")) if late else self.ticket
        made = [self.made(action(kind, number), by) for kind, number, by in wishes]
        event = SkillFinished(
            id=self.ident("finished"),
            at=self.now,
            skill="triage",
            snapshot=Snapshot(of, self.comments),
            report=Report(findings=(self.finding(len(wishes)),), proposals=tuple(made)),
            touched_at=self.now,
            note_action=NOTE,
        )
        known = set(self.dossier.tracked)
        self.happens(event)
        fresh = [t for ident, t in self.dossier.tracked.items() if ident not in known]
        mode = self.book.modes[0].mode
        for tracked in fresh:
            key = (tracked.digest, str(tracked.proposal.basis.essence))
            assert key not in self.rejected, "people said no to this already"
            assert mode is not Mode.SUGGEST or tracked.proposal.action.risk is Risk.NOTE
            assert not (late or self.ticket.closed) or self.dossier.gone

    def made(self, what: Action, by: str) -> Proposal:
        self.numbers += 1
        fields = what.args.get("fields")
        touched: Sequence[str] = list(fields) if isinstance(fields, dict) else []
        before = {name: self.ticket.fields.get(name, ()) for name in touched}
        return Proposal(
            id=ProposalId(f"p{self.numbers:031x}"),
            action=what,
            says="Do it.",
            why=Untrusted("because"),
            basis=Basis(self.ticket.essence, before),
            by=by,
        )

    def finding(self, number: int) -> Finding:
        return Finding(
            "priority",
            "Priority",
            (),
            PRIORITIES[number % 4],
            0.9,
            Untrusted("fire"),
            Untrusted("it says so"),
        )

    # -- people -------------------------------------------------------------------------------------------

    @precondition(lambda self: self.dossier.tracked)
    @rule(
        data=st.data(),
        by=st.sampled_from(CLICKERS + 3 * CLICKERS[:3]),
        answer=st.sampled_from([Answer.APPROVE, Answer.APPROVE, Answer.APPROVE, Answer.REJECT]),
        off=st.sampled_from([0, 0, 0, 0, 0, -1, 1]),
    )
    def somebody_clicks(self, data: st.DataObject, by: Clicker, answer: Answer, off: int) -> None:
        old = self.one(data)
        event = Answered(
            id=self.ident("click"),
            at=self.now,
            proposal=old.proposal.id,
            revision=old.revision + off,
            by=by,
            answer=answer,
            place=CardPlace(channel="C1", ts="1.1"),
        )
        counts = self.counts(old, by, event.revision, old.proposal.action)
        if counts and answer is Answer.APPROVE:
            self.yes.add((old.proposal.id, old.proposal.action.digest()))
        self.happens(event)
        new = self.dossier.tracked[old.proposal.id]
        if not counts:
            assert replace(new, cards=old.cards) == old, "somebody who may not has changed the card"
        elif answer is Answer.REJECT:
            self.rejected.add((old.digest, str(old.proposal.basis.essence)))
            assert new.status is Status.REJECTED
        else:
            assert new.status is Status.APPROVED, "a good yes went unheard"

    def counts(self, old: Tracked, by: Clicker, revision: int, what: Action) -> bool:
        in_time = old.expires_at is not None and self.now < old.expires_at
        intact = old.proposal.action.digest() == old.digest
        current = old.status is Status.PENDING and revision == old.revision
        return bool(in_time and intact and current and may_approve(by, what, old.proposal.by))

    @precondition(lambda self: self.waiting())
    @rule(
        data=st.data(),
        by=st.sampled_from(CLICKERS + 3 * CLICKERS[:3]),
        kind=st.sampled_from(["like it"] * 5 + ["labels", "done", "elsewhere", "link"]),
        number=st.integers(0, 3),
        off=st.sampled_from([0, 0, 0, -1]),
    )
    def somebody_edits(self, data: st.DataObject, by: Clicker, kind: str, number: int, off: int) -> None:
        old = self.one(data)
        liked = "done" if old.proposal.action.name == DONE else "priority"
        what = action(liked if kind == "like it" else kind, number)
        counts = self.counts(old, by, old.revision + off, old.proposal.action)
        alike = (what.name, what.target) == (old.proposal.action.name, old.proposal.action.target)
        if counts and alike and may_approve(by, what, old.proposal.by):
            self.yes.add((old.proposal.id, what.digest()))
        fields = what.args.get("fields")
        touched: Sequence[str] = list(fields) if isinstance(fields, dict) else []
        self.happens(
            Edited(
                id=self.ident("edit"),
                at=self.now,
                proposal=old.proposal.id,
                revision=old.revision + off,
                by=by,
                action=what,
                says="Do that instead.",
                before={name: self.ticket.fields.get(name, ()) for name in touched},
            )
        )
        new = self.dossier.tracked[old.proposal.id]
        if not (counts and alike):
            assert new == old, "an edit that may not be has changed something"
        elif new != old:
            self.reached["edited"] += 1
            assert new.revision == old.revision + 1
            assert new.digest == what.digest()

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), number=st.integers(0, 3), really=st.sampled_from([0, 0, 0, 1]))
    def somebody_alters_what_is_stored(self, data: st.DataObject, number: int, really: int) -> None:
        old = self.one(data)
        if really and old.status is Status.PENDING:
            forged = replace(old, proposal=replace(old.proposal, action=action("priority", number)))
            self.dossier = self.dossier.put(forged)

    @precondition(lambda self: self.timers)
    @rule(data=st.data(), really=st.sampled_from([0, 0, 0, 1]))
    def a_timer_goes_off(self, data: st.DataObject, really: int) -> None:
        if not really:
            return
        event = data.draw(st.sampled_from(self.timers))
        self.timers.remove(event)
        self.now = max(self.now, event.at)
        self.happens(event)

    # -- executors ----------------------------------------------------------------------------------------

    def is_alive(self, order: Execute) -> bool:
        tracked = self.dossier.tracked.get(order.proposal)
        return tracked is not None and tracked.status in {Status.APPROVED, Status.EXECUTING}

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), end=st.sampled_from(["stalls", *ENDS]))
    def an_executor_begins(self, data: st.DataObject, end: str) -> None:
        """Also one whose order somebody else has begun on, and perhaps finished."""
        alive = [o for o in self.orders if self.is_alive(o)]
        order = data.draw(st.sampled_from(alive or self.orders))
        old = self.dossier.tracked.get(order.proposal)
        if (
            old is None
            or old.status not in {Status.APPROVED, Status.EXECUTING}
            or order.revision != old.revision
        ):
            return
        if old.request:
            self.lost(old)
            return
        self.claims[order.proposal] = self.claims.get(order.proposal, 0) + 1
        fence = self.claims[order.proposal]
        self.happens(
            Claimed(
                id=self.ident("claimed"),
                at=self.now,
                proposal=order.proposal,
                operation=Operation("CS-1"),
                fence=fence,
            )
        )
        held = self.dossier.tracked[order.proposal]
        if held.status is Status.EXECUTING and held.fence == fence:
            attempt = Attempt(order, fence, self.dossier.writes)
            self.attempts.append(attempt)
            if end != "stalls":
                self.write_ahead(attempt)
                self.send(attempt, end)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), end=st.sampled_from(["stalls", *ENDS]))
    def a_stalled_executor_goes_on(self, data: st.DataObject, end: str) -> None:
        attempt = data.draw(st.sampled_from(self.attempts))
        if not attempt.may_write:
            self.write_ahead(attempt)
        if end != "stalls":
            self.send(attempt, end)

    def write_ahead(self, attempt: Attempt) -> None:
        ident = attempt.order.proposal
        old = self.dossier.tracked.get(ident)
        busy = [t for t in self.dossier.tracked.values() if t.request]
        self.happens(
            ExecutionStarted(
                id=self.ident("started"),
                at=self.now,
                proposal=ident,
                fence=attempt.fence,
                request=f"r{attempt.fence}",
                writes=attempt.writes,
            )
        )
        new = self.dossier.tracked.get(ident)
        attempt.may_write = new is not None and old is not None and bool(new.request) and not old.request
        if attempt.may_write and new is not None:
            assert not busy, "two writes of one ticket at once"
            assert attempt.fence == self.claims[ident], "a zombie may write"
            assert new.status is Status.EXECUTING
            self.check_agreed(new)
        else:
            self.attempts.remove(attempt)

    def send(self, attempt: Attempt, end: str) -> None:
        if not attempt.may_write:
            return
        self.attempts.remove(attempt)
        ident = attempt.order.proposal
        tracked = self.dossier.tracked.get(ident)
        if tracked is None or not tracked.request or tracked.fence != attempt.fence:
            return
        if end in {"executed", "partly", "unknown", "dies after"}:
            self.writes.setdefault(ident, []).append(tracked.digest)
            written = self.writes[ident]
            assert len(written) <= 1 + self.settled.get(ident, 0), "sent again before it was settled"
        at = self.now
        match end:
            case "executed":
                self.happens(
                    Executed(
                        id=self.ident("done"), at=at, proposal=ident, receipt=Receipt(Operation("CS-1"), "c1")
                    )
                )
            case "failed" | "partly":
                self.happens(Failed(id=self.ident("failed"), at=at, proposal=ident, why="no"))
            case "unknown":
                self.lost(tracked)
            case "busy":
                event = NotSent(id=self.ident("busy"), at=at, proposal=ident, fence=attempt.fence, why="429")
                self.happens(event)
                again = self.dossier.tracked[ident]
                assert bool(again.request) is (tracked.status is Status.UNCERTAIN), "looking comes first"
            case _:
                pass

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), really=st.sampled_from([0, 0, 0, 1]))
    def an_executor_sees_that_the_ticket_has_changed(self, data: st.DataObject, really: int) -> None:
        attempt = data.draw(st.sampled_from(self.attempts))
        tracked = self.dossier.tracked.get(attempt.order.proposal)
        mine = tracked is not None and tracked.fence == attempt.fence and not tracked.request
        if mine and really:
            self.attempts.remove(attempt)
            self.happens(
                Drifted(
                    id=self.ident("drift"), at=self.now, proposal=attempt.order.proposal, what="it changed"
                )
            )

    def lost(self, tracked: Tracked) -> None:
        self.happens(
            OutcomeUnknown(
                id=self.ident("lost"), at=self.now, proposal=tracked.proposal.id, why="no answer", settle_s=60
            )
        )

    @precondition(lambda self: self.looks)
    @rule(data=st.data(), applied=st.booleans())
    def it_is_looked_for(self, data: st.DataObject, applied: bool) -> None:  # noqa: FBT001  # Hypothesis names it
        look = data.draw(st.sampled_from(self.looks))
        self.looks.remove(look)
        old = self.dossier.tracked.get(look.proposal)
        if old is None or old.status is not Status.UNCERTAIN:
            return
        self.now = max(self.now, look.at)
        if not applied:
            self.settled[look.proposal] = self.settled.get(look.proposal, 0) + 1
        receipt = Receipt(Operation("CS-1"), "c1") if applied else None
        self.happens(
            Observed(
                id=self.ident("seen"), at=self.now, proposal=look.proposal, applied=applied, receipt=receipt
            )
        )
        new = self.dossier.tracked.get(look.proposal)
        rounds = self.settled.get(look.proposal, 0)
        if new is not None:
            wanted = Status.EXECUTED if applied else Status.EXECUTING if rounds == 1 else Status.FAILED
            assert new.status is wanted

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


def hunt(examples: int, *, explain: bool = True) -> settings:
    """How hard to look; the same examples each time, so that a mutant that dies once dies always."""
    return settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if explain else [])],
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
