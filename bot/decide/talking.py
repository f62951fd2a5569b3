"""A conversation: who is answered, what is joined into one run, what becomes of what it brings. Pure.

An aggregate of its own, with the shape of :mod:`bot.decide`: its state, one event, the next state with orders
and records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, assert_never

from pydantic import JsonValue

from bot.core.audit import Record
from bot.core.ids import EffectId, EventId, effect_id
from bot.core.runs import Ending, RunResult
from bot.core.talks import (
    ASKED_MAX,
    HANDLED_MAX,
    PROPOSALS_MAX,
    WAITING_CHARS_MAX,
    WAITING_MAX,
    WORDS_CHARS_MAX,
    AnswerBegun,
    Asked,
    AskPeople,
    FellQuiet,
    HaltRun,
    Line,
    LookAgain,
    PointTo,
    ProposalEnded,
    Redirected,
    Run,
    RunAgent,
    RunEnded,
    RunLost,
    SayLines,
    ShowSession,
    StopPressed,
    Talk,
    TalkEvent,
    TalkOrder,
    Words,
    WordsCame,
    WordsChanged,
    WordsGone,
)
from bot.core.untrusted import Untrusted

STOP_WORDS: Final = frozenset({"stop", "cancel", "arrête", "arrêter", "annule", "annuler"})
"""A message of one of these alone does what the Stop button does: not every workspace shows the button."""
OPEN: Final = frozenset({"pending", "approved", "executing", "uncertain"})
"""Statuses of a proposal that is not over."""
RUNS_S: Final = 300.0
"""When to look again while a run is under way."""


_ALWAYS_SAID: Final = frozenset({Ending.STOPPED, Ending.ENDLESS, Ending.ALARMED})
_INSTEAD: Final = frozenset({Ending.UNUSABLE, Ending.SPENT, Ending.AWAY})
"""Endings that are told where there is no answer."""


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


def converse(talk: Talk, event: TalkEvent, rules: TalkRules) -> Conversed:
    """Turn one fact into the next conversation, the orders to carry out and the records to keep."""
    if event.id in talk.seen:
        return Conversed(talk)
    draft = _Draft(talk.having_seen(event.id), event, rules)
    _take(draft, event)
    return draft.done()


def answer_lines(run: Run, result: RunResult) -> tuple[Line, ...]:
    """Return what the person reads at the end of a run; never nothing."""
    lines = [Line("talk.cut")] if any(words.cut for words in run.words) else []
    if result.text and result.ending is not Ending.ALARMED:
        lines.append(Line(text=result.text))
    if result.ending in _ALWAYS_SAID or (result.ending in _INSTEAD and not result.text):
        lines.append(Line(f"talk.ended.{result.ending.value}"))
    lines += [Line("talk.asks", {"says": each.says}) for each in result.proposals[:PROPOSALS_MAX]]
    lines += [Line(key) for key in result.notes]
    return tuple(lines) or (Line("talk.nothing"),)


class _Draft:
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

    def say(self, key: str, language: str = "", *, to: str = "", **gaps: str) -> None:
        """Say one sentence in the conversation."""
        spoken = language or self.rules.language
        self.order(lambda ident: SayLines(ident, (Line(key, gaps),), spoken, to=to))

    def session(self) -> None:
        """Have Slack show where the conversation stands."""
        self.order(ShowSession)

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


def _take(draft: _Draft, event: TalkEvent) -> None:
    match event:
        case WordsCame() | WordsChanged() | WordsGone() | StopPressed():
            _hear(draft, event)
        case AnswerBegun() | RunEnded() | RunLost() | Redirected():
            _follow(draft, event)
        case ProposalEnded():
            _settled(draft, event)
        case FellQuiet():
            _left(draft, event)
        case _ as unreachable:
            assert_never(unreachable)


def _hear(draft: _Draft, event: WordsCame | WordsChanged | WordsGone | StopPressed) -> None:
    match event:
        case WordsCame():
            _came(draft, event)
        case WordsChanged():
            _changed(draft, event)
        case WordsGone():
            _gone(draft, event)
        case StopPressed():
            _stop(draft, f"slack:{event.by}")


def _follow(draft: _Draft, event: AnswerBegun | RunEnded | RunLost | Redirected) -> None:
    """Take what comes of a run; of one that is not under way any more, nothing does."""
    run = draft.talk.run
    if run is None or run.id != event.run:
        return
    match event:
        case AnswerBegun():
            draft.talk = replace(draft.talk, run=replace(run, answer_ts=event.ts))
        case RunEnded():
            _ended(draft, run, event)
        case RunLost():
            _lost(draft, run)
        case Redirected():
            words = (*run.words, *draft.talk.waiting)
            draft.talk = replace(draft.talk, run=None, waiting=())
            draft.order(lambda ident: PointTo(ident, event.to, words))
            draft.session()


# -- what people say ---------------------------------------------------------------------------------------


def _came(draft: _Draft, event: WordsCame) -> None:
    words = event.words
    draft.talk = replace(draft.talk, direct=event.direct)
    draft.spoken()
    if event.refused:
        draft.record("talk.refused", f"slack:{words.by}", event.refused)
        draft.say(event.refused, words.language, to="" if event.direct else words.by)
        draft.session()
    elif not words.text:
        draft.say("talk.empty", words.language)
        draft.session()
    elif words.text.line(40).strip(" .!").lower() in STOP_WORDS:
        _stop(draft, f"slack:{words.by}")
    else:
        _queue(draft, words)


def _queue(draft: _Draft, words: Words) -> None:
    """Let ``words`` wait for the next run, which begins at once where none is under way."""
    waiting = draft.talk.waiting
    length = len(words.text.raw)
    if (
        len(waiting) >= WAITING_MAX
        or sum(len(each.text.raw) for each in waiting) + length > WAITING_CHARS_MAX
    ):
        draft.record("talk.refused", f"slack:{words.by}", "talk.too_many")
        draft.say("talk.too_many", words.language, to="" if draft.talk.direct else words.by)
        return
    draft.talk = replace(draft.talk, waiting=(*waiting, _cut(words)))
    draft.record("talk.heard", f"slack:{words.by}", characters=length, waiting=len(waiting) + 1)
    _start(draft)


def _cut(words: Words) -> Words:
    if len(words.text.raw) <= WORDS_CHARS_MAX:
        return words
    return replace(words, text=Untrusted(words.text.raw[:WORDS_CHARS_MAX]), cut=True)


def _changed(draft: _Draft, event: WordsChanged) -> None:
    """Answer the new text where the old one is not answered yet; else what was said stands."""
    new, talk = _cut(event.words), draft.talk
    if any(each.ts == new.ts for each in talk.waiting):
        now = tuple(new if _is_same(each, new) else each for each in talk.waiting)
        draft.talk = replace(talk, waiting=now)
    elif talk.run is not None and any(_is_same(each, new) for each in talk.run.words):
        now = tuple(new if _is_same(each, new) else each for each in talk.run.words)
        draft.talk = replace(talk, run=replace(talk.run, words=now, again=True, stopped=True))
        draft.halt(talk.run)
    elif new.ts in talk.handled:
        draft.say("talk.stands", new.language, to="" if talk.direct else new.by)


def _is_same(words: Words, other: Words) -> bool:
    return (words.ts, words.by) == (other.ts, other.by)


def _gone(draft: _Draft, event: WordsGone) -> None:
    """Forget what was deleted; where it was answered, all that was said with this person."""
    talk = draft.talk
    left = tuple(each for each in talk.waiting if (each.ts, each.by) != (event.ts, event.by))
    run = talk.run
    kept = tuple(each for each in run.words if (each.ts, each.by) != (event.ts, event.by)) if run else ()
    hit = run is not None and len(kept) < len(run.words)
    if run is not None and hit:
        now = replace(run, words=kept, stopped=True, again=bool(kept), dropped=not kept)
        talk = replace(talk, run=now)
        draft.halt(run)
    if event.ts in talk.handled or hit:
        talk = talk.forgetting(event.by)
        draft.record("talk.forgotten", f"slack:{event.by}", "talk.deleted")
    draft.talk = replace(talk, waiting=left)


def _stop(draft: _Draft, actor: str) -> None:
    run = draft.talk.run
    draft.talk = replace(
        draft.talk, waiting=(), run=replace(run, stopped=True, again=False) if run is not None else None
    )
    draft.record("talk.stopped", actor, running=run is not None)
    if run is None:
        draft.session()
    else:
        draft.halt(run)


# -- runs --------------------------------------------------------------------------------------------------


def _start(draft: _Draft, *, answer_ts: str = "") -> None:
    """Begin a run on all that the person who waits longest has said; none where nobody waits."""
    talk = draft.talk
    if talk.run is not None:
        return
    first = talk.waiting[0] if talk.waiting else None
    news = [each for each in talk.news if first is None or each.person == first.by]
    if first is None and not (news and draft.rules.resumes):
        draft.session()
        return
    whom, name, language = (
        (first.by, first.name, first.language)
        if first is not None
        else (news[0].person, news[0].name, news[0].language)
    )
    mine = tuple(each for each in talk.waiting if each.by == whom)
    settled = tuple(each for each in news if each.person == whom)
    run = Run(
        id=EventId(f"{draft.event.id}/run"),
        person=whom,
        name=name,
        language=language,
        words=mine,
        settled=settled,
        at=draft.event.at,
        answer_ts=answer_ts,
    )
    draft.talk = replace(
        talk,
        run=run,
        waiting=tuple(each for each in talk.waiting if each.by != whom),
        news=tuple(each for each in talk.news if each not in settled),
    )
    draft.order(lambda ident: RunAgent(ident, run.id))
    draft.session()


def _ended(draft: _Draft, run: Run, event: RunEnded) -> None:
    draft.talk = replace(draft.talk, run=None)
    draft.spoken()
    if run.again:
        draft.talk = replace(
            draft.talk, waiting=(*run.words, *draft.talk.waiting), news=(*run.settled, *draft.talk.news)
        )
        _start(draft, answer_ts=run.answer_ts)
        return
    if run.dropped:
        _withdraw(draft, run)
    else:
        _keep(draft, run, event)
    _start(draft)


def _lost(draft: _Draft, run: Run) -> None:
    """The run will never end by itself; what was remembered before stays."""
    draft.talk = replace(draft.talk, run=None)
    draft.record("talk.answered", f"slack:{run.person}", ending="lost")
    lines = (Line("talk.ended.away"),)
    draft.order(lambda ident: SayLines(ident, lines, run.language, ts=run.answer_ts))
    _start(draft)


def _withdraw(draft: _Draft, run: Run) -> None:
    """What was asked is deleted: nothing of the answer is kept, and what stands of it already is replaced."""
    if run.answer_ts:
        lines = (Line("talk.deleted"),)
        draft.order(lambda ident: SayLines(ident, lines, run.language, ts=run.answer_ts))


def _keep(draft: _Draft, run: Run, event: RunEnded) -> None:
    result = event.result
    handled = (*draft.talk.handled, *(each.ts for each in run.words))[-HANDLED_MAX:]
    draft.talk = replace(draft.talk.remembering(run.person, result.memory), handled=handled)
    draft.record(
        "talk.answered",
        f"slack:{run.person}",
        **_figures(result, (event.at - run.at).total_seconds()),
    )
    _ask(draft, run, event)
    if not event.said:
        lines = answer_lines(run, result)
        draft.order(lambda ident: SayLines(ident, lines, run.language, ts=run.answer_ts, run=str(run.id)))


def _figures(result: RunResult, took_s: float) -> dict[str, JsonValue]:
    usage = result.usage
    return {
        "ending": result.ending.value,
        "calls": len(result.calls),
        "tools": list(dict.fromkeys(result.calls)),
        "proposals": len(result.proposals),
        "model": usage.model,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "tokens_cached": usage.tokens_cached,
        "usd": round(usage.usd, 6),
        "took_s": round(took_s, 3),
    }


def _ask(draft: _Draft, run: Run, event: RunEnded) -> None:
    """Bring the proposals to their ticket; what is not this person's, from here, goes nowhere."""
    result, snapshot = event.result, event.result.snapshot
    if not result.proposals or result.ending is not Ending.ASKED:
        return
    fit = tuple(
        each
        for each in result.proposals[:PROPOSALS_MAX]
        if snapshot is not None
        and each.action.target == snapshot.ticket.ref
        and (each.by, each.talk) == (run.person, draft.talk.lane)
    )
    if len(fit) < len(result.proposals):
        draft.record("talk.refused", "policy", "talk.foreign", proposals=len(result.proposals) - len(fit))
    if not fit or snapshot is None or event.note_action is None:
        return
    asked = tuple(
        Asked(proposal=each.id, person=run.person, name=run.name, language=run.language) for each in fit
    )
    draft.talk = replace(draft.talk, asked=(*draft.talk.asked, *asked)[-ASKED_MAX:])
    note = event.note_action
    draft.order(lambda ident: AskPeople(ident, run.person, run.name, snapshot, fit, note))


# -- what became of proposals ------------------------------------------------------------------------------


def _settled(draft: _Draft, event: ProposalEnded) -> None:
    talk = draft.talk
    known = next((each for each in talk.asked if each.proposal == event.proposal), None)
    language = known.language if known is not None and talk.direct else draft.rules.language
    draft.spoken()
    key = f"talk.outcome.{event.status}" if event.status not in OPEN else "talk.outcome.pending"
    why = event.why.strip()
    draft.say(
        f"{key}.why" if why and event.status in _WITH_REASON else key, language, says=event.says, why=why
    )
    if known is None or event.status in OPEN:
        return
    ended = replace(known, status=event.status, why=Untrusted(event.why))
    draft.talk = replace(
        draft.talk,
        asked=tuple(each for each in talk.asked if each.proposal != event.proposal),
        news=(*talk.news, ended)[-ASKED_MAX:],
    )
    if any(each.person == known.person for each in draft.talk.asked):
        return
    _start(draft)


_WITH_REASON: Final = frozenset({"rejected", "failed", "denied", "cancelled"})
"""Whose reason people or the ticket system gave."""


# -- the end -----------------------------------------------------------------------------------------------


def _left(draft: _Draft, event: FellQuiet) -> None:
    """Forget what was said, once nobody has spoken for long enough."""
    talk = draft.talk
    ends = (talk.last_at or event.at) + timedelta(seconds=draft.rules.remember_s)
    if talk.run is not None:
        ends = max(ends, event.at + timedelta(seconds=RUNS_S))
    if event.at < ends:
        draft.order(lambda ident: LookAgain(ident, ends))
        return
    draft.talk = replace(talk.forgetting(), watched=False, news=(), waiting=(), handled=())
    draft.record("talk.forgotten", "timer")
