"""What a measurement found: numbers and names of values, no word of any ticket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Range = tuple[float, float]
"""A 95 % interval."""


@dataclass(frozen=True, slots=True)
class Level:
    """What would be filled at another promise; the threshold comes from the training part."""

    target: float
    threshold: float | None
    coverage: float
    precision: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of about the same confidence."""

    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One value."""

    name: str
    n: int
    """Measured tickets that had it."""
    precision: float | None
    """Of all times it was predicted; None: it never was."""
    recall: float
    f1: float
    coverage: float
    """Share of its tickets that would have been filled alone, rightly or not."""
    alone: int
    """Tickets it would have been filled into alone."""
    alone_right: float | None
    alone_range: Range
    """Clopper-Pearson, both sides together 95 %."""


@dataclass(frozen=True, slots=True)
class Mixup:
    """Tickets of one value that were taken for another."""

    truth: str
    said: str
    count: int


@dataclass(frozen=True, slots=True)
class Point:
    """What fewer lessons would have been good for: the newest ``lessons`` of the training part."""

    lessons: int
    accuracy: float
    coverage: float
    precision: float | None


@dataclass(frozen=True, slots=True)
class Window:
    """Measured tickets in the order they came, with the threshold that follows the outcomes."""

    n: int
    threshold: float | None
    """At its end."""
    coverage: float
    precision: float | None


@dataclass(frozen=True, slots=True)
class Baseline:
    """What something plain would have got right, on the same tickets."""

    accuracy: float
    macro_f1: float


@dataclass(frozen=True, slots=True)
class FieldReport:
    """One field."""

    n: int
    classes: int
    """Different values in both parts."""
    accuracy: float
    macro_f1: float
    top3: float
    ece: float
    coverage: float
    precision: float | None
    """Of what would have been filled alone; None: nothing would."""
    threshold: float | None
    """Set on the training part; None: there it never held the promise."""
    accuracy_range: Range
    coverage_range: Range
    accuracy_without_copies: float | None
    """Leaving out tickets that read like one of the training file; None: there are none."""
    three_coverage: float
    """Share that would have been shown three values to choose from."""
    three_precision: float | None
    baselines: Mapping[str, Baseline]
    levels: tuple[Level, ...]
    reliability: tuple[Bin, ...]
    by_class: tuple[ClassRow, ...]
    confusion: tuple[Mixup, ...]
    curve: tuple[Point, ...]
    windows: tuple[Window, ...]
    rolling: Window | None
    """All windows together."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All fields of one measurement."""

    fields: Mapping[str, FieldReport]
    target: float
    trained: int
    """Lessons of the training part."""
    measured: int
    copies: int
    """Measured tickets that read like one of the training part, and stayed."""
    moved: int
    """Such tickets that were moved to the training part."""
    split: str
    """``time`` or ``given``."""
    latency_ms: Mapping[str, float]
    """p50 and p99 of one ticket, all fields."""
    fit_s: float
    model_bytes: int
    cost_usd_per_1000: float = 0.0
    """What a provider takes for a thousand tickets; the local brain asks none."""
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine; figures to six digits."""
        whole: dict[str, Any] = json.loads(json.dumps(asdict(self)), parse_float=_rounded)
        return whole


def _rounded(number: str) -> float:
    return round(float(number), 6)
