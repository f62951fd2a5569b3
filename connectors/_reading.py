"""Reading over HTTP for sources of context: it asks, it never changes anything, and it does not wait long.

Only GET leaves here, and the one POST that reads: a search whose question stands in the body. No redirect is
followed, so that neither the question nor the token travels to where an answer points; no cookie is kept; no
answer is read beyond its bound. No vendor is named here.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from pydantic import JsonValue
from yarl import URL

from bot.core.errors import BotError, Forbidden, Missing, Refused, Retry
from bot.core.foreign import thing
from bot.core.untrusted import Untrusted

CONNECT_S: Final = 3.0
CALL_S: Final = 15.0
"""From asking for a connection to the last byte: somebody waits for it in a conversation."""
ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024
"""More than any question of ours is answered with; 100,000 names of metrics are half of that."""
ASIDE_BYTES_MIN: Final = 128 * 1024
"""From here on an answer is read in a thread: JSON of this size takes a millisecond."""
AT_ONCE_MAX: Final = 8
"""Requests under way at a time to one server."""
AWAY_S: Final = 5.0
"""How long to wait where the server does not say."""
LIMITED_S: Final = 30.0
"""The same after a 429."""
WAIT_S_MAX: Final = 3_600.0
"""A clock that is wrong on the other side must not park anybody for a year."""
WORDS_CHARS_MAX: Final = 200
"""Of a server's own words about a refusal, in characters."""
WORDS_DEPTH_MAX: Final = 5
"""How deep they are looked for: Elasticsearch has them in the second level."""
SEARCH: Final = "/_search"
"""How the path of a POST that only reads ends."""

_LIMITED: Final = frozenset({425, 429})
_GONE: Final = frozenset({404, 410})
_WORDS_AT: Final = ("error", "message", "reason", "detail", "errorMessage")
"""Where servers say what is wrong, at the top of their answer or one step below ``error``."""


class Reader:
    """One server and one account on it."""

    def __init__(
        self, name: str, base: str, headers: Mapping[str, str], *, answer_bytes_max: int = ANSWER_BYTES_MAX
    ) -> None:
        """``base``: the checked address, without a slash at its end; ``headers``: the way in. Does no I/O."""
        self._name, self._base, self._answer_bytes_max = name, base, answer_bytes_max
        self._headers = {
            "Accept": "application/json",
            # Unpacked, a small answer could be a large one before it is counted; nor is one unpacked below.
            "Accept-Encoding": "identity",
            "User-Agent": "countersign",
            **headers,
        }
        self._secrets = tuple(value.partition(" ")[2] or value for value in headers.values())
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def get(self, path: str, params: Iterable[tuple[str, str]] = ()) -> Any:
        """Return the JSON at ``path``.

        Raises:
            Retry: busy, away, late, or answering with something else than JSON.
            Forbidden: our credentials are refused, or we are sent to another page.
            Missing: it is not there. Refused: it does not take the question, or answers with too much.
        """
        return await self._ask("GET", path, urlencode(list(params)), None)

    async def search(
        self, path: str, params: Iterable[tuple[str, str]], body: Mapping[str, JsonValue]
    ) -> Any:
        """Return what a search over ``path`` finds. Raises as :meth:`get`."""
        assert path.endswith(SEARCH), "nothing else may be posted to"
        return await self._ask("POST", path, urlencode(list(params)), json.dumps(dict(body)).encode())

    async def close(self) -> None:
        """Give back the sockets; nothing is asked afterwards."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    async def _ask(self, method: str, path: str, query: str, body: bytes | None) -> Any:
        url = URL(f"{self._base}{path}" + (f"?{query}" if query else ""), encoded=True)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self._closed:
            raise Retry(f"{self._name}: shutting down", after_s=AWAY_S)
        try:
            async with self._open().request(
                method, url, data=body, headers=headers, allow_redirects=False, proxy=_proxy(self._base)
            ) as answer:
                raw = await self._bounded(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # The error's own words hold the address with the question; its kind says enough.
            raise Retry(f"{self._name}: no answer: {type(error).__name__}", after_s=AWAY_S) from None
        said = await _parsed(raw)
        if answer.status != HTTPStatus.OK:
            raise self._failure(answer, said)
        if said is None:
            raise Retry(
                f"{self._name}: answered with something that is not JSON, as a proxy or a login page does",
                after_s=AWAY_S,
            )
        return said

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=CALL_S, sock_connect=CONNECT_S),
                connector=aiohttp.TCPConnector(limit=AT_ONCE_MAX),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    async def _bounded(self, answer: aiohttp.ClientResponse) -> bytes:
        """Read the answer, up to its bound.

        Raises:
            Retry: it is packed. Refused: there is more of it.
        """
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Retry(f"{self._name}: packs its answers though it was asked not to", after_s=AWAY_S)
        read = bytearray()
        async for chunk in answer.content.iter_any():
            read += chunk
            if len(read) > self._answer_bytes_max:
                answer.close()
                raise Refused(
                    f"{self._name}: answers with more than {self._answer_bytes_max:,} bytes: ask for less"
                )
        return bytes(read)

    def _failure(self, answer: aiohttp.ClientResponse, said: Any) -> BotError:
        status, says = answer.status, f"{self._name}: answered {answer.status}"
        if status in _LIMITED:
            return Retry(says, after_s=wait_s(answer.headers, LIMITED_S))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return Retry(says, after_s=wait_s(answer.headers, AWAY_S))
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return Forbidden(f"{says}: check its credentials and what the account may read")
        if status in _GONE:
            return Missing(f"{says}: it is not there, or the account may not see it")
        if status < HTTPStatus.BAD_REQUEST:
            return Forbidden(
                f"{says}, another page instead of an answer, usually its login: check the address"
            )
        return Refused(f"{says}: {self._words(said)}".removesuffix(": "))

    def _words(self, said: Any) -> str:
        """Return the server's own words on one line, without our credentials should it repeat them."""
        below: Any = said
        for _ in range(WORDS_DEPTH_MAX):
            at: list[Any] = [thing(below).get(key) for key in _WORDS_AT]
            below = next((each for each in at if thing(each) or (each and isinstance(each, str))), "")
            if isinstance(below, str):
                for secret in self._secrets:
                    below = below.replace(secret, "…")
                return Untrusted(below).line(WORDS_CHARS_MAX)
        return ""


def rooted(name: str, answer: Any, root: str) -> dict[str, Any]:
    """Return ``answer`` if it has what every answer of that server has: else nothing found would be made up.

    Raises:
        Retry: something else has answered.
    """
    if root not in thing(answer):
        raise Retry(f"{name}: answered with something other than a result", after_s=AWAY_S)
    return thing(answer)


def wait_s(headers: Mapping[str, str], otherwise_s: float) -> float:
    """Read ``Retry-After``: seconds, or a date, which counts from the answer's own ``Date``."""
    given = headers.get("Retry-After", "").strip()
    try:
        seconds = float(given)
    except ValueError:
        seconds = _until(given, headers.get("Date", ""))
    return min(max(seconds, 0.0), WAIT_S_MAX) if math.isfinite(seconds) else otherwise_s


def _until(given: str, now: str) -> float:
    try:
        return (parsedate_to_datetime(given) - parsedate_to_datetime(now)).total_seconds()
    except (ValueError, TypeError):  # no date, or one without and one with a zone
        return math.nan


def _proxy(base: str) -> str | None:
    """Return the proxy the environment names for ``base``.

    Asked here because the library would read ``.netrc`` along with it, and send what stands there.
    """
    parts = urlsplit(base)
    proxy = getproxies().get(parts.scheme)
    return proxy if proxy and parts.hostname and not proxy_bypass(parts.hostname) else None


async def _parsed(raw: bytes) -> Any:
    return _json(raw) if len(raw) < ASIDE_BYTES_MIN else await asyncio.to_thread(_json, raw)


def _json(raw: bytes) -> Any:
    """Read ``raw``; None where it is no JSON, or nested so deeply that nobody meant it."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
