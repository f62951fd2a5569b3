"""What people have shown since the classifier was fitted: the next ticket alike gets the value they chose.

A classifier learns a new value from hundreds of lessons and is fitted afresh after as many. Whoever has just
put a suggestion right expects to be understood sooner. So tickets that were decided since, and are much like
the one in question, are asked first. What they say is a suggestion for people, never proven.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.brain.memory import Near
from bot.core.judgement import FieldAnswer, FieldQuestion
from bot.core.outcomes import is_same
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from bot.core.words import say

NEAR_MAX: Final = 10
"""Most alike tickets looked at."""
ALIKE_AT: Final = 0.4
"""How alike a decided ticket must be to have a voice: about the same thing in other words. Of 2,000 tickets
of the demo's past, neighbours between 0.4 and 0.5 were filed alike 92 times in 100; at 0.2 56 times."""
SAME_AT: Final = 0.6
"""From here on it says practically the same, and its voice counts twice: just this was put right."""
PRIOR: Final = 1.0
"""Voices that nobody gave: one faint one is an anecdote, and names two values rather than one."""
NEWEST: Final = "newest"
"""Among the notes beside a classifier: when the newest ticket that it was taught was closed."""


def corrected(
    fields: Sequence[FieldQuestion],
    answers: Mapping[str, FieldAnswer],
    near: Sequence[Near],
    notes: Mapping[str, Any],
    reader: str = "en",
) -> dict[str, FieldAnswer]:
    """Return ``answers`` as people have corrected them; only values that can be set come in.

    ``near``: the most alike past tickets; ``notes``: of the classifier in use, empty without one.
    """
    since = notes.get(NEWEST)
    made = dict(answers)
    if not isinstance(since, str):
        return made
    fresh = [each for each in near if each.score >= ALIKE_AT and each.ticket.closed_at > since]
    for asked in fields:
        answer = _shown(asked, made.get(asked.choices.field), fresh, reader) if fresh else None
        if answer is not None:
            made[asked.choices.field] = answer
    return made


def _shown(
    asked: FieldQuestion, before: FieldAnswer | None, fresh: Sequence[Near], reader: str
) -> FieldAnswer | None:
    """Return what ``fresh`` say of one field; None where that is nothing, nothing new, or not agreed upon."""
    voices: Counter[Value] = Counter()
    keys: dict[Value, str] = {}
    for each in fresh:
        value = _live(asked, each.ticket.fields.get(asked.choices.field, ()))
        if value is not None:
            voices[value] += 2 if each.score >= SAME_AT else 1
            keys.setdefault(value, each.ticket.key)
    if not voices:
        return None
    best, count = voices.most_common(1)[0]
    if 2 * count <= voices.total() or (
        before is not None and is_same(before.value, best) and not before.others
    ):
        return None
    confidence = round(count / (voices.total() + PRIOR), 3)
    faint = count == 1 and before is not None and not is_same(before.value, best)
    return FieldAnswer(
        field=asked.choices.field,
        value=best,
        confidence=confidence,
        quote=Untrusted(""),
        because=Untrusted(say(reader, "because.corrected", key=keys[best])),
        others=(before.value,) if faint and before is not None else (),
    )


def _live(asked: FieldQuestion, value: Sequence[Value]) -> Value | None:
    """Return the one value that can be set now; None for several, and for what is gone."""
    if len(value) != 1:
        return None
    return next((each for each in asked.choices.values if is_same(each, value[0])), None)
