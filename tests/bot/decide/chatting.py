"""A conversation that is decided about event by event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.core.codec import decode, encode
from bot.core.ids import ProposalId, SlackUserId
from bot.core.masked import Masked
from bot.core.runs import Ending, Memory, RunResult
from bot.core.talks import (
    RunEnded,
    SayLines,
    Talk,
    TalkEvent,
    TalkOrder,
    TalkPlace,
    Words,
    WordsCame,
)
from bot.core.turns import Heard, Spoke
from bot.core.untrusted import Untrusted
from bot.decide.talk_draft import Conversed, TalkRules
from bot.decide.talking import converse
from tests.making import ALICE, NOTE, REF, T0, proposal, snapshot, unique

LANE = TalkPlace("T0", "C1", "1.0").lane
RULES = TalkRules()


class Chat:
    """A conversation, event by event."""

    def __init__(self, rules: TalkRules = RULES) -> None:
        self.rules, self.talk, self.at = rules, Talk(LANE), T0
        self.orders: list[TalkOrder] = []
        self.records: list[str] = []

    def takes(self, event: TalkEvent) -> Conversed:
        """Let ``event`` happen; what Redis would keep is read back from what it would write."""
        done = converse(self.talk, decode(encode(event)), self.rules)
        self.talk, self.orders = decode(encode(done.talk)), [decode(encode(each)) for each in done.orders]
        self.records += [record.what for record in done.records]
        return done

    def hears(self, text: str, by: str = ALICE, *, ts: str = "", **more: Any) -> Conversed:
        words = Words(ts=ts or str(unique("ts")), by=SlackUserId(by), text=Untrusted(text))
        return self.takes(WordsCame(id=unique(), at=self.at, words=words, **more))

    def ends(
        self, ending: Ending = Ending.ANSWERED, *, said: bool = True, shown: str = "", **more: Any
    ) -> Conversed:
        run = self.talk.run
        assert run is not None
        memory = more.pop("memory", Memory((Heard(Masked("q")), Spoke("a")), focus=REF))
        where = more.pop("answer_ts", "")
        result = RunResult(ending, memory, Untrusted(more.pop("text", "Here you are.")), **more)
        event = RunEnded(
            id=unique(),
            at=self.at,
            run=run.id,
            result=result,
            said=said,
            shown=shown,
            answer_ts=where,
            note_action=NOTE,
        )
        return self.takes(event)

    def asks(self) -> ProposalId:
        """Let the run end in a proposal."""
        wanted = replace(proposal(by=ALICE), talk=LANE)
        self.ends(Ending.ASKED, proposals=(wanted,), snapshot=snapshot())
        return wanted.id

    def has(self, *kinds: type[Any]) -> bool:
        return [type(each) for each in self.orders] == list(kinds)

    def said(self) -> list[str]:
        """The sentences that are to be said."""
        return [line.key for each in self.orders if isinstance(each, SayLines) for line in each.lines]

    @property
    def waiting(self) -> list[str]:
        return [words.text.raw for words in self.talk.waiting]

    @property
    def running(self) -> list[str]:
        return [words.text.raw for words in self.talk.run.words] if self.talk.run else []

    @property
    def idle(self) -> bool:
        """Whether no run is under way."""
        return self.talk.run is None
