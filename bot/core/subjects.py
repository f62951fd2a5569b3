"""What a text is about, roughly: its words that name something, and whether another text names one of them.

It judges nothing by itself: it keeps what has no word in common with a ticket from being told as its answer.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Final

from bot.core.languages import SMALL

CHARS_MAX: Final = 20_000
"""Looked at of one text."""
LONG_CHARS_MIN: Final = 4
"""Of a word that names something by itself; shorter ones do where they are ``VPN``, ``S3`` or ``dns``."""
ENDING_CHARS_MAX: Final = 2
"""By which the shorter of two forms of a word may differ: ``printer`` and ``printing``."""
APART_CHARS_MAX: Final = 4
"""By which the longer one may be longer."""

_WORD: Final = re.compile(r"[^\W_]+")
_VOWEL: Final = re.compile("[aeiouyàâäéèêëîïôöùûü]", re.IGNORECASE)
_GENERAL: Final = (
    "again all also any anymore anyone error errors every get gets got hello help hey how issue issues "
    "keep keeps let many more need needs new not now one open out problem problems since some still "
    "support team thank thanks ticket today too try until urgent use user users using very want wants "
    "what why work worked working works yes yesterday aide aider avoir besoin bien comme comment encore "
    "erreur erreurs être faire fait hier jour jours nouveau nouvel nouvelle ouvrir peut peux plait plaît "
    "problème problèmes probleme sans soir toujours tous tout toute très veuillez voir aber alle dringend "
    "fehler geht haben heute hilfe immer kein keine neu neue neuen noch problem probleme schon seit sich "
    "funktioniert wieder"
)
"""Words that stand in tickets about anything."""
_SMALL: Final = frozenset(_WORD.findall(_GENERAL)).union(*SMALL.values())


def subjects(text: str) -> frozenset[str]:
    """Return the words that name something, in lower case: no small words, and few that are short."""
    return frozenset(each.casefold() for each in _WORD.findall(text[:CHARS_MAX]) if _names(each))


def names_one_of(text: str, wanted: AbstractSet[str]) -> bool:
    """Whether a word of ``text`` is one of ``wanted`` or another form of it."""
    by_start: dict[str, list[str]] = {}
    for word in wanted:
        by_start.setdefault(word[:LONG_CHARS_MIN], []).append(word)
    held = {each.casefold() for each in _WORD.findall(text[:CHARS_MAX])}
    return any(_is_form(word, other) for word in held for other in by_start.get(word[:LONG_CHARS_MIN], ()))


def _names(word: str) -> bool:
    if word.casefold() in _SMALL or word.isdigit():
        return False
    return len(word) >= LONG_CHARS_MIN or (len(word) > 1 and _is_acronym(word))


def _is_acronym(word: str) -> bool:
    return word.isupper() or not word.isalpha() or not _VOWEL.search(word)


def _is_form(one: str, other: str) -> bool:
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < LONG_CHARS_MIN or len(longer) - len(shorter) > APART_CHARS_MAX:
        return False
    return longer.startswith(shorter[: max(LONG_CHARS_MIN, len(shorter) - ENDING_CHARS_MAX)])
