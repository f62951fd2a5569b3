"""Text to terms: words, pairs of neighbouring words, and pieces of words, hashed, for many texts at once.

A term is a 32-bit hash; which of two terms share one is chance and costs a little precision, no correctness.
Nothing here raises on any text.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TEXT_CHARS_MAX = 20_000
"""Of one text: what it is about is said long before, and a log of a megabyte would be a slow query."""
WORD_CHARS_MAX = 40
"""Longer "words" are identifiers and base64: each occurs once and says nothing about the next ticket."""
PIECE_CHARS = (3, 4, 5)

_WORD = re.compile(r"<[a-z_]+_\d+>|[^\W_]+")
_MARK = re.compile(r"_\d+>")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]{2,}")
"""Japanese and Chinese do not put blanks between words: pairs of characters stand in for them."""
_MIX, _PAIR = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77)

Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms in no order, each with the text it stands in; one that occurs twice stands twice."""

    hashes: Hashes
    texts: NDArray[np.int64]
    """Place of the text, from 0."""


def words(text: str) -> list[str]:
    """Return the words of ``text`` in lower case and in order; a redacted value counts as its kind."""
    low = text[:TEXT_CHARS_MAX].lower()
    if not low.isascii():
        low = unicodedata.normalize("NFKC", low)[:TEXT_CHARS_MAX]
        low = _UNSPACED.sub(_pairs, low)
    found = [word for word in _WORD.findall(low) if len(word) <= WORD_CHARS_MAX]
    return [_MARK.sub(">", word) for word in found] if "<" in low else found


class Reader:
    """Reads texts one after another into flat arrays; knows each word's hash after seeing it once."""

    def __init__(self) -> None:
        """Make one per batch: its memory is the batch's vocabulary."""
        self._places: dict[str, int] = {}
        self._flat: list[int] = []
        self._lengths: list[int] = []

    def add(self, text: str) -> None:
        """Read one text."""
        places = self._places
        found = [places.setdefault(word, len(places)) for word in words(text)]
        self._flat += found
        self._lengths.append(len(found))

    def words_and_pairs(self) -> Terms:
        """Return every word and every pair of neighbours."""
        hashes, texts = self._hashes(), self._texts()
        inside = texts[1:] == texts[:-1]
        pairs = (hashes[:-1] * _PAIR + (hashes[1:] ^ _MIX)) * _MIX
        return Terms(np.concatenate([hashes, pairs[inside]]), np.concatenate([texts, texts[:-1][inside]]))

    def pieces(self) -> Terms:
        """Return every run of three, four and five letters inside a word, its borders counted as blanks."""
        by_word = [_pieces(word) for word in self._places]
        sizes = np.array([len(each) for each in by_word], np.int64)
        begins = np.cumsum(sizes) - sizes
        alphabet = np.array([piece for each in by_word for piece in each], np.uint32)
        flat = np.array(self._flat, np.int64)
        repeats = sizes[flat]
        within = np.arange(int(repeats.sum())) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        return Terms(alphabet[np.repeat(begins[flat], repeats) + within], np.repeat(self._texts(), repeats))

    def __len__(self) -> int:
        """Return how many texts were read."""
        return len(self._lengths)

    def _hashes(self) -> Hashes:
        by_word = np.array([_hash(word) for word in self._places], np.uint32)
        return by_word[np.array(self._flat, np.int64)]

    def _texts(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self._lengths)), np.array(self._lengths, np.int64))


def read(texts: Iterable[str]) -> Reader:
    """Read ``texts`` in order."""
    reader = Reader()
    for text in texts:
        reader.add(text)
    return reader


def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def _pieces(word: str) -> list[int]:
    padded, found = f" {word} ", list[int]()
    for size in PIECE_CHARS:
        found += [_hash(padded[at : at + size]) for at in range(max(1, len(padded) - size + 1))]
        if len(padded) <= size:
            break
    return found


def _pairs(run: re.Match[str]) -> str:
    text = run.group()
    return " " + " ".join(text[at : at + 2] for at in range(len(text) - 1)) + " "
