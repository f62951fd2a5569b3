"""Knowledge articles, over the API that looks at who may read them.

Knowledge Management API (``sn_km_api``): ServiceNowDocs, api-reference/rest-apis/knowledge-api.md. It is
asked as the bot's account, so user criteria hold for that account. Two of its parameters write, though the
request is a GET: ``update_view``, true whatever its value, and ``search_id`` with ``search_rank`` count a
view. None of them is ever sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Final
from urllib.parse import quote

from pydantic import BaseModel, StringConstraints

from bot.core.errors import Missing
from bot.core.foreign import thing, things
from bot.core.passages import Field as About
from bot.core.passages import Passage
from bot.sources import Lookup
from connectors._markup import plain
from connectors._passages import FOUND_MAX, TEXT_CHARS_MAX, Asked, Searched, passage, words
from connectors._reading import rooted
from connectors.servicenow.queries import NUMBER, moment
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.sources.asking import Asking

ARTICLES: Final = "/api/sn_km_api/knowledge/articles"
FIELDS: Final = "sys_updated_on,kb_knowledge_base"


class ReadArticle(Asked):
    """What reading an article takes."""

    article: Annotated[str, StringConstraints(pattern=rf"^{NUMBER.pattern}$")]
    """Its number."""


LOOKUPS: Final[Mapping[str, Lookup]] = MappingProxyType({
    each.name: each
    for each in (
        Lookup(
            "search_articles",
            About.KNOWLEDGE,
            "Finds published knowledge articles by words, with a snippet and the number to read each by.",
            Searched,
        ),
        Lookup(
            "read_article",
            About.KNOWLEDGE,
            "Reads one knowledge article by its number, such as KB0000020.",
            ReadArticle,
        ),
    )
})  # fmt: skip


class Knowledge:
    """Fills ``bot.sources.Source``."""

    lookups: Mapping[str, Lookup] = LOOKUPS

    def __init__(self, name: str, settings: ServiceNowSettings, asking: Asking) -> None:
        """Do no I/O."""
        self.name, self._url, self._asking = name, settings.url, asking
        self._bases, self._language = settings.knowledge_bases, settings.language

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        """Answer; see ``bot.sources.Source.look``."""
        match arguments:
            case Searched() if lookup == "search_articles":
                return await self._search(arguments.query)
            case ReadArticle() if lookup == "read_article":
                return [await self._read(arguments.article)]
            case _:
                raise AssertionError(f"{lookup} does not take {type(arguments).__name__}")

    async def close(self) -> None:
        """Nothing: the connector closes what this one uses."""

    async def _search(self, query: str) -> list[Passage]:
        wanted = " ".join(words(query))
        if not wanted:
            return []
        params = {
            "query": wanted,
            "filter": "workflow_state=published",
            "fields": FIELDS,
            "language": self._language,
            "limit": str(FOUND_MAX),
            **({"kb": ",".join(self._bases)} if self._bases else {}),
        }
        answer = rooted(self.name, await self._asking.get(ARTICLES, params), "articles")
        # Markup takes its time, so not in the event loop; the same below.
        return await asyncio.to_thread(self._all, things(answer["articles"])[:FOUND_MAX])

    def _all(self, articles: Sequence[Any]) -> list[Passage]:
        return [found for each in articles if (found := self._found(thing(each))) is not None]

    def _found(self, article: Mapping[str, Any]) -> Passage | None:
        number = str(article.get("number") or "")
        if not NUMBER.fullmatch(number) or not self._is_ours(article):
            return None
        told = passage(_line(article.get("title")), plain(str(article.get("snippet") or "")))
        return replace(told, url=self._address(number), at=_changed(article), key=number)

    async def _read(self, number: str) -> Passage:
        params = {"fields": FIELDS, "language": self._language}
        article = thing(await self._asking.get(f"{ARTICLES}/{number}", params))
        if article.get("number") != number or not self._is_ours(article):
            raise Missing(f"{self.name}: there is no article {number} that may be read")
        text = await asyncio.to_thread(plain, str(article.get("content") or ""))
        told = passage(_line(article.get("short_description")), text, chars_max=TEXT_CHARS_MAX)
        return replace(told, url=self._address(number), at=_changed(article), key=number)

    def _is_ours(self, article: Mapping[str, Any]) -> bool:
        """Whether it stands in a knowledge base that was named, looked at again in the answer."""
        return not self._bases or _field(article, "kb_knowledge_base") in self._bases

    def _address(self, number: str) -> str:
        return f"{self._url}/kb_view.do?sysparm_article={quote(number)}"


def _field(article: Mapping[str, Any], name: str) -> str:
    return str(thing(thing(article.get("fields")).get(name)).get("value") or "")


def _changed(article: Mapping[str, Any]) -> datetime | None:
    try:
        return moment(_field(article, "sys_updated_on"))
    except ValueError:
        return None


def _line(text: object) -> str:
    return " ".join(str(text or "").split())
