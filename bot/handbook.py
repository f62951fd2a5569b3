"""A folder of Markdown as a source of context: the articles the local brain quotes, asked by anybody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, Field, field_validator

from bot.brain.library import Library
from bot.brain.retrieve.articles import Article, plain
from bot.brain.retrieve.knowledge import Knowledge
from bot.core.errors import Missing, Retry
from bot.core.passages import Field as About
from bot.core.passages import Passage
from bot.core.subjects import names_one_of, subjects
from bot.kinds import Kind
from bot.sources import Lookup
from connectors._passages import FOUND_MAX, TEXT_CHARS_MAX, Asked, Searched, passage
from connectors._sites import Address, Site

KIND: Final = "markdown"
UNREADABLE_S: Final = 60.0
"""How long to wait while the folder cannot be read; it is looked at that often."""
PASSAGE_CHARS_MAX: Final = 1_500
"""Of each passage of a search: a section of an article is not longer."""
KEY_CHARS_MAX: Final = 500
"""Of an article's path, in characters."""
_KEY: Final = re.compile(rf"[\w./ ()-]{{1,{KEY_CHARS_MAX}}}")
"""An article with another path is found, but cannot be read by it: models are shown keys as they are."""


class HandbookSettings(Site):
    """One folder."""

    folder: Path
    site: Address | None = None
    """Where people read the articles, if anywhere: only links below it are shown."""

    @field_validator("folder")
    @classmethod
    def _is_there(cls, folder: Path) -> Path:
        if not folder.is_dir():
            raise ValueError("there is no such folder: create it, or correct the path")
        return folder


class ReadArticle(Asked):
    """What reading an article takes."""

    article: Annotated[str, Field(min_length=1, max_length=KEY_CHARS_MAX)]


LOOKUPS: Final[Mapping[str, Lookup]] = MappingProxyType({
    each.name: each
    for each in (
        Lookup(
            "search_articles",
            About.KNOWLEDGE,
            "Finds articles of the handbook by words, each with the passage that fits best and the key to "
            "read it by.",
            Searched,
        ),
        Lookup(
            "read_article",
            About.KNOWLEDGE,
            "Reads one article by the key that search_articles gave.",
            ReadArticle,
        ),
    )
})  # fmt: skip


class Handbook:
    """Fills ``bot.sources.Source``. What was written into the folder is found a minute later."""

    lookups: Mapping[str, Lookup] = LOOKUPS

    def __init__(self, name: str, settings: HandbookSettings) -> None:
        """Read nothing yet."""
        self.name, self._site = name, settings.site
        self._library = Library(settings.folder)

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        """Answer; see ``bot.sources.Source.look``."""
        # Reading a folder and comparing texts take their time, so never in the event loop.
        match arguments:
            case Searched() if lookup == "search_articles":
                return await asyncio.to_thread(self._search, arguments.query)
            case ReadArticle() if lookup == "read_article":
                return await asyncio.to_thread(self._read, arguments.article)
            case _:
                raise AssertionError(f"{lookup} does not take {type(arguments).__name__}")

    async def close(self) -> None:
        """Nothing is held open."""

    def _search(self, query: str) -> list[Passage]:
        found, wanted = self._current().find(query, FOUND_MAX), subjects(query)
        # By pieces of words anything is a little like anything: what shares no word was not looked for.
        return [
            self._told(each.article, each.passage.text, PASSAGE_CHARS_MAX)
            for each in found
            if not wanted
            or names_one_of(f"{each.article.title}\n{each.passage.text}\n{each.article.text}", wanted)
        ]

    def _read(self, key: str) -> list[Passage]:
        article = self._current().article(key)
        if article is None:
            raise Missing(f"{self.name}: there is no such article: search_articles gives the keys")
        return [self._told(article, plain(article.text), TEXT_CHARS_MAX)]

    def _current(self) -> Knowledge:
        knowledge = self._library.current()
        if knowledge is None:
            raise Retry(f"{self.name}: the folder cannot be read: the log says why", after_s=UNREADABLE_S)
        return knowledge

    def _told(self, article: Article, text: str, chars_max: int) -> Passage:
        ours = self._site is not None and article.url.startswith(f"{self._site}/")
        told = passage(article.title, text, chars_max=chars_max)
        return replace(
            told,
            url=article.url if ours else "",
            key=article.key if _KEY.fullmatch(article.key) else "",
        )


HANDBOOK: Final = Kind(KIND, HandbookSettings, MappingProxyType({}), Handbook)
