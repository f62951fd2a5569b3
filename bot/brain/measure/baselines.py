"""What something plain gets right on the same tickets: the commonest value, and counted words."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bot.brain.measure.report import Baseline
from bot.brain.measure.scoring import macro_f1, share
from bot.brain.words import words

BUCKETS: Final = 1 << 15
WORDS_MAX: Final = 400
"""Of one text: what comes first says most."""

_Rows = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.floating[Any]]


def baselines(taught: Sequence[tuple[str, str]], asked: Sequence[tuple[str, str]]) -> dict[str, Baseline]:
    """Return the figures of two plain ways; both sides are pairs of text and value."""
    if not taught or not asked:
        return {}
    names = sorted({value for _, value in taught})
    places = {name: place for place, name in enumerate(names)}
    labels = np.array([places[value] for _, value in taught], dtype=np.int64)
    common = names[int(np.bincount(labels).argmax())]
    guesses = _naive_bayes([text for text, _ in taught], labels, len(names), [text for text, _ in asked])
    truths = [value for _, value in asked]
    return {
        "majority": _scored(truths, [common] * len(truths)),
        "naive_bayes": _scored(truths, [names[place] for place in guesses]),
    }


def _scored(truths: Sequence[str], said: Sequence[str]) -> Baseline:
    hits = sum(truth == each for truth, each in zip(truths, said, strict=True))
    return Baseline(share(hits, len(truths)), macro_f1(truths, said))


def _naive_bayes(taught: Sequence[str], labels: _Rows, classes: int, asked: Sequence[str]) -> list[int]:
    """Multinomial naive Bayes on words, each counted once a ticket, with one added to every count."""
    counts = np.ones((BUCKETS, classes), dtype=np.float32)
    for text, label in zip(taught, labels, strict=True):
        counts[_buckets(text), label] += 1
    said: _Floats = np.log(counts / counts.sum(axis=0))
    before = np.log(np.bincount(labels, minlength=classes) / len(labels))
    return [int((before + said[_buckets(text)].sum(axis=0)).argmax()) for text in asked]


def _buckets(text: str) -> _Rows:
    found: dict[int, None] = {}
    for word in words(text):
        found[zlib.crc32(word.encode("utf-8", "surrogatepass")) % BUCKETS] = None
        if len(found) >= WORDS_MAX:
            break
    return np.fromiter(found, dtype=np.int64, count=len(found))
