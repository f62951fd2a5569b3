"""Expressions made of names and pairs, and what a series did, in words. Pure.

Nobody hands us PromQL: an expression of a model's own could select every series there is, or join them. Here
it picks a metric by name, labels by equality, and one of a few ways to add up; the expression is written by
us, over a time and a number of steps that we bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from connectors._passages import moment

STEPS_MAX: Final = 120
"""Values of one series; enough to see a shape in."""
STEP_S_MIN: Final = 15
"""Between two of them: how often targets are asked, mostly."""
RATE_S_MIN: Final = 300
"""A rate is taken over at least this long: four samples a minute apart, and one that was missed."""
STEADY: Final = 0.2
"""A mean that moved by less than this part of the whole spread counts as steady."""

Together = Literal["each", "sum", "average", "highest", "lowest"]
_FUNCTIONS: Final[Mapping[Together, str]] = {
    "sum": "sum",
    "average": "avg",
    "highest": "max",
    "lowest": "min",
}


@dataclass(frozen=True, slots=True)
class Series:
    """One series of values that are numbers, oldest first."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]
    """Seconds since 1970, and the value."""


def step_s(minutes: int) -> int:
    """Return how far apart the values of so many minutes are asked for, in seconds."""
    return max(STEP_S_MIN, math.ceil(minutes * 60 / STEPS_MAX))


def selector(metric: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return what selects ``metric`` with these labels. Names of labels were checked before."""
    matchers = [f"__name__={_quoted(metric)}", *(f"{name}={_quoted(value)}" for name, value in pairs)]
    return f"{{{','.join(matchers)}}}"


def expression(selected: str, *, per_second: bool, together: Together, step: int) -> str:
    """Return what is asked for over ``selected``."""
    taken = f"rate({selected}[{max(RATE_S_MIN, step)}s])" if per_second else selected
    return taken if together == "each" else f"{_FUNCTIONS[together]}({taken})"


def told(series: Series, minutes: int, until: float, step: int) -> str:
    """Say what ``series`` did in the ``minutes`` that ended at ``until``."""
    values = [value for _, value in series.points]
    if not values:
        return f"no number in the last {minutes} minutes"
    at, last = series.points[-1]
    said = (
        f"last {number(last)} at {_clock(at)}; lowest {number(min(values))}, highest {number(max(values))}, "
        f"mean {number(math.fsum(value / len(values) for value in values))} "
        f"over {minutes} minutes; {trend(values)}"
    )
    # Two steps: the last one may have fallen between two scrapes.
    return f"{said}; no value since then" if until - at > 2 * step else said


def trend(values: Sequence[float]) -> str:
    """Say whether the last third lies above the first, measured by the whole spread."""
    third = max(1, len(values) // 3)
    first = math.fsum(values[:third]) / third
    last = math.fsum(values[-third:]) / third
    spread, moved = max(values) - min(values), last - first
    if spread == 0:
        return "it did not change"
    if not math.isfinite(spread) or abs(moved) < STEADY * spread:
        return "steady"
    return f"{'rising' if moved > 0 else 'falling'}, from about {number(first)} to about {number(last)}"


def number(value: float) -> str:
    """Write ``value`` with four digits that matter, without an exponent where people use none."""
    if value.is_integer() and abs(value) < 1e12:  # noqa: PLR2004  # beyond, digits are not counted any more
        return f"{value:.0f}"
    return f"{value:.4g}"


def named(metric: str, labels: Mapping[str, str], shown_max: int = 8) -> str:
    """Return a series' name as people write it; labels beyond ``shown_max`` are left out."""
    pairs = sorted((name, value) for name, value in labels.items() if name != "__name__")
    shown = ", ".join(f"{name}={_quoted(value)}" for name, value in pairs[:shown_max])
    more = ", …" if len(pairs) > shown_max else ""
    return f"{metric}{{{shown}{more}}}" if shown else metric


def _quoted(text: str) -> str:
    r"""Write a string of PromQL, whose escapes are Go's: ``\\``, ``\"`` and ``\n``."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _clock(seconds: float) -> str:
    at = moment(seconds)
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else "an unknown time"
