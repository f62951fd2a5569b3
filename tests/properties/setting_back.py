"""People who want set back what was done: in time, too late, twice, and for somebody else."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot.core.dossier import Status, Tracked
from bot.core.events import Clicker, UndoAsked
from bot.decide import Transition
from tests.properties.oracle import Known, may_ask_back, voice
from tests.properties.parts import PEOPLE, sets
from tests.properties.people import OFF, SOMEBODY
from tests.properties.waiting import WithTime


class WithUndo(WithTime):
    """Asks for undos, and works out beforehand what must come of it."""

    @precondition(lambda self: any(t.status is Status.EXECUTED for t in self.dossier.tracked.values()))
    @rule(data=st.data(), by=SOMEBODY, off=OFF)
    def somebody_wants_it_back(self, data: st.DataObject, by: str, off: int) -> None:
        self.ask_back(self.one(data, Status.EXECUTED), PEOPLE[by], off)

    def ask_back(self, old: Tracked, by: Clicker, off: int) -> None:
        ident = old.proposal.id
        before = old.proposal.basis.before
        ask = self.asks(sets(**before), undo=True)
        assert ask is not None
        counts = (
            old.status is Status.EXECUTED
            and off == 0
            and self.undoable.get(ident, False)
            and ident not in self.back
            and may_ask_back(by, ask, old.proposal.by)
        )
        whose = voice(by, ask, wider=False, asker=by.id)
        self.at_once = ident if counts and whose is not None else None
        known_before = set(self.dossier.tracked)
        event = UndoAsked(
            id=self.ident("undo"), at=self.now, proposal=ident, revision=old.revision + off, by=by
        )
        step = self.happens(event)
        fresh = [t for i, t in self.dossier.tracked.items() if i not in known_before]
        if counts:
            (undo,) = fresh
            self.back[ident] = undo.proposal.id
            self.taken_up(step, undo, old, Known(ask, self.now, self.last.queue), (by, whose))
        else:
            assert not fresh, "an undo that may not be"
            self.reached["built upon"] += int(old.status is Status.EXECUTED and not self.undoable.get(ident))
            self.check_refused(step, old, by)
        self.at_once = None

    def taken_up(
        self, step: Transition, undo: Tracked, old: Tracked, known: Known, who: tuple[Clicker, str | None]
    ) -> None:
        """It sets back what was there before, and nothing else; and it is decided like any other change."""
        by, whose = who
        assert undo.proposal.undoes == old.proposal.id
        assert undo.proposal.action == sets(**old.proposal.basis.before)
        assert undo.proposal.by == by.id
        self.reached["undo asked"] += 1
        if whose is None:
            assert undo.status is Status.PENDING, "whose yes does not count has set it back"
            self.check_asked(step, undo, known)
            return
        known.voices.append((by.id, whose))
        assert undo.status is Status.APPROVED, "a good yes went unheard"
        self.known[undo.proposal.id] = known
        self.agreed.add((undo.proposal.id, undo.revision, undo.digest))
        new = self.dossier.tracked[old.proposal.id]
        assert replace(new, undone_by=None) == replace(old, undo_trouble="", cards=new.cards)
