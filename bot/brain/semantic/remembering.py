"""Vectors of texts, computed once: one costs milliseconds, and most texts of today were there yesterday."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.weights import Floats

DIGEST_BYTES: Final = 16

Digests = NDArray[np.uint8]


class Embeds(Protocol):
    """What is needed of an ``Embedder``."""

    @property
    def stamp(self) -> str:
        """Which model it is."""
        ...

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one row of unit length for each text."""
        ...


def digests_of(texts: Sequence[str]) -> Digests:
    """Return a row of bytes for each text, the same for the same text alone."""
    joined = b"".join(
        hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=DIGEST_BYTES).digest()
        for text in texts
    )
    return np.frombuffer(joined, np.uint8).reshape(len(texts), DIGEST_BYTES)


def no_digests() -> Digests:
    """Return those of no text."""
    return np.empty((0, DIGEST_BYTES), np.uint8)


def vectors_of(
    texts: Sequence[str], digests: Digests, before: tuple[Digests, Floats], embedder: Embeds
) -> Floats:
    """Return a row for each text, taken from ``before`` where it is there.

    Rows are rounded to what the disk holds, so that a restart changes nothing.
    """
    known, had = before
    have = {digest.tobytes(): place for place, digest in enumerate(known)}
    places = np.array([have.get(digest.tobytes(), -1) for digest in digests], np.int64)
    old, new = np.flatnonzero(places >= 0), np.flatnonzero(places < 0)
    vectors = np.empty((len(texts), embedder.width), np.float32)
    vectors[old] = had[places[old]]
    fresh = embedder.embed([texts[int(place)] for place in new])
    vectors[new] = fresh.astype(np.float16).astype(np.float32)
    return vectors
