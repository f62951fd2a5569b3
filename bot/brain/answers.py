"""From a prediction to what is said: one value, one of three, what it was torn between, or nothing."""

from __future__ import annotations

from bot.brain.lessons import Prediction, Show
from bot.brain.trust import Trust
from bot.core.judgement import FieldAnswer
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from bot.core.words import say

TORN_MIN = 0.2
"""A value less likely than this is none that anybody should weigh."""
TOGETHER_MIN = 0.5
"""What all that is named must be worth; below it, the text is out of our depth and nothing is said."""
SUPPORT_MIN = 10
"""Lessons of a value before it stands alone, however sure the figures are."""
OTHERS_MAX = 2
"""Runners-up that are named: three values are weighed at a glance, more are no help."""


def answer(prediction: Prediction, trust: Trust | None, reader: str = "en") -> FieldAnswer | None:
    """Return what to say of a field; None: nothing. Only values that were predicted come out.

    ``trust``: what the latest outcomes allow; it overrules what was promised when the classifier was fitted.
    """
    if not prediction.ranked:
        return None
    show = _show(prediction, trust)
    runners = [(value, share) for value, share in prediction.ranked[1 : 1 + OTHERS_MAX] if share > 0]
    if show is Show.ONE:
        return _said(prediction, reader, proven=True)
    if show is Show.THREE and runners:
        others = tuple(value for value, _ in runners)
        return _said(prediction, reader, others=others, together=prediction.top3)
    torn = tuple(value for value, share in runners if share >= TORN_MIN)
    return _said(prediction, reader, others=torn) if torn and prediction.top3 >= TOGETHER_MIN else None


def _show(prediction: Prediction, trust: Trust | None) -> Show:
    if trust is None:
        return prediction.show
    if trust.believes(prediction.confidence) and prediction.support >= SUPPORT_MIN:
        return Show.ONE
    return Show.NOTHING if prediction.show is Show.ONE else prediction.show


def _said(
    prediction: Prediction,
    reader: str,
    *,
    others: tuple[Value, ...] = (),
    together: float = 0.0,
    proven: bool = False,
) -> FieldAnswer:
    value, _ = prediction.ranked[0]
    percent = round((together or prediction.confidence) * 100)
    because = say(reader, "because.proven", percent=str(percent)) if proven or together else ""
    return FieldAnswer(
        field=prediction.field,
        value=value,
        confidence=round(prediction.confidence, 3),
        quote=Untrusted(""),
        because=Untrusted(because),
        proven=proven,
        others=others,
        together=round(together, 3),
    )
