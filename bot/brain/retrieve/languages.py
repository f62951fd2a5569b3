"""Words that name no subject: grammar and courtesy, in all the languages that are told apart."""

from __future__ import annotations

from typing import Final

from bot.brain.retrieve.terms import words
from bot.core.languages import SMALL

_COURTESY: Final = frozenset(
    words(
        "hello hi hey dear team thanks thank help regards best kind morning afternoon sir madam issue problem"
        " ticket request today yesterday again still need able unable get hallo liebe guten tag danke hilfe"
        " freundlichen grüßen grüße problem heute wieder cher chère cordialement aide problème demande salut"
        " aujourd hui encore ayuda saludos problema hoy otra vez ajuda saudações hoje aiuto saluti oggi"
        " groeten hulp probleem vandaag weer"
    )
)
"""Words that every other ticket has, whatever it is about."""
_ALL: Final = _COURTESY.union(*SMALL.values())


def is_small(word: str) -> bool:
    """Whether ``word`` is grammar or courtesy in one of the languages: it names no subject."""
    return word in _ALL
