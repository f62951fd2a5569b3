"""The Knowledge Management API: /api/sn_km_api/knowledge/articles[/{id}], as knowledge-api.md describes it.

Two ways of asking write although they are GETs: ``update_view``, whatever its value, and ``search_id`` with
``search_rank``. Both count a view, here as there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from aiohttp import web

from sandbox.servicenow import query as encoded
from sandbox.servicenow.auth import Gate
from sandbox.servicenow.instance import Instance
from sandbox.servicenow.limits import Limiter
from sandbox.servicenow.store import Row, sys_id_of
from sandbox.servicenow.table_api import error

TABLE: Final = "kb_knowledge"
LIMIT_DEFAULT: Final = 30
SNIPPET_CHARS: Final = 250
_WORD: Final = re.compile(r"\w+")
UNINDEXED: Final = frozenset(
    _WORD.findall(
        "a about after an and are as at be by for from has have how in is it my no not of on or that the "
        "this to was when with au aux ce ces de des du en est et la le les mon ne pas pour que qui sur un une"
    )
)
"""The text index knows whole words, and leaves these out."""
_TAG: Final = re.compile(r"<[^<>]*>")


@dataclass
class KnowledgeApi:
    """The routes, over one instance."""

    instance: Instance
    gate: Gate
    limiter: Limiter
    views: Counter[str] = field(default_factory=Counter[str])
    """How often each article was viewed, by number."""
    hidden: set[str] = field(default_factory=set[str])
    """Numbers of articles that user criteria keep from the account."""

    def register(self, app: web.Application) -> None:
        """Add the routes to ``app``."""
        base = "/api/sn_km_api{version:(?:/v1|/v2)?}/knowledge/articles"
        app.router.add_get(base, self._route(self._search), allow_head=False)
        app.router.add_get(base + "/{id}", self._route(self._read), allow_head=False)

    def _route(self, operation: Callable[[web.Request], web.Response]) -> Any:
        async def answer(request: web.Request) -> web.Response:
            if not self.gate.admits(request.headers):
                return error(401, "User Not Authenticated", "Required to provide Auth information")
            return self.limiter.reject() or operation(request)

        return answer

    def _search(self, request: web.Request) -> web.Response:
        asked = request.query
        words = asked.get("query", "").casefold().split()
        scored = [(self._score(row, words), row) for row in self._readable(asked)]
        found = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0])
        start, limit = int(asked.get("offset", "0")), int(asked.get("limit", LIMIT_DEFAULT))
        page = found[start : start + limit]
        search = sys_id_of("ts_query", asked.get("query", ""))
        articles = [
            {
                "link": f"?sys_kb_id={row['sys_id']}&id=kb_article_view&sysparm_rank={rank}"
                f"&sysparm_tsqueryId={search}",
                "rank": rank,
                "id": f"{TABLE}:{row['sys_id']}",
                "title": row["short_description"],
                "snippet": _snippet(row["text"], words),
                "score": round(score, 4),
                "number": row["number"],
                "fields": self._fields(row, asked.get("fields", "")),
            }
            for rank, (score, row) in enumerate(page, start=start + 1)
        ]
        meta = {
            "start": start,
            "end": start + len(page),
            "fields": asked.get("fields", ""),
            "query": asked.get("query", ""),
            "filter": asked.get("filter", ""),
            "kb": asked.get("kb", ""),
            "language": asked.get("language", "en"),
            "count": len(found),
            "ts_query_id": search,
            "status": {"code": 200},
        }
        return web.json_response({"result": {"meta": meta, "articles": articles}})

    def _read(self, request: web.Request) -> web.Response:
        wanted, asked = request.match_info["id"], request.query
        rows = self.instance.store.tables[TABLE].rows.values()
        row = next((row for row in rows if wanted in (row["sys_id"], row["number"])), None)
        if row is None or row["number"] in self.hidden:
            return error(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        if "update_view" in asked or ("search_id" in asked and "search_rank" in asked):
            self.views[row["number"]] += 1
        article = {
            "content": row["text"],
            "template": False,
            "number": row["number"],
            "sys_id": row["sys_id"],
            "short_description": row["short_description"],
            "display_attachments": False,
            "fields": self._fields(row, asked.get("fields", "")),
        }
        return web.json_response({"result": article})

    def _readable(self, asked: Any) -> list[Row]:
        store, bases = self.instance.store, [each for each in asked.get("kb", "").split(",") if each]
        wanted = encoded.parse(
            asked.get("filter", ""), lambda path: store.column(TABLE, path) is not None, lambda _script: None
        )
        return [
            row
            for row in store.tables[TABLE].rows.values()
            if row["number"] not in self.hidden
            and row["workflow_state"] == "published"
            and (not bases or row["kb_knowledge_base"] in bases)
            and wanted.matches(partial(store.value, TABLE, row), str)
        ]

    def _score(self, row: Row, words: list[str]) -> float:
        title, text = (set(_WORD.findall(row[name].casefold())) for name in ("short_description", "text"))
        return float(sum(3 * (word in title) + (word in text) for word in set(words) - UNINDEXED))

    def _fields(self, row: Row, names: str) -> dict[str, Any]:
        table = self.instance.store.tables[TABLE]
        known = [name for name in names.split(",") if name in table.columns]
        return {
            name: {
                "display_value": self.instance.store.display(TABLE, row, name),
                "name": name,
                "label": table.columns[name].label,
                "type": table.columns[name].kind.value,
                "value": row[name],
            }
            for name in known
        }


def _snippet(text: str, words: list[str]) -> str:
    """Return the beginning of ``text`` without tags, and what matches in bold: ``<B>``."""
    short = _TAG.sub(" ", text)[:SNIPPET_CHARS]
    for word in words:
        short = re.sub(rf"(?i)\b({re.escape(word)})\b", r"<B>\1</B>", short)
    return short
