"""Articles of Jira Service Management, over its own search: title and excerpt, with Jira's account alone.

``GET /rest/servicedeskapi/knowledgebase/article``, the service desk API of Cloud and Data Center. It gives no
whole article; whoever needs those sets Confluence up as a source.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from bot.core.foreign import thing, things
from bot.core.passages import Field as About
from bot.core.passages import Passage
from bot.sources import Lookup
from connectors._markup import plain
from connectors._passages import FOUND_MAX, Searched, passage, words
from connectors._reading import Reader, rooted
from connectors._sites import basic, bearer
from connectors.jira.settings import JiraSettings

ARTICLES: Final = "/rest/servicedeskapi/knowledgebase/article"
EXPERIMENTAL: Final = {"X-ExperimentalApi": "opt-in"}
"""Older servers call this search experimental and want to hear that we know."""
LOOKUPS: Final[Mapping[str, Lookup]] = MappingProxyType({
    "search_articles": Lookup(
        "search_articles",
        About.KNOWLEDGE,
        "Finds articles in the knowledge bases of the service desks by words: their titles and an excerpt.",
        Searched,
    )
})  # fmt: skip


class Knowledge:
    """Fills ``bot.sources.Source``."""

    lookups: Mapping[str, Lookup] = LOOKUPS

    def __init__(self, name: str, settings: JiraSettings) -> None:
        """Do no I/O."""
        self.name = name
        way_in = basic(settings.email, settings.api_token) if settings.is_cloud else bearer(settings.pat)
        self._reader = Reader(name, settings.url, {**way_in, **EXPERIMENTAL})

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        """Answer; see ``bot.sources.Source.look``."""
        assert lookup == "search_articles", f"there is no {lookup}"
        assert isinstance(arguments, Searched), f"{lookup} does not take {type(arguments).__name__}"
        wanted = " ".join(words(arguments.query))
        if not wanted:
            return []
        params = {"query": wanted, "highlight": "false", "limit": str(FOUND_MAX)}
        answer = rooted(self.name, await self._reader.get(ARTICLES, params.items()), "values")
        # Markup takes its time, so not in the event loop.
        return await asyncio.to_thread(_all, things(answer["values"])[:FOUND_MAX])

    async def close(self) -> None:
        """Give back the sockets."""
        await self._reader.close()


def _all(articles: Sequence[Any]) -> list[Passage]:
    return [_told(thing(each)) for each in articles if _title(each)]


def _told(article: Mapping[str, Any]) -> Passage:
    return passage(_title(article), plain(str(article.get("excerpt") or "")))


def _title(article: object) -> str:
    return " ".join(str(thing(article).get("title") or "").split())
