"""A mode moves by what came true: raised by a manager's click alone, lowered by itself below the floor. Pure.

The ladder of a connector is an aggregate of its own, with the shape of :mod:`bot.decide`: its state, one
event, the next state with orders and records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from pydantic import JsonValue

from approvals.policy import Rulebook, Where, evaluate
from bot.core.actions import Action, Risk
from bot.core.audit import Record
from bot.core.effects import Whisper
from bot.core.events import Clicker
from bot.core.ids import ActionName, EffectId, effect_id
from bot.core.ladder import (
    AGAIN,
    Advice,
    CallOff,
    Climb,
    Ladder,
    Measured,
    Move,
    Order,
    ShowStep,
    Step,
    StepAnswer,
    StepAnswered,
    StepShown,
    StepStatus,
    step_id,
)
from bot.core.modes import Mode
from bot.core.rungs import Moved, Rung
from bot.core.tickets import TicketRef
from bot.core.verdicts import Allow, Ask
from bot.core.words import say

ACTOR = "ladder"
OFFER_HOLDS = timedelta(days=7)
"""How long an offer may be answered: the figures under it are a week old then."""
OFFERS_MAX = 5
"""Offers that wait in one connector at a time: nobody weighs more, and the next look brings the others."""


@dataclass(frozen=True, slots=True)
class Climbed:
    """The ladder after the event, the orders it gave rise to, and what the audit keeps."""

    ladder: Ladder
    orders: tuple[Order, ...] = ()
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Managers:
    """Who may move a mode."""

    who: tuple[str, ...]
    """Ids as in a rule's ``approvers``."""
    stand_ins: bool

    def have(self, by: Clicker) -> bool:
        """Whether ``by`` is one of them, or stands in for one."""
        wanted = set(self.who)
        if {by.id, *by.groups} & wanted:
            return True
        return self.stand_ins and any({who, *groups} & wanted for who, groups in by.stands_in_for.items())


def managers(book: Rulebook, ladder: Ladder, advice: Advice) -> Managers:
    """Return who may decide on a step: whom ``ladder:`` names, else whom policy asks about such a change."""
    if book.ladder.managers:
        return Managers(book.ladder.managers, stand_ins=True)
    verdict = evaluate(book, _change(ladder, advice), _place(ladder, advice.rung), human=True)
    if not isinstance(verdict, Ask):
        return Managers((), stand_ins=False)
    return Managers(verdict.approvers, verdict.stand_ins)


def is_permitted(book: Rulebook, ladder: Ladder, advice: Advice) -> bool:
    """Whether the policy would let a raise have any effect: a mode never widens what a rule permits."""
    if advice.move is Move.LOWER or advice.to in {Mode.SHADOW, Mode.SUGGEST}:
        return True
    wanted = Allow if advice.to is Mode.AUTO else Ask
    human = advice.to is not Mode.AUTO
    return isinstance(
        evaluate(book, _change(ladder, advice), _place(ladder, advice.rung), human=human), wanted
    )


def climb(ladder: Ladder, event: Climb, book: Rulebook) -> Climbed:
    """Turn one fact into the next ladder, the orders to carry out and the records to keep."""
    if event.id in ladder.seen:
        return Climbed(ladder)
    draft = _Draft(ladder.having_seen(event.id), event, book)
    match event:
        case Measured():
            _measured(draft, event)
        case StepAnswered():
            _answered(draft, event)
        case StepShown():
            _shown(draft, event)
        case _ as unreachable:
            assert_never(unreachable)
    return draft.done()


class _Draft:
    """A Climbed in the making, local to one call of ``climb``."""

    def __init__(self, ladder: Ladder, event: Climb, book: Rulebook) -> None:
        self.ladder, self.event, self.book = ladder, event, book
        self._orders: list[Order] = []
        self._records: list[Record] = []

    def done(self) -> Climbed:
        """Return what was built."""
        return Climbed(self.ladder, tuple(self._orders), tuple(self._records))

    def order(self, make: Callable[[EffectId], Order]) -> None:
        """Add the order that ``make`` builds from its id."""
        self._orders.append(make(effect_id(self.event.id, len(self._orders))))

    def base(self, rung: Rung) -> Mode:
        """Return the mode in the file."""
        return self.book.mode(_place(self.ladder, rung))

    def now(self, rung: Rung) -> Mode:
        """Return the mode that holds."""
        return self.ladder.stand(rung, self.base(rung), self.book.ladder).now

    def put(self, step: Step, what: str, *, actor: str = ACTOR, because: str = "") -> None:
        """Keep ``step``, write down what became of it, and have its card drawn."""
        self.ladder = self.ladder.put(step)
        self.record(what, actor, because, _figures(self.ladder, step))
        self.order(lambda ident: ShowStep(ident, step.id))

    def record(self, what: str, actor: str, because: str, details: Mapping[str, JsonValue]) -> None:
        """Add a line to the audit."""
        record = Record(
            at=self.event.at,
            what=what,
            ticket="",
            actor=actor,
            because=because,
            event=self.event.id,
            details=details,
        )
        self._records.append(record)

    def move(self, step: Step, to: Mode) -> None:
        """Let ``to`` hold from now on; what came true before says nothing about it."""
        rung = step.advice.rung
        base, before = self.base(rung), self.now(rung)
        held = (
            Moved(rung=rung, mode=to, base=base, at=self.event.at, step=step.id) if to is not base else None
        )
        mark = self.ladder.mark_of(rung)
        self.ladder = self.ladder.holding(rung, held).marking(replace(mark, since=self.event.at))
        if not to.reaches(before):
            self.order(CallOff)

    def refuse_again(self, rung: Rung) -> None:
        """Do not ask about ``rung`` again until enough has come true."""
        mark = self.ladder.mark_of(rung)
        self.ladder = self.ladder.marking(replace(mark, refused_at=self.event.at))


# -- what was counted --------------------------------------------------------------------------------------


def _measured(draft: _Draft, event: Measured) -> None:
    draft.ladder = replace(draft.ladder, kind=event.kind)
    for step in draft.ladder.offered():
        _withdraw_or_keep(draft, step, event)
    for advice in event.advice:
        if advice.now is not draft.now(advice.rung):
            continue  # it was moved while somebody counted
        if advice.automatic and advice.move is Move.LOWER:
            _lower(draft, advice)
    for advice in event.advice:
        if not advice.automatic and draft.book.ladder.enabled:
            _offer(draft, advice)


def _withdraw_or_keep(draft: _Draft, step: Step, event: Measured) -> None:
    like = event.advice_like(step)
    late = event.at - step.at >= OFFER_HOLDS
    if like is not None and not late and not like.automatic and _is_open(draft, step.advice):
        return
    because = "nobody answered in time" if like is not None and late else "the figures have changed"
    if late:
        draft.refuse_again(step.advice.rung)
    ended = replace(step, status=StepStatus.WITHDRAWN, decided_at=event.at)
    draft.put(ended, "ladder.withdrawn", because=because)


def _lower(draft: _Draft, advice: Advice) -> None:
    """Lower a mode without asking: the only move that needs nobody."""
    step = Step(
        id=step_id(draft.event.id, advice.rung),
        advice=advice,
        status=StepStatus.TAKEN,
        at=draft.event.at,
        approvers=managers(draft.book, draft.ladder, advice).who,
        decided_at=draft.event.at,
    )
    draft.move(step, advice.to)
    draft.put(step, "ladder.lowered")


def _offer(draft: _Draft, advice: Advice) -> None:
    """Ask a manager, unless that waits already, was refused lately, or would change nothing."""
    offered = draft.ladder.offered()
    if len(offered) >= OFFERS_MAX or any(each.advice.rung == advice.rung for each in offered):
        return
    if draft.ladder.mark_of(advice.rung).refused_at is not None and advice.new < AGAIN:
        return
    who = managers(draft.book, draft.ladder, advice).who
    if not who or not _is_open(draft, advice):
        return
    step = Step(
        id=step_id(draft.event.id, advice.rung),
        advice=advice,
        status=StepStatus.OFFERED,
        at=draft.event.at,
        approvers=who,
    )
    draft.put(step, "ladder.offered")


def _is_open(draft: _Draft, advice: Advice) -> bool:
    """Whether the step can be taken as things are: the mode is as it was, and policy and limit permit it."""
    rules, base = draft.book.ladder, draft.base(advice.rung)
    within = advice.move is Move.LOWER or rules.limit(base).reaches(advice.to)
    same = draft.now(advice.rung) is advice.now
    return rules.enabled and same and within and is_permitted(draft.book, draft.ladder, advice)


# -- what a manager pressed --------------------------------------------------------------------------------


def _answered(draft: _Draft, event: StepAnswered) -> None:
    step = draft.ladder.step(event.step)
    refusal = _why_not(draft, step, event)
    if step is None or refusal is not None:
        _refuse(draft, event, step, refusal or ("ladder.unknown", {}))
        return
    step = _adopted(step, event)
    ended = replace(step, by=event.by.actor, by_name=event.by.name, decided_at=event.at)
    if event.answer is StepAnswer.KEEP:
        draft.refuse_again(step.advice.rung)
        draft.put(replace(ended, status=StepStatus.KEPT), "ladder.kept", actor=event.by.actor)
        return
    if event.answer is StepAnswer.UNDO:
        ended = replace(ended, status=StepStatus.UNDONE)
        draft.refuse_again(step.advice.rung)
        draft.move(ended, step.advice.now)
        draft.put(ended, "ladder.undone", actor=event.by.actor)
        return
    ended = replace(ended, status=StepStatus.TAKEN)
    draft.move(ended, step.advice.to)
    what = "ladder.raised" if step.advice.move is Move.RAISE else "ladder.lowered"
    draft.put(ended, what, actor=event.by.actor)


_Refusal = tuple[str, Mapping[str, str]]
"""A key of the catalogue, and what fills its gaps."""


def _why_not(draft: _Draft, step: Step | None, event: StepAnswered) -> _Refusal | None:
    """Return why a click does not count, in the order of docs/ladder.md; any doubt is a reason."""
    if step is None:
        return "ladder.unknown", {}
    wanted = StepStatus.TAKEN if event.answer is StepAnswer.UNDO else StepStatus.OFFERED
    if step.status is not wanted:
        return "ladder.settled", {"by": _by(step, draft.book.language)}
    if event.by.refused:
        return event.by.refused, {}
    allowed = managers(draft.book, draft.ladder, step.advice)
    if not allowed.have(event.by):
        return "ladder.not_manager", {"approvers": " ".join(allowed.who)}
    if event.answer is StepAnswer.UNDO:
        return _why_no_way_back(draft, step)
    if event.answer is StepAnswer.TAKE and not _still_holds(draft, step, event):
        return "ladder.stale", {}
    return None


def _still_holds(draft: _Draft, step: Step, event: StepAnswered) -> bool:
    """Whether what the card says is still so: neither old nor overtaken by what came true since."""
    fresh = any(each.is_like(step.advice) for each in event.advice)
    return fresh and event.at - step.at < OFFER_HOLDS and _is_open(draft, step.advice)


def _why_no_way_back(draft: _Draft, step: Step) -> _Refusal | None:
    """Return why a move cannot be taken back: it was moved again since, or the file says otherwise."""
    if draft.now(step.advice.rung) is not step.advice.to:
        return "ladder.moved", {}
    base = draft.base(step.advice.rung)
    raises = step.advice.move is Move.LOWER
    within = draft.book.ladder.limit(base).reaches(step.advice.now)
    return None if within or not raises else ("ladder.moved", {})


def _refuse(draft: _Draft, event: StepAnswered, step: Step | None, refusal: _Refusal) -> None:
    key, words = refusal
    details: dict[str, JsonValue] = {"step": event.step}
    draft.record("click.refused", event.by.actor, key, details)
    if not event.by.operator:
        channel = event.place.channel if event.place is not None else ""
        draft.order(lambda ident: Whisper(ident, event.by.id, channel, key, dict(words)))
    if step is None:
        return
    adopted = _adopted(step, event)
    draft.ladder = draft.ladder.put(adopted)
    if adopted.places != step.places or key == "ladder.settled":
        draft.order(lambda ident: ShowStep(ident, step.id))


def _adopted(step: Step, event: StepAnswered) -> Step:
    """Return ``step`` with the clicked message among its copies: a crash may have kept us from knowing it."""
    if event.place is None or event.place in step.places:
        return step
    return replace(step, places=(*step.places, event.place))


def _shown(draft: _Draft, event: StepShown) -> None:
    step = draft.ladder.step(event.step)
    if step is not None:
        places = tuple(dict.fromkeys((*step.places, *event.places)))
        draft.ladder = draft.ladder.put(replace(step, places=places))


# -- inside ------------------------------------------------------------------------------------------------


def _place(ladder: Ladder, rung: Rung) -> Where:
    return Where(connector=ladder.connector, queue=rung.queue, by=f"skill:{rung.skill}")


def _change(ladder: Ladder, advice: Advice) -> Action:
    """Return the change a suggestion of this value comes down to, for the policy to judge."""
    rung, label = advice.rung, advice.evidence.label
    picks: JsonValue = {rung.field: [{"id": rung.value, "label": label}]}
    name = ActionName(f"{ladder.kind}.set_fields")
    return Action(name, TicketRef(ladder.connector, ""), {"fields": picks}, Risk.REVERSIBLE)


def _by(step: Step, language: str) -> str:
    name = step.by_name.line(80)
    return say(language, "refused.by", who=name) if name else ""


def _figures(ladder: Ladder, step: Step) -> dict[str, JsonValue]:
    advice = step.advice
    rung, known = advice.rung, advice.evidence
    return {
        "step": step.id,
        "connector": ladder.connector,
        "queue": rung.queue,
        "skill": rung.skill,
        "field": rung.field,
        "value": known.label,
        "was": advice.now.value,
        "to": advice.to.value,
        "right": known.hits,
        "outcomes": known.count,
        "low": round(known.low, 4),
        "high": round(known.high, 4),
    }
