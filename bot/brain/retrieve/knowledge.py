"""Which article answers a question, and where in it: found by the whole article, shown by the passage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.brain.retrieve.articles import Article, Passage, passages, plain, read_folder
from bot.brain.retrieve.index import Hit, Index, Pieces
from bot.brain.retrieve.mixing import Beside
from bot.brain.retrieve.postings import Mask
from bot.brain.semantic.likeness import Likeness
from bot.brain.semantic.remembering import Embeds


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with its source."""

    passage: Passage
    score: float
    """How alike its article and the question are, 0 to 1."""

    @property
    def article(self) -> Article:
        """The source."""
        return self.passage.article


class Knowledge:
    """Articles, ready to be asked. Frozen: read them again when :func:`stamp` of their folder changes."""

    def __init__(
        self, articles: Iterable[Article], embedder: Embeds | None = None, before: Knowledge | None = None
    ) -> None:
        """Takes 10 ms an article of a page, with an ``embedder`` 30 ms more a passage.

        ``before``: vectors of passages that were there before need not be computed again.
        """
        self._articles = list(articles)
        split = [passages(each) for each in self._articles]
        self._firsts = [several[0] for several in split]
        flat = [(place, each) for place, several in enumerate(split) for each in several]
        self._flat = [each for _, each in flat]
        self._owners = np.array([place for place, _ in flat], np.int64)
        self._index = Index.build([(each.key, _whole(each)) for each in self._articles], pieces=Pieces.ALL)
        self._parts = Index.build(
            [(each.article.key, f"{each.heading}\n{each.text}") for each in self._flat], pieces=Pieces.ALL
        )

        had = before.likeness if before is not None else None
        pieces = [[each.text for each in several] for several in split]
        self.likeness: Likeness | None = None
        """By sentence vectors, where there is a model."""
        if embedder is not None:
            self.likeness = Likeness.of(embedder, pieces, had)

    @classmethod
    def read(cls, folder: Path, embedder: Embeds | None = None, before: Knowledge | None = None) -> Knowledge:
        """Read the articles below ``folder``.

        Raises:
            Misconfigured: see :func:`read_folder`.
        """
        return cls(read_folder(folder), embedder, before)

    def __len__(self) -> int:
        """Return how many articles there are."""
        return len(self._articles)

    def article(self, key: str) -> Article | None:
        """Return the article of that key; None where there is none."""
        return next((each for each in self._articles if each.key == key), None)

    def find(self, text: str, count: int, *, allowed: Callable[[Article], bool] | None = None) -> list[Found]:
        """Return the best passage of each of the ``count`` best articles, best first.

        ``allowed``: whether whoever asks may read an article; the others are left out before anything is
        compared.
        """
        mask: Mask | None = None
        if allowed is not None:
            mask = np.array([allowed(each) for each in self._articles], np.bool_)
        beside = Beside(self.likeness.scores(text)) if self.likeness is not None else None
        hits = self._index.nearest(text, count, allowed=mask, beside=beside)
        return [Found(best, hit.score) for best, hit in zip(self._best(text, hits), hits, strict=True)]

    def _best(self, text: str, hits: Sequence[Hit]) -> list[Passage]:
        """Return the passage of each article that is most like ``text``, its first one where none is."""
        places = [hit.place for hit in hits]
        inside = np.flatnonzero(np.isin(self._owners, places)).tolist()
        best: dict[int, Passage] = {}
        for part in self._parts.nearest(text, len(inside), allowed=inside):
            best.setdefault(int(self._owners[part.place]), self._flat[part.place])
        return [best.get(place, self._firsts[place]) for place in places]


def _whole(article: Article) -> str:
    """Return what is compared: the title stands before the text, which mostly has it as well."""
    return f"{article.title}\n{plain(article.text)}"
