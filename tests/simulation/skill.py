"""The skill of a simulated bot: what it wishes for follows from what the ticket says, and from the seed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pydantic import JsonValue

from bot.core.judgement import Judgement, Question
from bot.core.reports import Finding, Report, Wish
from bot.core.tickets import Snapshot, Value
from bot.core.untrusted import Untrusted
from bot.ports import Desk
from tests.simulation.chance import Dice
from tests.simulation.chance import dice as stream
from tests.simulation.tracker import COMPONENTS, PEOPLE, PRIORITIES, STEPS


class NoModel:
    """Fills the port ``Model``: this skill asks nobody."""

    async def judge(self, question: Question) -> Judgement:
        raise AssertionError(f"nobody should ask about {question.connector}")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Fills the port ``Skill``. Reading the same words twice gives the same wishes."""

    seed: int
    most: int
    slow_s: float
    name: str = "triage"
    on_change: bool = True

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        dice = stream(self.seed, f"{snapshot.ticket.ref.id} {snapshot.ticket.essence}")
        await desk.tickets.allowed(snapshot.ticket)
        await asyncio.sleep(dice.random() * self.slow_s)
        wanted = dice.sample(sorted(_MAKERS), dice.randint(0, self.most))
        findings = (_finding(snapshot, dice),) if dice.random() < 0.5 else ()
        wishes = tuple(_MAKERS[each](snapshot, dice) for each in wanted)
        return Report(findings=findings, brain="local", wishes=wishes)


def _finding(snapshot: Snapshot, dice: Dice) -> Finding:
    current = snapshot.ticket.fields["priority"]
    return Finding(
        "priority", "Priority", current, dice.choice(PRIORITIES), 0.8, Untrusted(""), Untrusted("It says so.")
    )


def _pick(value: Value) -> dict[str, JsonValue]:
    return {"id": value.id, "label": value.label}


def _fields(snapshot: Snapshot, dice: Dice) -> Wish:
    del snapshot
    fields: dict[str, JsonValue] = {"priority": [_pick(dice.choice(PRIORITIES))]}
    if dice.random() < 0.5:
        fields["components"] = [_pick(each) for each in dice.sample(COMPONENTS, dice.randint(1, 2))]
    return Wish("set_fields", {"fields": fields}, Untrusted("It reads like that."), 0.8)


def _priority(snapshot: Snapshot, dice: Dice) -> Wish:
    del snapshot
    return Wish("set_priority", {"to": _pick(dice.choice(PRIORITIES))}, Untrusted("It is urgent."), 0.7)


def _assign(snapshot: Snapshot, dice: Dice) -> Wish:
    del snapshot
    return Wish("assign", {"to": _pick(dice.choice(PEOPLE))}, Untrusted("It is theirs."), 0.6)


def _transition(snapshot: Snapshot, dice: Dice) -> Wish:
    del snapshot
    ident = dice.choice(sorted(STEPS))
    to = STEPS[ident]
    args: dict[str, JsonValue] = {"id": ident, "name": f"To {to.label}", "to": _pick(to)}
    return Wish("transition", args, Untrusted("It is time."), 0.9)


def _reply(snapshot: Snapshot, dice: Dice) -> Wish:
    text = f"We look into {snapshot.ticket.key} ({dice.randint(100, 999)})."
    return Wish("reply_publicly", {"text": text}, Untrusted("They wait."), 0.7, rests_on_last_public=True)


_MAKERS = {
    "assign": _assign,
    "fields": _fields,
    "priority": _priority,
    "reply": _reply,
    "transition": _transition,
}
