"""A conversation in the making: what an event changes, orders and leaves in the audit. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from pydantic import JsonValue

from bot.core.audit import Record
from bot.core.ids import EffectId, EventId, clocked, effect_id
from bot.core.talks import (
    Asked,
    HaltRun,
    Line,
    LookAgain,
    ProposalEnded,
    Run,
    RunAgent,
    RunEnded,
    SayLines,
    ShowSession,
    Talk,
    TalkEvent,
    TalkOrder,
    Words,
    WordsCame,
)

JUST_NOW: Final = timedelta(seconds=10)
"""Within which an end may overtake a first sign: longer than words take from one to the other, and than two
replicas' clocks differ."""


@dataclass(frozen=True, slots=True)
class TalkRules:
    """What is decided by."""

    language: str = "en"
    """Of what everybody sees."""
    remember_s: float = 8 * 3600.0
    """From the last word on."""
    resumes: bool = False
    """Whether there is a model that has something to add once proposals are settled."""


@dataclass(frozen=True, slots=True)
class Conversed:
    """The conversation after the event, the orders it gave rise to, and what the audit keeps."""

    talk: Talk
    orders: tuple[TalkOrder, ...] = ()
    records: tuple[Record, ...] = ()


class Draft:
    """A Conversed in the making, local to one call of ``converse``."""

    def __init__(self, talk: Talk, event: TalkEvent, rules: TalkRules) -> None:
        self.talk, self.event, self.rules = talk, event, rules
        self._orders: list[TalkOrder] = []
        self._records: list[Record] = []

    def done(self) -> Conversed:
        """Return what was built."""
        return Conversed(self.talk, tuple(self._orders), tuple(self._records))

    def order(self, make: Callable[[EffectId], TalkOrder]) -> None:
        """Add the order that ``make`` builds from its id."""
        self._orders.append(make(effect_id(self.event.id, len(self._orders))))

    def say(self, key: str, language: str = "", *, to: str = "", whose: str = "", **gaps: str) -> None:
        """Say one sentence here; where the bot may not write any more, to ``whose`` directly."""
        spoken = language or self.rules.language
        self.order(lambda ident: SayLines(ident, (Line(key, gaps),), spoken, to=to, whose=whose))

    def spoken_in(self, language: str) -> str:
        """Return what is spoken here: the person's ``language`` alone with them, the desk's before others."""
        return language if self.talk.direct else self.rules.language

    def session(self) -> None:
        """Have Slack show where the conversation stands."""
        self.order(ShowSession)
        self.overlap()

    def overlap(self) -> None:
        """Remember that Slack is told something beside the run; what shows at its end is told once more."""
        if self.talk.run is not None:
            self.talk = replace(self.talk, run=replace(self.talk.run, overlapped=True))

    def halt(self, run: Run) -> None:
        """Have the run end, wherever it is."""
        self.order(lambda ident: HaltRun(ident, run.id))

    def record(self, what: str, actor: str, because: str = "", /, **details: JsonValue) -> None:
        """Add a line to the audit."""
        focus = self.talk.focus
        self._records.append(
            Record(
                at=self.event.at,
                what=what,
                ticket=f"{focus.connector}:{focus.id}" if focus is not None else "",
                actor=actor,
                because=because,
                event=self.event.id,
                details={"talk": self.talk.lane, **details},
            )
        )

    def spoken(self) -> None:
        """Count the time of forgetting from now on."""
        self.talk = replace(self.talk, last_at=self.event.at)
        if not self.talk.watched:
            self.talk = replace(self.talk, watched=True)
            at = self.event.at + timedelta(seconds=self.rules.remember_s)
            self.order(lambda ident: LookAgain(ident, at))


def start(draft: Draft, *, ended: Run | None = None) -> None:
    """Begin a run on all that the person who waits longest has said; none where nobody waits.

    ``ended``: the run that has just ended.
    """
    talk = draft.talk
    if talk.run is not None:
        return
    first = talk.waiting[0] if talk.waiting else None
    news = _news(draft, first)
    if first is None and not news:
        if _is_untold(draft, ended, talk.status):
            draft.session()
        return
    whom, name, language = (
        (first.by, first.name, first.language)
        if first is not None
        else (news[0].person, news[0].name, news[0].language)
    )
    # What is sent a moment later may arrive a moment before.
    mine = tuple(sorted((w for w in talk.waiting if w.by == whom), key=lambda words: clocked(words.ts)))
    settled = tuple(each for each in news if each.person == whom)
    run = Run(
        id=EventId(f"{draft.event.id}/run"),
        person=whom,
        name=name,
        language=draft.spoken_in(language),
        words=mine,
        settled=settled,
        at=draft.event.at,
        answer_ts=ended.answer_ts if ended is not None and ended.again else "",
    )
    draft.talk = replace(
        talk,
        run=run,
        waiting=tuple(each for each in talk.waiting if each.by != whom),
        news=tuple(each for each in talk.news if each not in settled),
    )
    draft.order(lambda ident: RunAgent(ident, run.id))
    # A run that follows words or another run is shown already, unless Slack was told of an end since.
    was_shown = isinstance(draft.event, RunEnded) and bool(draft.event.shown)
    is_after = was_shown and _is_untold(draft, ended, "processing")
    if isinstance(draft.event, ProposalEnded) or is_after or _has_just_ended(draft):
        draft.session()


def _is_untold(draft: Draft, ended: Run | None, status: str) -> bool:
    """Whether Slack may show something else than ``status`` after the end of a run."""
    is_shown = isinstance(draft.event, RunEnded) and draft.event.shown == status
    return not is_shown or (ended is not None and ended.overlapped)


def _has_just_ended(draft: Draft) -> bool:
    """Whether these words may have had their first sign before the end of the run before was shown."""
    ended = draft.talk.ended_at
    return isinstance(draft.event, WordsCame) and ended is not None and draft.event.at - ended < JUST_NOW


def _news(draft: Draft, first: Words | None) -> list[Asked]:
    """Return what ended and belongs to the next run: with no words, what nothing else is waited for with."""
    if first is not None:
        return [each for each in draft.talk.news if each.person == first.by]
    waits = {each.person for each in draft.talk.asked}
    return [each for each in draft.talk.news if each.person not in waits and draft.rules.resumes]
