"""Texts to vectors, where the extra is installed and a model was built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from bot.brain.semantic.parcel import NAME, Facts, Parcel, read
from bot.brain.semantic.session import Encoder, Tokens, lacking
from bot.brain.semantic.weights import Floats
from bot.core.errors import Misconfigured

BATCH_TOKENS: Final = 2048
"""Tokens encoded at once: enough to keep the matrices busy, a few megabytes of working memory."""


class Embedder:
    """A model at work; several threads may use it.

    A vector depends on its text alone, but for the last bit.
    """

    def __init__(self, parcel: Parcel) -> None:
        """Opens the model.

        Raises:
            Misconfigured: the installed libraries do not take it.
        """
        self.facts: Facts = parcel.facts
        self.stamp = parcel.stamp
        """Vectors with different stamps must not be compared."""
        self._tokens = Tokens(parcel.tokenizer, parcel.facts.tokens_max)
        self._encoder = Encoder(parcel.encoder)

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return self.facts.width

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one row of unit length for each text. Never raises, whatever the texts.

        Texts with equally many tokens go together, so nothing is padded and no text sees another.
        """
        ids = [self._tokens.ids(text) for text in texts]
        alike: dict[int, list[int]] = {}
        for place, each in enumerate(ids):
            alike.setdefault(len(each), []).append(place)
        found = np.empty((len(ids), self.width), np.float32)
        for length, places in alike.items():
            rest = iter(places)
            while some := list(islice(rest, max(1, BATCH_TOKENS // length))):
                found[some] = self._encoder.means([ids[place] for place in some])
        return unit(found)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether vectors can be had."""

    ready: bool
    sentence: str
    """For a person: why, and what to do about it."""


def unit(vectors: Floats) -> Floats:
    """Return the rows at length 1; a row of zeros, which has no direction, stays what it is."""
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return np.asarray(vectors / np.where(length > 0, length, 1)[:, None], np.float32)


def open_embedder(directory: Path) -> Embedder | None:
    """Return the model in ``directory``; None without the extra or without the file: then words must do.

    Raises:
        Misconfigured: the file is there but damaged, or the libraries do not take it.
    """
    if lacking():
        return None
    parcel = read(directory)
    return None if parcel is None else Embedder(parcel)


def standing(directory: Path) -> Standing:
    """Say whether :func:`open_embedder` would return one, and if not, why. Never raises."""
    missing = lacking()
    if missing:
        return Standing(
            ready=False,
            sentence=f"sentence vectors are off: {' and '.join(missing)} not installed "
            "(pip install 'countersign[semantic]'). Nothing needs them.",
        )
    try:
        parcel = read(directory)
    except Misconfigured as error:
        return Standing(ready=False, sentence=f"sentence vectors are off: {error}")
    if parcel is None:
        return Standing(
            ready=False,
            sentence=f"sentence vectors are off: {directory / NAME} is not there "
            "(`countersign semantic build WHEEL` makes it). Nothing needs them.",
        )
    facts = parcel.facts
    return Standing(
        ready=True,
        sentence=f"sentence vectors are on: {facts.name}, {facts.width} numbers a text, "
        f"{facts.agreement:.3f} alike to the original",
    )
