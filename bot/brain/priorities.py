"""Priority: looked up from impact and urgency in a table, never learned, voted or guessed.

In 5,998 of 5,998 events of a public incident log it was a function of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.core.judgement import FieldAnswer, Judgement, Question
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Model

PRIORITY: Final = "priority"
IMPACT: Final = "impact"
URGENCY: Final = "urgency"
WITH_IMPACT: Final = "because.with_impact"
WITH_URGENCY: Final = "because.with_urgency"
REASON_CHARS_MAX: Final = 200
"""Of the brain's own reason: what the table says of it must not be cut off."""

Table = Mapping[str, Mapping[str, str]]
"""Impact to urgency to priority, each by its id or by its label in any case."""

_CRITICAL, _HIGH, _MODERATE, _LOW, _PLANNING = (
    "1 - Critical",
    "2 - High",
    "3 - Moderate",
    "4 - Low",
    "5 - Planning",
)
VENDORS: Final[Table] = {
    "1": {"1": _CRITICAL, "2": _HIGH, "3": _MODERATE},
    "2": {"1": _HIGH, "2": _MODERATE, "3": _LOW},
    "3": {"1": _MODERATE, "2": _LOW, "3": _PLANNING},
}
"""What ServiceNow ships: docs.servicenow.com, "Priority data lookup rules"."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Impact or urgency as it will be."""

    value: Value
    confidence: float = 1.0
    proven: bool = True
    is_new: bool = False
    """It was just suggested."""


class Tabled:
    """Implements the port ``Model`` around another: what the table says is not the brains' to say."""

    def __init__(self, inner: Model, table: Table) -> None:
        """``table``: empty: every brain may say what it thinks."""
        self._inner = inner
        self._table = _folded(table)

    async def judge(self, question: Question) -> Judgement:
        """Ask, and look the priority up. Raises as the inner one does."""
        judgement = await self._inner.judge(question)
        return tabled(self._table, question, judgement) if self._table else judgement


def tabled(table: Table, question: Question, judgement: Judgement) -> Judgement:
    """Return ``judgement`` with the priority of ``table``; as it is where a ticket has no impact or urgency.

    Where priority can be set, it is answered, or left out while impact or urgency is open. Where the system
    computes it, the reasons of a suggested impact or urgency say what it will come to.
    """
    asked = {each.choices.field for each in question.fields}
    if not {IMPACT, URGENCY} <= asked:
        return judgement
    answers = [each for each in judgement.answers if each.field != PRIORITY]
    impact, urgency = _known(IMPACT, question, judgement), _known(URGENCY, question, judgement)
    label = _looked_up(table, impact.value, urgency.value) if impact and urgency else ""
    if impact is None or urgency is None or not label:
        return replace(judgement, answers=tuple(answers))
    if PRIORITY in asked:
        answers += _answers(question, label, impact, urgency)
    elif impact.is_new or urgency.is_new:
        # Said once: beside the urgency, where both are suggested.
        field, other, known = (
            (URGENCY, WITH_IMPACT, impact) if urgency.is_new else (IMPACT, WITH_URGENCY, urgency)
        )
        said = say(question.reader, other, value=known.value.label, priority=label)
        answers = [_explained(each, said) if each.field == field else each for each in answers]
    return replace(judgement, answers=tuple(answers))


def _known(field: str, question: Question, judgement: Judgement) -> _Known | None:
    """Return what ``field`` will be: the one value suggested, else the one it has; None: that is open."""
    for answer in judgement.answers:
        if answer.field == field:
            known = _Known(answer.value, answer.confidence, answer.proven, is_new=True)
            return None if answer.others else known
    current = next(each.current for each in question.fields if each.choices.field == field)
    return _Known(current[0]) if len(current) == 1 else None


def _answers(question: Question, label: str, impact: _Known, urgency: _Known) -> list[FieldAnswer]:
    choices = next(each.choices for each in question.fields if each.choices.field == PRIORITY)
    live = next((value for value in choices.values if label.casefold() in _names(value)), None)
    if live is None:
        return []
    words = {"impact": impact.value.label, "urgency": urgency.value.label}
    because = say(question.reader, "because.table", **words)
    return [
        FieldAnswer(
            PRIORITY,
            live,
            min(impact.confidence, urgency.confidence),
            Untrusted(""),
            Untrusted(because),
            proven=impact.proven and urgency.proven,
        )
    ]


def _explained(answer: FieldAnswer, said: str) -> FieldAnswer:
    reason = answer.because.line(REASON_CHARS_MAX)
    return replace(answer, because=Untrusted(f"{reason} {said}".strip()))


def _looked_up(table: Table, impact: Value, urgency: Value) -> str:
    rows = [table[name] for name in _names(impact) if name in table]
    return next((row[name] for row in rows for name in _names(urgency) if name in row), "")


def _names(value: Value) -> tuple[str, str]:
    return value.id.casefold(), value.label.casefold()


def _folded(table: Table) -> Table:
    return {
        impact.casefold(): {urgency.casefold(): priority for urgency, priority in row.items()}
        for impact, row in table.items()
    }
