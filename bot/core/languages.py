"""Which language a text is in: a vote of the small words nobody can do without."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

WORDS_MAX = 400
"""A few hundred words settle it."""
CHARS_MAX = 20_000
"""Looked at: a megabyte without a blank is no language."""

_WORD = re.compile(r"[^\W\d_]+")
_SMALL: Final = {
    "en": (
        "a the and is are was were to of in for on with my we you it this that not have has can please "
        "when after but cannot from our an be at as do does i your will would which there been"
    ),
    "de": (
        "der die das und ist sind war ein eine einen einem einer nicht ich wir sie mit für auf bei "
        "von zu zum zur im den dem des es auch bitte kann können wird werden wurde haben hat aus nach "
        "oder unser unsere"
    ),
    "fr": (
        "le la les des un une et est sont dans pour sur avec mon ma mes nous vous je il elle ce cette "
        "pas ne du de au aux que qui depuis plus bonjour merci votre notre été ai impossible"
    ),
    "es": (
        "el la los las un una y es son en por para con mi mis nos usted ustedes que no del de al se "
        "su sus lo como está han hemos muy pero gracias hola desde esta este"
    ),
    "pt": (
        "o a os as um uma e é são em por para com meu minha nos você não do da dos das ao que se seu "
        "sua como está estamos mas obrigado obrigada olá desde esta este foi"
    ),
    "it": (
        "il lo la i gli le un una e è sono in per con mio mia ci non del della dei di al che si suo "
        "sua come ma grazie buongiorno dal questa questo abbiamo ho può"
    ),
    "nl": (
        "de het een en is zijn was in op voor met mijn wij we u je niet van te dat die deze dit kan "
        "kunnen wordt heeft hebben aan bij naar ook maar graag bedankt"
    ),
}
SMALL: Final = {language: frozenset(_WORD.findall(said)) for language, said in _SMALL.items()}
"""Words that name no subject, by language."""


_TELLING: Final = {
    "en": (
        "account broken cannot computer crash crashes down email file forgotten frozen keyboard laptop lost "
        "mailbox missing monitor mouse new not offline password printer printing request reset screen server "
        "slow stuck unable unreachable urgent wrong working"
    ),
    "fr": (
        "accès bloqué bloquée boîte bureau clavier compte demande écran éteint erreur fichier fonctionne "
        "imprimante injoignable lent lente marche messagerie mot nouveau nouvelle ordinateur oublié oubliée "
        "panne passe perdu poste problème réseau réinitialisation serveur souris très téléphone urgence"
    ),
    "de": (
        "bildschirm defekt drucker druckt dringend fehler funktioniert gesperrt kaputt kennwort konto "
        "langsam maus netzwerk neu neue neuer passwort postfach rechner startet tastatur vergessen "
        "verbindung zugang"
    ),
}
_TELLING_SETS: Final = {language: frozenset(_WORD.findall(said)) for language, said in _TELLING.items()}
"""Words of tickets of a few words, which hold no small one: "VPN en panne"."""


def language_of(text: str) -> str:
    """Return the language whose small words ``text`` has most of, or nothing when none wins.

    Where none does, words that tickets are made of decide, in the languages we know such words of.
    """
    found = _WORD.findall(text[:CHARS_MAX].lower())[:WORDS_MAX]
    return _most(found, SMALL) or _most(found, _TELLING_SETS)


def _most(found: Sequence[str], lists: Mapping[str, AbstractSet[str]]) -> str:
    votes = {language: sum(word in known for word in found) for language, known in lists.items()}
    best, second = sorted(votes.values(), reverse=True)[:2]
    return max(votes, key=votes.__getitem__) if best > second else ""
