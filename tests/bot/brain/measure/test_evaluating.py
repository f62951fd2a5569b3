"""A whole measurement with a plain learner: nothing of the measured part reaches it."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.brain.lessons import FieldSpec, Lesson
from bot.brain.measure.evaluating import Bench, evaluate
from bot.brain.measure.report import FieldReport, Report
from bot.brain.measure.splitting import Parts, as_given, by_time
from bot.core.tickets import Value
from tests.bot.brain.measure.desk import Counted, lessons


class Fits:
    """Fits, and remembers on what."""

    def __init__(self) -> None:
        self.taught: list[tuple[str, ...]] = []

    def __call__(self, lessons: Sequence[Lesson], fields: Sequence[FieldSpec], *, target: float) -> Counted:
        fitted = Counted(lessons, fields, target=target)
        self.taught.append(fitted.fitted_on)
        return fitted


def measured(parts: Parts, *, fits: Fits | None = None, target: float = 0.8) -> Report:
    ticks = itertools.count()
    bench = Bench(fits or Fits(), lambda: float(next(ticks)), lambda _: None)
    return evaluate(parts, [FieldSpec("kind"), FieldSpec("side", "kind")], target, bench)


def thresholds(field: FieldReport) -> list[float | None]:
    return [field.threshold, *(level.threshold for level in field.levels)]


def test_other_labels_on_the_measured_part_change_no_threshold() -> None:
    parts = by_time(lessons(1_500))
    labels = [each.values for each in parts.measured]
    random.Random(3).shuffle(labels)  # noqa: S311  # made-up tickets
    shuffled = replace(
        parts,
        measured=tuple(replace(each, values=v) for each, v in zip(parts.measured, labels, strict=True)),
    )

    honest, other = measured(parts).fields["kind"], measured(shuffled).fields["kind"]

    assert honest.threshold is not None
    assert thresholds(honest) == thresholds(other)
    assert honest.coverage == other.coverage
    assert other.accuracy < honest.accuracy - 0.3, "the shuffling did change what is measured"


def test_no_fit_ever_sees_a_measured_ticket() -> None:
    parts = by_time(lessons(1_500))
    fits = Fits()

    measured(parts, fits=fits)

    seen = {key for taught in fits.taught for key in taught}
    assert len(fits.taught) == 2, "the fit and a point of the curve"
    assert not seen & {each.key for each in parts.measured}


def test_the_figures_are_those_of_the_desk() -> None:
    report = measured(by_time(lessons(2_000, noise=0.2)))
    kind = report.fields["kind"]

    # One in five says the words of any kind, a quarter of them by luck its own.
    assert kind.accuracy == pytest.approx(0.85, abs=0.05)
    assert kind.accuracy_range[0] < kind.accuracy < kind.accuracy_range[1]
    assert (kind.n, kind.classes) == (400, 4)
    assert kind.top3 > kind.accuracy > kind.baselines["majority"].accuracy
    assert [point.lessons for point in kind.curve] == [300, 1_000, 1_600]
    assert kind.curve[-1].accuracy == kind.accuracy
    assert sum(row.n for row in kind.by_class) == kind.n
    assert [level.target for level in kind.levels] == [0.8, 0.9, 0.95, 0.99]
    assert (kind.levels[0].coverage, kind.levels[0].precision) == (kind.coverage, kind.precision)
    assert report.model_bytes > 0
    assert report.latency_ms == {"p50": 1_000.0, "p99": 1_000.0}


def test_the_json_has_the_agreed_keys_and_is_json() -> None:
    found = json.loads(json.dumps(measured(by_time(lessons(600))).as_json(), allow_nan=False))

    assert {"fields", "latency_ms", "fit_s", "cost_usd_per_1000"} <= found.keys()
    assert found["cost_usd_per_1000"] == 0
    assert set(found["latency_ms"]) == {"p50", "p99"}
    agreed = ["n", "classes", "accuracy", "macro_f1", "top3", "ece", "coverage", "precision", "threshold"]
    assert set(agreed) <= found["fields"]["kind"].keys()


@pytest.mark.parametrize("count", [2, 10])
def test_a_handful_of_tickets_gives_figures_and_no_promise(count: int) -> None:
    kind = measured(by_time(lessons(count))).fields["kind"]

    assert kind.coverage == 0.0
    assert kind.precision is None
    assert any("nothing would be filled" in note or "too few" in note for note in kind.notes)


def test_one_value_only_is_said_to_teach_nothing() -> None:
    kind = measured(by_time(lessons(100, kinds=["Network"]))).fields["kind"]

    assert kind.classes == 1
    assert any("one value only" in note for note in kind.notes)


def test_copies_in_given_parts_are_left_out_of_one_figure() -> None:
    past = lessons(1_000, noise=0.9)
    parts = as_given(past[:800], [*past[800:], *(replace(each, key=f"{each.key}b") for each in past[:200])])

    kind = measured(parts).fields["kind"]

    assert kind.n == 400
    assert kind.accuracy_without_copies is not None
    assert kind.accuracy_without_copies < kind.accuracy


def test_a_value_nobody_learned_counts_as_wrong() -> None:
    past = lessons(400)
    new = [replace(each, values={"kind": Value("New", "New")}) for each in lessons(50, seed=9, start=1_000)]

    kind = measured(as_given(past, new)).fields["kind"]

    assert (kind.n, kind.accuracy, kind.classes) == (50, 0.0, 5)
    assert measured(as_given(past, new)).fields["side"].n == 0
