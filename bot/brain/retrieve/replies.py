"""Past answers: which one may fit a new ticket, and how sure one can be of that on this desk.

A past answer is worth offering when its ticket is much like the new one *and* no other ticket that was
answered differently is nearly as much like it. How much is enough is learned from the desk's own history:
each answered ticket in turn is taken for new, and its true answer compared with what would have been offered.
That comparison counts shared words (no model): an offer fits when its words are alike at ``FITS_AT`` or more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.brain.retrieve.index import Index
from bot.brain.retrieve.postings import Mask
from bot.brain.retrieve.rarities import Rarities
from bot.core.languages import SMALL, language_of

FITS_AT = 0.3
"""Cosine of two answers, by rare words and pairs of words, from which one could stand for the other."""
RIVALS = 5
"""Most alike tickets looked at for one that was answered differently."""
RIVAL_SHARE = 0.5
"""How much a rival's likeness takes away."""
TARGET = 0.9
"""Share of offers that have to fit."""
SAMPLE_MAX = 2_000
"""Answered tickets that the threshold is learned from."""
OFFERS_MIN = 20
"""Offers that a threshold has to be proven on: fewer prove nothing."""
BOUND_Z = 1.645
"""One-sided 95 % bound of a share."""

LANGUAGES: Final[tuple[str, ...]] = ("", *SMALL)
"""An answer whose language nothing tells is offered where nothing tells the ticket's either."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A past ticket and the answer that closed it, both redacted."""

    key: str
    text: str
    answer: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """The past answer that fits best."""

    past: Answered
    score: float
    """How alike the tickets are, 0 to 1."""
    standing: float
    """``score`` less half of the best rival's: what the threshold is about."""


class Replies:
    """The answers of one connector's tickets, beside the index of these. One writer; many may ask."""

    def __init__(self, index: Index, look_up: Callable[[str], Answered | None]) -> None:
        """``index``: of all tickets, answered or not; ``look_up``: a ticket by its key, None: it is gone."""
        self._index, self._look_up = index, look_up
        self._rarities = Rarities()
        self._spoken = np.zeros(0, np.int8)
        """By place, one more than the language of its answer; 0 where there is none."""

    @classmethod
    def of(cls, tickets: Iterable[Answered]) -> Replies:
        """Return the replies of ``tickets`` alone, with an index of their own; 0.2 ms a ticket."""
        known = {each.key: each for each in tickets}
        made = cls(Index.build([(each.key, each.text) for each in known.values()]), known.get)
        for place, each in enumerate(known.values()):
            made.put(place, each.answer)
        return made

    def put(self, place: int, answer: str) -> None:
        """Take the answer of the ticket at ``place``, the next one or behind it; it may be empty."""
        if place >= len(self._spoken):
            room = max(place + 1, self._index.room)
            self._spoken = np.append(self._spoken, np.zeros(room - len(self._spoken), np.int8))
        if answer.strip():
            self._rarities.add(answer)
            self._spoken[place] = 1 + LANGUAGES.index(language_of(answer))

    def drop(self, place: int, answer: str) -> None:
        """Take back what :meth:`put` was told of ``place``."""
        if answer.strip():
            self._rarities.remove(answer)
        self._spoken[place] = 0

    def moved(self, index: Index, places: NDArray[np.int64]) -> Replies:
        """Return the same beside ``index``, whose places are those of the old one that ``places`` names.

        What is put or dropped from then on is told the new ones alone.
        """
        made = Replies(index, self._look_up)
        made._rarities, made._spoken = self._rarities, self._spoken[places]
        return made

    def __len__(self) -> int:
        """Return how many answers there are."""
        return int(np.count_nonzero(self._spoken))

    def best(
        self, text: str, language: str, *, allowed: Mask | None = None, without: int | None = None
    ) -> Offer | None:
        """Return the best offer in ``language`` for ``text``; None when nothing is alike.

        ``allowed``: a mask over the places of the index; ``without``: a place to leave out.
        """
        if language not in LANGUAGES:
            return None
        mask: Mask = self._spoken == 1 + LANGUAGES.index(language)
        if allowed is not None:
            mask[: len(allowed)] &= allowed[: len(mask)]
            mask[len(allowed) :] = False
        if without is not None:
            mask[without] = False
        hits = self._index.nearest(text, RIVALS, allowed=mask)
        found = [(hit.score, past) for hit in hits if (past := self._look_up(hit.key)) is not None]
        if not found:
            return None
        (score, first), *others = found
        rival = next((near for near, other in others if not self.fits(first.answer, other.answer)), 0.0)
        return Offer(first, score, score - RIVAL_SHARE * rival)

    def threshold(self, target: float = TARGET) -> float | None:
        """Return the lowest standing from which at least ``target`` of the offers fit, with 95 % certainty.

        None where this desk's history proves no threshold: then nothing is offered. Takes 3 ms for each of
        up to ``SAMPLE_MAX`` tickets, evenly spread over the history.
        """
        answered = np.flatnonzero(self._spoken)
        step = max(1, -(-len(answered) // SAMPLE_MAX))
        tried = [self.tried(int(place)) for place in answered[::step]]
        return lowest([each for each in tried if each is not None], target)

    def tried(self, place: int) -> tuple[float, bool] | None:
        """Take the ticket at ``place`` for new: the standing of what is offered, and whether that fits."""
        ticket = self._look_up(self._index.key(place))
        if ticket is None or not self._spoken[place]:
            return None
        offer = self.best(ticket.text, LANGUAGES[int(self._spoken[place]) - 1], without=place)
        if offer is None:
            return None
        return offer.standing, self.fits(offer.past.answer, ticket.answer)

    def fits(self, one: str, other: str) -> bool:
        """Whether two answers say much the same."""
        return self._rarities.alike(one, other) >= FITS_AT


def lowest(tried: Sequence[tuple[float, bool]], target: float) -> float | None:
    """Return the lowest standing above which a share of ``target`` fits, by its lower bound."""
    found: float | None = None
    fitting = 0
    for count, (standing, fits) in enumerate(sorted(tried, reverse=True), 1):
        fitting += fits
        if count >= OFFERS_MIN and lower_bound(fitting, count) >= target:
            found = standing
    return found


def lower_bound(right: int, count: int) -> float:
    """Return the one-sided 95 % lower bound of a share, by Wilson's score."""
    share, square = right / count, BOUND_Z * BOUND_Z
    centre = share + square / (2 * count)
    spread = BOUND_Z * sqrt(share * (1 - share) / count + square / (4 * count * count))
    return (centre - spread) / (1 + square / count)
