"""A conversation: who is answered, what is joined into one run, what becomes of what it brings. Pure.

An aggregate of its own, with the shape of :mod:`bot.decide`: its state, one event, the next state with orders
and records.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final, assert_never

from bot.core.talks import (
    ASKED_MAX,
    WAITING_CHARS_MAX,
    WAITING_MAX,
    WORDS_CHARS_MAX,
    AnswerBegun,
    FellQuiet,
    LookAgain,
    ProposalEnded,
    Redirected,
    RunEnded,
    RunLost,
    StopPressed,
    Talk,
    TalkEvent,
    Words,
    WordsCame,
    WordsChanged,
    WordsGone,
)
from bot.core.untrusted import Untrusted
from bot.decide.talk_draft import Conversed, Draft, TalkRules, start
from bot.decide.talk_runs import follow

STOP_WORDS: Final = frozenset({"stop", "cancel", "arrête", "arrêter", "annule", "annuler"})
"""A message of one of these alone does what the Stop button does: not every workspace shows the button."""
OPEN: Final = frozenset({"pending", "approved", "executing", "uncertain"})
"""Statuses of a proposal that is not over."""
RUNS_S: Final = 300.0
"""When to look again while a run is under way."""


def converse(talk: Talk, event: TalkEvent, rules: TalkRules) -> Conversed:
    """Turn one fact into the next conversation, the orders to carry out and the records to keep."""
    if event.id in talk.seen:
        return Conversed(talk)
    draft = Draft(talk.having_seen(event.id), event, rules)
    _take(draft, event)
    return draft.done()


def _take(draft: Draft, event: TalkEvent) -> None:
    match event:
        case WordsCame() | WordsChanged() | WordsGone() | StopPressed():
            _hear(draft, event)
        case AnswerBegun() | RunEnded() | RunLost() | Redirected():
            follow(draft, event)
        case ProposalEnded():
            _settled(draft, event)
        case FellQuiet():
            _left(draft, event)
        case _ as unreachable:
            assert_never(unreachable)


def _hear(draft: Draft, event: WordsCame | WordsChanged | WordsGone | StopPressed) -> None:
    match event:
        case WordsCame():
            _came(draft, event)
        case WordsChanged():
            _changed(draft, event)
        case WordsGone():
            _gone(draft, event)
        case StopPressed():
            _stop(draft, f"slack:{event.by}")


# -- what people say ---------------------------------------------------------------------------------------


def _came(draft: Draft, event: WordsCame) -> None:
    words = event.words
    draft.talk = replace(draft.talk, direct=event.direct)
    draft.spoken()
    if event.refused:
        draft.record("talk.refused", f"slack:{words.by}", event.refused)
        draft.say(event.refused, words.language, to="" if event.direct else words.by)
        draft.session()
    elif not words.text:
        draft.say("talk.empty", draft.spoken_in(words.language))
        draft.session()
    elif words.text.line(40).strip(" .!").lower() in STOP_WORDS:
        _stop(draft, f"slack:{words.by}")
    else:
        _queue(draft, words)


def _queue(draft: Draft, words: Words) -> None:
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
    start(draft)


def _cut(words: Words) -> Words:
    if len(words.text.raw) <= WORDS_CHARS_MAX:
        return words
    return replace(words, text=Untrusted(words.text.raw[:WORDS_CHARS_MAX]), cut=True)


def _changed(draft: Draft, event: WordsChanged) -> None:
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


def _gone(draft: Draft, event: WordsGone) -> None:
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


def _stop(draft: Draft, actor: str) -> None:
    run = draft.talk.run
    draft.talk = replace(
        draft.talk, waiting=(), run=replace(run, stopped=True, again=False) if run is not None else None
    )
    draft.record("talk.stopped", actor, running=run is not None)
    if run is None:
        draft.session()
    else:
        draft.halt(run)


# -- what became of proposals ------------------------------------------------------------------------------


def _settled(draft: Draft, event: ProposalEnded) -> None:
    talk = draft.talk
    known = next((each for each in talk.asked if each.proposal == event.proposal), None)
    language = draft.spoken_in(known.language if known is not None else draft.rules.language)
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
    start(draft)


_WITH_REASON: Final = frozenset({"rejected", "failed", "denied", "cancelled"})
"""Whose reason people or the ticket system gave."""


# -- the end -----------------------------------------------------------------------------------------------


def _left(draft: Draft, event: FellQuiet) -> None:
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
