"""Searches made of words: what is asked, whatever somebody writes, and how the answer is told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from typing_extensions import override

from connectors.elasticsearch import questions
from connectors.elasticsearch.settings import ElasticsearchSettings
from connectors.elasticsearch.source import AskedLogs, Elasticsearch
from sandbox.elasticsearch import ElasticsearchSandbox

SETTINGS = ElasticsearchSettings.model_validate({"url": "https://logs.example.com", "index": "logs-*"})


@pytest.mark.parametrize(
    "query",
    [
        "*:* OR _exists_:secret",
        '{"match_all": {}}',
        "message:/.*/",
        '") OR (x',
        "a~9 b^9 -c +d",
        "\\",
        "../_all",
    ],
)
def test_whatever_is_written_is_words_in_one_kind_of_query(query: str) -> None:
    body: Any = questions.lines(SETTINGS, query, 60)
    time_range, *rest = body["query"]["bool"]["filter"]
    assert time_range == {"range": {"@timestamp": {"gte": "now-60m", "lte": "now"}}}
    for part in rest:
        assert part.keys() == {"simple_query_string"}
        asked = part["simple_query_string"]
        assert asked["flags"] == "NONE"
        assert asked["fields"] == ["message", "log.level", "service.name", "host.name"]
        assert not set(asked["query"]) & set('*:"(){}[]/\\~^+|?<>=!&')
    assert body["timeout"] == "5s"
    assert body["size"] == 20
    assert "aggs" not in body


def test_counting_brings_no_documents_and_few_buckets() -> None:
    body: Any = questions.counts(SETTINGS, "timeout", 24 * 60)
    assert body["size"] == 0
    assert body["aggs"]["over time"]["date_histogram"] == {"field": "@timestamp", "fixed_interval": "120m"}
    assert all(each["terms"]["size"] == 5 for name, each in body["aggs"].items() if name != "over time")


@pytest.mark.parametrize(
    "index",
    [
        *(".security-7", "_all", "logs/_doc", "logs-*?x=1", "LOGS", "../x", "a b", "-logs", ""),
        *("logs-*,.security-7", "logs,_all", "logs,*", "logs,,x", "logs,", "logs,--x", "l" * 256),
    ],
)
def test_only_plain_indices_are_searched_and_never_the_clusters_own(index: str) -> None:
    with pytest.raises(ValidationError):
        ElasticsearchSettings.model_validate({"url": "https://logs.example.com", "index": index})


@pytest.mark.parametrize("wrong", [{"minutes": 0}, {"minutes": 10_081}, {"index": "x"}, {"query": "x" * 301}])
def test_arguments_that_could_ask_for_more_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AskedLogs.model_validate(wrong)


async def test_the_newest_lines_come_first_and_other_indices_stay_closed() -> None:
    vendor = ElasticsearchSandbox()
    vendor.line(30, "disk full on db-1", service__name="payroll", log__level="ERROR", host__name="db-1")
    vendor.line(5, "disk still full", service__name="payroll", log__level="WARN")
    vendor.line(90, "disk was fine")
    vendor.line(1, "disk password hunter2", index="audit-2026")
    await vendor.start()
    settings = {"url": vendor.url, "index": "logs-*", "api_key": vendor.api_key}
    source = Elasticsearch("logs", ElasticsearchSettings.model_validate(settings))
    first, second = await source.look("search_logs", AskedLogs(query="disk FULL"))
    assert first.title.raw == "2026-11-21 09:55:00 UTC log.level=WARN service.name=payroll"
    assert second.text.raw == "disk full on db-1"
    assert len(await source.look("search_logs", AskedLogs(minutes=120))) == 3
    told = {
        each.title.raw: each.text.raw for each in await source.look("count_logs", AskedLogs(query="disk"))
    }
    assert told["2 lines in the last 60 minutes"] == ""
    assert told["by log.level"].split("\n") in (["ERROR: 1", "WARN: 1"], ["WARN: 1", "ERROR: 1"])
    assert told["over time"] == "2026-11-21 09:30 UTC: 1\n2026-11-21 09:55 UTC: 1"
    assert await source.look("count_logs", AskedLogs(query="nothing")) == []
    assert {each.path for each in vendor.exchanges} == {"/logs-*/_search"}
    assert all("expand_wildcards=open" in each.query for each in vendor.exchanges)
    await source.close()
    await vendor.stop()


def test_a_search_that_gave_up_says_so_and_many_are_not_counted_out() -> None:
    answer = {"timed_out": True, "hits": {"total": {"value": 10_000, "relation": "gte"}}}
    (told,) = questions.counts_of(answer, SETTINGS, 5)
    assert told.title.raw == "at least 10000 lines in the last 5 minutes"
    assert "there may be more" in told.text.raw
    partly = {"_shards": {"failed": 1}, "hits": {"total": {"value": 1}}}
    assert "there may be more" in questions.counts_of(partly, SETTINGS, 5)[0].text.raw


@pytest.mark.parametrize(
    "source",
    [
        {"log.level": "WARN", "message": "m"},
        {"log": {"level": "WARN"}, "message": ["m"]},
        {"log": {"level": ["WARN"]}, "message": "m"},
    ],
)
def test_a_field_with_a_dot_is_found_either_way(source: dict[str, Any]) -> None:
    (line,) = questions.lines_of({"hits": {"hits": [{"_source": source}]}}, SETTINGS)
    assert (line.title.raw, line.text.raw) == ("no time log.level=WARN", "m")


@pytest.mark.parametrize("stamp", [1_795_000_500_000, "2026-11-18T11:55:00.000", None])
def test_a_moment_without_its_zone_is_told_as_the_cluster_sorts_it(stamp: object) -> None:
    hit = {"_source": {"@timestamp": stamp, "message": "m"}, "sort": [1_795_000_500_000]}
    (line,) = questions.lines_of({"hits": {"hits": [hit]}}, SETTINGS)
    assert line.title.raw == "2026-11-18 11:15:00 UTC"
    wrong: list[Any] = [[], [True], ["x"], [10**30], [-1], {}, None]
    for none in wrong:
        (line,) = questions.lines_of({"hits": {"hits": [{**hit, "sort": none}]}}, SETTINGS)
        assert line.title.raw == "no time"


def test_lists_in_lists_a_thousand_deep_are_no_words() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    hits = [{"_source": {"message": deep, "service.name": ["a", 1, ["b"], {"c": "d"}]}}]

    (line,) = questions.lines_of({"hits": {"hits": hits}}, SETTINGS)

    assert line.text.raw == ""
    assert line.title.raw == "no time service.name=a, 1"


def test_more_lines_than_were_asked_for_are_not_looked_at() -> None:
    hits = [{"_source": {"message": f"{n}"}} for n in range(20)] + [{"_source": Unread()}]

    assert len(questions.lines_of({"hits": {"hits": hits}}, SETTINGS)) == 20


class Unread(dict[str, Any]):
    """A document nobody may look into."""

    @override
    def __contains__(self, key: object) -> bool:
        raise AssertionError(f"{key} was looked for")
