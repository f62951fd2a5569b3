"""Text to terms: the words and word pairs that the index counts."""

from __future__ import annotations

import itertools
import re
import zlib
from collections import Counter
from collections.abc import Iterator

BUCKETS = 1 << 18
"""Terms are hashed into so many: a table of fixed size instead of a dictionary of a history's every word. At
150,000 terms one in four shares its bucket, and a shared bucket costs a little precision, no correctness."""

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


def terms(text: str) -> Counter[int]:
    """Count the buckets of each word and each pair of neighbours."""
    found = list(words(text))
    pairs = (f"{a} {b}" for a, b in itertools.pairwise(found))
    return Counter(zlib.crc32(term.encode("utf-8", "surrogatepass")) % BUCKETS for term in (*found, *pairs))


def _keep_marks(text: str) -> str:
    return "".join(
        part if part.startswith("<") else part.lower() for part in re.split(r"(<[A-Z_]+_\d+>)", text)
    )
