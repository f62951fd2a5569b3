"""Which language a requester writes: a vote of the small words nobody can do without."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = (
    "the and is are was to of in for on with my we you it this that not have has can please when after but"
    " cannot from our an be at as do does i"
)
_FRENCH = (
    "le la les des un une et est sont dans pour sur avec mon ma mes nous vous je il elle ce cette pas ne du"
    " de au aux que qui depuis plus bonjour merci votre notre été ai impossible"
)
_SMALL = {"en": frozenset(_WORD.findall(_ENGLISH)), "fr": frozenset(_WORD.findall(_FRENCH))}
WORDS_MAX = 400
"""A few hundred words settle it."""


def language_of(text: str) -> str:
    """Return ``en`` or ``fr``; English when neither wins."""
    words = _WORD.findall(text.lower())[:WORDS_MAX]
    votes = {language: sum(word in small for word in words) for language, small in _SMALL.items()}
    return "fr" if votes["fr"] > votes["en"] else "en"
