"""The fake site: version 1 of the API searches; a page is read by version 2 on Cloud, else by version 1."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any, Final

from aiohttp import web

from sandbox.control import add_control
from sandbox.faults import Fault
from sandbox.vendor import Vendor

FIRST_ID: Final = 98_305
EXCERPT_CHARS: Final = 200
_TAG: Final = re.compile(r"<[^<>]*>")
_CQL: Final = re.compile(
    r'type = page AND (?:(?P<any>\()?(?P<texts>text ~ "[^"]*"(?: OR text ~ "[^"]*")*)(?(any)\))'
    r"|id = (?P<id>\d+))"
    r"(?: AND space in \((?P<spaces>[^()]*)\))?"
)


@dataclass(frozen=True)
class Page:
    """One page."""

    id: str
    space: str
    title: str
    storage: str
    changed: str
    """RFC 3339."""


class ConfluenceSandbox(Vendor):
    """A site on loopback; on Cloud it lies under ``/wiki``."""

    def __init__(self, *, cloud: bool = True) -> None:
        super().__init__("confluence")
        self.cloud, self.secret, self.email = cloud, "sandbox-secret", "bot@example.com"
        self.pages: dict[str, Page] = {}
        self.faults.error = _fault
        context = "/wiki" if cloud else ""
        add = self.app.router.add_get
        add(f"{context}/rest/api/search", self._route(self._search), allow_head=False)
        if cloud:
            add("/wiki/api/v2/pages/{id}", self._route(self._page_v2), allow_head=False)
        else:
            add("/rest/api/content/{id}", self._route(self._page_v1), allow_head=False)
        add_control(
            self, state=lambda: [vars(page) for page in self.pages.values()], deliveries=None, verbs={}
        )

    def page(
        self, title: str, storage: str, space: str = "KB", changed: str = "2026-11-02T08:30:00.000Z"
    ) -> str:
        """Add a page in storage format; its id."""
        key = str(FIRST_ID + len(self.pages))
        self.pages[key] = Page(key, space, title, storage, changed)
        return key

    def _route(self, answer: Callable[[web.Request], web.Response]) -> Callable[[web.Request], Any]:
        pair = base64.b64encode(f"{self.email}:{self.secret}".encode()).decode()
        wanted = f"Basic {pair}" if self.cloud else f"Bearer {self.secret}"

        async def run(request: web.Request) -> web.Response:
            given = request.headers.get("Authorization", "")
            if not hmac.compare_digest(given.encode(), wanted.encode()):
                return _error(401, "Client must be authenticated to access this resource.")
            return answer(request)

        return run

    def _search(self, request: web.Request) -> web.Response:
        cql, limit = request.query.get("cql", ""), int(request.query.get("limit", "25"))
        asked = _CQL.fullmatch(cql)
        if asked is None:
            return _error(400, f"Could not parse cql : {cql}")
        spaces = re.findall(r'"([^"]*)"', asked["spaces"] or "")
        texts = [each.casefold().split() for each in re.findall(r'~ "([^"]*)"', asked["texts"] or "")]
        words = [word for text in texts for word in text]
        found = [
            page
            for page in self.pages.values()
            if (not spaces or page.space in spaces)
            and (asked["id"] is None or page.id == asked["id"])
            # Every word of one text, of any text.
            and (not texts or any(all(word in _said(page) for word in text) for text in texts))
        ]
        found.sort(key=lambda page: -sum(word in _said(page) for word in words))
        results = [self._result(page, words) for page in found[:limit]]
        body = {
            "results": results,
            "start": 0,
            "limit": limit,
            "size": len(results),
            "totalSize": len(found),
            "cqlQuery": cql,
            "searchDuration": 3,
            "_links": {"base": self.url, "context": "/wiki" if self.cloud else ""},
        }
        return web.json_response(body)

    def _result(self, page: Page, words: list[str]) -> dict[str, Any]:
        excerpt = unescape(_TAG.sub(" ", page.storage))[:EXCERPT_CHARS]
        for word in words:
            excerpt = re.sub(rf"(?i)({re.escape(word)})", r"@@@hl@@@\1@@@endhl@@@", excerpt)
        return {
            "content": {
                "id": page.id,
                "type": "page",
                "status": "current",
                "title": page.title,
                "_links": {"webui": f"/spaces/{page.space}/pages/{page.id}"},
            },
            "title": page.title,
            "excerpt": excerpt,
            "url": f"/spaces/{page.space}/pages/{page.id}",
            "entityType": "content",
            "lastModified": page.changed,
        }

    def _page_v2(self, request: web.Request) -> web.Response:
        page = self.pages.get(request.match_info["id"])
        if page is None:
            error = {"status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": None}
            return web.json_response({"errors": [error]}, status=404)
        return web.json_response({"spaceId": "65537", **self._whole(page, request.query.get("body-format"))})

    def _page_v1(self, request: web.Request) -> web.Response:
        page = self.pages.get(request.match_info["id"])
        if page is None:
            return _error(404, f"No content found with id: ContentId{{id={request.match_info['id']}}}")
        expanded = "storage" if "body.storage" in request.query.get("expand", "").split(",") else None
        return web.json_response({"type": "page", **self._whole(page, expanded)})

    def _whole(self, page: Page, body: str | None) -> dict[str, Any]:
        shown = {"storage": {"representation": "storage", "value": page.storage}} if body == "storage" else {}
        return {"id": page.id, "status": "current", "title": page.title, "body": shown}


def _said(page: Page) -> str:
    return f"{page.title} {page.storage}".casefold()


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"statusCode": status, "message": message}, status=status)


def _fault(fault: Fault) -> web.Response:
    return _error(fault.status, "fault")
