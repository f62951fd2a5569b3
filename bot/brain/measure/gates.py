"""Figures that must be reached, for a build that fails when they are not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from typing_extensions import override

from bot.brain.measure.report import FieldReport, Report
from bot.core.errors import Misconfigured

METRICS: Final = ("n", "classes", "accuracy", "macro_f1", "top3", "ece", "coverage", "precision", "threshold")
LOW_IS_GOOD: Final = ("ece",)
"""Of these the figure given is the most there may be."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One figure of one field."""

    field: str
    metric: str
    value: float

    @override
    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.field}.{self.metric}={self.value:g}"


def parse_gate(text: str) -> Gate:
    """Read ``category.accuracy=0.85``; a field's name may have dots of its own.

    Raises:
        Misconfigured: it is written otherwise, or names no metric.
    """
    name, equals, number = text.rpartition("=")
    field, dot, metric = name.strip().rpartition(".")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not (equals and dot and field) or math.isnan(value):
        raise Misconfigured(f"--min {text!r}: write FIELD.METRIC=NUMBER, for example category.accuracy=0.85")
    if metric not in METRICS:
        raise Misconfigured(f"--min {text!r}: no metric is called {metric!r}; there are {', '.join(METRICS)}")
    return Gate(field, metric, value)


def missed(report: Report, gates: Sequence[Gate]) -> list[str]:
    """Return a sentence for each gate that is not reached.

    Raises:
        Misconfigured: a gate names a field that was not measured.
    """
    found: list[str] = []
    for gate in gates:
        if gate.field not in report.fields:
            known = ", ".join(report.fields)
            raise Misconfigured(f"--min {gate}: no field is called {gate.field!r}; measured were {known}")
        figures: dict[str, Any] = {
            each.name: getattr(report.fields[gate.field], each.name) for each in fields(FieldReport)
        }
        have: float | None = figures[gate.metric]
        if have is None:
            found.append(f"{gate} is not reached: nothing would be filled, so there is no {gate.metric}")
        elif gate.metric in LOW_IS_GOOD and have > gate.value:
            found.append(f"{gate.field}.{gate.metric} is {have:.4f}, above {gate.value:g}")
        elif gate.metric not in LOW_IS_GOOD and have < gate.value:
            found.append(f"{gate.field}.{gate.metric} is {have:.4f}, below {gate.value:g}")
    return found
