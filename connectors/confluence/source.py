"""One running Confluence: pages found by words, and one read by its id."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, StringConstraints

from bot.core.errors import Missing
from bot.core.passages import Field as About
from bot.core.passages import Passage
from bot.kinds import Kind
from bot.sources import Lookup
from connectors._passages import FOUND_MAX, Asked, Searched
from connectors._reading import Reader, rooted
from connectors.confluence import pages
from connectors.confluence.settings import ENVIRONMENT, ConfluenceSettings

KIND: Final = "confluence"


class ReadPage(Asked):
    """What reading a page takes."""

    page: Annotated[str, StringConstraints(pattern=pages.PAGE_ID)]


LOOKUPS: Final[Mapping[str, Lookup]] = MappingProxyType({
    each.name: each
    for each in (
        Lookup(
            "search_pages",
            About.KNOWLEDGE,
            "Finds pages of the knowledge base by words, with an excerpt and the key to read each by.",
            Searched,
        ),
        Lookup(
            "read_page",
            About.KNOWLEDGE,
            "Reads one page by the key that search_pages gave.",
            ReadPage,
        ),
    )
})  # fmt: skip


class Confluence:
    """Fills ``bot.sources.Source``."""

    lookups: Mapping[str, Lookup] = LOOKUPS

    def __init__(self, name: str, settings: ConfluenceSettings) -> None:
        """Do no I/O."""
        self.name, self._settings = name, settings
        self._reader = Reader(name, settings.url, settings.headers())

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        """Answer; see ``bot.sources.Source.look``."""
        match arguments:
            case Searched() if lookup == "search_pages":
                return await self._search(arguments.query)
            case ReadPage() if lookup == "read_page":
                return [await self._read(arguments.page)]
            case _:
                raise AssertionError(f"{lookup} does not take {type(arguments).__name__}")

    async def close(self) -> None:
        """Give back the sockets."""
        await self._reader.close()

    async def _search(self, query: str) -> list[Passage]:
        """Find pages with every word, and where there are none, with some: so a sentence finds its page."""
        for ask in (pages.search, pages.search_any):
            cql = ask(query, self._settings.spaces)
            if cql and (found := await self._found(cql, FOUND_MAX)):
                return found
        return []

    async def _found(self, cql: str, count: int) -> list[Passage]:
        params = {"cql": cql, "limit": str(count), "excerpt": "indexed"}
        answer = await self._reader.get("/rest/api/search", params.items())
        # Markup takes its time, so not in the event loop; the same below.
        found = rooted(self.name, answer, "results")
        return await asyncio.to_thread(pages.found, found, self._settings.url)

    async def _read(self, key: str) -> Passage:
        """Read a page that the search knows: so it lies within our spaces, whatever key was asked for.

        Cloud reads pages by version 2 of its API, the one before is being removed; only version 1 searches.

        Raises:
            Missing: it is not there, or not in a space that may be read. Others as ``Reader.get``.
        """
        known = [
            each for each in await self._found(pages.one(key, self._settings.spaces), 1) if each.key == key
        ]
        if not known:
            raise Missing(f"{self.name}: there is no such page in the spaces that may be read")
        if self._settings.is_cloud:
            answer = await self._reader.get(f"/api/v2/pages/{key}", [("body-format", "storage")])
        else:
            answer = await self._reader.get(f"/rest/api/content/{key}", [("expand", "body.storage")])
        return await asyncio.to_thread(pages.whole, answer, known[0])


SOURCE: Final = Kind(KIND, ConfluenceSettings, ENVIRONMENT, Confluence)
