"""Searching: ``/search/jql`` on Cloud, the classic ``/search`` on Data Center; neither has the other's."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Final, cast

from aiohttp import web

from sandbox.jira import jql
from sandbox.jira.answers import refusal
from sandbox.jira.api.call import Call, Route, done
from sandbox.jira.api.issues import NAVIGABLE, show
from sandbox.jira.records import Issue
from sandbox.jira.webhooks import query_context

GONE: Final = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
UNBOUNDED: Final = (
    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
)
BODY_FIELDS: Final = frozenset(
    {
        "jql",
        "nextPageToken",
        "maxResults",
        "fields",
        "expand",
        "properties",
        "fieldsByKeys",
        "reconcileIssues",
    }
)
PAGE_MAX: Final = 100
"""Issues a page when more than ids and keys are asked for; 5,000 otherwise."""
IDS_MAX: Final = 5000
RECONCILED_MAX: Final = 50


@dataclass(frozen=True)
class _Asked:
    """The parameters, from the query string or the body."""

    jql: str
    fields: list[str]
    limit: int
    token: str = ""
    start: int = 0
    reconciled: tuple[str, ...] = ()


def search(call: Call) -> web.Response:
    """``GET|POST /search``: 410 on Cloud since 2025; Data Center pages by ``startAt`` and tells the total."""
    if call.is_cloud:
        raise refusal(410, GONE)
    asked = _asked(call)
    hits = _hits(call, asked)
    found = hits[asked.start : asked.start + asked.limit]
    return done(
        {
            "expand": "schema,names",
            "startAt": asked.start,
            "maxResults": asked.limit,
            "total": len(hits),
            "issues": [show(call, issue, asked.fields, NAVIGABLE) for issue in found],
        }
    )


def search_jql(call: Call) -> web.Response:
    """``GET|POST /search/jql``: no total, a token to the next page, and only what ``fields`` names."""
    if not call.is_cloud:
        raise refusal(404, "null for uri: " + call.request.path)
    asked = _asked(call)
    start = _read_token(asked)
    hits = _hits(call, asked, must_be_bounded=True)
    few = set(asked.fields) <= {"id", "key"}
    limit = min(asked.limit, IDS_MAX if few else PAGE_MAX)
    found, end = hits[start : start + limit], start + limit
    body: dict[str, Any] = {
        "issues": [_shown(call, issue, asked.fields) for issue in found],
        "isLast": end >= len(hits),
    }
    if end < len(hits):
        body["nextPageToken"] = _token(asked.jql, end)
    return done(body)


def _shown(call: Call, issue: Issue, fields: list[str]) -> dict[str, Any]:
    """Without ``fields`` a hit is its id and nothing else."""
    return {"id": issue.id} if set(fields) <= {"id"} else show(call, issue, fields, NAVIGABLE)


def _asked(call: Call) -> _Asked:
    if call.request.method == "GET":
        return _Asked(
            jql=call.query("jql"),
            fields=call.listed("fields"),
            limit=call.number("maxResults", 50),
            token=call.query("nextPageToken"),
            start=call.number("startAt", 0),
            reconciled=tuple(call.listed("reconcileIssues")),
        )
    body = call.fields()
    if call.is_cloud and set(body) - BODY_FIELDS:
        raise refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return _Asked(
        jql=str(body.get("jql") or ""),
        fields=[str(name) for name in cast("list[object]", body.get("fields") or [])],
        limit=int(body.get("maxResults", 50)),
        token=str(body.get("nextPageToken") or ""),
        start=int(body.get("startAt") or 0),
        reconciled=tuple(str(one) for one in cast("list[object]", body.get("reconcileIssues") or [])),
    )


def _hits(call: Call, asked: _Asked, *, must_be_bounded: bool = False) -> list[Issue]:
    """Run the query over what the index shows; issues named in ``reconcileIssues`` are seen as they are."""
    world, now = call.world, call.world.now()
    query = jql.parse(asked.jql, query_context(world, now))
    if must_be_bounded and not query.bounded:
        raise refusal(400, UNBOUNDED)
    if len(asked.reconciled) > RECONCILED_MAX:
        raise refusal(400, f"At most {RECONCILED_MAX} issues can be reconciled.")
    lag_s = world.nasty.search_lag_s
    visible = [
        issue if issue.id in asked.reconciled else world.index.visible(issue, now, lag_s)
        for issue in world.issues.values()
    ]
    return query.sort([issue for issue in visible if issue is not None and query.matches(issue)])


def _token(text: str, place: int) -> str:
    return base64.urlsafe_b64encode(f"{_digest(text)}:{place}".encode()).decode()


def _read_token(asked: _Asked) -> int:
    """Return where the page starts; a token belongs to its query."""
    if not asked.token:
        return 0
    try:
        digest, _, place = base64.urlsafe_b64decode(asked.token).decode().partition(":")
        start = int(place)
    except ValueError as broken:
        raise refusal(400, "The provided next page token is invalid or has expired.") from broken
    if digest != _digest(asked.jql):
        raise refusal(400, "The provided next page token is invalid or has expired.")
    return start


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


ROUTES: Final[tuple[Route, ...]] = (
    ("GET", "/search", search),
    ("POST", "/search", search),
    ("GET", "/search/jql", search_jql),
    ("POST", "/search/jql", search_jql),
)
