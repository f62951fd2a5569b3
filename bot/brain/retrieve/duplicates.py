"""Near copies shown once, and "is it the same as an open ticket?" as a question.

That two tickets are duplicates is never claimed: measured, 8 of the 100 most similar pairs were. What is
returned here is for a person who sees both texts and says so.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.brain.retrieve.index import Hit, Index, Pieces
from bot.brain.retrieve.languages import is_small
from bot.brain.retrieve.postings import Mask
from bot.brain.retrieve.terms import words

NEAR_COPY = 0.9
"""Cosine of word counts above which two texts say the same with another name or number in it."""
COPY_WORDS_MIN = 3
"""Texts of fewer words are copies only when they have the same ones."""
PERHAPS_AT: Final = 0.6
"""How alike an open ticket must be for the question to be worth a person's look. With 3,000 open at once one
note in six asks (three desks measured); at 0.35 it is one in three, mostly the same request of two people."""
SHARED_MAX = 8
"""Words named beside a question: enough to see why it is asked."""
OPEN_USUAL = 4_000
"""Open tickets that the index is laid out for."""
OPEN_MAX = 20_000
"""Open tickets held; then the one added first makes room."""


@dataclass(frozen=True, slots=True)
class Alike:
    """One hit that stands for itself and its near copies."""

    hit: Hit
    copies: tuple[str, ...] = ()
    """Keys of those that say the same, best first."""

    @property
    def count(self) -> int:
        """How many there are in all."""
        return 1 + len(self.copies)


@dataclass(frozen=True, slots=True)
class Perhaps:
    """A question to a person: are these two about the same thing? Not an answer."""

    key: str
    score: float
    """How alike, 0 to 1; no probability of being the same."""
    mine: str
    theirs: str
    shared: tuple[str, ...]
    """Words that stand in both, rarest first, at most ``SHARED_MAX``."""


def collapsed(hits: Sequence[Hit], text_of: Callable[[Hit], str], count: int) -> list[Alike]:
    """Return up to ``count`` of ``hits``, in their order, each with its near copies among the others.

    Compares each with those before it: ask for few (three times ``count`` is plenty).
    """
    counted = [Counter(words(text_of(hit))) for hit in hits]
    firsts: list[int] = []
    copies: dict[int, list[str]] = {}
    for at, mine in enumerate(counted):
        same = next((first for first in firsts if near_copy(counted[first], mine)), None)
        if same is None:
            firsts.append(at)
            copies[at] = []
        else:
            copies[same].append(hits[at].key)
    return [Alike(hits[at], tuple(copies[at])) for at in firsts[:count]]


def near_copy(one: Counter[str], other: Counter[str]) -> bool:
    """Whether two texts, as counted words, have the same words or nearly so."""
    if one.keys() == other.keys():
        return True
    if min(len(one), len(other)) < COPY_WORDS_MIN:
        return False
    product = sum(number * other[word] for word, number in one.items())
    return product >= NEAR_COPY * math.sqrt(_square(one) * _square(other))


class OpenTickets:
    """The tickets that are open now, of one connector, in memory. Safe for threads."""

    def __init__(self) -> None:
        """Nothing is open."""
        self._lock = threading.Lock()
        self._texts: dict[str, str] = {}
        self._places: dict[str, int] = {}
        """Where each is in the index: to look all of them up for each question would take longest."""
        self._index = Index.build([], pieces=Pieces.NONE, size=OPEN_USUAL)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._texts)

    def add(self, key: str, text: str) -> None:
        """Open a ticket, or tell its new text: redacted, and shown to whoever may see ``key``."""
        with self._lock:
            if len(self._texts) >= OPEN_MAX and key not in self._texts:
                self._close(next(iter(self._texts)))
            self._texts[key] = text
            self._places[key] = self._index.add(key, text)
            if self._index.crowded:
                self._index = self._index.merged()
                found = {other: self._index.place(other) for other in self._texts}
                self._places = {other: place for other, place in found.items() if place is not None}

    def close(self, key: str) -> None:
        """Forget a ticket; one that is not known is none."""
        with self._lock:
            self._close(key)

    def same_as(self, key: str, text: str, count: int, *, allowed: Callable[[str], bool]) -> list[Perhaps]:
        """Return up to ``count`` open tickets that a person should compare with ``text``, most alike first.

        ``allowed`` says of a key whether whoever reads the question may see that ticket; the others are left
        out before anything is compared. ``key`` is the ticket asked about, which is no duplicate of itself.
        """
        with self._lock:
            index, texts = self._index, self._texts
            mask: Mask = np.zeros(index.room, np.bool_)
            mask[[place for other, place in self._places.items() if other != key and allowed(other)]] = True
            return [
                Perhaps(hit.key, hit.score, text, texts[hit.key], _shared(text, texts[hit.key], index))
                for hit in index.nearest(text, count, allowed=mask)
                if hit.score >= PERHAPS_AT
            ]

    def _close(self, key: str) -> None:
        if self._texts.pop(key, None) is not None:
            del self._places[key]
            self._index.remove(key)


def _shared(one: str, other: str, index: Index) -> tuple[str, ...]:
    theirs = set(words(other))
    shared = {word for word in words(one) if word in theirs and len(word) > 1 and not is_small(word)}
    return tuple(index.rarest(sorted(shared))[:SHARED_MAX])


def _square(counted: Counter[str]) -> int:
    return sum(number * number for number in counted.values())
