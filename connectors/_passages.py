"""What sources answer with, kept within bounds: so much of a title, so much of a text, so many at a time.

An answer is read by a model that is paid by the word, and by people on a small screen. Whoever wants more
asks for one thing by its key.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from bot.core.passages import Passage
from bot.core.untrusted import Untrusted

FOUND_MAX: Final = 10
"""Passages a search brings."""
TITLE_CHARS_MAX: Final = 200
"""Of a title, in characters: one line of a card."""
SNIPPET_CHARS_MAX: Final = 600
"""Of each passage of a search."""
TEXT_CHARS_MAX: Final = 8_000
"""Of one thing read by its key."""
QUERY_CHARS_MAX: Final = 300
"""Of a question, in characters: nobody types more, and it has to fit into a URL."""
WORDS_MAX: Final = 12
"""Words of a question that are looked for."""
WORD_CHARS_MAX: Final = 64
"""Of a word, in characters; a host's name has 63 between two dots."""

LONG_CHARS_MIN: Final = 4
"""Of a word that tells something alone, in characters: shorter ones stand in any text."""

_WORD: Final = re.compile(r"\w+(?:[.-]\w+)*")
_SECONDS_MAX: Final = 253_402_300_799
"""The last second of the year 9999, the last that a ``datetime`` holds."""


class Asked(BaseModel):
    """Base of what a lookup takes: nothing beside what is named."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


Query = Annotated[
    str, Field(min_length=1, max_length=QUERY_CHARS_MAX, description="A few words to look for, no operators.")
]


class Searched(Asked):
    """What a search takes."""

    query: Query


def words(query: str) -> tuple[str, ...]:
    """Return the words of ``query``, each once: whatever has a meaning in a query language is left behind."""
    found = dict.fromkeys(each.group()[:WORD_CHARS_MAX] for each in _WORD.finditer(query))
    return tuple(found)[:WORDS_MAX]


def long_words(query: str) -> tuple[str, ...]:
    """Return those of ``words`` that tell something alone: for a second look where no text has them all."""
    return tuple(word for word in words(query) if len(word) >= LONG_CHARS_MIN)


def passage(title: str, text: str, *, chars_max: int = SNIPPET_CHARS_MAX) -> Passage:
    """Return a passage cut to its bounds; where it stands is added with ``dataclasses.replace``."""
    return Passage(Untrusted(_cut(title, TITLE_CHARS_MAX)), Untrusted(_cut(text, chars_max)))


def instant(text: object) -> datetime | None:
    """Read an RFC 3339 moment with its zone; None for anything else."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo and 1 < read.year < 9999 else None  # noqa: PLR2004  # a zone moves it


def moment(seconds: float) -> datetime | None:
    """Read seconds since 1970; None where no calendar has them."""
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds <= _SECONDS_MAX else None


def _cut(text: str, chars_max: int) -> str:
    return text if len(text) <= chars_max else text[: chars_max - 1].rstrip() + "…"
