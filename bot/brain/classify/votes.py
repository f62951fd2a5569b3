"""A second opinion on the same values, from something that reads other than word by word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]


class Votes(Protocol):
    """Votes of the lessons that read most alike. Nothing needs it; whoever has it is mixed in by merit.

    ``fit`` is given one that has learned nothing, calls :meth:`learn` once, :meth:`held_out` once a field and
    keeps what :meth:`to_bytes` returns in the classifier's file; answering calls :meth:`vote`.
    """

    def learn(self, texts: Sequence[str], labels: Mapping[str, Places], sizes: Mapping[str, int]) -> Votes:
        """Return votes that know ``texts``.

        ``labels``: by field, each text's class as a number below ``sizes[field]``, or -1 where it has none.
        """
        ...

    def held_out(self, field: str, folds: Places) -> Numbers:
        """Return a row for each learned text, by the texts of other ``folds`` alone.

        A row has the shares of the ``sizes[field]`` classes and sums to 1, or is all 0 without an opinion.
        """
        ...

    def vote(self, texts: Sequence[str]) -> Mapping[str, Numbers]:
        """Return, by field, a row as above for each of ``texts``. Never raises, whatever the text."""
        ...

    def to_bytes(self) -> bytes:
        """Return all it needs to vote again, without pickle; whoever opens the file knows how to read it."""
        ...
