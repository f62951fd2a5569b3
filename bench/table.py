"""What a benchmark answers, and how it is printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles

HEADS = ("measure", "value", "of baseline", "target", "", "what dominates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    measure: str
    value: str
    """With its unit."""
    ratio: float | None = None
    """To the baseline of the same run; None where there is none."""
    target: str = ""
    """In words; empty: a line for information only."""
    ok: bool | None = None
    """Whether the target is met; None without one."""
    dominates: str = ""
    """Where the time or the memory goes, as far as this run has seen it."""

    @property
    def verdict(self) -> str:
        """``ok``, ``missed`` or nothing."""
        return "" if self.ok is None else "ok" if self.ok else "missed"


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the ``percent``-th percentile, 1 to 99, interpolated; the value itself when there is one."""
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return median(values)


def ms(seconds: float) -> str:
    """Write a duration in milliseconds."""
    return f"{seconds * 1000:.2f} ms" if seconds < 1 / 100 else f"{seconds * 1000:.1f} ms"


def printed(rows: Sequence[Row]) -> str:
    """Return the table as text, its columns as wide as they need to be."""
    lines = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    ruler = tuple("-" * width for width in widths)
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (lines[0], ruler, *lines[1:])
    )


def as_json(rows: Sequence[Row]) -> str:
    """Return the table as JSON, for whoever compares runs."""
    return json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False)


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return (row.measure, row.value, ratio, row.target, row.verdict, row.dominates)
