"""One running cluster: the newest lines that hold some words, and how many there were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final
from urllib.parse import quote

from pydantic import BaseModel, Field, JsonValue

from bot.core.passages import Field as About
from bot.core.passages import Passage
from bot.kinds import Kind
from bot.sources import Lookup
from connectors._passages import QUERY_CHARS_MAX, Asked
from connectors._reading import SEARCH, Reader, rooted
from connectors.elasticsearch import questions
from connectors.elasticsearch.settings import ENVIRONMENT, ElasticsearchSettings

KIND: Final = "elasticsearch"
MINUTES_MAX: Final = 7 * 24 * 60
"""A week: older lines are seldom kept where they can be searched fast."""
PARAMS: Final = (("ignore_unavailable", "true"), ("allow_no_indices", "true"), ("expand_wildcards", "open"))
"""A pattern that fits no index today is an empty answer, and one never fits a hidden index."""


class AskedLogs(Asked):
    """What both lookups take."""

    query: Annotated[
        str,
        Field(
            max_length=QUERY_CHARS_MAX,
            description="Words that every line holds, no operators; empty: all lines.",
        ),
    ] = ""
    minutes: Annotated[int, Field(ge=1, le=MINUTES_MAX)] = 60


LOOKUPS: Final[Mapping[str, Lookup]] = MappingProxyType({
    each.name: each
    for each in (
        Lookup(
            "search_logs",
            About.TELEMETRY,
            "Finds the newest log lines of the last minutes that hold some words, such as a host, a "
            "service or an error.",
            AskedLogs,
        ),
        Lookup(
            "count_logs",
            About.TELEMETRY,
            "Counts log lines of the last minutes that hold some words: over time, by level, service and "
            "host. Use it to see when something began and where.",
            AskedLogs,
        ),
    )
})  # fmt: skip


class Elasticsearch:
    """Fills ``bot.sources.Source``."""

    lookups: Mapping[str, Lookup] = LOOKUPS

    def __init__(self, name: str, settings: ElasticsearchSettings) -> None:
        """Do no I/O."""
        self.name, self._settings = name, settings
        self._reader = Reader(name, settings.url, settings.headers())

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        """Answer; see ``bot.sources.Source.look``."""
        assert isinstance(arguments, AskedLogs), f"{lookup} does not take {type(arguments).__name__}"
        query, minutes = arguments.query, arguments.minutes
        if lookup == "count_logs":
            answer = await self._ask(questions.counts(self._settings, query, minutes))
            return questions.counts_of(answer, self._settings, minutes)
        assert lookup == "search_logs", f"there is no {lookup}"
        return questions.lines_of(
            await self._ask(questions.lines(self._settings, query, minutes)), self._settings
        )

    async def close(self) -> None:
        """Give back the sockets."""
        await self._reader.close()

    async def _ask(self, body: Mapping[str, JsonValue]) -> Any:
        index = quote(self._settings.index, safe="*,")
        return rooted(self.name, await self._reader.search(f"/{index}{SEARCH}", PARAMS, body), "hits")


SOURCE: Final = Kind(KIND, ElasticsearchSettings, ENVIRONMENT, Elasticsearch)
