"""Text to numbers: words with pairs of neighbours, stems, or pieces of words, weighed by how rare they are.

The same code reads a lesson and a question, so that both mean the same by a term.
"""

from __future__ import annotations

import enum
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.brain.words import WORD_CHARS_MAX, words

TEXT_CHARS_MAX = 20_000
"""Of one ticket: what a requester says first says most, and a megabyte of log must not cost a second."""
TERMS_MAX = 1 << 19
"""Of one vocabulary, the commonest kept: what 50,000 tickets use at least twice, and 4 MB of codes."""
LESSONS_MIN = 2
"""A term of one ticket alone says nothing about the next."""
PIECE_LESSONS_MIN = 3
"""The same for stems and pieces, which many words share."""
RARITY = 0.6
"""Power of the usual rarity: the solver weighs terms itself, and whole rarity overstates the odd ones. Worth
0.2 points of accuracy for many lessons and nothing either way for few."""
PIECE_CHARS = 4
"""Characters of a piece, the blanks around its word counted."""
STEM_CHARS = 5
"""Characters of a stem; four and six were no better."""
AT_ONCE = 2_000
"""Texts that are counted together: all words of 50,000 long mails at once are a gigabyte."""
SLOTS = 8
"""Of the codes, merged one after another for the same reason."""
HEAD_WORDS = 10
"""Words at the head of a text: its summary, or as much of it as says what is wanted."""

Codes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

_PAIR = np.uint64(0x9E37_79B9_7F4A_7C15)
"""2^64 by the golden ratio: spreads the first word's code over all bits before the second is added."""
_PLACEHOLDER = re.compile(r"_\d+>")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Thai, Lao, Burmese, Khmer, kana, Han, Hangul: runs of them are not one word."""


@dataclass(frozen=True, slots=True)
class Bags:
    """Texts as bags of terms, one after another: text n has ``columns[offsets[n]:offsets[n + 1]]``."""

    offsets: Places
    columns: Places
    weights: Floats
    known: Floats
    """By text, which share of its single words' weight is known, 0 to 1; 0 for a text without any."""
    sizes: Places
    """By text, how many words it has."""

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self.sizes)


class Kind(enum.Enum):
    """What counts as a term."""

    WORDS = "words"
    """Words, and pairs of neighbours."""
    HEADS = "heads"
    """The same of the first ten words alone: there a word says what a ticket is about, further down it is
    often in passing. Worth half a point of accuracy on every set of tickets."""
    STEMS = "stems"
    """The beginnings of words: most of what pieces know, for a tenth of their time."""
    PIECES = "pieces"
    """Runs of four characters between two blanks, with punctuation: they read through inflection, typos and
    compounds, and know a machine's mail by its layout. Four alone is as good as two to five, at a fifth."""

    @property
    def lessons_min(self) -> int:
        """Lessons that a term needs to be learned."""
        return LESSONS_MIN if self in _PAIRED else PIECE_LESSONS_MIN


_PAIRED = (Kind.WORDS, Kind.HEADS)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms that were learned. A term is kept as a number: the file holds nobody's text."""

    kind: Kind
    codes: Codes
    """Ascending."""
    idf: Floats
    unknown: float
    """What a term weighs that was never seen: as much as one text's own."""

    def bags(self, texts: Sequence[str]) -> Bags:
        """Return ``texts`` as rows of length 1: (1 + log of the count) times the rarity."""
        return self.bags_of(singles_of(self.kind, texts))

    def bags_of(self, singles: Sequence[Codes], *, learned: bool = False) -> Bags:
        """Return rows as :meth:`bags`, of texts that are codes already.

        ``learned``: the vocabulary is of just these texts, so what two of them brought in is not known yet.
        """
        begins = range(0, max(1, len(singles)), AT_ONCE)
        return _together([self._bags(singles[at : at + AT_ONCE], learned=learned) for at in begins])

    def _bags(self, singles: Sequence[Codes], *, learned: bool) -> Bags:
        sizes = np.array([len(each) for each in singles], dtype=np.int64)
        rows, codes, counts = _counted(*_all_terms(self.kind, singles, sizes))
        columns, found = self._find(codes)
        known = self._known(singles, sizes, rarest=learned)
        rows, columns = rows[found], columns[found]
        weights = (1 + np.log(counts[found])).astype(np.float32) * self.idf[columns]
        norms = np.sqrt(_summed(rows, weights * weights, len(sizes))).astype(np.float32)
        offsets = np.zeros(len(sizes) + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=len(sizes)), out=offsets[1:])
        return Bags(offsets, columns, weights / norms[rows], known, sizes)

    def _find(self, codes: Codes) -> tuple[Places, npt.NDArray[np.bool_]]:
        if not len(self.codes):
            return np.zeros(len(codes), dtype=np.int64), np.zeros(len(codes), dtype=np.bool_)
        columns = np.searchsorted(self.codes, codes).clip(max=len(self.codes) - 1)
        return columns, self.codes[columns] == codes

    def _known(self, singles: Sequence[Codes], sizes: Places, *, rarest: bool) -> Floats:
        codes = _joined(singles)
        columns, found = self._find(codes)
        worth = np.full(len(codes), self.unknown, dtype=np.float64)
        worth[found] = self.idf[columns[found]]
        if rarest and len(self.idf):
            found &= worth < float(self.idf.max())
        rows = np.repeat(np.arange(len(sizes)), sizes)
        whole = _summed(rows, worth, len(sizes))
        part = _summed(rows, np.where(found, worth, 0), len(sizes))
        return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0).astype(np.float32)


def learn_terms(kind: Kind, singles: Sequence[Codes], *, terms_max: int = TERMS_MAX) -> Vocabulary:
    """Return the vocabulary of texts, given as codes: terms that at least two of them have."""
    terms, frequency = _frequent(kind, singles)
    if len(terms) > terms_max:
        kept = np.sort(np.argsort(-frequency, kind="stable")[:terms_max])
        terms, frequency = terms[kept], frequency[kept]
    idf = (np.log((1 + len(singles)) / (1 + frequency)) + 1) ** RARITY
    return Vocabulary(
        kind, terms, idf.astype(np.float32), float(np.log((1 + len(singles)) / 2) + 1) ** RARITY
    )


def _frequent(kind: Kind, singles: Sequence[Codes]) -> tuple[Codes, Places]:
    """Return the terms that enough texts have, ascending, and how many have each."""
    some = [_distinct(kind, singles[at : at + AT_ONCE]) for at in range(0, len(singles), AT_ONCE)]
    terms, frequency = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)]
    for slot in range(SLOTS):
        taken = [codes % np.uint64(SLOTS) == slot for codes, _ in some]
        codes = _joined([each[mine] for (each, _), mine in zip(some, taken, strict=True)])
        counts = _joined([each[mine] for (_, each), mine in zip(some, taken, strict=True)])
        order = np.argsort(codes, kind="stable")
        codes, places = np.unique(codes[order], return_index=True)
        sums = np.add.reduceat(counts[order], places).astype(np.int64) if len(codes) else frequency[0]
        often = sums >= kind.lessons_min
        terms.append(codes[often])
        frequency.append(sums[often])
    found, sums = np.concatenate(terms), np.concatenate(frequency)
    order = np.argsort(found)
    return found[order], sums[order]


def _distinct(kind: Kind, singles: Sequence[Codes]) -> tuple[Codes, Codes]:
    sizes = np.array([len(each) for each in singles], dtype=np.int64)
    _, codes, _ = _counted(*_all_terms(kind, singles, sizes))
    terms, counts = np.unique(codes, return_counts=True)
    return terms, counts.astype(np.uint64)


def _together(bags: Sequence[Bags]) -> Bags:
    """Return several as one, in their order."""
    if len(bags) == 1:
        return bags[0]
    ends = np.cumsum([0, *(each.offsets[-1] for each in bags)])
    return Bags(
        np.concatenate([[0], *(each.offsets[1:] + end for each, end in zip(bags, ends, strict=False))]),
        np.concatenate([each.columns for each in bags]),
        np.concatenate([each.weights for each in bags]),
        np.concatenate([each.known for each in bags]),
        np.concatenate([each.sizes for each in bags]),
    )


def singles_of(kind: Kind, texts: Sequence[str]) -> list[Codes]:
    """Return the codes of each text's words, or of parts of them, in order. Never raises."""
    seen: dict[str, list[int]] = {}
    found = [_codes(kind, text, seen) for text in texts]
    return heads_of(found) if kind is Kind.HEADS else found


def heads_of(singles: Sequence[Codes]) -> list[Codes]:
    """Return the heads of texts, given as the codes of their words."""
    return [codes[:HEAD_WORDS] for codes in singles]


def _codes(kind: Kind, text: str, seen: dict[str, list[int]]) -> Codes:
    """Return the codes of one text; a word that was ``seen`` is not cut again."""
    text = text[:TEXT_CHARS_MAX]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    found: list[int] = []
    for word in _between_blanks(text) if kind is Kind.PIECES else words(text):
        codes = seen.get(word)
        if codes is None:
            parts = _CUTS[kind](word)
            codes = seen[word] = [zlib.crc32(part.encode("utf-8", "surrogatepass")) for part in parts]
        found += codes
    return np.array(found, dtype=np.uint64)


def _between_blanks(text: str) -> Iterator[str]:
    """Yield what stands between blanks; as with words, a redacted value counts as its kind."""
    for found in _PLACEHOLDER.sub(">", text).lower().split():
        if len(found) <= WORD_CHARS_MAX:
            yield found


def _parts(word: str) -> Sequence[str]:
    """Cut a run of a script without spaces into pairs of characters."""
    if word.isascii() or not _UNSPACED.search(word):
        return (word,)
    return [word[place : place + 2] for place in range(max(1, len(word) - 1))]


def _pieces(word: str) -> Sequence[str]:
    bounded = f" {word} "
    return [bounded[place : place + PIECE_CHARS] for place in range(max(1, len(bounded) - PIECE_CHARS + 1))]


def _stem(word: str) -> Sequence[str]:
    return [part[:STEM_CHARS] for part in _parts(word)]


_CUTS: Mapping[Kind, Callable[[str], Sequence[str]]] = {
    Kind.WORDS: _parts,
    Kind.HEADS: _parts,
    Kind.STEMS: _stem,
    Kind.PIECES: _pieces,
}


def _all_terms(kind: Kind, singles: Sequence[Codes], sizes: Places) -> tuple[Places, Codes]:
    """Return rows and codes of all words, then of pairs of neighbours within a text, if its kind has any."""
    codes = _joined(singles)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    if kind not in _PAIRED or len(codes) < 2:  # noqa: PLR2004  # a pair needs two
        return rows, codes
    within = rows[1:] == rows[:-1]
    pairs = (codes[:-1] + np.uint64(1)) * _PAIR + codes[1:]
    return np.concatenate((rows, rows[1:][within])), np.concatenate((codes, pairs[within]))


def _joined(singles: Sequence[Codes]) -> Codes:
    return np.concatenate(singles) if singles else np.zeros(0, dtype=np.uint64)


def _summed(rows: Places, amounts: npt.NDArray[Any], count: int) -> npt.NDArray[np.float64]:
    """Return the sum of each row's amounts; of none at all, numpy would count in whole numbers."""
    return np.bincount(rows, amounts, minlength=count).astype(np.float64)


def _counted(rows: Places, codes: Codes) -> tuple[Places, Codes, Places]:
    """Return each row's different codes, ascending, and how often each occurs."""
    if not len(codes):
        return rows, codes, np.zeros(0, dtype=np.int64)
    order = np.lexsort((codes, rows))
    rows, codes = rows[order], codes[order]
    first = np.concatenate(([True], (rows[1:] != rows[:-1]) | (codes[1:] != codes[:-1])))
    begins = np.flatnonzero(first)
    return rows[begins], codes[begins], np.diff(np.append(begins, len(codes)))
