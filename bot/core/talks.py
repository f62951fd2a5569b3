"""A conversation in Slack: what it remembers, what is being answered, what it waits for.

An aggregate of its own, beside tickets: its own state, events, orders and lane (design of ``bot/decide``). It
is short-lived and bounded; what people wrote stays in it only until a run has answered it, and then masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from bot.core.actions import Proposal
from bot.core.ids import ActionName, EffectId, EventId, ProposalId, SlackUserId
from bot.core.memories import before, bounded
from bot.core.runs import Memory, RunResult
from bot.core.talk_bounds import PEOPLE_MAX, SEEN_MAX
from bot.core.tickets import Snapshot, TicketRef
from bot.core.untrusted import Untrusted

KIND = "talk"
"""What the lanes of conversations begin with."""


@dataclass(frozen=True, slots=True)
class TalkPlace:
    """Where a conversation is."""

    team: str
    channel: str
    thread_ts: str
    """Of the message the thread hangs on."""

    @property
    def lane(self) -> str:
        """Where everything that happens to it is put in order; also its document's key."""
        return f"{KIND}:{self.team}:{self.channel}:{self.thread_ts}"


def place_of(lane: str) -> TalkPlace:
    """Return where the conversation of ``lane`` is; reads what ``TalkPlace.lane`` wrote."""
    _, team, channel, thread_ts = lane.split(":", 3)
    return TalkPlace(team, channel, thread_ts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One message of a person, not answered yet."""

    ts: str
    """The message's, by which edits and deletions name it."""
    by: SlackUserId
    name: Untrusted = field(default_factory=lambda: Untrusted(""))
    text: Untrusted
    language: str = "en"
    cut: bool = False
    """Whether the end of it is left out."""
    files: bool = False
    """Whether files came with it; nobody reads them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The answer that is being made."""

    id: EventId
    person: SlackUserId
    name: Untrusted
    language: str
    words: tuple[Words, ...]
    """What it answers; empty: it goes on after proposals were settled."""
    settled: tuple[Asked, ...] = ()
    """What ended since the run before."""
    at: datetime
    answer_ts: str = ""
    """The message the answer is in, once there is one."""
    stopped: bool = False
    """The person pressed Stop, or what is answered is not there any more."""
    again: bool = False
    """What is answered was edited: the result is dropped and the new text answered."""
    dropped: bool = False
    """What is answered was deleted: the result is dropped."""
    outdated: bool = False
    """What it was given of earlier words was deleted since: nothing of its memory is kept."""
    overlapped: bool = False
    """Slack was told of the conversation while it went on, which may come after what its end shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A proposal that came out of the conversation."""

    proposal: ProposalId
    person: SlackUserId
    name: Untrusted = field(default_factory=lambda: Untrusted(""))
    language: str = "en"
    status: str = ""
    """Value of a ``Status`` once it ended; empty: people are being asked."""
    why: Untrusted = field(default_factory=lambda: Untrusted(""))


@dataclass(frozen=True, slots=True)
class Talk:
    """All the bot knows about one conversation; replaced whole, never mutated."""

    lane: str
    direct: bool = False
    """Whether it is with one person alone."""
    memories: Mapping[str, Memory] = field(default_factory=dict[str, Memory])
    """By person, who spoke last last: what was read for one is not told to another."""
    waiting: tuple[Words, ...] = ()
    run: Run | None = None
    asked: tuple[Asked, ...] = ()
    """Proposals people are being asked about."""
    news: tuple[Asked, ...] = ()
    """Proposals that ended, for the next run to hear of."""
    handled: tuple[str, ...] = ()
    """``ts`` of messages that were answered."""
    focus: TicketRef | None = None
    last_at: datetime | None = None
    """When somebody last spoke, or something ended."""
    ended_at: datetime | None = None
    """When a run last ended."""
    watched: bool = False
    """Whether a timer will look whether it can be forgotten."""
    halted: tuple[str, str] = ("", "")
    """Who pressed Stop last, and when by Slack's clock: what they wrote before may arrive after."""
    gone: tuple[str, ...] = ()
    """``ts`` of messages that were deleted before they arrived."""
    early: tuple[Words, ...] = ()
    """Messages that were edited before they arrived."""
    seen: tuple[EventId, ...] = ()

    @property
    def place(self) -> TalkPlace:
        """Where it is."""
        return place_of(self.lane)

    @property
    def status(self) -> str:
        """What Slack should show of it: ``processing``, ``suspended`` or ``active``."""
        if self.run is not None:
            return "processing"
        return "suspended" if self.asked else "active"

    def memory_of(self, person: str) -> Memory:
        """Return what was said with ``person``; whose thread it is, is known to all."""
        return self.memories.get(person) or Memory(focus=self.focus)

    # -- copies --------------------------------------------------------------------------------------------

    def having_seen(self, event: EventId) -> Talk:
        """Return a copy that remembers ``event``."""
        return replace(self, seen=(*self.seen, event)[-SEEN_MAX:])

    def remembering(self, person: str, memory: Memory) -> Talk:
        """Return a copy with ``memory``, cut to its bounds, as what was said with ``person``."""
        others = {who: each for who, each in self.memories.items() if who != person}
        while len(others) >= PEOPLE_MAX:
            del others[next(iter(others))]
        return replace(self, memories={**others, person: bounded(memory)}, focus=memory.focus or self.focus)

    def forgetting(self, person: str = "") -> Talk:
        """Return a copy without what was said with ``person``, or with anybody."""
        left = {who: each for who, each in self.memories.items() if person and who != person}
        return replace(self, memories=left, focus=self.focus if left else None)

    def forgetting_from(self, person: str, ts: str) -> Talk:
        """Return a copy without the message ``ts`` of ``person``'s, and all that was said with them since."""
        left = before(self.memory_of(person), ts)
        if left is None:
            return self.forgetting(person)
        focus = left.focus if self.direct else self.focus
        return replace(self, memories={**self.memories, person: left}, focus=focus)


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsCame:
    """A person has said something to us."""

    id: EventId
    at: datetime
    words: Words
    direct: bool = False
    refused: str = ""
    """A key of the catalogue: why this person is not answered; empty: they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsChanged:
    """A person has edited a message."""

    id: EventId
    at: datetime
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsGone:
    """A person has deleted a message: what was said about it is forgotten."""

    id: EventId
    at: datetime
    ts: str
    by: SlackUserId
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBegun:
    """The message that the answer comes in is there."""

    id: EventId
    at: datetime
    run: EventId
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """The agent has come to an end, whichever."""

    id: EventId
    at: datetime
    run: EventId
    result: RunResult
    said: bool = False
    """Whether the person has the answer already."""
    shown: str = ""
    """The status Slack shows with it; empty: the one before."""
    answer_ts: str = ""
    """The message the answer is in, where there is one."""
    note_action: ActionName | None = None
    """The verb that leaves an internal note where the proposals are; None: there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLost:
    """The queue gave the run up: there will be no result."""

    id: EventId
    at: datetime
    run: EventId
    said: bool = False
    """Whether the person has an answer all the same: what was lost came after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPressed:
    """A person wants no answer any more."""

    id: EventId
    at: datetime
    by: SlackUserId
    ts: str = ""
    """When, by Slack's clock, as messages have it; empty: it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalEnded:
    """What was proposed here stands somewhere else now."""

    id: EventId
    at: datetime
    proposal: ProposalId
    status: str
    """Value of a ``Status``."""
    says: str
    why: str = ""
    """A rejection's or a failure's words; escape them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FellQuiet:
    """It is time to look whether anybody still talks."""

    id: EventId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirected:
    """The ticket that is meant has a thread in this channel already: it goes on there."""

    id: EventId
    at: datetime
    run: EventId
    to: str
    """Lane of that conversation."""


TalkEvent: TypeAlias = (
    WordsCame
    | WordsChanged
    | WordsGone
    | AnswerBegun
    | RunEnded
    | RunLost
    | StopPressed
    | ProposalEnded
    | FellQuiet
    | Redirected
)


# -- orders ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of what the bot says: a sentence of the catalogue, or an answer."""

    key: str = ""
    gaps: Mapping[str, str] = field(default_factory=dict[str, str])
    """What fills the sentence; escaped where it is shown."""
    text: Untrusted = field(default_factory=lambda: Untrusted(""))
    """The answer in Markdown, links and mentions harmless; only where ``key`` is empty."""


@dataclass(frozen=True, slots=True)
class RunAgent:
    """Let the agent answer."""

    id: EffectId
    run: EventId


@dataclass(frozen=True, slots=True)
class HaltRun:
    """Make the run end within a second, on whichever replica it is."""

    id: EffectId
    run: EventId


@dataclass(frozen=True, slots=True)
class ShowSession:
    """Make Slack show where the conversation stands."""

    id: EffectId


@dataclass(frozen=True, slots=True)
class SayLines:
    """Say something in the conversation."""

    id: EffectId
    lines: tuple[Line, ...]
    language: str
    ts: str = ""
    """Of the message that becomes this; empty: it is a new one."""
    to: str = ""
    """Only this person sees it; empty: everybody there does."""
    run: str = ""
    """The run people may rate; empty: there is nothing to rate."""
    whose: str = ""
    """Whom it concerns: told directly where the bot may not write any more; empty: nobody."""


@dataclass(frozen=True, slots=True)
class AskPeople:
    """Bring what the person wants changed to the ticket's lane, where policy puts it to people."""

    id: EffectId
    by: SlackUserId
    name: Untrusted
    snapshot: Snapshot
    proposals: tuple[Proposal, ...]
    note_action: ActionName


@dataclass(frozen=True, slots=True)
class PointTo:
    """Say where the conversation goes on, and let it go on there."""

    id: EffectId
    to: str
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Bring ``FellQuiet`` at ``at``: a timer."""

    id: EffectId
    at: datetime


TalkOrder: TypeAlias = RunAgent | HaltRun | ShowSession | SayLines | AskPeople | PointTo | LookAgain
