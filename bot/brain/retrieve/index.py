"""The index: which texts are most like this one, of those the asker may see.

Words with their neighbours, and pieces of words where texts are short; each part's scores are divided by
their spread over the texts allowed (the z-sum of both, as a weighted mean), so that the part which tells
texts apart better for this query weighs more.

A text that may not be seen, or was removed, is left out before anything is scored: it takes no place, moves
no spread and is no candidate. How rare a word is, is counted over the whole index; where even that is too
much to share, make an index for each group of people.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.brain.retrieve.container import read as read_file
from bot.brain.retrieve.container import write as write_file
from bot.brain.retrieve.keys import Keys
from bot.brain.retrieve.mixing import Beside, best, fitting, mixed, shares
from bot.brain.retrieve.parts import Part, Walk
from bot.brain.retrieve.postings import Counted, Floats, Mask, Postings, bits_for, count, freeze, merged
from bot.brain.retrieve.terms import TEXT_CHARS_MAX, Reader, Terms, read
from bot.core.errors import Misconfigured

FORMAT, VERSION = "countersign-index", 1
BATCH = 1 << 16
"""Texts read at a time while building."""
LIVE_MAX = 2_000
"""Added texts beside the frozen ones; with more, queries slow down by a millisecond per thousand."""
CANDIDATES = 256
WALKS_MAX = 4
"""Kept of the texts asked about last, four bytes a text of the index each: one ticket is asked about for its
values, its like and its answer, and two tickets at a time."""


class Pieces(enum.Enum):
    """Which words are compared by their pieces as well.

    Pieces find other forms, compounds and typing errors, and take five times the room of words.
    """

    NONE = "none"
    TITLE = "title"
    """Of the first line."""
    ALL = "all"
    """For short texts: titles, passages of articles."""


_KINDS = {
    Pieces.NONE: ("words",),
    Pieces.TITLE: ("words", "pieces"),
    Pieces.ALL: ("words", "pieces"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One text that is like the query."""

    place: int
    """In the order built, then added; holds until the index is merged."""
    score: float
    """0 to 1: cosine; the weighted mean of both parts where there are two."""
    key: str


class Index:
    """Safe for threads. Frozen texts in arrays that may be a mapped file; added ones in memory."""

    def __init__(self, parts: Sequence[Postings], keys: Keys, pieces: Pieces) -> None:
        """Use :meth:`build` or :meth:`load`."""
        self._parts = [Part(each) for each in parts]
        self._keys, self._pieces = keys, pieces
        self._gone, self._removed = np.zeros(len(keys), np.bool_), 0
        self._lock = threading.Lock()
        self._walks: dict[str, list[Walk]] = {}
        """Of the texts asked about last, until a text comes or goes."""

    @classmethod
    def build(cls, texts: Iterable[tuple[str, str]], *, pieces: Pieces = Pieces.NONE, size: int = 0) -> Index:
        """Index pairs of key and text. ``size``: how many there will be, where ``texts`` cannot say.

        Takes about 0.1 ms a ticket of 40 words; at its peak 1.5 GB for a million of them.
        """
        size = len(texts) if isinstance(texts, Sequence) else size
        batches = _Batches(pieces, size)
        keys, reader, heads = list[str](), Reader(), Reader()
        for key, text in texts:
            keys.append(key)
            reader.add(text)
            heads.add(_head(text) if pieces is Pieces.TITLE else "")
            if len(reader) == BATCH:
                batches.add(reader, heads)
                reader, heads = Reader(), Reader()
        batches.add(reader, heads)
        return cls(batches.frozen(), Keys.of(keys), pieces)

    def __len__(self) -> int:
        """Return how many texts can be found."""
        return len(self._gone) - self._removed

    @property
    def crowded(self) -> bool:
        """Whether it is time for :meth:`merged`: many texts added, or one in eight removed."""
        added = len(self._gone) - self._parts[0].frozen.size
        return added > LIVE_MAX or self._removed * 8 > max(len(self._gone), 64)

    @property
    def room(self) -> int:
        """How many places there are, removed texts included: the length of a mask."""
        return len(self._gone)

    def nearest(
        self,
        text: str,
        count: int,
        *,
        allowed: Mask | Sequence[int] | None = None,
        beside: Beside | None = None,
    ) -> list[Hit]:
        """Return up to ``count`` texts that share something with ``text``, best first, ties by place.

        ``allowed``: a mask over the places (those behind its end may not be seen) or the places themselves;
        None: all. ``beside`` adds vectors.
        """
        with self._lock:
            mask = self._mask(allowed)
            if count < 1 or not (len(self) if mask is None else mask.any()):
                return []
            walks = self._walked(text)
            scores = [walk.scores if mask is None else walk.scores * mask for walk in walks] + (
                [fitting(beside, mask, len(self._gone))] if beside else []
            )
            parts = shares(scores, mask, beside.weight if beside else 0.0)
            found = best(mixed(scores, parts), max(CANDIDATES, 4 * count))
            exact = self._exact(walks, found, scores[len(walks) :])
            final = mixed(exact, parts)
            order = np.lexsort((found, -final))[:count]
            return [
                Hit(int(found[at]), min(float(final[at]), 1.0), self._keys.at(int(found[at])))
                for at in order
                if final[at] > 0
            ]

    def place(self, key: str) -> int | None:
        """Return where the text with ``key`` is; None when there is none."""
        with self._lock:
            return self._keys.place(key)

    def key(self, place: int) -> str:
        """Return the key of the text at ``place``."""
        with self._lock:
            return self._keys.at(place)

    def alike(self, one: str, other: str) -> float:
        """Return the cosine of two texts by their words, each weighed by how rare it is here; 0 to 1."""
        with self._lock:
            a, b = (read([text]).words_and_pairs() for text in (one, other))
            return self._parts[0].alike(a, b)

    def rarest(self, found: Sequence[str]) -> list[str]:
        """Return ``found`` words sorted by how few texts hold each, about: a bucket may be shared."""
        with self._lock:
            held = self._parts[0].holders(read(found).words_and_pairs())
        return [found[int(at)] for at in np.argsort(held[: len(found)], kind="stable")]

    def add(self, key: str, text: str) -> int:
        """Add a text, in the place of the one that had ``key``, if any; return its place."""
        with self._lock:
            self._walks.clear()
            self._forget(key)
            for part, terms in zip(self._parts, self._terms(read([text]), text), strict=True):
                part.add(terms)
            self._gone = np.append(self._gone, False)
            return self._keys.add(key)

    def remove(self, key: str) -> bool:
        """Forget a text: from now on it is in no answer, after merging or saving in no array either."""
        with self._lock:
            return self._forget(key)

    @property
    def places(self) -> NDArray[np.int64]:
        """The places that hold a text, ascending: what :meth:`merged` counts anew from 0."""
        with self._lock:
            return np.flatnonzero(~self._gone)

    def merged(self) -> Index:
        """Return an index of what is left, all of it frozen; places are new. Needs no texts.

        Takes some 2 s per 100,000 tickets. It can be asked meanwhile; what is added or removed before it
        returns is not in the new one.
        """
        with self._lock:
            keep = ~self._gone
            left = [(part.frozen, part.left(keep)) for part in self._parts]
            keys = [self._keys.at(int(at)) for at in np.flatnonzero(keep)]
        parts = [merged(frozen, live, keep[: frozen.size]) for frozen, live in left]
        return Index(parts, Keys.of(keys), self._pieces)

    def save(self, path: Path) -> None:
        """Write it to ``path``, by a rename; nothing of a removed text is written.

        Raises:
            Misconfigured: the file cannot be written; it says why.
        """
        if self._removed or len(self._gone) > self._parts[0].frozen.size:
            self.merged().save(path)
            return
        arrays = {
            f"{kind}.{name}": array
            for kind, part in zip(_KINDS[self._pieces], self._parts, strict=True)
            for name, array in part.frozen.arrays().items()
        }
        arrays |= {f"keys.{name}": array for name, array in self._keys.arrays().items()}
        about = {"pieces": self._pieces.value, "bits": [part.frozen.bits for part in self._parts]}
        write_file(path, {"format": FORMAT, "version": VERSION, **about}, arrays)

    @classmethod
    def load(cls, path: Path) -> Index:
        """Map the file at ``path``; processes that load the same one share its memory.

        Raises:
            Misconfigured: it is missing, damaged or of another version; it says what to do.
        """
        about, arrays = read_file(path, FORMAT, VERSION)
        try:
            pieces = Pieces(about["pieces"])
            parts = [
                Postings.of(int(bits), {name: arrays[f"{kind}.{name}"] for name in Postings.NAMES})
                for kind, bits in zip(_KINDS[pieces], about["bits"], strict=True)
            ]
            keys = Keys.frozen({name: arrays[f"keys.{name}"] for name in Keys.NAMES})
            _agree(parts, keys)
        except (KeyError, TypeError, ValueError) as error:
            raise Misconfigured(f"{path} does not read ({error}): delete it, it is built again") from error
        return cls(parts, keys, pieces)

    def _walked(self, text: str) -> list[Walk]:
        """Score every text, or remember having done so: one ticket is asked about several times in a row."""
        text = text[:TEXT_CHARS_MAX]
        found = self._walks.pop(text, None)
        if found is None:
            terms = self._terms(read([text]), text)
            found = [part.walk(part.ask(each)) for part, each in zip(self._parts, terms, strict=True)]
        self._walks[text] = found
        while len(self._walks) > WALKS_MAX:
            del self._walks[next(iter(self._walks))]
        return found

    def _terms(self, reader: Reader, text: str) -> list[Terms]:
        found = [reader.words_and_pairs()]
        if self._pieces is Pieces.ALL:
            found.append(reader.pieces())
        elif self._pieces is Pieces.TITLE:
            found.append(read([_head(text)]).pieces())
        return found

    def _mask(self, allowed: Mask | Sequence[int] | None) -> Mask | None:
        if allowed is None:
            return ~self._gone if self._removed else None
        given = np.asarray(allowed)
        if given.dtype == np.bool_:
            assert len(given) <= len(self._gone), "a mask has no more values than there are places"
            seen: Mask = ~self._gone
            seen[: len(given)] &= given
            seen[len(given) :] = False  # added after the mask was made: nobody said they may be seen
            return seen
        mask = np.zeros(len(self._gone), np.bool_)
        mask[given.astype(np.int64)] = True
        return mask & ~self._gone

    def _forget(self, key: str) -> bool:
        place = self._keys.place(key)
        if place is None:
            return False
        self._walks.clear()
        self._gone[place] = True
        self._removed += 1
        self._keys.forget(key)
        return True

    def _exact(
        self, walks: Sequence[Walk], found: NDArray[np.uint32], others: Sequence[Floats]
    ) -> list[Floats]:
        exact = [part.complete(walk, found) for part, walk in zip(self._parts, walks, strict=True)]
        return [*exact, *(other[found] for other in others)]


def _agree(parts: Sequence[Postings], keys: Keys) -> None:
    if {part.size for part in parts} != {len(keys)}:
        raise ValueError("its parts differ in size")


def _head(text: str) -> str:
    return text.partition("\n")[0]


class _Batches:
    """Counted batches by kind of term. The first one settles how many buckets there are."""

    def __init__(self, pieces: Pieces, size: int) -> None:
        self._pieces, self._size = pieces, size
        self._kinds: list[list[Counted]] = [[]] if pieces is Pieces.NONE else [[], []]
        self._bits: list[int] = []

    def add(self, reader: Reader, heads: Reader) -> None:
        found = [reader.words_and_pairs()]
        if self._pieces is not Pieces.NONE:
            found.append((reader if self._pieces is Pieces.ALL else heads).pieces())
        if not self._bits:
            scale = max(1.0, self._size / max(len(reader), 1))  # the more texts, the fewer new terms in each
            self._bits = [self._bits_of(terms, scale) for terms in found]
        for kind, terms, bits in zip(self._kinds, found, self._bits, strict=True):
            kind.append(count(terms, len(reader), bits))

    def _bits_of(self, terms: Terms, scale: float) -> int:
        different = int(len(np.unique(terms.hashes)) * sqrt(scale))
        return bits_for(max(different, 4 * self._size), self._size)

    def frozen(self) -> list[Postings]:
        return [freeze(kind, bits) for kind, bits in zip(self._kinds, self._bits, strict=True)]
