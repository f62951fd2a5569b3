"""Tickets that read almost the same: a copy on the other side of a split would be a question with its answer.

Exact, not sampled: two sets of words whose Jaccard similarity is at least ``SHARE`` have one of their few
rarest words in common (prefix filtering; Chaudhuri, Ganti, Kaushik, "A primitive operator for similarity
joins in data cleaning", 2006).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from bot.brain.words import words

SHARE: Final = 0.9
"""Words in common, of all words of both; in any order, each counted once."""
LOOKED_AT_MAX: Final = 1_000
"""Sets compared with one set: only a text of nothing but common words has more."""

_Words = frozenset[str]


def near_copies(known: Sequence[str], others: Sequence[str]) -> set[int]:
    """Return which of ``others`` read like one of ``known``, or like another that does."""
    sets = [frozenset(words(text)) for text in others]
    index = _Index(_rarity([*sets, *(frozenset(words(text)) for text in known)]))
    index.add(frozenset(words(text)) for text in known)
    found: set[int] = set()
    left = list(range(len(others)))
    while True:
        alike = [place for place in left if index.has_like(sets[place])]
        if not alike:
            return found
        found.update(alike)
        left = [place for place in left if place not in found]
        # What is new on the other side may have copies of its own on this one.
        index = _Index(index.rarity)
        index.add(sets[place] for place in alike)


def _rarity(sets: Iterable[_Words]) -> dict[str, int]:
    counts = Counter(word for each in sets for word in each)
    return {word: place for place, (word, _) in enumerate(sorted(counts.items(), key=lambda p: (p[1], p[0])))}


class _Index:
    """Finds sets of words by the rarest of them."""

    def __init__(self, rarity: dict[str, int]) -> None:
        """``rarity``: every word there will be, numbered rarest first."""
        self.rarity = rarity
        self._same: set[_Words] = set()
        self._by_word: dict[str, list[_Words]] = {}

    def add(self, sets: Iterable[_Words]) -> None:
        for each in sets:
            if each not in self._same:
                self._same.add(each)
                for word in self._rarest(each):
                    self._by_word.setdefault(word, []).append(each)

    def has_like(self, wanted: _Words) -> bool:
        """Whether a set is ``wanted``, or nearly; no words are like nothing."""
        if wanted in self._same:
            return bool(wanted)
        size = len(wanted)
        if size < SHARE * (size + 1):
            return False  # one word more or less is too much of so few
        looked_at = 0
        for word in self._rarest(wanted):
            for other in self._by_word.get(word, ()):
                if SHARE * size <= len(other) <= size / SHARE:
                    both = len(wanted & other)
                    if both >= SHARE * (size + len(other) - both):
                        return True
                    looked_at += 1
                    if looked_at >= LOOKED_AT_MAX:
                        return False
        return False

    def _rarest(self, each: _Words) -> list[str]:
        keep = len(each) - math.ceil(SHARE * len(each)) + 1
        return sorted(each, key=self.rarity.__getitem__)[:keep]
