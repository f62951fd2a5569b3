"""Past answers: which one may fit a new ticket, and how sure one can be of that on this desk.

A past answer is worth offering when its ticket is much like the new one *and* no other ticket that was
answered differently is nearly as much like it. How much is enough is learned from the desk's own history:
each answered ticket in turn is taken for new, and its true answer compared with what would have been offered.
That comparison counts shared words (no model): an offer fits when its words are alike at ``FITS_AT`` or more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from bot.brain.retrieve.index import Hit, Index
from bot.brain.retrieve.languages import language_of
from bot.brain.retrieve.postings import Mask

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
    """The answered tickets of one connector. Frozen; making one takes 0.2 ms a ticket."""

    def __init__(self, tickets: Iterable[Answered]) -> None:
        """Tickets without an answer are left out."""
        self._tickets = [each for each in tickets if each.answer.strip()]
        self._index = Index.build([(each.key, each.text) for each in self._tickets])
        self._answers = Index.build([(each.key, each.answer) for each in self._tickets])
        self._languages = np.array([language_of(each.answer) for each in self._tickets], np.str_)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._tickets)

    def best(
        self, text: str, language: str, *, allowed: Mask | None = None, without: int | None = None
    ) -> Offer | None:
        """Return the best offer in ``language`` for ``text``; None when nothing is alike.

        ``allowed``: a mask over the tickets in the order given (those without an answer not counted);
        ``without``: a place to leave out.
        """
        mask: Mask = self._languages == language
        if allowed is not None:
            mask = mask & allowed
        if without is not None:
            mask[without] = False
        hits = self._index.nearest(text, RIVALS, allowed=mask)
        if not hits:
            return None
        first = self._tickets[hits[0].place]
        return Offer(first, hits[0].score, hits[0].score - RIVAL_SHARE * self._rival(first, hits[1:]))

    def threshold(self, target: float = TARGET) -> float | None:
        """Return the lowest standing from which at least ``target`` of the offers fit, with 95 % certainty.

        None where this desk's history proves no threshold: then nothing is offered. Takes 3 ms for each of
        up to ``SAMPLE_MAX`` tickets, evenly spread over the history.
        """
        step = max(1, -(-len(self._tickets) // SAMPLE_MAX))
        tried = [self.tried(place) for place in range(0, len(self._tickets), step)]
        return lowest([each for each in tried if each is not None], target)

    def tried(self, place: int) -> tuple[float, bool] | None:
        """Take the ticket at ``place`` for new: the standing of what is offered, and whether that fits."""
        ticket = self._tickets[place]
        offer = self.best(ticket.text, str(self._languages[place]), without=place)
        if offer is None:
            return None
        return offer.standing, self.fits(offer.past.answer, ticket.answer)

    def fits(self, one: str, other: str) -> bool:
        """Whether two answers say much the same."""
        return self._answers.alike(one, other) >= FITS_AT

    def _rival(self, first: Answered, others: Sequence[Hit]) -> float:
        return next(
            (hit.score for hit in others if not self.fits(first.answer, self._tickets[hit.place].answer)), 0.0
        )


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
