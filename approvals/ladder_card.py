"""A step on the ladder as a Slack message: the figures, what would change, and the buttons. Pure.

A vendor's words (queue, field, value) appear only as ``rich_text`` text elements, or escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from approvals.blocks import (
    Block,
    actions,
    button,
    context,
    escape,
    header,
    line,
    mention,
    quote,
    section,
    words,
)
from approvals.card import Card
from approvals.clicks import Person, person
from bot.core.errors import Malformed
from bot.core.events import CardPlace
from bot.core.foreign import thing
from bot.core.ladder import AGAIN, Ladder, Move, Step, StepAnswer, StepId, StepStatus
from bot.core.rungs import LadderRules
from bot.core.untrusted import Untrusted
from bot.core.words import say

TAKE, KEEP, UNDO = "ladder:take", "ladder:keep", "ladder:undo"
"""``action_id``s: stable across versions, because cards live longer than builds."""
ANSWERS: Final[Mapping[str, StepAnswer]] = {
    TAKE: StepAnswer.TAKE,
    KEEP: StepAnswer.KEEP,
    UNDO: StepAnswer.UNDO,
}
WORDS_CHARS_MAX: Final = 120
"""Of a queue's, a field's or a value's name: one glance."""
NAMED_MAX: Final = 20
"""Managers named in one line, as on other cards."""
_VALUE: Final = re.compile(r"(s[0-9a-f]{31})\|([A-Za-z0-9_-]{1,60})")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepClick:
    """A button under a step was pressed."""

    connector: str
    step: StepId
    answer: StepAnswer
    by: Person
    trigger: str
    """Valid for 3 s and once; also the click's own id."""
    place: CardPlace | None


def parse_step(payload: Mapping[str, Any]) -> StepClick:
    """Read a ``block_actions`` payload.

    Raises:
        Malformed: it is not a click on one of these buttons, or its value was cut or edited.
    """
    try:
        action, container = payload["actions"][0], thing(payload.get("container"))
        found = _VALUE.fullmatch(str(action.get("value", "")))
        if found is None:
            raise Malformed("the button's value is not ours")
        channel, ts = str(container.get("channel_id") or ""), str(container.get("message_ts") or "")
        return StepClick(
            connector=found[2],
            step=StepId(found[1]),
            answer=ANSWERS[str(action["action_id"])],
            by=person(payload),
            trigger=str(payload["trigger_id"]),
            place=CardPlace(channel=channel, ts=ts) if channel and ts else None,
        )
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Malformed(f"not a click on a step: {type(error).__name__}") from error


def step_card(ladder: Ladder, step: Step, rules: LadderRules, language: str) -> Card:
    """Draw a step as it stands now."""
    title = say(language, f"ladder.{_state(step)}.title")
    where = _where(ladder, step, language)
    evidence = _evidence(step, language)
    blocks = [
        header(f"{step.id}:head", title),
        quote(f"{step.id}:why", section(words(where)), line(evidence), *_lines(step, rules, language)),
        context(f"{step.id}:foot", _foot(step, language)),
    ]
    row = _buttons(ladder, step, language)
    if row:
        blocks.append(actions(f"{step.id}:act", *row))
    return Card(text=escape(f"{title} {where}. {evidence}"), blocks=blocks)


def _lines(step: Step, rules: LadderRules, language: str) -> list[Block]:
    advice = step.advice
    means = say(language, f"ladder.means.{advice.to.value}")
    moved = say(language, "ladder.step", now=advice.now.value, to=advice.to.value, means=means)
    promise = say(language, "ladder.promise", target=share(rules.target), floor=share(rules.floor))
    chance = advice.move is Move.LOWER and not advice.automatic
    return [line(moved), line(promise), *([line(say(language, "ladder.chance"))] if chance else [])]


def _state(step: Step) -> str:
    if step.status is StepStatus.OFFERED:
        return step.advice.move.value
    if step.status is StepStatus.TAKEN:
        return "raised" if step.advice.move is Move.RAISE else "lowered"
    return "over"


def _where(ladder: Ladder, step: Step, language: str) -> str:
    rung = step.advice.rung
    return say(
        language,
        "ladder.where",
        system=ladder.connector,
        queue=Untrusted(rung.queue).line(WORDS_CHARS_MAX),
        field=Untrusted(rung.field).line(WORDS_CHARS_MAX),
        value=Untrusted(step.advice.evidence.label).line(WORDS_CHARS_MAX),
    )


def _evidence(step: Step, language: str) -> str:
    known = step.advice.evidence
    return say(
        language,
        "ladder.evidence",
        hits=str(known.hits),
        count=str(known.count),
        share=share(known.precision),
        low=share(known.low),
        high=share(1 - int(1000 * (1 - known.high) + 1e-9) / 1000),
    )


def share(of: float) -> str:
    """Return a share in per cent to one digit, never more than it is."""
    return f"{int(1000 * of + 1e-9) / 10:g} %"


def _foot(step: Step, language: str) -> str:
    """Return the small print: who may decide, or who did; our own mrkdwn."""
    advice = step.advice
    who = escape(step.by_name.line(80)) or (mention(step.by.removeprefix("slack:")) if step.by else "")
    if step.status is StepStatus.OFFERED:
        named = ", ".join(mention(each) for each in step.approvers[:NAMED_MAX])
        return say(language, "ladder.who", who=named)
    if step.status is StepStatus.TAKEN and not step.by:
        return say(language, "ladder.by_itself", step=step.id[:9])
    return say(language, f"ladder.ended.{step.status.value}", **_ending(step, who, advice.now.value))


def _ending(step: Step, who: str, now: str) -> dict[str, str]:
    match step.status:
        case StepStatus.KEPT:
            return {"who": who, "now": now, "n": str(AGAIN)}
        case StepStatus.UNDONE:
            return {"who": who, "now": now}
        case StepStatus.WITHDRAWN:
            return {}
        case StepStatus.OFFERED | StepStatus.TAKEN:
            return {"who": who}


def _buttons(ladder: Ladder, step: Step, language: str) -> list[Block]:
    advice = step.advice
    if step.status is StepStatus.OFFERED:
        take = say(language, f"ladder.button.{advice.move.value}", to=advice.to.value)
        keep = say(language, "ladder.button.keep", now=advice.now.value)
        found = [(TAKE, take), (KEEP, keep)]
    elif step.status is StepStatus.TAKEN:
        found = [(UNDO, say(language, "ladder.button.undo"))]
    else:
        return []
    value = f"{step.id}|{ladder.connector}"
    return [button(ident, label, _spoken(label, step, language), value) for ident, label in found]


def _spoken(label: str, step: Step, language: str) -> str:
    named = Untrusted(step.advice.evidence.label).line(WORDS_CHARS_MAX)
    return say(language, "ladder.spoken", label=label, value=named)
