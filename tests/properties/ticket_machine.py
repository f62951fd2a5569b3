"""One ticket, a careless skill, and all sorts of people: anything happens to it, in any order.

The rules here tell whole stories, so that what comes afterwards is reached often; those of the parts below do
one thing each, and cut in anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot.core.dossier import Status, Tracked
from bot.core.events import Answer, Escalated, Expired, Reminded
from bot.core.untrusted import Untrusted
from tests.properties.executors import DOING, after
from tests.properties.parts import APPROVERS, ASKERS, CHANGES, ENDS, PEOPLE, WISHES, touched
from tests.properties.people import HOW, SOMEBODY
from tests.properties.tickets import WithSkill
from tests.properties.watching import is_note

NUMBER = st.integers(0, 1)
WELL = st.sampled_from(["executed"] * 6 + ["stalls"] * 2 + ENDS)
"""How an execution ends, mostly."""


class TicketMachine(WithSkill):
    """Does anything to one ticket."""

    @rule(
        wish=st.tuples(st.sampled_from(WISHES), NUMBER, st.sampled_from(["skill:triage", *ASKERS])),
        who=st.permutations((*APPROVERS, "Carol for Alice", "Alice as a guest", "a stranger for Alice")),
        how=HOW,
        meanwhile=st.sampled_from(
            ["nothing"] * 16 + ["another policy"] * 8 + ["forged", "given up"] * 4 + CHANGES
        ),
        end=WELL,
    )
    def it_goes_as_people_mean_it_to(
        self, wish: tuple[str, int, str], who: Sequence[str], how: str, meanwhile: str, end: str
    ) -> None:
        """Proposed, approved and taken on in one go, unless ticket or policy is changed in between."""
        asked = self.wanted(*wish)
        if meanwhile == "another policy":
            self.comes_into_force(strict=not self.strict)
        for tracked in asked:
            self.all_agree(tracked, who, how)
        match meanwhile:
            case "another policy":
                self.carry_out(end)
            case "forged":
                self.forge_all()
                self.carry_out(end)
            case "given up":
                self.carry_out("lost")
                self.give_up_all()
            case _:
                self.changes(meanwhile, wish[1])
                self.carry_out(end)

    def forge_all(self) -> None:
        for tracked in list(self.dossier.tracked.values()):
            if tracked.status is Status.APPROVED and not is_note(tracked):
                self.forge(tracked, 2)

    def give_up_all(self) -> None:
        for tracked in list(self.dossier.tracked.values()):
            if tracked.status in DOING:
                self.give_up(tracked)

    def wanted(self, kind: str, number: int, by: str = "skill:triage") -> list[Tracked]:
        """Let the skill come up with one thing; returns it if people are asked."""
        self.people_want_it()
        known = set(self.dossier.tracked)
        self.report([(kind, number, by)])
        self.the_note_lands()
        return [t for t in self.waiting() if t.proposal.id not in known]

    @rule(
        kind=st.sampled_from(["priority", "priority", "reply"]),
        number=NUMBER,
        by=st.sampled_from(APPROVERS),
        equal=st.sampled_from([1, 2]),
        then=st.sampled_from(["as it is", "as it is", "another policy", "revoked"]),
    )
    def it_is_allowed_for_good(self, kind: str, number: int, by: str, equal: int, then: str) -> None:
        """And the skill wants it again, when that may still stand or not."""
        self.comes_into_force(strict=False)
        done = set(self.dossier.tracked)
        for tracked in self.wanted(kind, number):
            self.all_agree(tracked, ("Alice", "Bob"))
        self.carry_out("executed")
        for old in [
            t for i, t in self.dossier.tracked.items() if i not in done and t.status is Status.EXECUTED
        ]:
            self.always(old, PEOPLE[by], equal, 0)
            self.sets_back_by_hand(old)
        if then == "revoked":
            self.grants.clear()
        self.comes_into_force(strict=then == "another policy")
        self.wanted(kind, number)
        self.carry_out("executed")

    @precondition(lambda self: self.done())
    @rule(data=st.data())
    def it_comes_up_again(self, data: st.DataObject) -> None:
        """Somebody sets a change back by hand, and the skill wants it again."""
        old = data.draw(st.sampled_from(self.done()))
        self.sets_back_by_hand(old)
        self.wanted(*like(old))
        self.carry_out("executed")

    def done(self) -> list[Tracked]:
        """What was done to fields for the skill, the oldest first."""
        done = [t for t in self.dossier.tracked.values() if t.status is Status.EXECUTED]
        return [t for t in done if touched(t.proposal.action) and t.proposal.undoes is None]

    def sets_back_by_hand(self, old: Tracked) -> None:
        self.ticket = replace(self.ticket, fields={**self.ticket.fields, **old.proposal.basis.before})

    @rule(wish=st.tuples(st.sampled_from(WISHES), NUMBER), by=st.sampled_from(APPROVERS), words=NUMBER)
    def it_is_turned_down_and_wanted_again(self, wish: tuple[str, int], by: str, words: int) -> None:
        """Which is of no use, unless somebody has written something new."""
        for tracked in self.wanted(*wish):
            self.answer(tracked, PEOPLE[by], Answer.REJECT, tracked.revision)
        if words:
            self.ticket = replace(self.ticket, summary=Untrusted(f"fire {self.numbers % 3}"))
        self.wanted(*wish)

    @rule(
        wish=st.tuples(st.sampled_from(["urgency", "urgency", "impact", "impact", "done"]), NUMBER),
        first=SOMEBODY,
        then=st.sampled_from(["agree", "edit", "move to another ticket", "too late", "move", "call off"]),
        who=st.permutations(("Dirk", "Hugo for Dirk and the boss", "Alice", "Fred for Alice and Bob")),
    )
    def too_few_answer_for_a_while(
        self, wish: tuple[str, int], first: str, then: str, who: Sequence[str]
    ) -> None:
        """One has said yes, the others are reminded or others are asked, and these go on."""
        for old in self.wanted(*wish):
            self.answer(old, PEOPLE[first], Answer.APPROVE, old.revision)
            self.time_passes(old.proposal.id)
            if then == "call off":
                self.call_off(self.dossier.tracked[old.proposal.id])
            if then == "move":
                self.changes("moved", 0)
                self.read()
            if then == "too late":
                self.now = max(self.now, self.known[old.proposal.id].ends)
            if then in {"edit", "move to another ticket"}:
                to = "like it" if then == "edit" else "elsewhere"
                for person in who[:2]:
                    self.edit(self.dossier.tracked[old.proposal.id], PEOPLE[person], (to, 0), 0)
            self.all_agree(old, who)

    def time_passes(self, ident: str) -> None:
        """Let all timers of a card go off, in their order, but for the last one."""
        timers = [e for e in self.timers if isinstance(e, Reminded | Escalated | Expired)]
        for event in sorted(timers, key=lambda e: e.at):
            if event.proposal == ident and not isinstance(event, Expired):
                self.timers.remove(event)
                self.now = max(self.now, event.at)
                self.goes_off(event)

    @rule(
        wish=st.tuples(st.sampled_from(["priority", "urgency", "labels"]), NUMBER),
        by=SOMEBODY,
        edited=NUMBER,
        end=st.sampled_from(["executed"] * 4 + ENDS),
    )
    def it_is_set_back_as_people_mean_it_to(
        self, wish: tuple[str, int], by: str, edited: int, end: str
    ) -> None:
        """Done, asked for twice, perhaps edited, approved and taken on in one go."""
        for tracked in self.wanted(*wish):
            self.all_agree(tracked, APPROVERS)
        self.carry_out("executed")
        clean = [i for i, button in self.undoable.items() if button]
        if clean:
            self.set_back(self.dossier.tracked[clean[-1]], by, edited, end)

    def set_back(self, old: Tracked, by: str, edited: int, end: str) -> None:
        for person in (by, "Bob"):
            self.ask_back(self.dossier.tracked[old.proposal.id], PEOPLE[person], 0)
        undo = self.dossier.tracked.get(self.back.get(old.proposal.id, old.proposal.id), old)
        if undo.status is Status.PENDING:
            for person in ("Bob", "the boss")[: 2 * edited]:
                self.edit(undo, PEOPLE[person], ("impact", 0), 0)
            self.all_agree(undo, APPROVERS[:4])
        self.carry_out(end)


def like(old: Tracked) -> tuple[str, int]:
    """Return the wish that would bring a change of one field about once more."""
    ((field, value),) = after(old).items()
    return field, int(value[0].id) - 1 if value else 0
