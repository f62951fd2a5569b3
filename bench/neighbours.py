"""What else the machine did meanwhile: figures from a busy machine say more about it than about us."""

from __future__ import annotations

import os
import resource
from types import TracebackType
from typing import Self

import psutil

from bench.table import Row

QUIET = 0.10
"""Of all processors; above this, bare times (not ratios) are to be read with care."""


class Neighbours:
    """Compares what all processors did with what this process and those it started did."""

    def __init__(self) -> None:
        self._busy = self._idle = self._ours = 0.0
        self.share = 0.0
        """How much of the machine others used, 0 to 1, once the block has ended."""

    def __enter__(self) -> Self:
        self._busy, self._idle = _machine()
        self._ours = _ours()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        busy, idle = _machine()
        busy, idle = busy - self._busy, idle - self._idle
        self.share = max(0.0, busy - (_ours() - self._ours)) / max(busy + idle, 1e-9)

    def row(self) -> Row:
        """Return the line for the table."""
        quiet = self.share <= QUIET
        return Row(
            measure="other work on this machine meanwhile",
            value=f"{self.share:.0%} of {os.cpu_count()} processors",
            dominates="quiet enough"
            if quiet
            else "busy: times above are too high, and ratios of few repetitions are rough",
        )


def _machine() -> tuple[float, float]:
    """Return the processor seconds spent working (also for the hypervisor's other guests) and idle."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    return sum(times) - idle - getattr(times, "guest", 0.0), idle


def _ours() -> float:
    """Return the processor seconds of this process and of its children that have ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
