"""Lines that stand in many tickets of a queue: forms, greetings, banners. They tell no ticket from another.

A line is kept as a hash of its words, numbers left out, so that what was learned here holds nobody's text.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

SHARE_MIN: Final = 0.25
"""Of a queue's tickets: a line in fewer may be what they are about."""
TICKETS_MIN: Final = 40
"""That have the line; in a smaller queue chance makes shares."""
LINES_COUNTED_MAX: Final = 200_000
"""Different lines counted of all queues together; beyond it those seen once are forgotten (20 MB)."""

_NUMBER = re.compile(r"\d+")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Templates:
    """The template lines of each queue of a connector."""

    lines: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """By queue, hashes of lines."""

    def strip(self, queue: str, text: str) -> str:
        """Return ``text`` without the template lines of ``queue``; all of it where nothing else is in it."""
        known = self.lines.get(queue)
        if not known:
            return text
        kept = [line for line in text.split("\n") if not (_LETTER.search(line) and mark(line) in known)]
        left = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
        return left if _LETTER.search(left) else text

    def joined(self, other: Templates) -> Templates:
        """Return the lines of both."""
        queues = {*self.lines, *other.lines}
        nothing: frozenset[str] = frozenset()
        return Templates(
            {queue: self.lines.get(queue, nothing) | other.lines.get(queue, nothing) for queue in queues}
        )


class Counting:
    """Counts in how many tickets of each queue a line stands."""

    def __init__(self) -> None:
        self._tickets: Counter[str] = Counter()
        self._lines: Counter[tuple[str, str]] = Counter()

    def add(self, queue: str, text: str) -> None:
        """Count one ticket."""
        self._tickets[queue] += 1
        self._lines.update((queue, each) for each in marks(text.split("\n")))
        if len(self._lines) > LINES_COUNTED_MAX:
            self._forget_the_rare()

    def __len__(self) -> int:
        """Return how many different lines are remembered at present."""
        return len(self._lines)

    def found(self) -> Templates:
        """Return the lines that are common enough."""
        common: dict[str, set[str]] = {}
        for (queue, line), count in self._lines.items():
            if count >= max(TICKETS_MIN, SHARE_MIN * self._tickets[queue]):
                common.setdefault(queue, set()).add(line)
        return Templates({queue: frozenset(lines) for queue, lines in common.items()})

    def _forget_the_rare(self) -> None:
        # Half of the room is made at once: a flood of different lines costs no more than counting them.
        seen = 0
        while len(self._lines) > LINES_COUNTED_MAX // 2:
            seen += 1
            self._lines = Counter({line: count for line, count in self._lines.items() if count > seen})


def marks(lines: Iterable[str]) -> set[str]:
    """Return the hashes of the lines that hold a letter."""
    return {mark(line) for line in lines if _LETTER.search(line)}


def mark(line: str) -> str:
    """Return the hash of a line: the same for any case, any spacing and any numbers."""
    plain = _NUMBER.sub("0", " ".join(line.casefold().split()))
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=8).hexdigest()
