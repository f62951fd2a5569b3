"""One ticket, a careless skill, and all sorts of people: anything happens to it, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from approvals.policy import Rulebook
from bot.core.actions import Action, Basis, Proposal, Risk
from bot.core.dossier import Status, Tracked
from bot.core.events import (
    Answer,
    Answered,
    CardPlace,
    Clicker,
    Edited,
    SkillFinished,
    TicketRead,
    TicketTouched,
)
from bot.core.ids import ProposalId
from bot.core.modes import Mode, ModeRule
from bot.core.reports import Finding, Report
from bot.core.tickets import Actor, Comment, Snapshot
from bot.core.untrusted import Untrusted
from tests.properties.executors import WithExecutors
from tests.properties.parts import (
    CHANGES,
    CLICKERS,
    DONE,
    ENDS,
    NOTE,
    PRIORITIES,
    REF,
    RULES,
    action,
    may_approve,
)


class TicketMachine(WithExecutors):
    """Does anything to one ticket."""

    @initialize(mode=st.sampled_from([Mode.APPROVE, Mode.APPROVE, Mode.AUTO, Mode.AUTO, Mode.SUGGEST]))
    def comes_in(self, mode: Mode) -> None:
        self.book = Rulebook(rules=RULES, modes=(ModeRule(mode=mode),), skills=("triage",))
        self.happens(TicketTouched(id=self.ident("touch"), at=self.now, ref=REF, what="created"))
        self.read()

    # -- the ticket ---------------------------------------------------------------------------------------

    @rule(
        what=st.sampled_from(["nothing"] * 3 + CHANGES),
        number=st.integers(0, 3),
    )
    def something_happens_to_the_ticket(self, what: str, number: int) -> None:
        match what:
            case "nothing":
                return
            case "time":
                self.now += timedelta(minutes=40 * number)
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
                st.integers(0, 1),
                st.sampled_from(["skill:triage", "skill:triage", "U0ALICE"]),
            ),
            min_size=1,
            max_size=3,
        ),
        late=st.sampled_from([0, 0, 0, 0, 1]),
        lands=st.sampled_from([1, 1, 1, 0]),
    )
    def the_skill_reports(self, wishes: list[tuple[str, int, str]], late: int, lands: int) -> None:
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
        if lands:
            self.the_note_lands()

    @rule(
        number=st.integers(0, 1), by=st.sampled_from(CLICKERS[:2]), end=st.sampled_from(["stalls"] * 3 + ENDS)
    )
    def it_goes_as_people_mean_it_to(self, number: int, by: Clicker, end: str) -> None:
        """Proposed, approved and taken on in one go, so that what comes afterwards is reached often."""
        known = set(self.dossier.tracked)
        self.the_skill_reports([("priority", number, "skill:triage")], 0, 1)
        for tracked in self.waiting():
            if tracked.proposal.id not in known:
                self.answer(tracked, by, Answer.APPROVE, tracked.revision)
        for order in list(self.orders):
            if self.is_alive(order) and self.dossier.tracked[order.proposal].status is Status.APPROVED:
                self.begin(order, end)

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
        answer=st.sampled_from([Answer.APPROVE, Answer.APPROVE, Answer.REJECT]),
        off=st.sampled_from([0, 0, 0, 0, 0, -1, 1]),
    )
    def somebody_clicks(self, data: st.DataObject, by: Clicker, answer: Answer, off: int) -> None:
        old = self.one(data)
        self.answer(old, by, answer, old.revision + off)

    def answer(self, old: Tracked, by: Clicker, answer: Answer, revision: int) -> None:
        event = Answered(
            id=self.ident("click"),
            at=self.now,
            proposal=old.proposal.id,
            revision=revision,
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
        kind=st.sampled_from(["like it"] * 4 + ["labels", "done", "elsewhere", "elsewhere", "link"]),
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
