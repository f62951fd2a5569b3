"""Time that passes over a card, and what calls a proposal off; late, twice, and for what is over."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot.core.dossier import Status, Tracked
from bot.core.effects import Ping
from bot.core.events import Cancelled, Escalated, Event, Expired, Reminded, TooFew
from bot.decide import Transition
from tests.properties.people import WithPeople


class WithTime(WithPeople):
    """Lets timers go off, and calls things off."""

    @precondition(lambda self: self.timers)
    @rule(
        data=st.data(),
        which=st.sampled_from(["none", "any", "live", "live"]),
        twice=st.sampled_from([0, 0, 1]),
    )
    def a_timer_goes_off(self, data: st.DataObject, which: str, twice: int) -> None:
        live = [e for e in self.timers if self.is_live(e)]
        if which == "none" or (which == "live" and not live):
            return
        event = data.draw(st.sampled_from(self.timers if which == "any" else live))
        if not twice:
            self.timers.remove(event)
        elif isinstance(event, Reminded | Escalated | Expired):
            event = replace(event, id=self.ident("again"))
        self.now = max(self.now, event.at)
        self.goes_off(event)

    def is_live(self, event: Event) -> bool:
        """Whether it is about what still waits."""
        if not isinstance(event, Reminded | Escalated | Expired):
            return False
        old = self.dossier.tracked.get(event.proposal)
        return old is not None and old.status is Status.PENDING and old.revision == event.revision

    def goes_off(self, event: Event) -> None:
        assert isinstance(event, Reminded | Escalated | Expired)
        old, live = self.dossier.tracked.get(event.proposal), self.is_live(event)
        known = self.known[event.proposal]
        if live and isinstance(event, Escalated):
            known.wider, known.too_few = True, None
        step = self.happens(event)
        if old is None or not live:
            assert not step.effects, "a timer for what is over has done something"
            assert old is None or self.dossier.tracked[event.proposal] == old
            return
        new = self.dossier.tracked[event.proposal]
        if isinstance(event, Expired):
            assert new.status is Status.EXPIRED, "nobody decided in time, and it still waits"
            return
        self.reached["escalated" if isinstance(event, Escalated) else "reminded"] += 1
        assert new.status is Status.PENDING
        self.check_pinged(step, old, event)

    def check_pinged(self, step: Transition, old: Tracked, event: Reminded | Escalated) -> None:
        """Those are told whose turn it is, and nobody who has agreed."""
        known = self.known[event.proposal]
        ask = known.asking
        wider = ask.escalate_to if known.wider else ()
        on_duty = [who for who in ask.on_duty if who not in known.spent]
        meant = on_duty or [who for who in (*ask.approvers, *wider) if who not in known.spent]
        wanted = list(ask.escalate_to) if isinstance(event, Escalated) else meant
        told = [list(effect.to) for effect in step.effects if isinstance(effect, Ping)]
        assert told == ([wanted] if wanted else []), "the wrong people are told"
        assert old.votes == self.dossier.tracked[event.proposal].votes

    @precondition(lambda self: self.dossier.tracked)
    @rule(data=st.data(), really=st.sampled_from([0, 0, 1]))
    def it_is_called_off(self, data: st.DataObject, really: int) -> None:
        old = self.one(data, Status.PENDING, Status.APPROVED)
        if really:
            self.call_off(old)

    def call_off(self, old: Tracked) -> None:
        event = Cancelled(
            id=self.ident("off"), at=self.now, proposal=old.proposal.id, by="cli:root", why="stopped"
        )
        step = self.happens(event)
        new = self.dossier.tracked[old.proposal.id]
        if old.status is Status.PENDING:
            assert new.status is Status.CANCELLED, "what was called off still waits"
        else:
            assert new == old, "what was decided has been called off"
            assert not step.effects

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), can=st.integers(0, 2), off=st.sampled_from([0, 0, 0, -1]))
    def too_few_can_decide(self, data: st.DataObject, can: int, off: int) -> None:
        old = self.one(data, Status.PENDING)
        counts = old.status is Status.PENDING and off == 0
        if counts:
            self.reached["too few"] += 1
            self.known[old.proposal.id].too_few = can
        event = TooFew(
            id=self.ident("few"), at=self.now, proposal=old.proposal.id, revision=old.revision + off, can=can
        )
        self.happens(event)
        new = self.dossier.tracked[old.proposal.id]
        assert new == (replace(old, too_few=can) if counts else old)

    @rule(which=st.sampled_from(["as it is"] * 3 + ["first", "second"]))
    def another_policy_comes_into_force(self, which: str) -> None:
        if which != "as it is":
            self.comes_into_force(strict=which == "second")
