"""Searches made of words, and what they bring, in words. Pure.

Nobody hands us a query: in one of a model's own a script, a wildcard at the beginning of a word or an
aggregation over everything could hold up a cluster. Here it gives words and a number of minutes.

``simple_query_string`` with no flag on takes every character for itself (Elasticsearch reference, "simple
query string query", ``flags``), and OpenSearch does the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import JsonValue

from bot.core.foreign import thing, things
from bot.core.passages import Passage
from connectors._passages import FOUND_MAX, instant, moment, passage, words
from connectors.elasticsearch.settings import ElasticsearchSettings

SEARCH_S: Final = 5
"""After which each shard gives up and says so (``timeout``)."""
LINES_MAX: Final = 2 * FOUND_MAX
LINE_CHARS_MAX: Final = 1_000
COUNTED_MAX: Final = 10_000
"""Lines counted exactly; beyond that it says "at least"."""
BUCKETS: Final = 12
"""Parts of the time that are counted apart."""
VALUES_MAX: Final = 5
"""Levels, services and hosts that are told, the most frequent of each."""


def lines(settings: ElasticsearchSettings, query: str, minutes: int) -> dict[str, JsonValue]:
    """Return the search for the newest lines that hold every word of ``query``."""
    return {
        **_common(settings, query, minutes),
        "size": LINES_MAX,
        "_source": [settings.time_field, settings.message_field, *_shown(settings)],
        "sort": [{settings.time_field: {"order": "desc", "unmapped_type": "date"}}],
    }


def counts(settings: ElasticsearchSettings, query: str, minutes: int) -> dict[str, JsonValue]:
    """Return the search for how many lines there are: by time, and by each field that is shown."""
    every = f"{max(1, -(-minutes // BUCKETS))}m"
    by_field: dict[str, JsonValue] = {
        name: {"terms": {"field": name, "size": VALUES_MAX}} for name in _shown(settings)
    }
    over_time: JsonValue = {"date_histogram": {"field": settings.time_field, "fixed_interval": every}}
    # A field cannot be called that: names are checked.
    return {**_common(settings, query, minutes), "size": 0, "aggs": {"over time": over_time, **by_field}}


def lines_of(answer: Any, settings: ElasticsearchSettings) -> list[Passage]:
    """Read the lines, newest first."""
    found: list[Passage] = []
    for hit in map(thing, things(thing(thing(answer).get("hits")).get("hits"))[:LINES_MAX]):
        source = thing(hit.get("_source"))
        at = instant(_value(source, settings.time_field)) or _sorted_by(hit)
        about = [f"{name}={value}" for name in _shown(settings) if (value := _text(_value(source, name)))]
        shown = passage(
            " ".join([f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "no time", *about]),
            _text(_value(source, settings.message_field)),
            chars_max=LINE_CHARS_MAX,
        )
        found.append(Passage(shown.title, shown.text, at=at))
    return found


def counts_of(answer: Any, settings: ElasticsearchSettings, minutes: int) -> list[Passage]:
    """Read the counts: all of them, then by time, then by field."""
    many = counted(answer)
    if not many:
        return []
    groups = thing(thing(answer).get("aggregations"))
    told = [passage(f"{many} lines in the last {minutes} minutes", _partly(answer))]
    times = [
        f"{at:%Y-%m-%d %H:%M} UTC: {each['doc_count']}"
        for each in _buckets(groups, "over time")
        if each["doc_count"] and (at := instant(each.get("key_as_string")))
    ]
    told += [passage("over time", "\n".join(times[: BUCKETS + 1]))] if times else []
    for name in _shown(settings):
        values = [f"{_text(each.get('key'))}: {each['doc_count']}" for each in _buckets(groups, name)]
        told += [passage(f"by {name}", "\n".join(values[:VALUES_MAX]))] if values else []
    return told


def counted(answer: Any) -> str:
    """Return how many lines there are, in words; empty for none."""
    total = thing(thing(thing(answer).get("hits")).get("total"))
    value = total.get("value")
    if not isinstance(value, int) or value <= 0:
        return ""
    return f"at least {value}" if total.get("relation") == "gte" else f"{value}"


def _common(settings: ElasticsearchSettings, query: str, minutes: int) -> dict[str, JsonValue]:
    held: list[JsonValue] = [{"range": {settings.time_field: {"gte": f"now-{minutes}m", "lte": "now"}}}]
    if wanted := words(query):
        held.append(
            {
                "simple_query_string": {
                    "query": " ".join(wanted),
                    "fields": [settings.message_field, *_shown(settings)],
                    "default_operator": "and",
                    "flags": "NONE",
                    "lenient": True,
                }
            }
        )
    return {
        "query": {"bool": {"filter": held}},
        "timeout": f"{SEARCH_S}s",
        "track_total_hits": COUNTED_MAX,
    }


def _shown(settings: ElasticsearchSettings) -> list[str]:
    return list(dict.fromkeys([settings.level_field, *settings.fields]))


def _partly(answer: Any) -> str:
    """Say that not everything was looked at, where it was not."""
    said = thing(answer)
    failed = thing(said.get("_shards")).get("failed")
    return "the search gave up early: there may be more" if said.get("timed_out") or failed else ""


def _buckets(groups: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = [thing(each) for each in things(thing(groups.get(name)).get("buckets"))]
    return [each for each in found if isinstance(each.get("doc_count"), int)]


def _sorted_by(hit: Mapping[str, Any]) -> datetime | None:
    """Return when a line was written as the cluster sorts it: in UTC, though the line itself names no zone.

    A document may hold milliseconds, or a moment without a zone; what it was sorted by are milliseconds since
    1970 (Elasticsearch reference, "Sort search results").
    """
    at = next(iter(things(hit.get("sort"))), None)
    return moment(at / 1000) if isinstance(at, int) and not isinstance(at, bool) else None


def _value(source: Mapping[str, Any], name: str) -> Any:
    """Find ``a.b`` as one key or one within the other: a document may be written either way."""
    if name in source:
        return source[name]
    head, dot, rest = name.partition(".")
    while dot:
        if head in source:
            return _value(thing(source[head]), rest)
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


_PLAIN: Final = (str, bool, int, float)


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool() | int() | float():
            return str(value)
        case _:
            # One level: who writes a log writes lists in lists a thousand deep as easily.
            return ", ".join(str(each) for each in things(value)[:VALUES_MAX] if isinstance(each, _PLAIN))
