"""Text to words, as lessons are read: what a classifier learns, and what makes two tickets one voice."""

from __future__ import annotations

import re
from collections.abc import Iterator

WORD_CHARS_MAX = 40
"""Longer "words" are identifiers and base64: each occurs once and says nothing about the next ticket."""

_WORD = re.compile(r"<[A-Z_]+_\d+>|[^\W_]{2,}")
_PLACEHOLDER = re.compile(r"_\d+>")


def words(text: str) -> Iterator[str]:
    """Yield the words of ``text`` in lower case; a redacted value counts as its kind."""
    for found in _WORD.finditer(text.lower() if "<" not in text else _keep_marks(text)):
        word = found.group()
        if len(word) <= WORD_CHARS_MAX:
            yield _PLACEHOLDER.sub(">", word)


def _keep_marks(text: str) -> str:
    return "".join(
        part if part.startswith("<") else part.lower() for part in re.split(r"(<[A-Z_]+_\d+>)", text)
    )
