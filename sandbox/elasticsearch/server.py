"""The fake cluster: one endpoint, and of its query language what is asked for; the rest is refused."""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections import Counter
from fnmatch import fnmatchcase
from typing import Any, Final, cast

from aiohttp import web

from sandbox.control import add_control
from sandbox.faults import Fault
from sandbox.vendor import Vendor

KNOWN: Final = frozenset({"query", "size", "sort", "aggs", "_source", "timeout", "track_total_hits"})
WINDOW_MAX: Final = 10_000
"""``index.max_result_window``."""
_MINUTES: Final = re.compile(r"now(?:-(?P<minutes>\d+)m)?")
_TOKEN: Final = re.compile(r"\w+")


class _Refused(ValueError):
    """A search that the cluster does not take."""


class ElasticsearchSandbox(Vendor):
    """A cluster on loopback."""

    def __init__(self, *, api_key: str = "sandbox-api-key", now: dt.datetime | None = None) -> None:
        """``now``: what its clock shows."""
        super().__init__("elasticsearch")
        self.api_key = api_key
        self.now = now or dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)
        self.documents: list[tuple[str, dict[str, Any]]] = []
        """Index and document, in any order."""
        self.faults.error = _fault
        self.app.router.add_post("/{index}/_search", self._search)
        add_control(self, state=lambda: self.documents, deliveries=None, verbs={})

    def line(self, minutes_ago: float, message: str, index: str = "logs-app", **fields: str) -> None:
        """Add a line; in names of fields ``__`` stands for the dot."""
        at = self.now - dt.timedelta(minutes=minutes_ago)
        document: dict[str, Any] = {"@timestamp": at.isoformat().replace("+00:00", "Z"), "message": message}
        for name, value in fields.items():
            head, _, rest = name.partition("__")
            document[head] = {rest: value} if rest else value
        self.documents.append((index, document))

    async def _search(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "")
        if self.api_key and not hmac.compare_digest(given.encode(), f"ApiKey {self.api_key}".encode()):
            return _error(401, "security_exception", "missing authentication credentials for REST request")
        body: dict[str, Any] = await request.json()
        patterns = request.match_info["index"].split(",")
        chosen = [
            document
            for index, document in self.documents
            if any(fnmatchcase(index, each) for each in patterns)
        ]
        try:
            return web.json_response(self._answer(body, chosen))
        except _Refused as refused:
            return _error(400, "parsing_exception", str(refused))

    def _answer(self, body: dict[str, Any], chosen: list[dict[str, Any]]) -> dict[str, Any]:
        if unknown := set(body) - KNOWN:
            raise _Refused(f"unknown key for a VALUE in [{min(unknown)}]")
        found = [each for each in chosen if all(self._holds(each, part) for part in _filters(body))]
        size, total_max = int(body.get("size", 10)), int(body.get("track_total_hits", 10_000))
        if size > WINDOW_MAX:
            raise _Refused(f"Result window is too large, from + size must be less than [{WINDOW_MAX}]")
        for order in body.get("sort", []):
            ((name, how),) = order.items()
            found.sort(key=lambda each: str(_value(each, name)), reverse=how["order"] == "desc")
        hits = [{"_index": "logs-app", "_id": str(n), "_source": each} for n, each in enumerate(found[:size])]
        total = {"value": min(len(found), total_max), "relation": "gte" if len(found) > total_max else "eq"}
        answer: dict[str, Any] = {
            "took": 1,
            "timed_out": False,
            "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
            "hits": {"total": total, "max_score": None, "hits": hits},
        }
        if "aggs" in body:
            answer["aggregations"] = {name: _group(how, found) for name, how in body["aggs"].items()}
        return answer

    def _holds(self, document: dict[str, Any], part: dict[str, Any]) -> bool:
        ((kind, asked),) = part.items()
        if kind == "range":
            ((name, bounds),) = asked.items()
            at = dt.datetime.fromisoformat(str(_value(document, name)))
            return self._moment(bounds["gte"]) <= at <= self._moment(bounds["lte"])
        if kind == "simple_query_string" and asked["flags"] == "NONE" and asked["default_operator"] == "and":
            said = " ".join(str(_value(document, name)) for name in asked["fields"]).casefold()
            tokens = set(_TOKEN.findall(said))
            return all(word in tokens for word in _TOKEN.findall(asked["query"].casefold()))
        raise _Refused(f"unknown query [{kind}]")

    def _moment(self, text: str) -> dt.datetime:
        found = _MINUTES.fullmatch(text)
        if found is None:
            raise _Refused(f"failed to parse date field [{text}]")
        return self.now - dt.timedelta(minutes=int(found["minutes"] or 0))


def _filters(body: dict[str, Any]) -> list[dict[str, Any]]:
    query = body.get("query", {})
    if set(query) != {"bool"} or set(query["bool"]) != {"filter"}:
        raise _Refused("this fake takes bool with filter alone")
    return list(query["bool"]["filter"])


def _group(how: dict[str, Any], found: list[dict[str, Any]]) -> dict[str, Any]:
    ((kind, asked),) = how.items()
    if kind == "terms":
        counted = Counter(str(value) for each in found if (value := _value(each, asked["field"])) is not None)
        return {
            "buckets": [{"key": key, "doc_count": count} for key, count in counted.most_common(asked["size"])]
        }
    if kind != "date_histogram" or not re.fullmatch(r"\d+m", asked["fixed_interval"]):
        raise _Refused(f"unknown aggregation [{kind}]")
    width = int(asked["fixed_interval"][:-1]) * 60
    times = [dt.datetime.fromisoformat(str(_value(each, asked["field"]))).timestamp() for each in found]
    grouped = Counter(int(at // width) * width for at in times)
    return {
        "buckets": [
            {
                "key": at * 1000,
                "key_as_string": dt.datetime.fromtimestamp(at, dt.UTC).isoformat().replace("+00:00", ".000Z"),
                "doc_count": grouped[at],
            }
            for at in sorted(grouped)
        ]
    }


def _value(document: dict[str, Any], name: str) -> Any:
    head, _, rest = name.partition(".")
    value = document.get(head)
    if not rest or not isinstance(value, dict):
        return value
    inner: dict[str, Any] = cast("dict[str, Any]", value)
    return inner.get(rest)


def _error(status: int, kind: str, reason: str) -> web.Response:
    said = {"type": kind, "reason": reason}
    return web.json_response({"error": {"root_cause": [said], **said}, "status": status}, status=status)


def _fault(fault: Fault) -> web.Response:
    return _error(fault.status, "fault", "fault")
