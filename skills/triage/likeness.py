"""How alike two tickets are, by the words they share: a vendor's search finds them in no useful order."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bot.core.tickets import PastTicket

LIKE_AT = 0.12
"""Below this, two tickets share a few common words and no subject: nobody is helped by seeing them."""
TEXT_CHARS_MAX = 4_000
"""Of each ticket compared: a subject is named early, and a log of a megabyte is no subject."""
SUMMARY_WEIGHT = 3
"""A word in the summary says three times as much about the subject as one in the description."""
_WORD = re.compile(r"[^\W\d_]{3,}")


def most_alike(
    summary: str, description: str, found: Sequence[PastTicket], count: int
) -> tuple[PastTicket, ...]:
    """Return up to ``count`` of ``found`` that are about the same thing, most alike first, with their scores.

    Cosine over words, each weighted by how few of the tickets at hand contain it; copies of one summary count
    once, the newest first as the vendor gave them.
    """
    mine = _counted(summary, description)
    theirs = [_counted(past.summary.clean(), past.description.clean(TEXT_CHARS_MAX)) for past in found]
    rarity = _rarity([mine, *theirs])
    scored = [
        replace(past, score=round(_cosine(mine, counted, rarity), 3))
        for past, counted in zip(found, theirs, strict=True)
    ]
    best: dict[str, PastTicket] = {}
    for past in sorted(scored, key=lambda each: -each.score):
        best.setdefault(past.summary.line().casefold(), past)
    return tuple(past for past in best.values() if past.score >= LIKE_AT)[:count]


def _counted(summary: str, description: str) -> Counter[str]:
    counted = Counter(_WORD.findall(description[:TEXT_CHARS_MAX].casefold()))
    for word in _WORD.findall(summary.casefold()):
        counted[word] += SUMMARY_WEIGHT
    return counted


def _rarity(texts: Sequence[Counter[str]]) -> dict[str, float]:
    """Return how much each word tells: the logarithm of how few of the texts contain it."""
    seen = Counter(word for text in texts for word in text)
    return {word: math.log(1 + len(texts) / count) for word, count in seen.items()}


def _cosine(one: Counter[str], other: Counter[str], rarity: dict[str, float]) -> float:
    shared = sum(_weight(one, w, rarity) * _weight(other, w, rarity) for w in one.keys() & other.keys())
    length = _length(one, rarity) * _length(other, rarity)
    return shared / length if length else 0.0


def _length(text: Counter[str], rarity: dict[str, float]) -> float:
    return math.sqrt(sum(_weight(text, word, rarity) ** 2 for word in text))


def _weight(text: Counter[str], word: str, rarity: dict[str, float]) -> float:
    return (1 + math.log(text[word])) * rarity[word]
