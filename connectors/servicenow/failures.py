"""Every exception of ``requests`` and ``pysnow``, mapped once to what the caller does next.

A read may always be repeated. A write may not: unless the instance surely did not carry it out, it is
:class:`Ambiguous`. Status codes: ServiceNow's pages "REST API HTTP response codes" and "Inbound REST API rate
limiting".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import requests
from pysnow.exceptions import (  # pyright: ignore[reportMissingTypeStubs]  # it ships none
    NoResults,
    PysnowException,
)
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from bot.core.errors import Ambiguous, BotError, Forbidden, Missing, Refused, Retry
from bot.core.untrusted import Untrusted
from connectors._answers import TooLong

VENDOR_ERRORS: Final = (requests.RequestException, PysnowException, ValueError, AttributeError)
"""What a call through pysnow raises. It trusts the answer to be an object: one that is a list gives an
AttributeError, a broken one a ValueError."""

AWAY_S: Final = 10.0
"""How long to wait before asking again where the instance does not say."""
LIMITED_S: Final = 60.0
"""The same for a rate limit; its counters are written every 30 s."""
WAIT_S_MAX: Final = 3_600.0
"""Rules are per hour, so a longer wait is a mistake of somebody's clock."""
WORDS_CHARS_MAX: Final = 500
"""Of the vendor's words, in characters: they go on a card and into the audit."""

_RULE: Final = re.compile(r"data policy|business rule|mandatory|aborted", re.IGNORECASE)
_MANDATORY: Final = re.compile(r"mandatory:\s*(?P<names>[^.\n]+)", re.IGNORECASE)
_DEFINITE: Final = frozenset({400, 405, 406, 409, 410, 412, 413, 415, 422})


def read_failure(error: Exception) -> BotError:
    """Return what to raise when a read went wrong: Retry, Forbidden, Missing or, for too much, Refused."""
    if isinstance(error, requests.HTTPError):
        return _read_status(error.response)
    if isinstance(error, requests.TooManyRedirects):
        return _redirected()
    if isinstance(error, TooLong):
        return Refused(f"ServiceNow: {error}")
    if isinstance(error, NoResults):
        return Missing("ServiceNow has no such record, or the account may not see it")
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return Retry(f"ServiceNow cannot be reached: {type(error).__name__}", after_s=AWAY_S)
    return Retry(f"{_NOT_AN_ANSWER} ({type(error).__name__})", after_s=AWAY_S)


def write_failure(error: Exception) -> BotError:
    """Return what to raise when a write went wrong."""
    if isinstance(error, requests.HTTPError):
        return _write_status(error.response)
    if isinstance(error, requests.TooManyRedirects):
        return _redirected()
    if _never_sent(error):
        return Retry(f"ServiceNow cannot be reached: {type(error).__name__}", after_s=AWAY_S)
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return Ambiguous(f"the connection broke before ServiceNow answered: {type(error).__name__}")
    return Ambiguous(f"{_NOT_AN_ANSWER} ({type(error).__name__})")


def words(response: requests.Response) -> str:
    """Return the instance's own words on one line, without anything invisible; escape them all the same."""
    try:
        told: Any = response.json()["error"]
        said = ": ".join(str(part) for part in (told.get("message"), told.get("detail")) if part)
    except (ValueError, KeyError, TypeError, AttributeError):
        said = ""
    return Untrusted(said).line(WORDS_CHARS_MAX) or f"HTTP {response.status_code}"


def wait_s(headers: Mapping[str, str], default: float) -> float:
    """Return how long the instance asks us to wait: Retry-After, else until X-RateLimit-Reset."""
    asked = _seconds(headers.get("Retry-After", ""), headers)
    if asked is None:
        asked = _until(headers.get("X-RateLimit-Reset", ""), headers)
    return default if asked is None else min(max(asked, 1.0), WAIT_S_MAX)


_NOT_AN_ANSWER: Final = (
    "ServiceNow answered with something other than a result: the instance may be asleep (hibernating), "
    "or something between us answers in its place"
)


def _redirected() -> BotError:
    return Forbidden(
        "ServiceNow sent us to another page instead of answering, usually its login page: check the "
        "address and the credentials"
    )


def _read_status(response: requests.Response) -> BotError:
    said = words(response)
    match response.status_code:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return Forbidden(said)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Retry(said, after_s=wait_s(response.headers, LIMITED_S))
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return Retry(said, after_s=wait_s(response.headers, AWAY_S))
        case _:
            # 404 and 400: no such record, no such table.
            return Missing(said)


def _write_status(response: requests.Response) -> BotError:
    said = words(response)
    match response.status_code:
        case HTTPStatus.UNAUTHORIZED:
            return Forbidden(said)
        case HTTPStatus.FORBIDDEN:
            return _forbidden_or_refused(said)
        case HTTPStatus.NOT_FOUND:
            return Missing(said)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Retry(said, after_s=wait_s(response.headers, LIMITED_S))
        case status if status in _DEFINITE:
            return Refused(said)
        case _:
            return Ambiguous(f"ServiceNow may or may not have done it: {said}")


def _forbidden_or_refused(said: str) -> BotError:
    """Tell a rule's or a policy's no from an ACL's: the documented status of all three is 403."""
    if not _RULE.search(said):
        return Forbidden(said)
    found = _MANDATORY.search(said)
    names = [name.strip() for name in found["names"].split(",")] if found else []
    return Refused(said, fields={name: "mandatory" for name in names if name})


def _never_sent(error: Exception) -> bool:
    """Whether no byte of the request can have reached the instance."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    # A name that does not resolve is a NewConnectionError too.
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _seconds(text: str, headers: Mapping[str, str]) -> float | None:
    """Read Retry-After: seconds, or a date as RFC 9110 has it."""
    try:
        seconds = float(text)
    except ValueError:
        return _until_date(text, headers)
    return seconds if math.isfinite(seconds) else None


def _until_date(text: str, headers: Mapping[str, str]) -> float | None:
    try:
        return (parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None


def _until(reset: str, headers: Mapping[str, str]) -> float | None:
    """Read X-RateLimit-Reset, a Unix time, against the instance's own clock."""
    try:
        seconds = float(reset) - parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (ValueError, TypeError):
        return None
    return seconds if math.isfinite(seconds) else None
