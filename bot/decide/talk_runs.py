"""What becomes of a run: what the person reads of it, what is kept, and what people are asked about. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pydantic import JsonValue

from bot.core.actions import Proposal, Risk
from bot.core.runs import Ending, RunResult
from bot.core.talk_bounds import ASKED_MAX, HANDLED_MAX, PROPOSALS_MAX
from bot.core.talks import (
    AnswerBegun,
    Asked,
    AskPeople,
    Line,
    PointTo,
    Redirected,
    Run,
    RunEnded,
    RunLost,
    SayLines,
    Talk,
)
from bot.decide.talk_draft import Draft, start

_ALWAYS_SAID: Final = frozenset({Ending.STOPPED, Ending.ENDLESS, Ending.ALARMED})
_INSTEAD: Final = frozenset({Ending.UNUSABLE, Ending.SPENT, Ending.AWAY})
"""Endings that are told where there is no answer."""


def answer_lines(run: Run, result: RunResult) -> tuple[Line, ...]:
    """Return what the person reads at the end of a run; never nothing."""
    lines = [Line("talk.cut")] if any(words.cut for words in run.words) else []
    if result.text and result.ending is not Ending.ALARMED:
        lines.append(Line(text=result.text))
    if result.ending in _ALWAYS_SAID or (result.ending in _INSTEAD and not result.text):
        lines.append(Line(f"talk.ended.{result.ending.value}"))
    lines += [Line(_asks(each), {"says": each.says}) for each in result.proposals[:PROPOSALS_MAX]]
    lines += [Line(key) for key in result.notes]
    lines += [Line("talk.files")] if any(words.files for words in run.words) else []
    return tuple(lines) or (Line("talk.nothing"),)


def _asks(proposal: Proposal) -> str:
    """Return what is said of a change that was wanted; whether anybody is asked about a note, policy says."""
    return "talk.asks.note" if proposal.action.risk is Risk.NOTE else "talk.asks"


def status_after(talk: Talk, result: RunResult) -> str:
    """Return what Slack will have to show once the run under way has ended so, if nothing comes between."""
    if talk.waiting:
        return "processing"
    return "suspended" if talk.asked or result.ending is Ending.ASKED else "active"


def follow(draft: Draft, event: AnswerBegun | RunEnded | RunLost | Redirected) -> None:
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
            lose(draft, run, said=event.said)
        case Redirected():
            words = (*run.words, *draft.talk.waiting)
            draft.talk = replace(draft.talk, run=None, waiting=())
            draft.order(lambda ident: PointTo(ident, event.to, words))
            draft.session()


def _ended(draft: Draft, run: Run, event: RunEnded) -> None:
    run = replace(run, answer_ts=run.answer_ts or event.answer_ts)
    draft.talk = replace(draft.talk, run=None, ended_at=event.at)
    draft.spoken()
    if run.again:
        draft.talk = replace(
            draft.talk, waiting=(*run.words, *draft.talk.waiting), news=(*run.settled, *draft.talk.news)
        )
        start(draft, ended=run)
        return
    if run.dropped:
        _withdraw(draft, run)
    else:
        _keep(draft, run, event)
    start(draft, ended=run)


def lose(draft: Draft, run: Run, *, said: bool = False) -> None:
    """The run will never end by itself; what was remembered before stays."""
    draft.talk = replace(draft.talk, run=None, ended_at=draft.event.at)
    draft.record("talk.answered", f"slack:{run.person}", ending="lost")
    if not said:
        lines = (Line("talk.ended.away"),)
        whose = run.person
        draft.order(lambda ident: SayLines(ident, lines, run.language, ts=run.answer_ts, whose=whose))
    start(draft)


def _withdraw(draft: Draft, run: Run) -> None:
    """What was asked is deleted: nothing of the answer is kept, and what stands of it already is replaced."""
    if run.answer_ts:
        lines = (Line("talk.deleted"),)
        draft.order(lambda ident: SayLines(ident, lines, run.language, ts=run.answer_ts))


def _keep(draft: Draft, run: Run, event: RunEnded) -> None:
    result = event.result
    handled = (*draft.talk.handled, *(each.ts for each in run.words))[-HANDLED_MAX:]
    draft.talk = replace(draft.talk, handled=handled)
    if not run.outdated:
        draft.talk = draft.talk.remembering(run.person, result.memory)
    draft.record(
        "talk.answered",
        f"slack:{run.person}",
        run=str(run.id),
        **_figures(result, (event.at - run.at).total_seconds()),
    )
    _ask(draft, run, event)
    if not event.said:
        lines = answer_lines(run, result)
        draft.order(
            lambda ident: SayLines(
                ident, lines, run.language, ts=run.answer_ts, run=str(run.id), whose=run.person
            )
        )


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


def _ask(draft: Draft, run: Run, event: RunEnded) -> None:
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
