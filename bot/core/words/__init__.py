"""Every sentence people read, in English and French; ``tests/tidy`` checks that both are there, gap for gap.

One file an area, each with a ``CATALOGUE``. Gaps are filled with plain strings; whoever shows the result
escapes it for where it goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.core.words import (
    access,
    agent,
    briefs,
    cards,
    create,
    deeds,
    home,
    incidents,
    itsm,
    ladder,
    modals,
    notes,
    pings,
    reasons,
    refusals,
    talk,
    unfurl,
)

LANGUAGES: Final = ("en", "fr")
CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    **notes.CATALOGUE,
    **cards.CATALOGUE,
    **modals.CATALOGUE,
    **refusals.CATALOGUE,
    **reasons.CATALOGUE,
    **pings.CATALOGUE,
    **home.CATALOGUE,
    **itsm.CATALOGUE,
    **unfurl.CATALOGUE,
    **ladder.CATALOGUE,
    **incidents.CATALOGUE,
    **briefs.CATALOGUE,
    **talk.CATALOGUE,
    **agent.CATALOGUE,
    **access.CATALOGUE,
    **create.CATALOGUE,
    **deeds.CATALOGUE,
}


def say(language: str, key: str, /, **gaps: str) -> str:
    """Return the sentence ``key`` in ``language`` (English where we do not speak it), its gaps filled."""
    sentence = CATALOGUE[key]
    return sentence.get(language, sentence["en"]).format(**gaps)
