"""Votes as bytes: arrays in numpy's own format without pickle, behind a line that says what they are."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from bot.brain.semantic.kernel import Kernel
from bot.brain.semantic.mixing import Mix
from bot.brain.semantic.neighbours import DIGEST_BYTES, Embeds, Known, Labelled, NeighbourVotes, Opinion
from bot.core.errors import Misconfigured

MAGIC: Final = b"countersign votes 1\n"
HASH_BYTES: Final = 32


def to_bytes(votes: NeighbourVotes) -> bytes:
    """Return all that was learned, vectors in 16 bits: 37 MB for 48,000 lessons. Same votes, same bytes."""
    known = votes.known
    names = [name for name, mine in known.fields.items() if len(mine.some)]
    header = {
        "model": votes.stamp,
        "fields": {name: mine.classes for name, mine in known.fields.items()},
        "mixes": {name: asdict(votes.opinion(name).mix) for name in names},
    }
    arrays: dict[str, NDArray[Any]] = {
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
        "vectors": known.vectors.astype(np.float16),
        "digests": known.digests,
    }
    for place, mine in enumerate(known.fields.values()):
        arrays[f"labels{place}"] = mine.labels
    for place, name in enumerate(names):
        arrays[f"said{place}"] = votes.opinion(name).said
    written = io.BytesIO()
    np.savez(written, **arrays)  # type: ignore[arg-type]  # the stub takes the arrays for its own options
    content = written.getvalue()
    return MAGIC + hashlib.sha256(content).digest() + content


def from_bytes(content: bytes, embedder: Embeds) -> NeighbourVotes:
    """Return the votes that :func:`to_bytes` was given.

    Raises:
        Misconfigured: damaged, of another version, or learned with another model: learn again.
    """
    body = content[len(MAGIC) + HASH_BYTES :]
    if not content.startswith(MAGIC):
        raise Misconfigured("the neighbours' votes are of another version: learn again")
    if hashlib.sha256(body).digest() != content[len(MAGIC) : len(MAGIC) + HASH_BYTES]:
        raise Misconfigured("the neighbours' votes are damaged: learn again")
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            header = cast("dict[str, Any]", json.loads(arrays["header"].tobytes()))
            if header["model"] != embedder.stamp:
                raise Misconfigured("the neighbours' votes were learned with another model: learn again")
            return _read(arrays, header, embedder)
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise Misconfigured(f"the neighbours' votes cannot be read ({error}): learn again") from error


def _read(arrays: Any, header: dict[str, Any], embedder: Embeds) -> NeighbourVotes:
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
