"""Jira over HTTP: the ``jira`` library's sessions in threads, one attempt a request, errors translated once.

The library gives sessions, credentials, addresses and TLS. Its own verbs are not used for writing: they retry
after a lost answer and so comment three times, assign whoever a fuzzy search finds first, and send
transitions in a shape Atlassian's OpenAPI refuses. Nor for reading: they parse a ``Retry-After`` that is a
date into a crash, and one page of comments passes for all of them.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast

import requests
import urllib3
from jira import JIRA
from pydantic import JsonValue

from bot.core.actions import VendorAnswer
from bot.core.errors import Ambiguous, BotError, Forbidden, Missing, Refused, Retry
from bot.core.untrusted import Untrusted
from connectors._answers import TooLong, whole
from connectors._threads import PerThread, Threads
from connectors.jira.settings import JiraSettings
from connectors.jira.shapes import listed, thing

CONNECT_S: Final = 3.0
READ_S: Final = 15.0
"""Between two bytes of an answer."""
BODY_S: Final = 15.0
"""From an answer's first byte to its last."""
CALL_S: Final = 45.0
"""From asking for a thread to the whole answer; more than one slow answer takes, so that the queue counts."""
BUSY_S: Final = 5.0
"""How long to wait when Jira does not say, in seconds."""
LIMITED_S: Final = 10.0
"""The same after a 429 without ``Retry-After``."""
WAIT_S_MAX: Final = 3_600.0
"""A clock that is wrong on the other side must not park a ticket for a year."""
WORDS_CHARS_MAX: Final = 500
"""Of what Jira says about a refusal, in characters: it goes onto a card."""

_GONE: Final = frozenset({404, 410})
_LIMITED: Final = frozenset({425, 429})
_LIBRARY: Final = (requests.RequestException, urllib3.exceptions.HTTPError)


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    params: Mapping[str, str]
    body: bytes | None

    @property
    def is_read(self) -> bool:
        return self.method == "GET"


class _Session(JIRA):
    """The library's client, for one raw request at a time: it has no public way to send one."""

    def exchange(self, call: _Call) -> requests.Response:
        """Send once, past the library's own ``request``, which breaks on error bodies it does not expect.

        Redirects are not followed: a POST would arrive as a GET of the login page.
        """
        session = cast("requests.Session | None", self._session)
        assert session is not None, "a closed session is not asked"
        answer = requests.Session.request(
            session,
            call.method,
            self.server_url + call.path,
            params=call.params,
            data=call.body,
            timeout=(CONNECT_S, READ_S),
            allow_redirects=False,
            stream=True,
        )
        return whole(answer, BODY_S)

    def give_back(self) -> None:
        """Close the sockets."""
        session = cast("requests.Session | None", self._session)
        if session is not None:
            session.close()


class Client:
    """One site and one account on it."""

    def __init__(self, name: str, settings: JiraSettings) -> None:
        """Do no I/O; a session is made in each thread when it first sends."""
        self._name, self._settings = name, settings
        self._threads = Threads(name)
        self._sessions = PerThread(self._session, lambda session: session.give_back())

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return an object.

        Raises:
            Retry: busy, away, or answering with something else than JSON.
            Missing, Forbidden, Refused: as Jira says.
        """
        return thing((await self._run(_Call("GET", path, params or {}, None))).body)

    async def get_list(self, path: str, params: Mapping[str, str] | None = None) -> list[Any]:
        """Return a list. Raises as :meth:`get`."""
        return listed((await self._run(_Call("GET", path, params or {}, None))).body)

    async def write(
        self, method: str, path: str, body: Mapping[str, JsonValue] | None = None
    ) -> VendorAnswer:
        """Make one attempt.

        Raises:
            Retry: it definitely did not happen.
            Ambiguous: nobody knows.
            Missing, Forbidden, Refused: a definite no.
        """
        return await self._run(_Call(method, path, {}, None if body is None else json.dumps(body).encode()))

    def close(self) -> None:
        """Give back threads and sockets."""
        self._threads.close()
        self._sessions.close()

    async def _run(self, call: _Call) -> VendorAnswer:
        try:
            return await self._threads.run(lambda: self._exchange(call), timeout_s=CALL_S)
        except (*_LIBRARY, TimeoutError) as error:
            raise translated(error, self._name, call.method) from error

    def _exchange(self, call: _Call) -> VendorAnswer:
        """Send once, in a thread."""
        answer = self._sessions.get().exchange(call)
        if not answer.ok or answer.is_redirect:
            raise requests.HTTPError(response=answer)
        return VendorAnswer(answer.status_code, answer.json() if answer.content else None)

    def _session(self) -> _Session:
        """Make a session without asking the server anything, and without the library's retries."""
        settings = self._settings
        way_in: dict[str, Any] = (
            {"basic_auth": (settings.email, settings.api_token.get_secret_value())}
            if settings.is_cloud
            else {"token_auth": settings.pat.get_secret_value()}
        )
        headers = {
            "User-Agent": "countersign",
            # The service desk API called itself experimental on older servers: it wants to hear that we know.
            "X-ExperimentalApi": "opt-in",
        }
        jira = _Session(
            server=settings.url,
            options={"headers": headers},
            get_server_info=False,
            max_retries=0,
            timeout=(CONNECT_S, READ_S),
            logging=False,
            **way_in,
        )
        # Without server info the library takes every site for a server, and uses a search Cloud has removed.
        jira.deploymentType = "Cloud" if settings.is_cloud else "Server"
        # At DEBUG it writes whole answers to the log, headers included.
        logging.getLogger("jira").setLevel(logging.WARNING)
        return jira


def translated(error: Exception, name: str, method: str) -> BotError:
    """Return what the caller should do about ``error``, which it raises from it."""
    answer = error.response if isinstance(error, requests.HTTPError) else None
    if answer is not None:
        known = _by_status(answer, name)
        if known is not None:
            return known
        why = f"{name}: Jira answered {answer.status_code} to a {method}"
    elif isinstance(error, requests.exceptions.JSONDecodeError):
        why = f"{name}: Jira answered a {method} with something that is not JSON, as a proxy does"
    elif isinstance(error, TooLong) and method == "GET":
        return Refused(f"{name}: {error}")
    else:
        why = f"{name}: no answer to a {method}: {type(error).__name__}"
    if method == "GET":
        return Retry(why, after_s=wait_s({} if answer is None else answer.headers, BUSY_S))
    if _never_left(error):
        return Retry(f"{name}: no connection to Jira: {type(error).__name__}", after_s=BUSY_S)
    return Ambiguous(why)


def wait_s(headers: Mapping[str, str], otherwise_s: float) -> float:
    """Read ``Retry-After``: seconds, fractions of them, or a date, counted from the answer's own ``Date``."""
    given = headers.get("Retry-After", "").strip()
    try:
        seconds = float(given)
    except ValueError:
        until, now = _date(given), _date(headers.get("Date", ""))
        seconds = (until - now).total_seconds() if until and now else otherwise_s
    return otherwise_s if math.isnan(seconds) else min(max(seconds, 0.0), WAIT_S_MAX)


def _by_status(answer: requests.Response, name: str) -> BotError | None:
    """Return the errors that mean the same for reads and writes; None for a 5xx."""
    status, (words, fields) = answer.status_code, _words(answer)
    says = f"{name}: Jira answered {status}{': ' + words if words else ''}"
    if answer.is_redirect:
        return Forbidden(
            f"{name}: Jira sent us to another page, usually its login: check the address and the token"
        )
    if status in {401, 403}:
        return Forbidden(f"{says}. Check the token and what its account may do in this project")
    if status in _GONE:
        return Missing(says)
    if status in _LIMITED:
        return Retry(says, after_s=wait_s(answer.headers, LIMITED_S))
    if status < 500 and status != 408:  # noqa: PLR2004  # 408: it gave up waiting, having read who knows how much
        return Refused(says, fields=fields)
    return None


def _words(answer: requests.Response) -> tuple[str, dict[str, str]]:
    """Read what Jira says, in either API's shape, and by field: the library's text drops the fields."""
    try:
        body = thing(answer.json())
    except requests.exceptions.JSONDecodeError:
        return "", {}
    fields = {str(field): _short(str(why)) for field, why in thing(body.get("errors")).items()}
    messages = [str(each) for each in listed(body.get("errorMessages"))]
    messages += [str(body[each]) for each in ("errorMessage", "message") if body.get(each)]
    messages += [f"{field}: {why}" for field, why in fields.items()]
    return _short("; ".join(messages)), fields


def _short(text: str) -> str:
    return Untrusted(text).line(WORDS_CHARS_MAX)


def _never_left(error: Exception) -> bool:
    """Whether the request cannot have reached Jira: no connection was made to send it through."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    if isinstance(error, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(error)
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    reason = cause.reason if isinstance(cause, urllib3.exceptions.MaxRetryError) else None
    # A name that does not resolve is a kind of NewConnectionError.
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ProxyError)


def _date(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
    except ValueError:
        return None
    return read if read.tzinfo else None
