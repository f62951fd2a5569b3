"""The Table API: /api/now[/v1|/v2]/table/{table}[/{sys_id}], as c_TableAPI.md describes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from sandbox.servicenow import query as encoded
from sandbox.servicenow.auth import Gate
from sandbox.servicenow.columns import Column, Kind
from sandbox.servicenow.instance import Instance
from sandbox.servicenow.limits import Limiter
from sandbox.servicenow.render import Rendered, View, render
from sandbox.servicenow.rules import CLOSED, Refused
from sandbox.servicenow.store import Row, Table

LIMIT_DEFAULT: Final = 10_000
"""sysparm_limit when the caller gives none."""
Operation = Callable[[web.Request, Table], Awaitable[web.Response]]
TRUE: Final = "true"


def error(status: int, message: str, detail: str | None) -> web.Response:
    """Answer in the API's error shape."""
    body = {"error": {"message": message, "detail": detail}, "status": "failure"}
    headers = (
        {"WWW-Authenticate": 'BASIC realm="Service-now"'}
        if status == web.HTTPUnauthorized.status_code
        else {}
    )
    return web.json_response(body, status=status, headers=headers)


@dataclass
class TableApi:
    """The routes, over one instance."""

    instance: Instance
    gate: Gate
    limiter: Limiter

    def register(self, app: web.Application) -> None:
        """Add every version's routes to ``app``."""
        for version in ("", "/v1", "/v2"):
            base = f"/api/now{version}/table/{{table}}"
            app.router.add_get(base, self._route(self._list), allow_head=False)
            app.router.add_post(base, self._route(self._create))
            app.router.add_get(base + "/{sys_id}", self._route(self._read), allow_head=False)
            app.router.add_patch(base + "/{sys_id}", self._route(self._change))
            app.router.add_put(base + "/{sys_id}", self._route(self._change))
            app.router.add_delete(base + "/{sys_id}", self._route(self._delete))

    def _route(self, operation: Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            if not self.gate.admits(request.headers):
                return error(401, "User Not Authenticated", "Required to provide Auth information")
            rejected = self.limiter.reject()
            if rejected is not None:
                return rejected
            try:
                response = await operation(request, self._table(request))
            except Refused as refused:
                response = error(refused.status, refused.message, refused.detail)
            response.headers.update(self.limiter.headers())
            return response

        return answer

    def _table(self, request: web.Request) -> Table:
        name, quirks = request.match_info["table"], self.instance.quirks
        table = self.instance.store.tables.get(name)
        if table is None:
            raise Refused(400, f"Invalid table {name}", None)
        if name in quirks.forbidden_tables:
            raise Refused(403, "User Not Authorized", "Failed API level ACL Validation")
        if request.method != "GET" and name in quirks.read_only_tables:
            raise _acl(request.method)
        return table

    async def _list(self, request: web.Request, table: Table) -> web.Response:
        rows = self._found(request, table)
        limit = _number(request, "sysparm_limit", LIMIT_DEFAULT)
        offset = _number(request, "sysparm_offset", 0)
        # The limit comes before the ACLs: a page can be short, or empty, while more rows follow.
        page = [row for row in rows[offset : offset + limit] if not self._is_hidden(row)]
        if not rows and "/v1/" in request.path:
            detail = "Record doesn't exist or ACL restricts the record retrieval"
            raise Refused(404, "No Record found", detail)
        view = self._view(request)
        answer = web.json_response({"result": [self._render(table, row, view) for row in page]})
        if request.query.get("sysparm_no_count") != TRUE:
            answer.headers["X-Total-Count"] = str(len(rows))
        if request.query.get("sysparm_suppress_pagination_header", "").lower() != TRUE:
            answer.headers["Link"] = _links(request, offset, limit, len(rows))
        return answer

    def _found(self, request: web.Request, table: Table) -> list[Row]:
        """Every row the query selects, in its order, before paging."""
        store, name = self.instance.store, table.name
        asked = encoded.parse(
            request.query.get("sysparm_query", ""),
            lambda path: store.column(name, path) is not None,
            self._dynamic,
        )
        pairs = [(key, value) for key, value in request.query.items() if not key.startswith("sysparm_")]
        unknown = [key for key, _ in pairs if store.column(name, key) is None]
        if (asked.ignored or unknown) and self.instance.quirks.invalid_query_returns_no_rows:
            return []

        def selected(row: Row) -> bool:
            def lookup(path: str) -> str:
                return store.value(name, row, path)

            named = all(lookup(key) == value for key, value in pairs if key not in unknown)
            return named and asked.matches(lookup, lambda: _text(row))

        rows = [row for row in table.rows.values() if selected(row)]
        for path, descending in reversed(asked.order):
            rows.sort(
                key=lambda row: asked.sort_key(lambda key: store.value(name, row, key), path),
                reverse=descending,
            )
        return rows

    def _dynamic(self, script: str) -> str | None:
        """Evaluate the scripts callers use to ask who they are."""
        bot = self.gate.credentials.bot_user
        user = self.instance.store.find("sys_user", user_name=bot)
        known = {"gs.getUserName()": bot, "gs.getUserID()": user["sys_id"] if user else ""}
        return known.get(script.strip().rstrip(";"))

    async def _read(self, request: web.Request, table: Table) -> web.Response:
        row = self._visible(table, request.match_info["sys_id"])
        return web.json_response({"result": self._render(table, row, self._view(request))})

    async def _create(self, request: web.Request, table: Table) -> web.Response:
        values = self._values(request, table, await _body(request))
        row = await self._commit(lambda: self.instance.insert(table.name, values, self._actor))
        headers = {"Location": f"{self._view(request).base_url}/{table.name}/{row['sys_id']}"}
        answer = {"result": self._render(table, row, self._view(request))}
        return web.json_response(answer, status=201, headers=headers)

    async def _change(self, request: web.Request, table: Table) -> web.Response:
        old = self._visible(table, request.match_info["sys_id"])
        values = self._values(request, table, await _body(request))
        if table.name == "incident":
            self._may_change(old, values)
        row = await self._commit(lambda: self.instance.update(table.name, old["sys_id"], values, self._actor))
        answer = web.json_response({"result": self._render(table, row, self._view(request))})
        self._human_edits(table, row)
        return answer

    async def _delete(self, request: web.Request, table: Table) -> web.Response:
        row = self._visible(table, request.match_info["sys_id"])

        def gone() -> Row:
            self.instance.delete(table.name, row["sys_id"], self._actor)
            return row

        await self._commit(gone)
        return web.Response(status=204)

    async def _commit(self, write: Callable[[], Row]) -> Row:
        """Write now, or late; a caller who has gone does not stop it."""
        delay = self.instance.quirks.slow_commit_s

        async def late() -> Row:
            await asyncio.sleep(delay)
            return write()

        return await asyncio.shield(late()) if delay else write()

    def _human_edits(self, table: Table, row: Row) -> None:
        """Let a person in right behind the write, when that was asked for; the answer shows it not."""
        quirks = self.instance.quirks
        edit, quirks.edit_after_write = quirks.edit_after_write, {}
        if edit:
            self.instance.update(table.name, row["sys_id"], edit, quirks.editor)

    @property
    def _actor(self) -> str:
        return self.gate.credentials.bot_user

    def _visible(self, table: Table, sys_id: str) -> Row:
        row = self.instance.row(table.name, sys_id)
        return self.instance.row(table.name, "") if self._is_hidden(row) else row

    def _is_hidden(self, row: Row) -> bool:
        """Whether an ACL hides it; a file is as visible as the record it is on."""
        return not self.instance.quirks.hidden_records.isdisjoint(
            (row["sys_id"], row.get("table_sys_id", ""))
        )

    def _may_change(self, old: Row, values: Mapping[str, str]) -> None:
        """ACLs of incident: closing needs itil_admin, and nothing of a closed one may change."""
        closing = values.get("state") == CLOSED
        if not self.instance.quirks.bot_may_close and (closing or old["state"] == CLOSED):
            raise _acl("PATCH")

    def _values(self, request: web.Request, table: Table, body: Mapping[str, Any]) -> dict[str, str]:
        """What of ``body`` is written: unknown, unwritable and dropped fields go without a word."""
        spoken = request.query.get("sysparm_input_display_value", "").lower() == TRUE
        values: dict[str, str] = {}
        for name, given in body.items():
            column = table.columns.get(name)
            if column is None or not column.writable or name in self.instance.quirks.drop_fields:
                continue
            value = _as_text(given)
            # "An empty string clears the field, except for choice fields": c_TableAPI.md.
            if value or column.kind is not Kind.CHOICE:
                values[name] = self._understood(table, column, value) if spoken else value
        return values

    def _understood(self, table: Table, column: Column, value: str) -> str:
        """Turn a display value into the raw one; what names nothing stays as it is."""
        store = self.instance.store
        if column.kind is Kind.REFERENCE and column.references in store.tables:
            rows = store.tables[column.references].rows
            return next((key for key in rows if store.name_of(column.references, key) == value), value)
        if column.kind is Kind.CHOICE:
            for owner in (table.name, column.owner):
                choice = store.find("sys_choice", name=owner, element=column.name, label=value)
                if choice is not None:
                    return choice["value"]
        return value

    def _view(self, request: web.Request) -> View:
        asked, path = request.query, request.path.partition("/table/")[0]
        return View(
            base_url=f"{request.scheme}://{request.host}{path}/table",
            display=asked.get("sysparm_display_value", "false").lower(),
            links=asked.get("sysparm_exclude_reference_link", "").lower() != TRUE,
            fields=tuple(name.strip() for name in asked.get("sysparm_fields", "").split(",") if name.strip()),
            offset_h=self.instance.quirks.display_offset_h,
            hidden=frozenset(self.instance.quirks.hidden_fields),
        )

    def _render(self, table: Table, row: Row, view: View) -> Rendered:
        return render(self.instance.store, table.name, row, view)


def _acl(method: str) -> Refused:
    words = {"POST": "ACL Exception Insert Failed", "DELETE": "ACL Exception Delete Failed"}
    detail = f"{words.get(method, 'ACL Exception Update Failed')} due to security constraints"
    return Refused(403, "Operation Failed", detail)


def _text(row: Row) -> str:
    """What a full-text search reads."""
    return " ".join(
        row.get(name, "") for name in ("number", "short_description", "description", "text")
    ).casefold()


def _number(request: web.Request, name: str, default: int) -> int:
    given = request.query.get(name, "")
    return int(given) if given.isdecimal() else default


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return _as_text(value.get("value", ""))  # pyright: ignore[reportUnknownMemberType]  # JSON
    return "" if value is None else str(value)


async def _body(request: web.Request) -> dict[str, Any]:
    """Read the JSON object of a write.

    Raises:
        Refused: 400, the body is not one.
    """
    try:
        body: Any = json.loads(await request.read() or b"{}")
    except ValueError as broken:
        raise Refused(400, "Exception while reading request", f"Cannot decode: {broken}") from broken
    if not isinstance(body, dict):
        raise Refused(400, "Exception while reading request", "The payload is not valid JSON object.")
    return body  # pyright: ignore[reportUnknownVariableType]  # JSON: keys are strings, values anything


def _links(request: web.Request, offset: int, limit: int, total: int) -> str:
    """The Link header: first, prev and next where there are any, last."""
    step = max(limit, 1)
    last = max(total - 1, 0) // step * step
    places = {"first": 0, "prev": max(offset - step, 0), "next": offset + step, "last": last}
    shown = {
        rel: place
        for rel, place in places.items()
        if (rel != "prev" or offset > 0) and (rel != "next" or offset + step < total)
    }
    base = f"{request.scheme}://{request.host}{request.path}"

    def link(rel: str, place: int) -> str:
        asked = {**request.query, "sysparm_limit": str(limit), "sysparm_offset": str(place)}
        return f'<{base}?{urlencode(asked)}>;rel="{rel}"'

    return ",".join(link(rel, place) for rel, place in shown.items())
