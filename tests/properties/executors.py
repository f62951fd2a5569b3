"""Executors that take orders on, stall, die, come back as zombies, and are overtaken."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from approvals.permits import mint
from bot.core.actions import Compensation, Receipt
from bot.core.arguments import FieldsArguments
from bot.core.dossier import Status, Tracked
from bot.core.effects import Execute, Observe
from bot.core.errors import Stale
from bot.core.events import (
    Claimed,
    Drifted,
    Executed,
    ExecutionStarted,
    Failed,
    GaveUp,
    NotSent,
    Observed,
    OutcomeUnknown,
)
from bot.core.ids import EffectId, Operation
from bot.core.tickets import FieldValue, Snapshot
from tests.properties.always import WithInvariants
from tests.properties.oracle import as_agreed, has
from tests.properties.parts import ENDS, OVER, Attempt, sets, touched
from tests.properties.watching import is_note

LANDS = {"executed", "partly", "unknown", "dies after"}
"""After these the ticket is changed, whoever knows of it."""
FENCES_A_ROUND = 1_000_000
"""Each round of one proposal is another order, whose attempts count from one; a later round is ahead."""
DOING = {Status.APPROVED, Status.EXECUTING, Status.UNCERTAIN}


class WithExecutors(WithInvariants):
    """Carries out what was ordered, well or badly."""

    def the_note_lands(self) -> None:
        """Let a note that was ordered be written, as nearly always."""
        for order in list(self.orders):
            tracked = self.dossier.tracked.get(order.proposal)
            if tracked is not None and is_note(tracked) and self.is_alive(order) and not tracked.request:
                self.begin(order, "executed")

    def is_alive(self, order: Execute) -> bool:
        tracked = self.dossier.tracked.get(order.proposal)
        return tracked is not None and tracked.status in {Status.APPROVED, Status.EXECUTING}

    def carry_out(self, end: str) -> None:
        """Let everything that was approved be taken on, once nothing else is under way."""
        for tracked in list(self.dossier.tracked.values()):
            if tracked.request and tracked.status is Status.EXECUTING:
                self.lost(tracked)
        for look in list(self.looks):
            self.look(look)
        for order in list(self.orders):
            if self.is_alive(order) and self.dossier.tracked[order.proposal].status is Status.APPROVED:
                self.begin(order, end)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), end=st.sampled_from(["stalls", "stalls", *ENDS]))
    def an_executor_begins(self, data: st.DataObject, end: str) -> None:
        """Also one whose order somebody else has begun on, and perhaps finished."""
        alive = [o for o in self.orders if self.is_alive(o)]
        self.begin(data.draw(st.sampled_from(alive or self.orders)), end)

    def begin(self, order: Execute, end: str) -> None:
        old = self.dossier.tracked.get(order.proposal)
        if old is None or not self.is_alive(order) or order.revision != old.revision:
            return
        if old.request:
            self.lost(old)
            return
        self.claims[order.id] += 1
        fence = old.rounds * FENCES_A_ROUND + self.claims[order.id]
        self.happens(
            Claimed(
                id=self.ident("claimed"),
                at=self.now,
                proposal=order.proposal,
                operation=Operation("CS-1"),
                order=order.id,
                fence=fence,
            )
        )
        held = self.dossier.tracked[order.proposal]
        if held.status is Status.EXECUTING and (held.order, held.fence) == (order.id, fence):
            self.holders[order.proposal] = (order.id, fence)
            writes, saw = self.dossier.writes, self.snapshot()
            attempt = Attempt(order, fence, writes=writes, begun=self.begun, saw=saw, held=held)
            self.attempts.append(attempt)
            if end != "stalls" and self.write_ahead(attempt):
                self.send(attempt, end)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), end=st.sampled_from(["stalls", "stalls", *ENDS]))
    def a_stalled_executor_goes_on(self, data: st.DataObject, end: str) -> None:
        attempt = data.draw(st.sampled_from(self.attempts))
        if (attempt.may_write or self.write_ahead(attempt)) and end != "stalls":
            self.send(attempt, end)

    @precondition(lambda self: any(self.is_alive(order) for order in self.orders))
    @rule(data=st.data(), other=st.sampled_from([0, 1]), end=st.sampled_from(ENDS))
    def an_executor_is_overtaken(self, data: st.DataObject, other: int, end: str) -> None:
        """It pauses, another takes its order on or a second change comes through, and then it goes on."""
        alive = [o for o in self.orders if self.is_alive(o)]
        order = data.draw(st.sampled_from(alive))
        self.begin(order, "stalls")
        overtaken = list(self.attempts)
        if other:
            self.carry_out("executed")
        else:
            self.begin(order, "stalls")
        for attempt in overtaken:
            if attempt.order == order and not attempt.may_write and self.write_ahead(attempt):
                self.send(attempt, end)

    def has_permit(self, tracked: Tracked, now: Snapshot) -> bool:
        """Ask for a permit, and check that the answer is right."""
        try:
            mint(tracked, now, "en")
        except Stale:
            given = False
        else:
            given = True
        claimed = tracked.status is Status.EXECUTING and tracked.operation is not None
        intact = tracked.proposal.action.digest() == tracked.digest
        right = claimed and intact and as_agreed(tracked.proposal, now)
        assert given is right, f"a permit was {'given' if given else 'refused'}"
        return given

    @precondition(lambda self: self.dossier.tracked)
    @rule(data=st.data())
    def somebody_wants_a_permit_out_of_turn(self, data: st.DataObject) -> None:
        self.has_permit(self.one(data, *DOING), self.snapshot())

    def write_ahead(self, attempt: Attempt) -> bool:
        """Say what is about to be sent; False when that is not to be."""
        ident = attempt.order.proposal
        old = self.dossier.tracked.get(ident)
        if not self.has_permit(attempt.held, attempt.saw):
            self.attempts.remove(attempt)
            # A zombie's report goes nowhere: its lease on the order is gone.
            if old is not None and (old.order, old.fence) == claim_of(attempt) and is_unsent(old):
                self.reached["drifted"] += 1
                self.happens(Drifted(id=self.ident("drift"), at=self.now, proposal=ident, what="it changed"))
            return False
        busy = [t for t in self.dossier.tracked.values() if t.request]
        self.happens(
            ExecutionStarted(
                id=self.ident("started"),
                at=self.now,
                proposal=ident,
                order=attempt.order.id,
                fence=attempt.fence,
                request=f"r{attempt.fence}",
                writes=attempt.writes,
            )
        )
        new = self.dossier.tracked.get(ident)
        attempt.may_write = new is not None and old is not None and bool(new.request) and not old.request
        if not attempt.may_write or new is None:
            self.attempts.remove(attempt)
            return False
        assert not busy, "two writes of one ticket at once"
        assert self.holders[ident] == claim_of(attempt), "a zombie may write"
        assert attempt.begun == self.begun, "it rests on a reading from before our own write"
        assert new.status is Status.EXECUTING
        self.check_agreed(new)
        self.begun += 1
        return True

    def send(self, attempt: Attempt, end: str) -> None:
        self.attempts.remove(attempt)
        ident = attempt.order.proposal
        tracked = self.dossier.tracked.get(ident)
        if tracked is None or not tracked.request or (tracked.order, tracked.fence) != claim_of(attempt):
            return
        if end not in {"busy", "dies"}:
            self.sent[ident] += 1
            assert self.sent[ident] <= 1 + self.settled[ident], "sent again before it was settled"
        if end in LANDS:
            self.lands(tracked)
        match end:
            case "executed":
                self.happens(
                    Executed(id=self.ident("done"), at=self.now, proposal=ident, receipt=receipt(tracked))
                )
            case "failed" | "partly":
                self.happens(Failed(id=self.ident("failed"), at=self.now, proposal=ident, why="no"))
            case "unknown" | "lost":
                self.lost(tracked)
            case "busy":
                order, fence = claim_of(attempt)
                event = NotSent(
                    id=self.ident("busy"), at=self.now, proposal=ident, order=order, fence=fence, why="429"
                )
                self.happens(event)
                again = self.dossier.tracked[ident]
                assert bool(again.request) is (tracked.status is Status.UNCERTAIN), "looking comes first"
            case _:
                pass

    def lands(self, tracked: Tracked) -> None:
        """Let the ticket be changed, as the vendor would."""
        if is_note(tracked):
            return
        self.landed.append(tracked.proposal.id)
        fields = {**self.ticket.fields, **after(tracked)}
        self.ticket = replace(self.ticket, fields=fields)
        undone = self.dossier.tracked.get(tracked.proposal.undoes) if tracked.proposal.undoes else None
        if undone is not None and undone.receipt is not None:
            assert has(self.snapshot(), undone.receipt.before), "set back to what it never was"

    @precondition(lambda self: any(t.status in OVER for t in self.dossier.tracked.values()))
    @rule(data=st.data(), end=st.sampled_from(ENDS))
    def a_zombie_reports_late(self, data: st.DataObject, end: str) -> None:
        """It tells what became of it long after that was settled; whatever is over stays as it is."""
        over = [t for t in self.dossier.tracked.values() if t.status in OVER]
        old = data.draw(st.sampled_from(sorted(over, key=lambda t: t.proposal.id)))
        if end in {"failed", "partly"}:
            self.happens(Failed(id=self.ident("late"), at=self.now, proposal=old.proposal.id, why="no"))
        elif end in {"unknown", "lost"}:
            self.lost(old)
        elif end == "busy":
            self.happens(Drifted(id=self.ident("late"), at=self.now, proposal=old.proposal.id, what="it did"))
        else:
            self.happens(
                Executed(id=self.ident("late"), at=self.now, proposal=old.proposal.id, receipt=receipt(old))
            )
        assert self.dossier.tracked[old.proposal.id] == old, "what was over has been changed"

    @precondition(lambda self: self.dossier.tracked)
    @rule(data=st.data(), stuck=st.sampled_from([0, 1]))
    def the_queue_gives_up(self, data: st.DataObject, stuck: int) -> None:
        """An order has failed too often and will not be tried again; or has long been done."""
        self.give_up(self.one(data, *(DOING if stuck else OVER)))

    def give_up(self, old: Tracked) -> None:
        self.happens(GaveUp(id=self.ident("gave-up"), at=self.now, proposal=old.proposal.id, why="ten tries"))
        new = self.dossier.tracked.get(old.proposal.id)
        if new is None:
            assert is_note(old)
        elif old.status in DOING:
            self.reached["given up"] += 1
            assert new.status is Status.FAILED, "it waits for an executor that will never come"
            assert not new.request
        else:
            assert new == old

    def lost(self, tracked: Tracked) -> None:
        self.happens(
            OutcomeUnknown(
                id=self.ident("lost"), at=self.now, proposal=tracked.proposal.id, why="no answer", settle_s=60
            )
        )

    @precondition(lambda self: self.looks)
    @rule(data=st.data())
    def it_is_looked_for(self, data: st.DataObject) -> None:
        self.look(data.draw(st.sampled_from(self.looks)))

    def look(self, look: Observe) -> None:
        self.looks.remove(look)
        old = self.dossier.tracked.get(look.proposal)
        if old is None or old.status is not Status.UNCERTAIN:
            return
        self.now = max(self.now, look.at)
        applied = look.proposal in self.landed
        if not applied:
            self.settled[look.proposal] += 1
        self.happens(
            Observed(
                id=self.ident("seen"),
                at=self.now,
                proposal=look.proposal,
                applied=applied,
                receipt=receipt(old) if applied else None,
            )
        )
        new = self.dossier.tracked.get(look.proposal)
        rounds = self.settled[look.proposal]
        if new is not None:
            done = {Status.EXECUTED, Status.UNDONE}
            wanted = done if applied else {Status.EXECUTING} if rounds == 1 else {Status.FAILED}
            assert new.status in wanted


def after(tracked: Tracked) -> dict[str, FieldValue]:
    """Return the fields as they are once ``tracked`` has been carried out."""
    what = tracked.proposal.action
    return FieldsArguments.model_validate(dict(what.args)).values() if touched(what) else {}


def receipt(tracked: Tracked) -> Receipt:
    """Return what a connector brings back for ``tracked``."""
    before = tracked.proposal.basis.before
    back = Compensation(sets(**before), "Set it back.") if before else None
    return Receipt(Operation("CS-1"), "c1", before=before, after=after(tracked), compensation=back)


def claim_of(attempt: Attempt) -> tuple[EffectId, int]:
    """Return what tells an attempt from every other."""
    return attempt.order.id, attempt.fence


def is_unsent(tracked: Tracked) -> bool:
    """Whether it was claimed and nothing has left for it."""
    return tracked.status is Status.EXECUTING and not tracked.request
