"""Executors that take orders on, stall, die, come back as zombies, and are overtaken."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot.core.actions import Receipt, Risk
from bot.core.dossier import Status, Tracked
from bot.core.effects import Execute
from bot.core.events import (
    Claimed,
    Drifted,
    Executed,
    ExecutionStarted,
    Failed,
    NotSent,
    Observed,
    OutcomeUnknown,
)
from bot.core.ids import Operation
from tests.properties.parts import ENDS, OVER, Attempt
from tests.properties.watching import Watching


class WithExecutors(Watching):
    """Carries out what was ordered, well or badly."""

    # -- executors ----------------------------------------------------------------------------------------

    def the_note_lands(self) -> None:
        """Let a note that was ordered be written, as nearly always."""
        for order in list(self.orders):
            tracked = self.dossier.tracked.get(order.proposal)
            is_note = tracked is not None and tracked.proposal.action.risk is Risk.NOTE
            if tracked is not None and is_note and self.is_alive(order) and not tracked.request:
                self.begin(order, "executed")

    def is_alive(self, order: Execute) -> bool:
        tracked = self.dossier.tracked.get(order.proposal)
        return tracked is not None and tracked.status in {Status.APPROVED, Status.EXECUTING}

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), end=st.sampled_from(["stalls", "stalls", *ENDS]))
    def an_executor_begins(self, data: st.DataObject, end: str) -> None:
        """Also one whose order somebody else has begun on, and perhaps finished."""
        alive = [o for o in self.orders if self.is_alive(o)]
        self.begin(data.draw(st.sampled_from(alive or self.orders)), end)

    def begin(self, order: Execute, end: str) -> None:
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
    @rule(data=st.data(), end=st.sampled_from(["stalls", "stalls", *ENDS]))
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
            self.wrote(tracked)
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

    def wrote(self, tracked: Tracked) -> None:
        written = self.writes.setdefault(tracked.proposal.id, [])
        written.append(tracked.digest)
        rounds = self.settled.get(tracked.proposal.id, 0)
        assert len(written) <= 1 + rounds, "sent again before it was settled"

    @precondition(lambda self: any(t.status in OVER for t in self.dossier.tracked.values()))
    @rule(data=st.data(), end=st.sampled_from(ENDS))
    def a_zombie_reports_late(self, data: st.DataObject, end: str) -> None:
        """It tells what became of it long after that was settled; whatever is over stays as it is."""
        over = [t for t in self.dossier.tracked.values() if t.status in OVER]
        tracked = data.draw(st.sampled_from(sorted(over, key=lambda t: t.proposal.id)))
        if end in {"failed", "partly"}:
            self.happens(Failed(id=self.ident("late"), at=self.now, proposal=tracked.proposal.id, why="no"))
        elif end == "unknown":
            self.lost(tracked)
        else:
            receipt = Receipt(Operation("CS-1"), "late")
            self.happens(
                Executed(id=self.ident("late"), at=self.now, proposal=tracked.proposal.id, receipt=receipt)
            )

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
    @rule(data=st.data(), applied=st.sampled_from([False, False, True]))
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
