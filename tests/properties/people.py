"""People who say yes and no, edit, allow for good: who may, who may not, and who stands in for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot.core.actions import Risk
from bot.core.dossier import Status, Tracked
from bot.core.effects import Execute, SetGrant, ShowCard, Whisper
from bot.core.events import AlwaysAsked, Answer, Answered, CardPlace, CardShown, Clicker, Edited
from bot.decide import Transition
from tests.properties.executors import WithExecutors
from tests.properties.oracle import Known, alike, voice
from tests.properties.parts import APPROVERS, DONE, PEOPLE, REPLY, action, book, touched
from tests.properties.watching import is_note

PLACES = tuple(CardPlace(channel="C1", ts=f"1.{n}") for n in range(3))
SOMEBODY = st.sampled_from(tuple(PEOPLE) + 2 * APPROVERS)
OFF = st.sampled_from([0] * 7 + [-1, 1])
"""How far the revision on a button is from the current one."""
HOW = st.sampled_from(["once", "once", "twice", "on an old card"])


class WithPeople(WithExecutors):
    """Answers cards, and works out beforehand what must come of it."""

    def whose(self, old: Tracked, by: Clicker, revision: int) -> str | None:
        """Return whose word ``by`` may give on this card at this moment."""
        if old.status is not Status.PENDING or revision != old.revision:
            return None
        known = self.known[old.proposal.id]
        if self.now >= known.ends or old.proposal.action.digest() != old.digest:
            return None
        ask = self.asked_now(old)
        if ask is None:
            return None
        return voice(by, ask, wider=known.wider, asker=old.proposal.by, spent=known.spent)

    def check_refused(self, step: Transition, old: Tracked, by: Clicker) -> None:
        """Nothing has changed, and the clicker alone is told."""
        new = self.dossier.tracked[old.proposal.id]
        assert replace(new, cards=old.cards) == old, "somebody who may not has changed something"
        told = [effect.to for effect in step.effects if isinstance(effect, Whisper)]
        assert told == ([] if by.operator else [by.id])
        rest = [effect for effect in step.effects if not isinstance(effect, Whisper)]
        assert all(isinstance(effect, ShowCard) for effect in rest), "a refusal has led to something"

    @precondition(lambda self: self.dossier.tracked)
    @rule(
        data=st.data(),
        by=SOMEBODY,
        answer=st.sampled_from([Answer.APPROVE] * 3 + [Answer.REJECT]),
        off=OFF,
    )
    def somebody_clicks(self, data: st.DataObject, by: str, answer: Answer, off: int) -> None:
        old = self.one(data, Status.PENDING)
        self.answer(old, PEOPLE[by], answer, old.revision + off)

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), who=st.lists(SOMEBODY, min_size=2, max_size=4), how=HOW, policy=st.integers(0, 2))
    def several_say_yes(self, data: st.DataObject, who: Sequence[str], how: str, policy: int) -> None:
        """Under the policy as it was when they were asked, or under another one."""
        if not policy:
            self.comes_into_force(strict=not self.strict)
        self.all_agree(data.draw(st.sampled_from(self.waiting())), who, how)

    def comes_into_force(self, *, strict: bool) -> None:
        """Let another policy be the one that counts, also for what was asked before."""
        self.strict = strict
        self.book = book(self.mode, strict=strict)

    def all_agree(self, tracked: Tracked, who: Sequence[str], how: str = "once") -> None:
        """Let people say yes in turn, until one of them comes too late.

        ``how``: once, twice, or first on a card drawn before or after.
        """
        late = False
        for by in who:
            if late:
                return
            late = self.dossier.tracked[tracked.proposal.id].status is not Status.PENDING
            for off in {"once": (0,), "twice": (0, 0)}.get(how, (-1, 1, 0)):
                old = self.dossier.tracked[tracked.proposal.id]
                self.answer(old, PEOPLE[by], Answer.APPROVE, old.revision + off)

    def answer(self, old: Tracked, by: Clicker, answer: Answer, revision: int) -> None:
        ident = old.proposal.id
        known, whose = self.known.get(ident), self.whose(old, by, revision)
        spent = known is not None and bool({by.id, whose} & known.spent)
        counts = known is not None and whose is not None and not (spent and answer is Answer.APPROVE)
        enough = False
        if counts and answer is Answer.APPROVE:
            assert known is not None
            assert whose is not None
            enough = self.count(old, known, by, whose)
        event = Answered(
            id=self.ident("click"),
            at=self.now,
            proposal=ident,
            revision=revision,
            by=by,
            answer=answer,
            place=PLACES[self.numbers % 3],
        )
        step = self.happens(event)
        new = self.dossier.tracked[ident]
        runs = [e.proposal for e in step.effects if isinstance(e, Execute) and e.proposal == ident]
        if not counts:
            self.reached["spent voice"] += int(spent and whose is not None)
            self.check_refused(step, old, by)
        elif answer is Answer.REJECT:
            self.rejected.add((old.digest, str(old.proposal.basis.essence)))
            assert new.status is Status.REJECTED, "a good no went unheard"
        elif enough:
            assert new.status is Status.APPROVED, "enough have said yes, and nothing happens"
            assert runs == [ident]
        else:
            self.reached["voted"] += 1
            assert new.status is Status.PENDING, "too few have said yes"
            assert not runs

    def count(self, old: Tracked, known: Known, by: Clicker, whose: str) -> bool:
        """Note one more yes; returns whether that is enough."""
        ask = self.asked_now(old)
        assert ask is not None
        known.voices.append((by.id, whose))
        self.reached["stood in"] += int(by.id != whose)
        self.reached["escalated voice"] += int(known.wider and by.id == "U0DIRK")
        if len(known.voices) < ask.quorum:
            return False
        self.agreed.add((old.proposal.id, old.revision, old.digest))
        return True

    @precondition(lambda self: self.waiting())
    @rule(
        data=st.data(),
        by=SOMEBODY,
        kind=st.sampled_from(
            ["like it"] * 4 + ["priority", "urgency", "urgency", "labels", "elsewhere", "link", "note"]
        ),
        number=st.integers(0, 3),
        off=OFF,
    )
    def somebody_edits(self, data: st.DataObject, by: str, kind: str, number: int, off: int) -> None:
        self.edit(self.one(data, Status.PENDING), PEOPLE[by], (kind, number), off)

    def edit(self, old: Tracked, by: Clicker, to: tuple[str, int], off: int) -> None:
        kind, number = to
        like = {DONE: "done", REPLY: "reply"}.get(old.proposal.action.name) or "impact"
        what = action(like if kind == "like it" else kind, number)
        was = old.proposal.action
        alike = (what.name, what.target, what.risk) == (was.name, was.target, was.risk)
        ask = self.asks(what)
        may = self.whose(old, by, old.revision + off) is not None
        counts = may and alike and ask is not None and old.proposal.undoes is None
        known = Known(ask, self.now, self.last.queue) if ask is not None else None
        whose = voice(by, ask, wider=False, asker=old.proposal.by) if ask is not None else None
        enough = False
        if counts and known is not None and whose is not None:
            changed = replace(old, proposal=replace(old.proposal, action=what), revision=old.revision + 1)
            enough = self.count(replace(changed, digest=what.digest()), known, by, whose)
        step = self.happens(
            Edited(
                id=self.ident("edit"),
                at=self.now,
                proposal=old.proposal.id,
                revision=old.revision + off,
                by=by,
                action=what,
                says="Do that instead.",
                before={name: self.ticket.fields.get(name, ()) for name in touched(what)},
            )
        )
        if not counts or known is None:
            self.check_refused(step, old, by)
            return
        new = self.dossier.tracked[old.proposal.id]
        self.reached["edited"] += 1
        assert (new.revision, new.digest) == (old.revision + 1, what.digest())
        self.known[old.proposal.id] = known
        assert new.status is (Status.APPROVED if enough else Status.PENDING)
        if not enough:
            self.check_asked(step, new, known)
            self.what_waits_is_as_people_left_it_and_will_end()

    @precondition(lambda self: self.dossier.tracked)
    @rule(data=st.data(), number=st.integers(0, 3), by=SOMEBODY, really=st.sampled_from([0, 0, 1]))
    def somebody_alters_what_is_stored(self, data: st.DataObject, number: int, by: str, really: int) -> None:
        """And hopes that it is carried out in place of what was shown."""
        old = self.one(data, Status.PENDING, Status.APPROVED)
        if not really or old.status not in {Status.PENDING, Status.APPROVED} or is_note(old):
            return
        self.answer(self.forge(old, number), PEOPLE[by], Answer.APPROVE, old.revision)
        self.carry_out("executed")

    def forge(self, old: Tracked, number: int) -> Tracked:
        forged = replace(old, proposal=replace(old.proposal, action=action("priority", number)))
        self.dossier = self.dossier.put(forged)
        return forged

    @precondition(lambda self: self.dossier.tracked)
    @rule(data=st.data(), place=st.sampled_from(PLACES))
    def a_card_is_up(self, data: st.DataObject, place: CardPlace) -> None:
        old = self.one(data, Status.PENDING)
        event = CardShown(id=self.ident("shown"), at=self.now, proposal=old.proposal.id, place=place)
        step = self.happens(event)
        assert not step.effects
        first = self.dossier.tracked.get(old.card_of)
        assert first is None or place in first.cards, "nobody knows any more where the card hangs"

    # -- for good -----------------------------------------------------------------------------------------

    @precondition(lambda self: any(t.status is Status.EXECUTED for t in self.dossier.tracked.values()))
    @rule(data=st.data(), by=SOMEBODY, equal=st.integers(0, 3), off=OFF)
    def somebody_allows_it_for_good(self, data: st.DataObject, by: str, equal: int, off: int) -> None:
        self.always(self.one(data, Status.EXECUTED), PEOPLE[by], equal, off)

    def always(self, old: Tracked, by: Clicker, equal: int, off: int) -> None:
        what, known = old.proposal.action, self.known.get(old.proposal.id)
        ask = self.asked_now(old)
        wider = known is not None and known.wider
        offered = ask is not None and ask.always_after is not None and equal >= ask.always_after
        counts = (
            old.status is Status.EXECUTED
            and off == 0
            and offered
            and what.risk is Risk.REVERSIBLE
            and not (old.edited or old.always or old.proposal.undoes)
            and ask is not None
            and voice(by, ask, wider=wider, asker=old.proposal.by) is not None
        )
        event = AlwaysAsked(
            id=self.ident("always"),
            at=self.now,
            proposal=old.proposal.id,
            revision=old.revision + off,
            by=by,
            equal=equal,
        )
        step = self.happens(event)
        given = [effect.grant for effect in step.effects if isinstance(effect, SetGrant)]
        if not counts:
            self.check_refused(step, old, by)
            return
        (grant,) = given
        assert (grant.shape, grant.by, grant.queue) == (alike(what, self.last.queue), by.id, self.last.queue)
        self.reached["always"] += 1
        self.grants.append(grant)

    @precondition(lambda self: self.grants)
    @rule()
    def somebody_revokes_it(self) -> None:
        self.grants.clear()
