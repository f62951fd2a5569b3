"""Whatever happens to a conversation, in any order: one run at a time, nobody forgotten, a true status."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from typing_extensions import override

from bot.core.ids import ProposalId, SlackUserId
from bot.core.masked import Masked
from bot.core.runs import Ending, Memory, RunResult
from bot.core.talks import (
    AnswerBegun,
    AskPeople,
    FellQuiet,
    LookAgain,
    ProposalEnded,
    Run,
    RunAgent,
    RunLost,
    ShowSession,
    StopPressed,
    TalkEvent,
    Words,
    WordsChanged,
    WordsGone,
)
from bot.core.turns import Heard, Spoke, Turn
from bot.core.untrusted import Untrusted
from bot.decide.talk_draft import Conversed, TalkRules
from bot.decide.talk_runs import status_after
from bot.decide.talking import RUN_KEPT
from bot.runtime.talking import KEPT_MORE_S
from tests.bot.decide.chatting import LANE, Chat
from tests.making import ALICE, BOB, REF, proposal, snapshot, unique

OPEN_MAX = 15
"""Proposals that wait at a time here: above twenty a conversation lets go of the oldest."""
people = st.sampled_from((ALICE, BOB))


class Watched(Chat):
    """A conversation, and what follows from its orders outside."""

    def __init__(self, rules: TalkRules) -> None:
        super().__init__(rules)
        self.shown = "active"
        self.beside = False
        """Whether Slack was told something while the run went on: that may arrive after its end."""
        self.begun: list[str] = []
        self.given: dict[str, tuple[Turn, ...]] = {}
        """Run to what it was given to remember: what is deleted while it goes on is still in there."""
        self.open: set[ProposalId] = set()
        self.timers: list[LookAgain] = []

    @override
    def takes(self, event: TalkEvent) -> Conversed:
        done = super().takes(event)
        for order in self.orders:
            self._follows(order)
        return done

    def _follows(self, order: object) -> None:
        match order:
            case ShowSession():
                self.shown, self.beside = self.talk.status, True
            case RunAgent():
                run = self.run
                said = [Heard(Masked(words.text.raw), words.ts, REF) for words in run.words]
                self.begun.append(order.run)
                self.beside = False
                self.given[run.id] = (*self.talk.memory_of(run.person).turns, *said, Spoke("a"))
            case AskPeople():
                self.open |= {each.id for each in order.proposals}
            case LookAgain():
                assert order.at - self.at < timedelta(seconds=self.rules.remember_s + KEPT_MORE_S)
                self.timers.append(order)
            case _:
                pass

    @property
    def run(self) -> Run:
        assert self.talk.run is not None
        return self.talk.run


class Conversation(RuleBasedStateMachine):
    """People write, edit, delete and stop; runs end in every way; what was asked for ends, or time passes."""

    @initialize(resumes=st.booleans())
    def begins(self, *, resumes: bool) -> None:
        self.chat = Watched(TalkRules(resumes=resumes))
        self.owed: dict[str, str] = {}
        """Message to its writer: neither answered, nor stopped, deleted or refused."""
        self.wrote: dict[str, str] = {}
        self.deleted: set[str] = set()

    # -- people --------------------------------------------------------------------------------------------

    @rule(by=people, refused=st.sampled_from(["", "", "", "refused.guest"]), overtaken=st.booleans())
    def writes(self, by: str, refused: str, *, overtaken: bool) -> None:
        ts = f"1700000000.{len(unique('m')):0>3}{unique('m')}"
        self.wrote[ts] = by
        if not refused:
            self.owed[ts] = by
        talk = self.chat.talk
        has_just_ended = talk.run is None and talk.ended_at == self.chat.at
        if not (overtaken and has_just_ended):
            # The first sign goes out before anything is decided; an end may have been shown since.
            self.chat.shown = "processing"
        self.chat.beside = True
        self.chat.hears(f"about {ts}", by, ts=ts, refused=refused)

    @precondition(lambda self: self.owed)
    @rule(data=st.data())
    def deletes(self, data: st.DataObject) -> None:
        ts = data.draw(st.sampled_from(sorted(self.owed)))
        del self.owed[ts]
        self._goes(ts)

    @precondition(lambda self: self.chat.talk.handled)
    @rule(data=st.data())
    def deletes_what_was_answered(self, data: st.DataObject) -> None:
        self._goes(data.draw(st.sampled_from(self.chat.talk.handled)))

    def _goes(self, ts: str) -> None:
        by = self.wrote[ts]
        self.chat.takes(WordsGone(id=unique(), at=self.chat.at, ts=ts, by=SlackUserId(by)))
        self.deleted.add(f"about {ts}")

    @precondition(lambda self: self.owed)
    @rule(data=st.data())
    def edits(self, data: st.DataObject) -> None:
        ts = data.draw(st.sampled_from(sorted(self.owed)))
        words = Words(ts=ts, by=SlackUserId(self.owed[ts]), text=Untrusted(f"about {ts}, edited"))
        self.chat.takes(WordsChanged(id=unique(), at=self.chat.at, words=words))

    @rule(by=people)
    def stops(self, by: str) -> None:
        waits = {words.ts for words in self.chat.talk.waiting if words.by == by}
        self.owed = {ts: who for ts, who in self.owed.items() if ts not in waits}
        self.chat.takes(StopPressed(id=unique(), at=self.chat.at, by=SlackUserId(by)))

    # -- runs ----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.chat.talk.run)
    @rule()
    def an_answer_begins(self) -> None:
        self.chat.takes(AnswerBegun(id=unique(), at=self.chat.at, run=self.chat.run.id, ts="9.9"))

    @precondition(lambda self: self.chat.talk.run and len(self.chat.open) < OPEN_MAX)
    @rule(ending=st.sampled_from(Ending), said=st.booleans(), number=st.integers(1, 3))
    def ends(self, ending: Ending, number: int, *, said: bool) -> None:
        run, more = self.chat.run, dict[str, Any]()
        if ending is Ending.ASKED:
            made = replace(proposal(by=run.person), talk=LANE)
            wanted = [replace(made, id=ProposalId(unique("p"))) for _ in range(number)]
            more = {"proposals": tuple(wanted), "snapshot": snapshot()}
        is_told = said and not (run.again or run.dropped)
        result = RunResult(ending, Memory(self.chat.given[run.id], focus=REF), Untrusted("a"))
        if is_told:
            self.chat.shown = status_after(self.chat.talk, result)
        self._is_answered()
        shown = self.chat.shown if is_told else ""
        if self.chat.beside:
            self.chat.shown = "processing"  # what was told beside it arrives last
        self.chat.ends(ending, said=is_told, shown=shown, memory=result.memory, **more)

    @precondition(lambda self: self.chat.talk.run)
    @rule()
    def is_lost(self) -> None:
        self._is_answered(lost=True)
        self.chat.takes(RunLost(id=unique(), at=self.chat.at, run=self.chat.run.id))

    def _is_answered(self, *, lost: bool = False) -> None:
        if lost or not self.chat.run.again:
            for words in self.chat.run.words:
                self.owed.pop(words.ts, None)

    # -- what comes by itself ------------------------------------------------------------------------------

    @precondition(lambda self: self.chat.open)
    @rule(data=st.data(), status=st.sampled_from(["executed", "rejected", "expired", "pending"]))
    def is_settled(self, data: st.DataObject, status: str) -> None:
        which = data.draw(st.sampled_from(sorted(self.chat.open)))
        self.chat.open -= set() if status == "pending" else {which}
        at = self.chat.at
        self.chat.takes(ProposalEnded(id=unique(), at=at, proposal=which, status=status, says="It."))

    @precondition(lambda self: self.chat.timers)
    @rule()
    def time_passes(self) -> None:
        timer = self.chat.timers.pop()
        self.chat.at = max(self.chat.at, timer.at)
        if self.chat.talk.run is not None and self.chat.at >= self.chat.run.at + RUN_KEPT:
            self._is_answered(lost=True)
        self.chat.takes(FellQuiet(id=unique(), at=self.chat.at))

    # -- always --------------------------------------------------------------------------------------------

    @invariant()
    def slack_shows_what_is(self) -> None:
        assert self.chat.shown == self.chat.talk.status

    @invariant()
    def what_is_owed_is_waited_for_or_being_answered(self) -> None:
        run = self.chat.talk.run
        held = {words.ts for words in (*self.chat.talk.waiting, *(run.words if run else ()))}
        assert set(self.owed) <= held

    @invariant()
    def somebody_makes_the_answer_that_is_under_way(self) -> None:
        assert len(set(self.chat.begun)) == len(self.chat.begun)
        if self.chat.talk.run is not None:
            assert self.chat.begun[-1] == self.chat.run.id

    @invariant()
    def what_people_are_asked_about_is_waited_for(self) -> None:
        assert {each.proposal for each in self.chat.talk.asked} == self.chat.open

    @invariant()
    def what_was_deleted_is_not_remembered(self) -> None:
        kept = set(re.findall(r"about [\w:.]+", str(self.chat.talk.memories)))
        assert not kept & self.deleted

    @invariant()
    def a_timer_runs_where_something_is_kept(self) -> None:
        talk = self.chat.talk
        assert len(self.chat.timers) == talk.watched
        assert talk.watched or not (talk.memories or talk.asked or talk.run)


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=60, stateful_step_count=40)
