"""How alike a text is to each of many, for a search that adds it to its own scores.

A text is one piece or several: an article is as alike as the most alike of its passages, whereas the vector
of a whole article would be of its first page only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.arrays_file import Arrays, pack, same_model, unpack
from bot.brain.semantic.remembering import (
    DIGEST_BYTES,
    Digests,
    Embeds,
    digests_of,
    no_digests,
    vectors_of,
)
from bot.brain.semantic.weights import Floats

MAGIC: Final = b"countersign likeness 1\n"
WHAT: Final = "the texts' vectors"

Owners = NDArray[np.int32]


class Likeness:
    """Vectors of texts by place. Frozen: :meth:`adding` makes another one, the vectors computed once."""

    def __init__(self, embedder: Embeds, vectors: Floats, digests: Digests, owners: Owners) -> None:
        """A row of each a piece; ``owners`` says whose it is and ascends without gaps."""
        self._embedder = embedder
        self._vectors, self._digests, self._owners = vectors, digests, owners
        self._begins = np.flatnonzero(np.diff(owners, prepend=-1))

    @classmethod
    def of(cls, embedder: Embeds, texts: Sequence[Sequence[str]], before: Likeness | None = None) -> Likeness:
        """Return the likeness to ``texts``, each given as its pieces; a text without any has an empty one.

        ``before``: vectors that need not be computed again. A new piece costs some 5 ms.
        """
        pieces = [list(each) or [""] for each in texts]
        flat = [piece for each in pieces for piece in each]
        digests = digests_of(flat)
        had = (
            before.known if before is not None else (no_digests(), np.empty((0, embedder.width), np.float32))
        )
        owners = np.repeat(np.arange(len(pieces), dtype=np.int32), [len(each) for each in pieces])
        return cls(embedder, vectors_of(flat, digests, had, embedder), digests, owners)

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self._begins)

    @property
    def known(self) -> tuple[Digests, Floats]:
        """Return the vectors and what they are of."""
        return self._digests, self._vectors

    def scores(self, text: str) -> Floats:
        """Return the cosine of each text to ``text``, by place. Never raises on any text."""
        if not len(self):
            return np.empty(0, np.float32)
        alike = self._vectors @ self._embedder.embed([text])[0]
        return np.asarray(np.maximum.reduceat(alike, self._begins), np.float32)

    def adding(self, pieces: Sequence[str]) -> Likeness:
        """Return the likeness to one text more, at the next place."""
        flat = list(pieces) or [""]
        digests = digests_of(flat)
        fresh = vectors_of(flat, digests, self.known, self._embedder)
        return Likeness(
            self._embedder,
            np.concatenate([self._vectors, fresh]),
            np.concatenate([self._digests, digests]),
            np.append(self._owners, np.full(len(flat), len(self), np.int32)),
        )

    def keeping(self, places: NDArray[np.bool_]) -> Likeness:
        """Return the likeness to those texts alone whose place is marked, at new places in the same order."""
        rows = places[self._owners]
        owners = (np.cumsum(places) - 1).astype(np.int32)[self._owners[rows]]
        return Likeness(self._embedder, self._vectors[rows], self._digests[rows], owners)

    def to_bytes(self) -> bytes:
        """Return all of it but the model, vectors in 16 bits."""
        arrays: dict[str, NDArray[Any]] = {
            "vectors": self._vectors.astype(np.float16),
            "digests": self._digests,
            "owners": self._owners,
        }
        return pack(MAGIC, {"model": self._embedder.stamp}, arrays)

    @classmethod
    def from_bytes(cls, content: bytes, embedder: Embeds) -> Likeness:
        """Return what :meth:`to_bytes` was called on.

        Raises:
            Misconfigured: damaged, of another version or of another model: make it again.
        """

        def read(header: dict[str, Any], arrays: Arrays) -> Likeness:
            same_model(header, embedder.stamp, WHAT)
            digests = arrays["digests"].reshape(-1, DIGEST_BYTES)
            return cls(embedder, arrays["vectors"].astype(np.float32), digests, arrays["owners"])

        return unpack(MAGIC, content, WHAT, read)
