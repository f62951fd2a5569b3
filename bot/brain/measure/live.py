"""What was said of real tickets, shown to anybody or in shadow, against what people made of them. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import itemgetter
from typing import Any, Final

from bot.brain.classify.bounds import RECENT
from bot.brain.measure.outcomes import Outcome, plain
from bot.brain.measure.report import Bin, ClassRow, Mixup, Range, Window
from bot.brain.measure.scoring import by_class, confusion, exact_range, precision, reliability
from bot.brain.trust import trust
from bot.core.outcomes import How
from bot.core.outcomes import Outcome as Turned

TICKETS: Final = 100
"""Of one window: a queue has this many in a week or a month."""
DIGITS: Final = 6


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Which guesses are counted together."""

    connector: str
    skill: str
    field: str
    queue: str = ""
    """Empty: all of them."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What came true in one place."""

    place: Place
    n: int
    right: int
    precision: float | None
    """Of all that was said; None: nothing has turned out yet."""
    range: Range
    """Clopper-Pearson, both sides together 95 %."""
    for_card: int
    """How many of these were sure enough to be proposed; the others stand in the note alone."""
    for_card_precision: float | None
    for_card_range: Range
    ece: float
    by_class: tuple[ClassRow, ...]
    """A row's coverage is 1: every guess that is kept was said."""


@dataclass(frozen=True, slots=True)
class LiveField:
    """One field of one connector."""

    whole: Tally
    """All queues together."""
    queues: tuple[Tally, ...]
    how: Mapping[str, int]
    """How it turned out, and how often: ``approved``, ``edited``, ``rejected``, ``closed``."""
    untold: int
    """Closed with the field empty or with several values: nothing can be said of these."""
    since: str
    until: str
    """When the first and the last of them turned out, ISO 8601; empty where nothing has."""
    believed_from: float | None
    """The confidence from which an answer stands alone now; None: from none, or too little is known."""
    failing: bool
    """It was wrong more often than promised lately, and is not believed."""
    reliability: tuple[Bin, ...]
    confusion: tuple[Mixup, ...]
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """All that has turned out."""

    fields: tuple[LiveField, ...]
    target: float

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine; figures to six digits."""
        whole: dict[str, Any] = json.loads(json.dumps(asdict(self)), parse_float=_rounded)
        return whole


def live_of(found: Iterable[tuple[Place, Sequence[Turned]]], target: float) -> Live:
    """Return what is known, field by field. ``found``: each queue's latest outcomes, oldest first."""
    fields: dict[Place, list[tuple[Place, Sequence[Turned]]]] = {}
    for place, turned in found:
        if turned:
            whole = Place(place.connector, place.skill, place.field)
            fields.setdefault(whole, []).append((place, turned))
    made = [_field(whole, sorted(fields[whole], key=itemgetter(0)), target) for whole in sorted(fields)]
    return Live(tuple(made), target)


def _field(whole: Place, queues: Sequence[tuple[Place, Sequence[Turned]]], target: float) -> LiveField:
    turned = sorted((each for _, found in queues for each in found), key=lambda each: each.at)
    told = [each for each in turned if _tells(each)]
    outcomes, labels = [_outcome(each) for each in told], _labels(told)
    before = trust(turned[:-RECENT], target)
    believed = trust(turned, target, shown_from=before.threshold if before else None)
    return LiveField(
        whole=_tally(whole, told),
        queues=tuple(_tally(place, [each for each in found if _tells(each)]) for place, found in queues),
        how=dict(sorted(Counter(each.how.value for each in told).items())),
        untold=len(turned) - len(told),
        since=told[0].at.isoformat() if told else "",
        until=told[-1].at.isoformat() if told else "",
        believed_from=believed.threshold if believed and not believed.failing else None,
        failing=believed is not None and believed.failing,
        reliability=reliability(outcomes)[0],
        confusion=confusion(outcomes, labels),
        windows=_windows(outcomes),
    )


def _tally(place: Place, told: Sequence[Turned]) -> Tally:
    outcomes = [_outcome(each) for each in told]
    right = sum(each.right for each in outcomes)
    for_card = [each.right for each in told if each.guess.proposed]
    return Tally(
        place=place,
        n=len(outcomes),
        right=right,
        precision=precision(right, len(outcomes)),
        range=exact_range(right, len(outcomes)),
        for_card=len(for_card),
        for_card_precision=precision(sum(for_card), len(for_card)),
        for_card_range=exact_range(sum(for_card), len(for_card)),
        ece=reliability(outcomes)[1],
        by_class=by_class(outcomes, _labels(told)),
    )


def _tells(turned: Turned) -> bool:
    return turned.actual is not None or turned.how is How.REJECTED


def _outcome(turned: Turned) -> Outcome:
    """Return it as figures are made of it; what was rejected was something else, nobody knows what."""
    said = plain(turned.guess.value.label)
    truth = said if turned.right else plain(turned.actual.label) if turned.actual else ""
    return Outcome(truth=truth, ranked=(said,), confidence=turned.guess.confidence, alone=True)


def _labels(told: Sequence[Turned]) -> dict[str, str]:
    found: dict[str, str] = {"": "something else"}
    for each in told:
        for value in filter(None, (each.guess.value, each.actual)):
            found.setdefault(plain(value.label), value.label)
    return found


def _windows(outcomes: Sequence[Outcome]) -> tuple[Window, ...]:
    """Return how often it was right over time; what is left at the end is a window of its own."""
    parts = [outcomes[begin : begin + TICKETS] for begin in range(0, len(outcomes), TICKETS)]
    return tuple(
        Window(len(part), None, 1.0, precision(sum(e.right for e in part), len(part))) for part in parts
    )


def _rounded(number: str) -> float:
    return round(float(number), DIGITS)
