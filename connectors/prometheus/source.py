"""One running Prometheus: which metrics there are, what one did lately, and which alerts are active."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from heapq import nsmallest
from types import MappingProxyType
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field, StringConstraints

from bot.core.errors import Missing, Refused
from bot.core.foreign import thing, things
from bot.core.languages import SMALL
from bot.core.passages import Field as About
from bot.core.passages import Passage
from bot.kinds import Kind
from bot.sources import Lookup
from connectors._passages import (
    FOUND_MAX,
    LONG_CHARS_MIN,
    QUERY_CHARS_MAX,
    Asked,
    Searched,
    moment,
    passage,
    words,
)
from connectors._reading import Reader, rooted
from connectors.prometheus.answers import alerts_of, point, series_of
from connectors.prometheus.series import Together, expression, named, selector, step_s, told
from connectors.prometheus.settings import ENVIRONMENT, PrometheusSettings

KIND: Final = "prometheus"
EVALUATE_S: Final = 5
"""After which the server itself gives a query up (its parameter ``timeout``)."""
CACHE_S: Final = 60.0
"""How long the names of metrics are believed."""
SERIES_MAX: Final = 20
"""Series told one by one; more is nothing that anybody reads."""
TOGETHER_MAX: Final = 2_000
"""Series added up in one query."""
MINUTES_MAX: Final = 7 * 24 * 60
"""A week: what was usual on the same day before can be seen in it."""
LABELS_TOLD_MAX: Final = 20
"""Names of labels in a refusal: more than any series of ours has."""
METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:./-]{0,199}")
"""Which names are believed: those of the data model, and dots, slashes and dashes, which newer servers take.
They take any text at all as well; a sentence is no name here, for names are read by models."""
_PART: Final = re.compile(r"[a-z]+[0-9]*|[0-9]+")
"""Of a metric's name."""
_SMALL: Final = frozenset[str]().union(*SMALL.values())
LABEL: Final = r"^[a-zA-Z_][a-zA-Z0-9_]{0,99}$"
"""A label's name: https://prometheus.io/docs/concepts/data_model/."""


class Pair(Asked):
    """A label and the value it has to have."""

    name: Annotated[str, StringConstraints(pattern=LABEL)]
    value: Annotated[str, Field(max_length=300)]


class ReadMetric(Asked):
    """What reading a metric takes."""

    metric: Annotated[str, Field(min_length=1, max_length=200, description="Its exact name.")]
    labels: Annotated[tuple[Pair, ...], Field(max_length=10)] = ()
    minutes: Annotated[int, Field(ge=5, le=MINUTES_MAX)] = 60
    per_second: Annotated[bool, Field(description="For counters, which only grow.")] = False
    together: Annotated[Together, Field(description="How several series become one; each: not at all.")] = (
        "each"
    )


class ListAlerts(Asked):
    """What listing alerts takes."""

    query: Annotated[str, Field(max_length=QUERY_CHARS_MAX, description="Words they hold; empty: all.")] = ""


LOOKUPS: Final[Mapping[str, Lookup]] = MappingProxyType({
    each.name: each
    for each in (
        Lookup(
            "search_metrics",
            About.TELEMETRY,
            "Finds metrics by words in their names, with what they mean. Use it before read_metric.",
            Searched,
        ),
        Lookup(
            "read_metric",
            About.TELEMETRY,
            "Says what a metric did in the last minutes: last value, lowest, highest, mean and trend of each "
            "series, or of all of them together.",
            ReadMetric,
        ),
        Lookup(
            "list_alerts",
            About.TELEMETRY,
            "Lists the alerts that are firing or pending now, newest first.",
            ListAlerts,
        ),
    )
})  # fmt: skip


class Prometheus:
    """Fills ``bot.sources.Source``."""

    lookups: Mapping[str, Lookup] = LOOKUPS

    def __init__(
        self, name: str, settings: PrometheusSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``clock``: seconds that only ever grow, for how long names are believed."""
        self.name = name
        self._url, self._patterns, self._clock = settings.url, settings.metrics, clock
        self._reader = Reader(name, settings.url, settings.headers())
        self._names: tuple[float, tuple[str, ...]] | None = None

    async def look(self, lookup: str, arguments: BaseModel) -> Sequence[Passage]:
        """Answer; see ``bot.sources.Source.look``."""
        match arguments:
            case Searched() if lookup == "search_metrics":
                return await self._search(arguments.query)
            case ReadMetric() if lookup == "read_metric":
                return await self._read(arguments)
            case ListAlerts() if lookup == "list_alerts":
                # Tens of thousands may be active when all burns: not in the event loop; the same below.
                data = await self._get("/api/v1/alerts")
                found = await asyncio.to_thread(alerts_of, data, arguments.query, FOUND_MAX)
                return [replace(each, url=f"{self._url}/alerts") for each in found]
            case _:
                raise AssertionError(f"{lookup} does not take {type(arguments).__name__}")

    async def close(self) -> None:
        """Give back the sockets."""
        await self._reader.close()

    async def _search(self, query: str) -> list[Passage]:
        # There may be a hundred thousand names: not in the event loop.
        best = await asyncio.to_thread(_best, await self._known(), query)
        return list(await asyncio.gather(*map(self._described, best)))

    async def _described(self, metric: str) -> Passage:
        data = thing(await self._get("/api/v1/metadata", metric=metric, limit="1"))
        about = thing(next(iter(things(data.get(metric))), None))
        said = [str(about.get(key) or "") for key in ("type", "help", "unit")]
        return replace(passage(metric, "; ".join(filter(None, said))), key=metric)

    async def _read(self, asked: ReadMetric) -> list[Passage]:
        if asked.metric not in await self._known():
            raise Missing(f"{self.name} has no metric of that name: search_metrics finds names")
        selected = selector(asked.metric, ((pair.name, pair.value) for pair in asked.labels))
        until, count = await self._counted(selected)
        if not count:
            return []
        if count > (SERIES_MAX if asked.together == "each" else TOGETHER_MAX):
            raise Refused(
                f"that are {count:,} series: choose one with labels, of which there are "
                f"{', '.join(await self._labels(selected))}"
                + ("; or take them together" * (count <= TOGETHER_MAX))
            )
        step = step_s(asked.minutes)
        wanted = expression(selected, per_second=asked.per_second, together=asked.together, step=step)
        data = await self._get(
            "/api/v1/query_range",
            query=wanted,
            start=f"{until - asked.minutes * 60:.3f}",
            end=f"{until:.3f}",
            step=str(step),
            timeout=f"{EVALUATE_S}s",
        )
        title = asked.metric if asked.together == "each" else f"{asked.together} of {asked.metric}"
        return [
            replace(
                passage(named(title, each.labels), told(each, asked.minutes, until, step)),
                url=self._shown(wanted, asked.minutes),
                at=moment(each.points[-1][0]) if each.points else None,
                key=asked.metric,
            )
            for each in (await asyncio.to_thread(series_of, data))[:SERIES_MAX]
        ]

    async def _counted(self, selected: str) -> tuple[float, int]:
        """Return the server's own time, and how many series there are now.

        Its time, so that a clock of ours that is wrong shifts nothing.
        """
        asked = {"query": f"count({selected})", "timeout": f"{EVALUATE_S}s"}
        rows = things(thing(await self._get("/api/v1/query", **asked)).get("result"))
        pair = point(thing(rows[0]).get("value")) if rows else None
        return (pair[0], int(pair[1])) if pair else (0.0, 0)

    async def _labels(self, selected: str) -> list[str]:
        """Return the names of the labels by which ``selected`` can be narrowed."""
        names = things(await self._get("/api/v1/labels", **{"match[]": selected}))
        found = [name for name in names if isinstance(name, str) and re.fullmatch(LABEL, name)]
        return [name for name in found if name != "__name__"][:LABELS_TOLD_MAX]

    async def _known(self) -> tuple[str, ...]:
        """Return the names of the metrics that may be read, or what was fetched a moment ago."""
        if self._names is None or self._clock() >= self._names[0]:
            data = things(await self._get("/api/v1/label/__name__/values"))
            self._names = self._clock() + CACHE_S, await asyncio.to_thread(self._readable, data)
        return self._names[1]

    def _readable(self, names: Sequence[Any]) -> tuple[str, ...]:
        plain = (name for name in names if isinstance(name, str) and METRIC.fullmatch(name))
        patterns = self._patterns or ("*",)
        return tuple(name for name in plain if any(fnmatchcase(name, pattern) for pattern in patterns))

    async def _get(self, path: str, **params: str) -> Any:
        """Return what stands under ``data``. Raises as ``Reader.get``."""
        return rooted(self.name, await self._reader.get(path, params.items()), "data")["data"]

    def _shown(self, wanted: str, minutes: int) -> str:
        """Return where a person sees the same; the address is ours, the expression stands quoted in it."""
        asked = {"g0.expr": wanted, "g0.tab": "0", "g0.range_input": f"{minutes}m"}
        return f"{self._url}/graph?{urlencode(asked, quote_via=quote)}"


def _best(names: Sequence[str], query: str) -> list[str]:
    """Return the names that hold most words of ``query``, short ones first.

    A short word has to be a part of the name by itself: ``to`` stands in every ``total``.
    """
    wanted = {part for word in words(query.casefold()) for part in word.replace("_", " ").split()} - _SMALL
    long = [word for word in wanted if len(word) >= LONG_CHARS_MIN]
    short = wanted.difference(long)
    hits = (
        (sum(word in lower for word in long) + len(short.intersection(_PART.findall(lower))), name)
        for name, lower in ((name, name.casefold()) for name in names)
    )
    found = [(-count, len(name), name) for count, name in hits if count]
    return [name for _, _, name in nsmallest(FOUND_MAX, found)]


SOURCE: Final = Kind(KIND, PrometheusSettings, ENVIRONMENT, Prometheus)
