"""Live through seed after seed and say what went wrong: ``python -m tests.simulation --seed 1 --hours 0.5``.

The last line always counts: ``seeds=… events=… faults=… violations=…``. Exit 0 only without violations.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

from tests.simulation.defects import DEFECTS, plant
from tests.simulation.plan import busy, make
from tests.simulation.runner import Outcome, quietly, seeds

SECONDS: Final = 60.0
"""When nobody says how long."""
PROGRESS_S: Final = 60.0
"""Between two lines about how far it is; on a terminal once a second."""
SHOWN_MAX: Final = 20
"""Seeds with violations that are told in full; the rest is counted."""


class Told:
    """Says how it goes, and counts."""

    def __init__(self, *, every: bool) -> None:
        self.seeds = self.events = self.faults = self.violations = 0
        self._hours = 0.0
        self._bad = 0
        self.ended = False
        self._sentences: list[str] = []
        self._every = every
        self._began = self._said_at = time.monotonic()

    def take(self, outcome: Outcome) -> None:
        """Count one seed and tell what was wrong with it."""
        self.seeds += 1
        self.events += outcome.events
        self.faults += outcome.faults
        self.violations += len(outcome.violations)
        self._hours += outcome.hours
        if outcome.violations:
            self._bad += 1
            self._sentences += outcome.violations
            if self._bad <= SHOWN_MAX:
                _say(_report(outcome))
        if self._every:
            _say(_line(outcome))
        self._progress(outcome.seed)

    def end(self, _signal: int, _frame: FrameType | None) -> None:
        """Take no further seed."""
        self.ended = True

    def says(self, part: str) -> bool:
        """Whether any violation so far was told with these words."""
        return any(part in each for each in self._sentences)

    def total(self) -> str:
        """Return the last line."""
        return f"seeds={self.seeds} events={self.events} faults={self.faults} violations={self.violations}"

    def _progress(self, seed: int) -> None:
        now = time.monotonic()
        if now - self._said_at < (1.0 if sys.stdout.isatty() else PROGRESS_S):
            return
        self._said_at = now
        days, passed_s = self._hours / 24, now - self._began
        _say(f"seed {seed}, {passed_s:.0f} s, {days:.0f} days lived: {self.total()}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the time is over; return the exit code."""
    asked = _arguments().parse_args(argv)
    quietly()
    if asked.defect:
        plant(asked.defect)
    told = Told(every=asked.every)
    # A run that is ended from outside lives its seed to the end, and leaves no server behind.
    signal.signal(signal.SIGTERM, told.end)
    plans = busy if asked.defect else make
    with seeds(asked.seed, go_on=_until(asked, told), plans=plans) as outcomes:
        for outcome in outcomes:
            told.take(outcome)
    _say(told.total())
    return 0 if told.violations == 0 else 1


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--hours", type=float, help="how long, in hours of real time; 0: this one seed only")
    parser.add_argument("--seconds", type=float, help="how long, in seconds of real time")
    parser.add_argument(
        "--least", type=int, default=1, help="seeds to live through even if that takes longer"
    )
    parser.add_argument("--every", action="store_true", help="one line a seed, with the digest of its trace")
    parser.add_argument(
        "--defect", choices=sorted(DEFECTS), help="plant this fault, and stop once it is found"
    )
    return parser


def _until(asked: argparse.Namespace, told: Told) -> Callable[[int], bool]:
    seconds = asked.seconds if asked.seconds is not None else SECONDS
    if asked.hours is not None:
        seconds = asked.hours * 3600
    end = time.monotonic() + seconds

    def go_on(seed: int) -> bool:
        if told.ended or (asked.defect and told.says(DEFECTS[asked.defect].told)):
            return False
        if seed < asked.seed + asked.least:
            return True
        return time.monotonic() < end

    return go_on


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(outcome: Outcome) -> str:
    return (
        f"seed={outcome.seed} hours={outcome.hours:.1f} events={outcome.events} faults={outcome.faults} "
        f"writes={outcome.writes} presses={outcome.presses} violations={len(outcome.violations)} "
        f"digest={outcome.digest}"
    )


def _report(outcome: Outcome) -> str:
    lines = [f"seed {outcome.seed}: {len(outcome.violations)} violations"]
    lines += [f"  {said}" for said in outcome.violations]
    lines += ["  what led there:", *(f"    {line}" for line in outcome.trace)]
    return "\n".join([*lines, f"  again: make simulate SEED={outcome.seed} HOURS=0"])


if __name__ == "__main__":
    sys.exit(main())
