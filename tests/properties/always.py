"""What holds at every moment, whatever has happened."""

from __future__ import annotations

from hypothesis.stateful import invariant

from bot.core.dossier import Status
from tests.properties.watching import Watching


class WithInvariants(Watching):
    """Compares the dossier with what the machine knows, after every rule."""

    @invariant()
    def all_is_well(self) -> None:
        self.at_most_one_write_is_under_way()
        self.nothing_lands_twice()
        self.what_is_denied_never_gets_anywhere()
        self.what_waits_is_as_people_left_it_and_will_end()
        self.no_timer_is_set_without_a_reason()
        self.what_came_together_hangs_together()
        self.the_undo_button_is_there_when_it_would_work()
        self.nothing_is_set_back_twice()

    def at_most_one_write_is_under_way(self) -> None:
        assert sum(1 for t in self.dossier.tracked.values() if t.request) <= 1

    def nothing_lands_twice(self) -> None:
        assert len(self.landed) == len(set(self.landed))

    def what_is_denied_never_gets_anywhere(self) -> None:
        for tracked in self.dossier.tracked.values():
            if tracked.proposal.action.name == "jira.link":
                assert tracked.status is Status.DENIED

    def what_waits_is_as_people_left_it_and_will_end(self) -> None:
        for tracked in self.waiting():
            known = self.known[tracked.proposal.id]
            given = [(vote.by, vote.stands_in_for or vote.by) for vote in tracked.votes]
            assert given == known.voices, "a voice was lost, made up, or counted twice"
            assert (tracked.escalated_at is not None) is known.wider
            assert tracked.expires_at == known.ends
            assert tracked.too_few == known.too_few
            assert self.has_timer(tracked), "it would wait for ever"

    def no_timer_is_set_without_a_reason(self) -> None:
        assert not self.unexplained

    def what_came_together_hangs_together(self) -> None:
        for tracked in self.dossier.tracked.values():
            first = self.dossier.tracked.get(tracked.card_of)
            assert first is None or first.card_of == tracked.card_of, "the first of a set hangs elsewhere"
            assert tracked.card_of == tracked.proposal.id or not tracked.cards, "a set has two cards"

    def the_undo_button_is_there_when_it_would_work(self) -> None:
        for ident, tracked in self.dossier.tracked.items():
            assert tracked.undoable is self.undoable.get(ident, False), f"undoable: {tracked.undoable}"
            assert tracked.undone_by == self.back.get(ident)
            assert not tracked.undoable or tracked.status is Status.EXECUTED

    def nothing_is_set_back_twice(self) -> None:
        done = [
            t.proposal.undoes
            for t in self.dossier.tracked.values()
            if t.proposal.undoes is not None and t.status is Status.EXECUTED
        ]
        assert len(done) == len(set(done))
