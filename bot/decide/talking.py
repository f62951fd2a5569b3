"""A conversation: who is answered, what is joined into one run, what becomes of what it brings. Pure.

An aggregate of its own, with the shape of :mod:`bot.decide`: its state, one event, the next state with orders
and records.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.core.ids import SlackUserId, clocked
from bot.core.talk_bounds import (
    ASKED_MAX,
    EARLY_MAX,
    EARLY_S,
    GONE_MAX,
    WAITING_CHARS_MAX,
    WAITING_MAX,
    WORDS_CHARS_MAX,
)
from bot.core.talks import (
    AnswerBegun,
    FellQuiet,
    LookAgain,
    ProposalEnded,
    Redirected,
    Run,
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
from bot.decide.talk_runs import follow, lose

STOP_WORDS: Final = frozenset({"stop", "cancel", "arrete", "arreter", "annule", "annuler"})
"""A message of one of these alone does what the Stop button does: not every workspace shows the button."""
STOP_CHARS_MAX: Final = 40
"""Of such a message, with what people put behind it."""
OPEN: Final = frozenset({"pending", "approved", "executing", "uncertain"})
"""Statuses of a proposal that is not over."""
ASKED_KEPT: Final = timedelta(days=30)
"""How long a conversation waits for people: longer than cards are up. Then ticket or card was lost."""
LOOK_MIN_S: Final = 1800.0
"""Between two looks whether it still waits; below what it is kept for beyond the last look."""
RUN_KEPT: Final = timedelta(hours=1)
"""How long a run may be under way: no run is that slow, so its end was lost."""
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
            _stop(draft, event.by, event.ts)


# -- what people say ---------------------------------------------------------------------------------------


def _came(draft: Draft, event: WordsCame) -> None:
    words = next((each for each in draft.talk.early if _is_same(each, event.words)), event.words)
    early = tuple(each for each in _in_time(draft.talk.early, event.at) if each is not words)
    draft.talk = replace(draft.talk, direct=event.direct, early=early)
    draft.overlap()  # by the first sign
    draft.spoken()
    if event.refused:
        draft.record("talk.refused", f"slack:{words.by}", event.refused)
        draft.say(event.refused, words.language, to="" if event.direct else words.by)
        draft.session()
    elif not words.text:
        draft.say("talk.empty", draft.spoken_in(words.language))
        draft.session()
    elif _is_stop(words.text):
        if draft.talk.run is None:
            draft.say("talk.idle", draft.spoken_in(words.language))
        _stop(draft, words.by, words.ts)
    elif _is_over(draft.talk, words):
        draft.record("talk.stopped", f"slack:{words.by}", running=False)
        draft.session()
    else:
        _queue(draft, words)


def _is_stop(text: Untrusted) -> bool:
    """Whether ``text`` is a word that stops; accents are seldom typed in a hurry."""
    plain = unicodedata.normalize("NFKD", text.line(STOP_CHARS_MAX)).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char)).strip(" .!") in STOP_WORDS


def _is_over(talk: Talk, words: Words) -> bool:
    """Whether ``words`` were deleted, or their writer has pressed Stop, before they arrived here."""
    who, when = talk.halted
    return words.ts in talk.gone or (words.by == who and bool(when) and clocked(words.ts) < clocked(when))


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


def _cut(words: Words, beside: Sequence[Words] = ()) -> Words:
    """Return as much of ``words`` as is read; ``beside``: all that the same run would read."""
    others = sum(len(each.text.raw) for each in beside if not _is_same(each, words))
    most = min(WORDS_CHARS_MAX, max(0, WAITING_CHARS_MAX - others))
    if len(words.text.raw) <= most:
        return words
    return replace(words, text=Untrusted(words.text.raw[:most]), cut=True)


def _changed(draft: Draft, event: WordsChanged) -> None:
    """Answer the new text where the old one is not answered yet; else what was said stands."""
    new, talk = event.words, draft.talk
    if any(each.ts == new.ts for each in talk.waiting):
        draft.talk = replace(talk, waiting=_with(talk.waiting, new))
    elif talk.run is not None and any(_is_same(each, new) for each in talk.run.words):
        now = _with(talk.run.words, new)
        draft.talk = replace(talk, run=replace(talk.run, words=now, again=True, stopped=True))
        draft.halt(talk.run)
    elif new.ts in talk.handled:
        draft.say("talk.stands", new.language, to="" if talk.direct else new.by)
    else:
        others = tuple(each for each in talk.early if not _is_same(each, new))
        draft.talk = replace(talk, early=_in_time((*others, _cut(new))[-EARLY_MAX:], event.at))


def _in_time(early: Sequence[Words], at: datetime) -> tuple[Words, ...]:
    """Return those whose first version may still arrive."""
    since = clocked(f"{at.timestamp() - EARLY_S:.6f}")
    return tuple(each for each in early if clocked(each.ts) > since)


def _with(before: tuple[Words, ...], new: Words) -> tuple[Words, ...]:
    now = _cut(new, before)
    return tuple(now if _is_same(each, new) else each for each in before)


def _is_same(words: Words, other: Words) -> bool:
    return (words.ts, words.by) == (other.ts, other.by)


def _gone(draft: Draft, event: WordsGone) -> None:
    """Forget what was deleted; where it was answered, all that was said with this person since as well."""
    talk = draft.talk
    left = tuple(each for each in talk.waiting if (each.ts, each.by) != (event.ts, event.by))
    run = talk.run
    kept = tuple(each for each in run.words if (each.ts, each.by) != (event.ts, event.by)) if run else ()
    hit = run is not None and len(kept) < len(run.words)
    talk = replace(talk, early=tuple(each for each in talk.early if each.ts != event.ts))
    was_answered = event.ts in talk.handled
    if run is not None and (hit or (was_answered and run.person == event.by)):
        talk = replace(talk, run=_without(run, kept))
        draft.halt(run)
    if was_answered or hit:
        talk = talk.forgetting_from(event.by, event.ts)
        draft.record("talk.forgotten", f"slack:{event.by}", "talk.deleted")
    elif len(left) == len(talk.waiting):
        talk = replace(talk, gone=(*talk.gone, event.ts)[-GONE_MAX:])
    draft.talk = replace(talk, waiting=left)


def _without(run: Run, kept: tuple[Words, ...]) -> Run:
    """Return ``run`` as it ends now: begun anew on what is left, unless nothing is or nobody wants it."""
    is_unwanted = run.stopped and not run.again
    dropped = run.dropped or (not kept and bool(run.words))
    again = not dropped and not is_unwanted
    return replace(run, words=kept, stopped=True, again=again, dropped=dropped, outdated=True)


def _stop(draft: Draft, by: SlackUserId, ts: str) -> None:
    """End what runs, and drop what ``by`` has waiting; what others have asked is answered all the same."""
    run = draft.talk.run
    draft.talk = replace(
        draft.talk,
        waiting=tuple(each for each in draft.talk.waiting if each.by != by),
        run=replace(run, stopped=True, again=False) if run is not None else None,
        halted=(by, ts),
    )
    draft.record("talk.stopped", f"slack:{by}", running=run is not None)
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
    key = f"{key}.why" if why and event.status in _WITH_REASON else key
    draft.say(key, language, whose=known.person if known is not None else "", says=event.says, why=why)
    if event.status in OPEN:
        return
    if known is None:  # forgotten here, and perhaps still shown as what is waited for
        draft.session()
        return
    ended = replace(known, status=event.status, why=Untrusted(event.why))
    draft.talk = replace(
        draft.talk,
        asked=tuple(each for each in talk.asked if each.proposal != event.proposal),
        # Once the words are forgotten, nothing is left for a run to go on with.
        news=(*talk.news, ended)[-ASKED_MAX:] if known.person in talk.memories else talk.news,
    )
    if any(each.person == known.person for each in draft.talk.asked):
        return
    start(draft)


_WITH_REASON: Final = frozenset({"rejected", "failed", "denied", "cancelled"})
"""Whose reason people or the ticket system gave."""


# -- the end -----------------------------------------------------------------------------------------------


def _left(draft: Draft, event: FellQuiet) -> None:
    """Forget what was said, once nobody has spoken for long enough."""
    if draft.talk.run is not None and event.at >= draft.talk.run.at + RUN_KEPT:
        lose(draft, draft.talk.run)
    talk = draft.talk
    ends = (talk.last_at or event.at) + timedelta(seconds=draft.rules.remember_s)
    if talk.run is not None:
        ends = max(ends, event.at + timedelta(seconds=RUNS_S))
    if event.at < ends:
        draft.order(lambda ident: LookAgain(ident, ends))
        return
    if talk.memories or talk.handled:
        draft.record("talk.forgotten", "timer")
    nameless = tuple(replace(each, name=Untrusted("")) for each in talk.asked)
    bare = replace(talk.forgetting(), news=(), waiting=(), handled=(), halted=("", ""))
    bare = replace(bare, gone=(), early=())
    if nameless and event.at < (talk.last_at or event.at) + ASKED_KEPT:
        # It goes on waiting for people, so it is kept: each of these writes it anew.
        later = event.at + timedelta(seconds=max(draft.rules.remember_s, LOOK_MIN_S))
        draft.talk = replace(bare, asked=nameless)
        draft.order(lambda ident: LookAgain(ident, later))
        return
    draft.talk = replace(bare, watched=False, asked=())
    if talk.asked:
        draft.session()
