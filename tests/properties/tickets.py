"""A ticket that people work on, and a careless skill that wants all sorts of things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from bot.core.actions import Action, Basis, Proposal, Risk
from bot.core.dossier import Status, Tracked
from bot.core.effects import ShowCard
from bot.core.events import SkillFinished, TicketRead, TicketTouched, TicketVanished
from bot.core.grants import Grant
from bot.core.ids import ProposalId, Shape, SlackUserId
from bot.core.modes import Mode
from bot.core.reports import Finding, Report
from bot.core.requests import Requested
from bot.core.tickets import Actor, Comment, Snapshot
from bot.core.untrusted import Untrusted
from bot.decide import Transition
from tests.properties.oracle import Known, alike, as_agreed, granted
from tests.properties.parts import (
    ASKERS,
    CHANGES,
    HELP,
    NEVER,
    NOTE,
    PRIORITIES,
    QUEUE,
    REF,
    REPLY,
    WISHES,
    action,
    book,
    touched,
)
from tests.properties.setting_back import WithUndo

Wish = tuple[str, int, str]
"""What kind of change, which value, and who asks."""


class WithSkill(WithUndo):
    """Changes the ticket, and lets the skill report; what becomes of each wish is known beforehand."""

    @initialize(mode=st.sampled_from([Mode.APPROVE] * 5 + [Mode.AUTO] * 5 + [Mode.SUGGEST]))
    def comes_in(self, mode: Mode) -> None:
        self.mode = mode
        self.book = book(mode, strict=False)
        self.happens(TicketTouched(id=self.ident("touch"), at=self.now, ref=REF, what="created"))
        self.read()

    # -- the ticket ---------------------------------------------------------------------------------------

    @rule(
        what=st.sampled_from(["nothing", "nothing", *CHANGES, "deleted", "vanished"]),
        number=st.integers(0, 3),
    )
    def something_happens_to_the_ticket(self, what: str, number: int) -> None:
        if what in {"deleted", "vanished"}:
            self.goes(what)
        else:
            self.changes(what, number)
            self.read()

    def changes(self, what: str, number: int) -> None:
        """Change the ticket; nobody has told the bot yet."""
        match what:
            case "nothing":
                pass
            case "time":
                self.now += timedelta(minutes=40 * number)
            case "clock":
                self.now -= timedelta(hours=1)
            case "words":
                self.ticket = replace(self.ticket, summary=Untrusted(f"fire {number}"))
            case "answer" | "question":
                who = "arne" if what == "answer" else "rita"
                author = Actor(who, Untrusted(who.title()))
                said = Comment(f"c{len(self.comments)}", self.now, author, public=True, body=Untrusted("hi"))
                self.comments = (*self.comments, said)
            case "moved":
                other = HELP if self.ticket.queue == QUEUE else QUEUE
                self.ticket = replace(self.ticket, queue=other)
            case "closed" | "opened":
                self.ticket = replace(self.ticket, closed=what == "closed")
            case _:
                fields = {**self.ticket.fields, what: (PRIORITIES[number],)}
                self.ticket = replace(self.ticket, fields=fields)

    def goes(self, what: str) -> None:
        ident, self.gone = self.ident("gone"), True
        if what == "deleted":
            self.happens(TicketTouched(id=ident, at=self.now, ref=REF, what="deleted", gone=True))
        else:
            self.happens(TicketVanished(id=ident, at=self.now, why="404"))
        assert not self.waiting(), "something waits on a ticket that is not there"

    def read(self) -> None:
        waiting, now = self.waiting(), self.snapshot()
        self.gone, self.silenced = False, now.answered_by_person_after(self.now)
        self.happens(TicketRead(id=self.ident("read"), at=self.now, snapshot=now, touched_at=self.now))
        moved, self.last = self.last.queue != now.ticket.queue, now.ticket
        for old in waiting:
            status = self.dossier.tracked[old.proposal.id].status
            if moved and old.proposal.action.digest() != old.digest:
                # Another rule may speak of what was put there by force; it cannot be carried out anyway.
                assert status in {Status.PENDING, Status.STALE}
                continue
            wanted = Status.PENDING if self.still_asked(old, now) else Status.STALE
            assert status is wanted, "it rests on what is not so"

    def still_asked(self, old: Tracked, now: Snapshot) -> bool:
        """Whether the card of ``old`` still asks what should be asked, of those who should be."""
        impact = "impact" in touched(old.proposal.action) and old.proposal.undoes is None
        moved = impact and now.ticket.queue != self.known[old.proposal.id].queue
        return as_agreed(old.proposal, now) and not moved

    # -- the skill ----------------------------------------------------------------------------------------

    @rule(
        wishes=st.lists(
            st.tuples(st.sampled_from(WISHES + NEVER), st.integers(0, 1), st.sampled_from(ASKERS)),
            min_size=1,
            max_size=3,
        ),
        late=st.sampled_from([0, 0, 0, 0, 1]),
        lands=st.sampled_from([1, 1, 1, 0]),
        wanted=st.sampled_from([1, 1, 0]),
    )
    def the_skill_reports(self, wishes: list[Wish], late: int, lands: int, wanted: int) -> None:
        if wanted:
            self.people_want_it()
        self.report(wishes, late=bool(late))
        if lands:
            self.the_note_lands()

    @precondition(lambda self: self.numbers % 5 == 0)  # seldom: the rest must be reached as often as before
    @rule(
        wish=st.tuples(st.sampled_from(WISHES + 3 * NEVER), st.integers(0, 1)),
        by=st.sampled_from(["U0ALICE", "U0ERIN"]),
        forged=st.sampled_from([0, 0, 0, 1]),
    )
    def somebody_asks(self, wish: tuple[str, int], by: str, forged: int) -> None:
        """A person asks in words: a card whatever the mode, never a way around one.

        Also when it is said to come from a form: only a ticket that is still to be made comes of one.
        """
        made = self.made(action(*wish), by)
        fate = self.fate_of_asked(made, forged=bool(forged))
        waited = set(self.waiting_ids())
        event = Requested(
            id=self.ident("requested"),
            at=self.now,
            by=SlackUserId("U0CAROL" if forged else by),
            snapshot=Snapshot(self.ticket, self.comments),
            proposals=(replace(made, talk="talk:1"),),
            exact=self.numbers % 2 == 0,
            note_action=NOTE,
        )
        if fate == "allowed":
            self.alone.add(made.id)
        step = self.happens(event)
        if fate == "joined":
            assert made.id not in self.dossier.tracked, "the same is asked for twice"
            assert set(self.waiting_ids()) == waited
            return
        self.check_fates(step, {made.id: fate})

    def waiting_ids(self) -> list[ProposalId]:
        return [tracked.proposal.id for tracked in self.waiting()]

    def fate_of_asked(self, made: Proposal, *, forged: bool) -> str:
        what = made.action
        if what.target != REF or forged or what.args.get("replaces"):
            return "passed over"
        if any(tracked.digest == what.digest() for tracked in self.waiting()):
            return "joined"
        if what.risk is Risk.NOTE:
            return "allowed"
        return "denied" if self.asks(what) is None else "asked"

    def report(self, wishes: Sequence[Wish], *, late: bool = False) -> None:
        """Let the skill want this; what becomes of each is known beforehand."""
        of = replace(self.ticket, summary=Untrusted("as it was")) if late else self.ticket
        made = [self.made(action(kind, number), by) for kind, number, by in wishes]
        grants = (*self.grants, *self.of_no_use(made))
        outdated = self.gone or self.silenced or self.last.closed or self.last.essence != of.essence
        idle = outdated or self.mode is Mode.SUGGEST
        fates = {each.id: "passed over" if idle else self.fate(each, grants) for each in made}
        self.alone |= {ident for ident, fate in fates.items() if fate in {"allowed", "granted"}}
        event = SkillFinished(
            id=self.ident("finished"),
            at=self.now,
            skill="triage",
            snapshot=Snapshot(of, self.comments),
            report=Report(findings=(self.finding(len(wishes)),), proposals=tuple(made)),
            touched_at=self.now,
            note_action=NOTE,
            grants=grants,
        )
        self.check_fates(self.happens(event), fates)

    def fate(self, proposal: Proposal, grants: Sequence[Grant]) -> str:
        """Say what must become of a wish."""
        what = proposal.action
        ask = self.asks(what)
        known = ":" in proposal.by and (what.digest(), str(proposal.basis.essence)) in self.rejected
        if what.risk is Risk.NOTE or what.target != REF or known:
            return "passed over"
        if ask is None:
            ruled = self.mode is Mode.AUTO and touched(what) == ("labels",)
            return "denied" if not ruled else "broken" if self.goes_round(what.digest()) else "allowed"
        if granted(what, ask, grants, self.last.queue):
            return "broken" if self.goes_round(what.digest()) else "granted"
        return "asked"

    def check_fates(self, step: Transition, fates: dict[ProposalId, str]) -> None:
        wanted = {"denied": Status.DENIED, "asked": Status.PENDING}
        cards: set[ProposalId] = set()
        for ident, fate in fates.items():
            self.reached[fate] += 1
            tracked = self.dossier.tracked.get(ident)
            if fate in {"passed over", "broken"}:
                assert tracked is None, f"{fate}, and yet it lives"
                continue
            assert tracked is not None, f"{fate}, and nobody knows"
            assert tracked.status is wanted.get(fate, Status.APPROVED), fate
            if fate == "asked":
                ask = self.asked_now(tracked)
                assert ask is not None
                cards.add(tracked.card_of)
                self.check_asked(step, tracked, Known(ask, self.now, self.last.queue))
        shown = [effect.proposal for effect in step.effects if isinstance(effect, ShowCard)]
        assert len(cards) <= 1, "what was proposed together hangs on several cards"
        assert set(shown) == cards
        assert cards <= set(fates), "the card of an older set"

    def of_no_use(self, made: Sequence[Proposal]) -> list[Grant]:
        """Standing permissions for other queues, and for what can never be taken back."""
        here = self.last.queue
        there = HELP if here == QUEUE else QUEUE
        return [self.grant(each.action, here if each.action.name == REPLY else there) for each in made[:1]]

    def grant(self, what: Action, queue: str) -> Grant:
        return Grant(
            shape=Shape(alike(what, queue)),
            action=what.name,
            connector="jira",
            queue=queue,
            says="Do it.",
            by=SlackUserId("U0ALICE"),
            at=self.now,
            rule="approvals[4]",
        )

    def people_want_it(self) -> None:
        """Open the ticket again, and let the requester write last."""
        self.ticket, self.now = replace(self.ticket, closed=False), self.now + timedelta(minutes=1)
        self.read()

    def made(self, what: Action, by: str) -> Proposal:
        self.numbers += 1
        before = {name: self.ticket.fields.get(name, ()) for name in touched(what)}
        last = self.snapshot().last_public if what.name == REPLY else None
        return Proposal(
            id=ProposalId(f"p{self.numbers:031x}"),
            action=what,
            says="Do it.",
            why=Untrusted("because"),
            basis=Basis(self.ticket.essence, before, last_public=last),
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
