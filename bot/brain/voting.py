"""Past tickets vote: what most of the alike ones had, and how many agreed. For fields with nothing fitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.judgement import FieldAnswer, FieldQuestion
from bot.core.tickets import Choices, FieldValue, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say

ALIKE_MIN: Final = 0.08
"""Below this two tickets share little more than their courtesy. Of 600 training tickets of a set with 74
groups, by 150 others: 61 % answered, 65 % rightly; at 0.12 45 % and 69 %, at 0.07 68 % and 61 %."""
FAINT: Final = 0.2
"""Share of the best one's likeness below which a ticket does not vote: beside a near copy it says nothing."""
FULL_VOTE_AT: Final = 0.3
"""How alike a ticket must be for its vote to count whole; a fainter one counts in proportion. With it what is
claimed stays near what holds: 0.63 of 0.65 there, 0.55 of 0.83 and 0.51 of 0.55 on two fields of another."""
SUPPORT_MIN: Final = 2
"""Tickets that must agree; one is an anecdote."""
PRIOR: Final = 1.0
"""Votes that nobody cast, added to the total: little evidence then cannot look certain."""


@dataclass(frozen=True, slots=True)
class Voter:
    """A past ticket, how alike it is, and what was set on it."""

    key: str
    score: float
    fields: Mapping[str, FieldValue]


def heard(voters: Iterable[Voter], count: int) -> list[Voter]:
    """Return the ``count`` most alike, without those that are too faint to say anything."""
    ranked = sorted(voters, key=lambda voter: -voter.score)[:count]
    least = max(ALIKE_MIN, FAINT * ranked[0].score) if ranked else ALIKE_MIN
    return [voter for voter in ranked if voter.score >= least]


def parents_first(fields: Iterable[FieldQuestion]) -> list[FieldQuestion]:
    """Return the fields with those that hang on others last."""
    return sorted(fields, key=lambda asked: bool(asked.choices.depends_on))


def narrowed(
    asked: FieldQuestion, answers: Mapping[str, FieldAnswer], fields: Sequence[FieldQuestion]
) -> Choices:
    """Return the choices that belong to the parent's value: the one just suggested, else the present one."""
    choices = asked.choices
    if not choices.depends_on or not choices.parents:
        return choices
    suggested = answers.get(choices.depends_on)
    current = next((q.current for q in fields if q.choices.field == choices.depends_on), ())
    sure = suggested is not None and not suggested.others
    parents = {suggested.value.id} if suggested and sure else {value.id for value in current}
    values = tuple(value for value in choices.values if choices.parents.get(value.id) in parents)
    return Choices(choices.field, choices.label, values, several=choices.several)


def elected(choices: Choices, voters: Sequence[Voter], reader: str = "en") -> FieldAnswer | None:
    """Count the votes for one field. Past values that cannot be set any more count against, for nobody."""
    ids = {value.id: value for value in choices.values}
    labels = {value.label.casefold(): value for value in choices.values}
    weights: dict[Value, float] = {}
    counts: dict[Value, int] = {}
    total, asked = 0.0, 0
    for voter in voters:
        past = voter.fields.get(choices.field, ())
        if not past:
            continue
        weight = min(1.0, voter.score / FULL_VOTE_AT)
        total, asked = total + weight, asked + 1
        for value in {ids.get(v.id) or labels.get(v.label.casefold()) for v in past} - {None}:
            if value is not None:
                weights[value] = weights.get(value, 0.0) + weight
                counts[value] = counts.get(value, 0) + 1
    if not weights:
        return None
    best = max(choices.values, key=lambda value: (weights.get(value, 0.0), counts.get(value, 0)))
    if counts[best] < SUPPORT_MIN:
        return None
    confidence = min(weights[best] / (total + PRIOR), counts[best] / asked)
    said = say(reader, "because.alike", count=str(counts[best]), many=str(asked))
    return FieldAnswer(choices.field, best, round(confidence, 3), Untrusted(""), Untrusted(said))
