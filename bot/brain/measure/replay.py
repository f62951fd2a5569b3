"""The measured tickets once more, one after the other, with a threshold that follows what came true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.brain.classify.bounds import Rolling, threshold
from bot.brain.classify.shapes import Sure
from bot.brain.measure.outcomes import Outcome
from bot.brain.measure.report import Level, Window
from bot.brain.measure.scoring import precision, share

TICKETS: Final = 500
"""Of one window."""
EVERY: Final = 10
"""Outcomes between two looks at the threshold: people answer in batches, not one by one."""
SUPPORT_MIN: Final = 10
"""Lessons of a value before it is ever filled alone, whatever its confidence."""


@dataclass(slots=True)
class _Tally:
    seen: int = 0
    filled: int = 0
    right: int = 0
    last: float | None = None

    def add(self, filled: bool, right: bool, now: float | None) -> None:  # noqa: FBT001  # two facts of one ticket
        self.seen += 1
        self.filled += filled
        self.right += filled and right
        self.last = now

    def window(self) -> Window:
        return Window(self.seen, self.last, share(self.filled, self.seen), precision(self.right, self.filled))


@dataclass(slots=True)
class _Windows:
    whole: _Tally = field(default_factory=_Tally)
    done: list[Window] = field(default_factory=list[Window])
    current: _Tally = field(default_factory=_Tally)

    def add(self, *, filled: bool, right: bool, now: float | None) -> None:
        for tally in (self.whole, self.current):
            tally.add(filled, right, now)
        if self.current.seen == TICKETS:
            self.done.append(self.current.window())
            self.current = _Tally()


def replay(
    warm: Sequence[Sure], outcomes: Sequence[Outcome], target: float
) -> tuple[tuple[Window, ...], Window | None]:
    """Return each full window of ``outcomes`` in their order, and all of them together; None: there are none.

    ``warm``: answers to the training part, held out, that the threshold starts from. A ticket's own outcome
    counts for those after it only. Fewer tickets than a window are one window.
    """
    rolling = Rolling(target)
    for confidence, right in warm:
        rolling.add(confidence, right)
    windows = _Windows()
    now = rolling.threshold()
    for place, each in enumerate(outcomes):
        if place % EVERY == 0:
            now = rolling.threshold()
        windows.add(filled=is_filled(each, now), right=each.right, now=now)
        rolling.add(each.confidence, each.right)
    if not outcomes:
        return (), None
    whole = windows.whole.window()
    return tuple(windows.done) or (whole,), whole


def levels(held: Sequence[Sure], outcomes: Sequence[Outcome], targets: Sequence[float]) -> tuple[Level, ...]:
    """Return what each promise would have covered and kept.

    ``held``: answers to the training part, held out; all thresholds come from these.
    """
    found: list[Level] = []
    for target in targets:
        least = threshold([each.confidence for each in held], [each.right for each in held], target)
        filled = [each for each in outcomes if is_filled(each, least)]
        hits = sum(each.right for each in filled)
        found.append(Level(target, least, share(len(filled), len(outcomes)), precision(hits, len(filled))))
    return tuple(found)


def is_filled(outcome: Outcome, least: float | None) -> bool:
    """Whether it would be filled alone from a confidence of ``least`` on."""
    return (
        least is not None
        and bool(outcome.ranked)
        and outcome.confidence >= least
        and outcome.support >= SUPPORT_MIN
    )
