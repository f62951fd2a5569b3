"""One measurement: fit on the training part, ask about the measured part, put the figures together.

No threshold ever sees the measured part: those of all promises come from what the fit said of lessons of the
training part while it was not taught them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.brain.classify.shapes import Sure
from bot.brain.lessons import Asked, FieldSpec, Lesson
from bot.brain.measure.baselines import baselines
from bot.brain.measure.outcomes import Fit, Fitted, Outcome, outcomes_of, plain
from bot.brain.measure.replay import levels, replay
from bot.brain.measure.report import FieldReport, Level, Point, Report
from bot.brain.measure.scoring import bootstrap, by_class, confusion, macro_f1, precision, reliability, share
from bot.brain.measure.splitting import Parts

PROMISES: Final = (0.90, 0.95, 0.99)
CURVE: Final = (300, 1_000, 3_000, 10_000, 30_000)
"""Lessons of the points of the learning curve, as far as the training part has clearly more."""
TIMED_MAX: Final = 500
"""Tickets asked one by one for the latency."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a measurement is done with."""

    fit: Fit
    tick: Callable[[], float]
    """Seconds, from any start."""
    tell: Tell
    """Is told what is being done, for whoever waits."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What all fits of one measurement said."""

    outcomes: Mapping[str, Sequence[Outcome]]
    held: Mapping[str, Sequence[Sure]]
    curve: Mapping[str, Sequence[Point]]
    thresholds: Mapping[str, float | None]


def evaluate(parts: Parts, wanted: Sequence[FieldSpec], target: float, bench: Bench) -> Report:
    """Measure the fields that are ``wanted``; ``target``: the precision to promise."""
    fields = [each.name for each in wanted]
    bench.tell(f"fitting on {len(parts.training)} tickets")
    began = bench.tick()
    fitted = bench.fit(parts.training, wanted, target=target)
    fit_s = bench.tick() - began
    bench.tell(f"asking about {len(parts.measured)} tickets")
    found = _Found(
        outcomes=outcomes_of(fitted, parts.measured, fields),
        held=fitted.held,
        curve=_curve(parts, wanted, target, bench),
        thresholds={name: standing.threshold for name, standing in fitted.standings.items()},
    )
    bench.tell("comparing with plain ways")
    return Report(
        fields={name: _field(parts, name, found, target) for name in fields},
        target=target,
        trained=len(parts.training),
        measured=len(parts.measured),
        copies=len(parts.copies),
        moved=parts.moved,
        split="given" if parts.is_given else "time",
        latency_ms=_latency(fitted, parts.measured, bench),
        fit_s=fit_s,
        model_bytes=len(fitted.to_bytes()),
    )


def _curve(
    parts: Parts, wanted: Sequence[FieldSpec], target: float, bench: Bench
) -> Mapping[str, list[Point]]:
    """Return, by field, how fewer lessons would have done."""
    points: dict[str, list[Point]] = {each.name: [] for each in wanted}
    for size in CURVE:
        if size * 1.5 < len(parts.training):
            bench.tell(f"learning curve: {size} tickets")
            fitted = bench.fit(parts.training[-size:], wanted, target=target)
            for name, outcomes in outcomes_of(fitted, parts.measured, list(points)).items():
                points[name].append(_point(size, outcomes))
    return points


def _point(lessons: int, outcomes: Sequence[Outcome]) -> Point:
    alone = [each.right for each in outcomes if each.alone]
    right = sum(each.right for each in outcomes)
    return Point(
        lessons,
        share(right, len(outcomes)),
        share(len(alone), len(outcomes)),
        precision(sum(alone), len(alone)),
    )


def _field(parts: Parts, name: str, found: _Found, target: float) -> FieldReport:
    outcomes = found.outcomes[name]
    labels = _labels(parts, name)
    n, right = len(outcomes), sum(each.right for each in outcomes)
    alone = [each for each in outcomes if each.alone]
    some = [each for each in outcomes if each.some]
    bins, ece = reliability(outcomes)
    windows, rolling = replay(found.held.get(name, ()), outcomes, target)
    taught = [each for each in parts.training if name in each.values]
    return FieldReport(
        n=n,
        classes=len(labels),
        accuracy=share(right, n),
        macro_f1=macro_f1(
            [each.truth for each in outcomes], [next(iter(each.ranked), "") for each in outcomes]
        ),
        top3=share(sum(each.near for each in outcomes), n),
        ece=ece,
        coverage=share(len(alone), n),
        precision=precision(sum(each.right for each in alone), len(alone)),
        threshold=found.thresholds.get(name),
        accuracy_range=bootstrap(right, n),
        coverage_range=bootstrap(len(alone), n),
        accuracy_without_copies=_without_copies(parts, name, outcomes),
        three_coverage=share(len(some), n),
        three_precision=precision(sum(each.near for each in some), len(some)),
        baselines=baselines(_pairs(taught, name), _pairs(parts.measured, name)),
        levels=_levels(found, name, target),
        reliability=bins,
        by_class=by_class(outcomes, labels),
        confusion=confusion(outcomes, labels),
        curve=(*found.curve[name], _point(len(taught), outcomes)),
        windows=windows,
        rolling=rolling,
        notes=_notes(outcomes, labels, len(taught)),
    )


def _levels(found: _Found, name: str, target: float) -> tuple[Level, ...]:
    """Return what each promise would have covered and kept; that of ``target`` as the fit itself has it."""
    outcomes = found.outcomes[name]
    alone = [each.right for each in outcomes if each.alone]
    own = Level(
        target,
        found.thresholds.get(name),
        share(len(alone), len(outcomes)),
        precision(sum(alone), len(alone)),
    )
    others = levels(found.held.get(name, ()), outcomes, [each for each in PROMISES if each != target])
    return tuple(sorted((own, *others), key=lambda level: level.target))


def _pairs(lessons: Sequence[Lesson], name: str) -> list[tuple[str, str]]:
    return [(each.text, plain(each.values[name].label)) for each in lessons if name in each.values]


def _labels(parts: Parts, name: str) -> dict[str, str]:
    """Return, by value as compared, a label as people write it: the first there is."""
    found: dict[str, str] = {}
    for each in (*parts.training, *parts.measured):
        if name in each.values:
            found.setdefault(plain(each.values[name].label), each.values[name].label)
    return found


def _without_copies(parts: Parts, name: str, outcomes: Sequence[Outcome]) -> float | None:
    if not parts.copies:
        return None
    places = [place for place, each in enumerate(parts.measured) if name in each.values]
    fresh = [each for place, each in zip(places, outcomes, strict=True) if place not in parts.copies]
    return share(sum(each.right for each in fresh), len(fresh)) if fresh else None


def _notes(outcomes: Sequence[Outcome], labels: Mapping[str, str], taught: int) -> tuple[str, ...]:
    notes: list[str] = []
    if len(labels) == 1:
        notes.append("it has one value only: there is nothing to learn")
    if not any(each.ranked for each in outcomes):
        notes.append(f"{taught} tickets to learn from are too few: no value is suggested, alike tickets only")
    elif not any(each.alone for each in outcomes):
        notes.append("nothing would be filled alone: the promise could not be shown to hold")
    return tuple(notes)


def _latency(fitted: Fitted, measured: Sequence[Lesson], bench: Bench) -> dict[str, float]:
    took: list[float] = []
    for each in measured[:: max(1, len(measured) // TIMED_MAX)][:TIMED_MAX]:
        began = bench.tick()
        fitted.predict(Asked(each.text))
        took.append(1_000 * (bench.tick() - began))
    middle, slow = np.quantile(took, (0.5, 0.99)) if took else (0.0, 0.0)
    return {"p50": float(middle), "p99": float(slow)}
