"""The Table API through pysnow, blocking, for one thread: every call translates what went wrong.

A ``pysnow.Resource`` keeps parameters of earlier calls and shares them between threads, so each call makes a
fresh one; and an answer is always read, because pysnow raises only then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

import requests
from pydantic import JsonValue

from bot.core.errors import BotError, Retry
from connectors._answers import whole
from connectors.servicenow.failures import VENDOR_ERRORS, read_failure, write_failure
from connectors.servicenow.mapping import Row
from connectors.servicenow.sessions import BODY_S, TIMEOUT, Tokens, new_client
from connectors.servicenow.settings import ServiceNowSettings

SOON_S: Final = 1.0
"""How long to wait before a call whose token was refused is made again with a new one."""
ANSWER_FIELDS: Final = ("sys_id", "number", "sys_mod_count", "sys_updated_on")
"""What a write is answered with; journal fields would come back empty anyhow."""


@dataclass(frozen=True, slots=True)
class Select:
    """One GET of a table."""

    table: str
    query: str
    fields: tuple[str, ...]
    limit: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and whether more may follow."""

    rows: tuple[Row, ...]
    more: bool


class Wire:
    """One thread's connection to one instance."""

    def __init__(self, settings: ServiceNowSettings, tokens: Tokens) -> None:
        self._client = new_client(settings)
        self._base = settings.url
        self._tokens = tokens

    def close(self) -> None:
        """Give back the sockets."""
        self._client.close()

    def rows(self, select: Select) -> Page:
        """Fetch one page.

        The platform applies the limit before its ACLs, so a short or even empty page is not the last one: the
        Link header tells.

        Raises:
            Retry, Forbidden, Missing: as ``bot.ports.TicketReader.read``.
        """
        token = self._log_in()
        try:
            answer = self._resource(select.table, select.fields).get(
                query=select.query, limit=select.limit, offset=select.offset
            )
            rows: list[Row] = [row for row in answer.all() if isinstance(row, Mapping)]
            link: str = answer.headers.get("Link", "")
        except VENDOR_ERRORS as error:
            raise self._failed(token, error, read_failure(error)) from error
        self._tokens.accepted(token)
        return Page(tuple(rows), 'rel="next"' in link if link else len(rows) >= select.limit)

    def record(self, table: str, sys_id: str, fields: tuple[str, ...]) -> Row:
        """Fetch one record by its sys_id. Raises as :meth:`rows`."""
        token = self._log_in()
        try:
            answer = self._resource(table, fields).request("GET", path_append=f"/{sys_id}")
            row: Row = answer.one()
        except VENDOR_ERRORS as error:
            raise self._failed(token, error, read_failure(error)) from error
        self._tokens.accepted(token)
        return row

    def result(self, path: str, params: Mapping[str, str], bytes_max: int) -> Any:
        """Fetch what another API of the instance, or a table, answers under ``result``.

        Raises:
            Retry, Forbidden, Missing: as :meth:`rows`. Refused: it is longer than ``bytes_max``.
        """
        token = self._log_in()
        try:
            with self._client.session.get(
                self._base + path,
                params=dict(params),
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as answer:
                found = json.loads(_told(whole(answer, BODY_S, bytes_max)))["result"]
        except (*VENDOR_ERRORS, LookupError, TypeError, RecursionError) as error:
            raise self._failed(token, error, read_failure(error)) from error
        self._tokens.accepted(token)
        return found

    def patch(self, table: str, sys_id: str, body: Mapping[str, JsonValue]) -> Row:
        """Change one record in one request, and read the answer.

        Raises:
            Retry, Ambiguous, Refused, Forbidden, Missing: as ``bot.ports.Connector.send``.
        """
        token = self._log_in()
        try:
            answer = self._resource(table, ANSWER_FIELDS).request(
                "PATCH", path_append=f"/{sys_id}", data=json.dumps(dict(body))
            )
            row: Row = answer.one()
        except VENDOR_ERRORS as error:
            raise self._failed(token, error, write_failure(error)) from error
        self._tokens.accepted(token)
        return row

    def post(self, table: str, body: Mapping[str, JsonValue]) -> Row:
        """Make one record in one request, and read the answer. Raises as :meth:`patch`."""
        token = self._log_in()
        try:
            answer = self._resource(table, ANSWER_FIELDS).request("POST", data=json.dumps(dict(body)))
            row: Row = answer.one()
        except VENDOR_ERRORS as error:
            raise self._failed(token, error, write_failure(error)) from error
        self._tokens.accepted(token)
        return row

    def _resource(self, table: str, fields: tuple[str, ...]) -> Any:
        resource = self._client.resource(api_path=f"/table/{table}", timeout=TIMEOUT)
        resource.parameters.add_custom({"sysparm_fields": ",".join(fields)})
        return resource

    def _log_in(self) -> str:
        """Put a fresh token on the session where one is needed; raises as ``Tokens.bearer``."""
        if not self._tokens.needed:
            return ""
        token = self._tokens.bearer()
        self._client.session.headers["Authorization"] = f"Bearer {token}"
        return token

    def _failed(self, token: str, error: Exception, failure: BotError) -> BotError:
        """Turn the refusal of a token that had worked into a second try with a new one.

        A 401 is given before anything is done, so this is safe for writes as well. A token that was never
        accepted stays a refusal: a new one would fare no better.
        """
        unauthorised = (
            isinstance(error, requests.HTTPError) and error.response.status_code == HTTPStatus.UNAUTHORIZED
        )
        if not unauthorised or not self._tokens.refused(token):
            return failure
        return Retry("ServiceNow no longer accepts our OAuth token: fetching a new one", after_s=SOON_S)


def _told(answer: requests.Response) -> bytes:
    """Return an answer's body.

    Raises:
        requests.HTTPError: it is a refusal.
    """
    if not answer.ok:
        # Without its words, which a model may get to read: whoever answers in the instance's place could
        # repeat what we logged in with.
        short = requests.Response()
        short.status_code, short.headers, short.raw = answer.status_code, answer.headers, BytesIO()
        raise requests.HTTPError(response=short)
    return answer.content
