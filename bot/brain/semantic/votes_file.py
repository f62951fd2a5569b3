"""Votes as bytes, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import structlog
from numpy.typing import NDArray

from bot.brain.semantic.arrays_file import Arrays, pack, same_model, unpack
from bot.brain.semantic.kernel import Kernel
from bot.brain.semantic.mixing import Mix
from bot.brain.semantic.neighbours import Known, Labelled, NeighbourVotes, Opinion
from bot.brain.semantic.remembering import DIGEST_BYTES, Embeds
from bot.core.errors import Misconfigured

MAGIC: Final = b"countersign votes 1\n"
WHAT: Final = "the neighbours' votes"

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def to_bytes(votes: NeighbourVotes) -> bytes:
    """Return all that was learned, vectors in 16 bits: 37 MB for 48,000 lessons. Same votes, same bytes."""
    known = votes.known
    names = [name for name, mine in known.fields.items() if len(mine.some)]
    header = {
        "model": votes.stamp,
        "fields": {name: mine.classes for name, mine in known.fields.items()},
        "mixes": {name: asdict(votes.opinion(name).mix) for name in names},
    }
    labels = {f"labels{place}": mine.labels for place, mine in enumerate(known.fields.values())}
    said = {f"said{place}": votes.opinion(name).said for place, name in enumerate(names)}
    vectors: dict[str, NDArray[Any]] = {"vectors": known.vectors.astype(np.float16), "digests": known.digests}
    return pack(MAGIC, header, {**vectors, **labels, **said})


def from_bytes(content: bytes, embedder: Embeds) -> NeighbourVotes:
    """Return the votes that :func:`to_bytes` was given.

    Raises:
        Misconfigured: damaged, of another version, or learned with another model: learn again.
    """

    def read(header: dict[str, Any], arrays: Arrays) -> NeighbourVotes:
        same_model(header, embedder.stamp, WHAT)
        vectors = arrays["vectors"].astype(np.float32)
        fields = {
            name: Labelled(int(classes), arrays[f"labels{place}"])
            for place, (name, classes) in enumerate(header["fields"].items())
        }
        opinions = {
            name: Opinion(arrays[f"said{place}"], Mix(**mix))
            for place, (name, mix) in enumerate(header["mixes"].items())
        }
        digests = arrays["digests"].reshape(-1, DIGEST_BYTES)
        return NeighbourVotes(embedder, Known(vectors, digests, Kernel(vectors), fields), opinions)

    return unpack(MAGIC, content, WHAT, read)


def opener(embedder: Embeds | None) -> Callable[[bytes], NeighbourVotes | None]:
    """Return what a classifier's file is opened with: votes, or None where words must do.

    They must where there is no model (any more), or another one than they were learned with. The classifier
    was judged without votes as well, so it answers; the next time it learns they are there again.
    """

    def opened(content: bytes) -> NeighbourVotes | None:
        if embedder is None:
            return None
        try:
            return from_bytes(content, embedder)
        except Misconfigured as error:
            _log.warning("votes_left_out", why=str(error))
            return None

    return opened
