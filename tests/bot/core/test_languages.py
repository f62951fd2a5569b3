"""Which language a text is in: by small words, and in a ticket of three words by what tickets are made of."""

from __future__ import annotations

import pytest

from bot.core.languages import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The printer does not work and I need it", "en"),
        ("Impossible d'ouvrir une session VPN", "fr"),
        ("VPN en panne", "fr"),
        ("Problème Outlook", "fr"),
        ("Mot de passe oublié", "fr"),
        ("Écran noir", "fr"),
        ("urgent: serveur injoignable", "fr"),
        ("Ordinateur très lent", "fr"),
        ("Password reset", "en"),
        ("Printer broken", "en"),
        ("Drucker defekt", "de"),
        ("O computador não liga e está lento", "pt"),
        ("Outlook", ""),
        ("VPN 5.2", ""),
        ("", ""),
    ],
)
def test_a_text_is_in_the_language_it_is_written_in_or_in_none(text: str, language: str) -> None:
    assert language_of(text) == language
