"""How alike a text is to each of many, for a search that adds it to its own scores.

A text is one piece or several: an article is as alike as the most alike of its passages, whereas the vector
of a whole article would be of its first page only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.remembering import Digests, Embeds, digests_of, no_digests, vectors_of
from bot.brain.semantic.weights import Floats

Owners = NDArray[np.int32]


class Likeness:
    """Vectors of texts by place. Frozen: another one is made of it, the vectors computed once."""

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
