"""Atlassian's own OpenAPI as the judge of traffic: of what was sent, and of what the sandbox answered.

``assert_valid(vendor.exchanges)`` is all a test needs; without the documents it skips.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft4Validator
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from sandbox.vendor import Exchange

DATA: Final = Path(__file__).parents[3] / "../shared/data/jira"
PLATFORM: Final = "jira-cloud-platform-v3.2025-12.json"
DESK: Final = "jsm-cloud.2025-10.json"
TEXTS: Final = "adf-full.json"
SITE: Final = "https://your-domain.atlassian.net"
UNDOCUMENTED: Final = frozenset({302, 405, 410, 413, 415, 429, 500, 502, 503, 504})
"""Answers of a proxy, of a removed route or of a fault; the documents do not describe them."""
STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")


@dataclass
class _Request:
    """An exchange's request in the form openapi-core reads (its ``Request`` protocol)."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None

    @property
    def full_url_pattern(self) -> str:
        """The URL that is matched with the document's paths."""
        return self.host_url + self.path


@dataclass(frozen=True)
class _Response:
    """An exchange's answer in the form openapi-core reads."""

    status_code: int
    headers: Headers
    content_type: str
    data: bytes | None


def assert_valid(exchanges: Iterable[Exchange], *, ignore: Iterable[str] = ()) -> int:
    """Judge every exchange the documents cover and return how many were judged.

    ``ignore`` are regular expressions of ``METHOD path`` whose requests are wrong on purpose; their
    answers are judged all the same. Version 2 is judged as version 3: where they differ, in formatted text,
    Atlassian's document allows anything, so version 3's texts are held against the document schema besides.
    """
    wrong_on_purpose = [re.compile(pattern) for pattern in ignore]
    faults: list[str] = []
    judged = 0
    for exchange in exchanges:
        if not _is_covered(exchange):
            continue
        judged += 1
        name = f"{exchange.method} {exchange.path}"
        # A request that was refused may well be wrong: that is what the refusal says.
        if exchange.status < 400 and not any(pattern.search(name) for pattern in wrong_on_purpose):
            faults += _faults_of_request(exchange)
        faults += _faults_of_answer(exchange) + _faults_of_texts(exchange)
    assert not faults, "\n".join(faults[:20])
    return judged


def _is_covered(exchange: Exchange) -> bool:
    ours = re.match(r"/rest/(api/[23]|servicedeskapi)/", exchange.path) is not None
    is_json = exchange.status == 204 or exchange.content_type == "application/json"
    is_answered = exchange.status not in UNDOCUMENTED and is_json
    # Data Center has no OpenAPI; its users and searches have other shapes.
    return ours and is_answered and not exchange.headers.get("authorization", "").startswith("Bearer ")


def _faults_of_request(exchange: Exchange) -> list[str]:
    try:
        _document(exchange).validate_request(_request(exchange))
    except OpenAPIError as wrong:
        return [f"request {_told(exchange, wrong)}\n  sent: {exchange.body.decode(errors='replace')[:500]}"]
    return []


def _faults_of_answer(exchange: Exchange) -> list[str]:
    body = exchange.answer or None
    answer = _Response(exchange.status, Headers(), exchange.content_type, body)
    try:
        _document(exchange).validate_response(_request(exchange), answer)
    except OpenAPIError as wrong:
        return [f"answer {_told(exchange, wrong)}\n  got: {exchange.answer.decode(errors='replace')[:500]}"]
    return []


def _faults_of_texts(exchange: Exchange) -> list[str]:
    if not exchange.path.startswith("/rest/api/3/"):
        return []
    found = [*_texts(exchange.answer), *(_texts(exchange.body) if exchange.status < 400 else [])]
    wrong = [error.message for text in found for error in _text_schema().iter_errors(text)]
    return [f"text {exchange.method} {exchange.path}: {message[:300]}" for message in wrong]


def _texts(raw: bytes) -> list[dict[str, Any]]:
    """Find the documents (ADF) anywhere in a body."""
    try:
        waiting: list[Any] = [json.loads(raw)] if raw else []
    except ValueError:
        return []
    found: list[dict[str, Any]] = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            known = cast("dict[str, Any]", value)
            if known.get("type") == "doc":
                found.append(known)
            else:
                waiting += known.values()
        elif isinstance(value, list):
            waiting += cast("list[object]", value)
    return found


@functools.cache
def _text_schema() -> Any:  # jsonschema's own annotations are partial
    return Draft4Validator(json.loads((DATA / TEXTS).read_text(encoding="utf-8")))


def _told(exchange: Exchange, wrong: Exception) -> str:
    cause: object = wrong.__cause__ or wrong
    details = [
        f"{detail.message} at {list(detail.absolute_path)}"
        for detail in cast("Iterable[Any]", getattr(cause, "schema_errors", ()))
    ]
    return f"{exchange.method} {exchange.path}?{exchange.query} -> {exchange.status}: {wrong} {details}"


def _request(exchange: Exchange) -> _Request:
    query: ImmutableMultiDict[str, str] = ImmutableMultiDict(
        parse_qsl(exchange.query, keep_blank_values=True)
    )
    return _Request(
        host_url=SITE,
        path=re.sub("^/rest/api/2/", "/rest/api/3/", exchange.path),
        method=exchange.method.lower(),
        parameters=RequestParameters(query=query, header=Headers(exchange.headers)),
        content_type=exchange.headers.get("content-type", "").partition(";")[0],
        body=exchange.body or None,
    )


def _document(exchange: Exchange) -> OpenAPI:
    return documents()[DESK if exchange.path.startswith("/rest/servicedeskapi/") else PLATFORM]


@functools.cache
def documents() -> Mapping[str, OpenAPI]:
    """Load the two documents once; skips the test when they are not at hand."""
    if not (DATA / PLATFORM).exists():
        pytest.skip(f"Atlassian's OpenAPI documents are not at {DATA}")
    # The raw documents break OpenAPI's own rules in places that do not matter here.
    config = Config(spec_validator_cls=cast("Any", None), extra_format_validators={"date-time": _is_stamp})
    return {name: OpenAPI.from_dict(_mended(name), config=config) for name in (PLATFORM, DESK)}


def _is_stamp(value: object) -> bool:
    """Jira's times have no colon in their zone, which RFC 3339 asks for."""
    return not isinstance(value, str) or STAMP.fullmatch(value) is not None


def _mended(name: str) -> Any:
    document: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    for operations in document["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                _drop_empty_body(cast("dict[str, Any]", operation))
    _drop_bad_defaults(document)
    # The changelog has nulls for what was or became empty, as Atlassian's own webhook sample shows.
    for item in document["components"]["schemas"].get("ChangeDetails", {}).get("properties", {}).values():
        item["nullable"] = True
    # Without globalId the answer is a list, as the operation's text says; its schema is that of one link.
    links = document["paths"].get("/rest/api/3/issue/{issueIdOrKey}/remotelink", {}).get("get")
    if links is not None:
        links["responses"]["200"]["content"]["application/json"]["schema"] = {}
    # "accountId": null takes an issue from everybody, says the text of assignIssue; its schema forgets it.
    account = document["components"]["schemas"].get("User", {}).get("properties", {}).get("accountId", {})
    account["nullable"] = True
    # Credentials are the guard's affair; the desk's document knows OAuth only.
    _drop_security(document)
    return document


def _drop_empty_body(operation: dict[str, Any]) -> None:
    """A 204 has no body; the platform's document gives some of them one."""
    operation.get("responses", {}).get("204", {}).pop("content", None)


def _drop_bad_defaults(value: Any) -> None:
    if isinstance(value, dict):
        known = cast("dict[str, Any]", value)
        if "enum" in known and "default" in known and known["default"] not in known["enum"]:
            del known["default"]
        for each in known.values():
            _drop_bad_defaults(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            _drop_bad_defaults(each)


def _drop_security(document: dict[str, Any]) -> None:
    document.pop("security", None)
    for operations in document["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                cast("dict[str, Any]", operation).pop("security", None)
