"""Every way a call can fail, and what the caller is told to do about it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from pysnow.exceptions import (  # pyright: ignore[reportMissingTypeStubs]  # it ships none
    EmptyContent,
    MissingResult,
    NoResults,
)
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from bot.core.errors import Ambiguous, BotError, Forbidden, Missing, Refused, Retry
from connectors.servicenow.failures import read_failure, wait_s, words, write_failure

DATE = "Sat, 21 Nov 2026 09:30:00 GMT"
POLICY = {
    "message": "Operation Failed",
    "detail": "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes",
}
RULE = {
    "message": "Operation Failed",
    "detail": "Operation against file 'incident' was aborted by Business Rule 'Prevent reopening'.",
}
ACL = {"message": "Operation Failed", "detail": "ACL Exception Update Failed due to security constraints"}


def answer(status: int, body: Any = None, headers: dict[str, str] | None = None) -> requests.HTTPError:
    response = requests.Response()
    response.status_code = status
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response.headers.update(headers or {})
    return requests.HTTPError(response=response)


def told(error: dict[str, str]) -> dict[str, Any]:
    return {"error": error, "status": "failure"}


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (400, Missing, Refused),
        (401, Forbidden, Forbidden),
        (403, Forbidden, Forbidden),
        (404, Missing, Missing),
        (408, Retry, Ambiguous),
        (409, Missing, Refused),
        (413, Missing, Refused),
        (422, Missing, Refused),
        (429, Retry, Retry),
        (500, Retry, Ambiguous),
        (502, Retry, Ambiguous),
        (503, Retry, Ambiguous),
        (504, Retry, Ambiguous),
    ],
)
def test_each_status_of_a_read_and_of_a_write(
    status: int, read: type[BotError], write: type[BotError]
) -> None:
    error = answer(status, told(ACL))
    assert type(read_failure(error)) is read
    assert type(write_failure(error)) is write


def test_a_data_policy_is_a_refusal_that_names_the_fields() -> None:
    failure = write_failure(answer(403, told(POLICY)))
    assert isinstance(failure, Refused)
    assert failure.fields == {"Resolution code": "mandatory", "Resolution notes": "mandatory"}
    assert "Data Policy Exception" in str(failure)


def test_a_business_rules_no_is_a_refusal_in_its_own_words() -> None:
    failure = write_failure(answer(403, told(RULE)))
    assert isinstance(failure, Refused)
    assert "Prevent reopening" in str(failure)


@pytest.mark.parametrize(
    "body",
    [
        told(ACL),
        told({"message": "User Not Authorized", "detail": "Failed API level ACL Validation"}),
        None,
        b"<html>",
    ],
)
def test_any_other_403_means_missing_rights(body: Any) -> None:
    assert isinstance(write_failure(answer(403, body)), Forbidden)


def connection(reason: Exception) -> requests.ConnectionError:
    pool = HTTPConnectionPool("127.0.0.1")
    return requests.ConnectionError(MaxRetryError(pool, "/", reason))


def test_a_write_that_never_left_may_be_sent_again() -> None:
    refused = connection(NewConnectionError(HTTPConnectionPool("127.0.0.1"), "refused"))  # type: ignore[arg-type]  # any pool names itself
    for error in (refused, requests.ConnectTimeout()):
        assert isinstance(write_failure(error), Retry)


@pytest.mark.parametrize(
    "error",
    [
        requests.ReadTimeout(),
        requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError())),
        requests.exceptions.ChunkedEncodingError(),
        requests.exceptions.ContentDecodingError(),
        requests.exceptions.SSLError("EOF occurred in violation of protocol"),
        requests.exceptions.JSONDecodeError("Expecting value", "<html>", 0),
        MissingResult("no result"),
        NoResults("none"),
        EmptyContent("202"),
        ValueError("x"),
        AttributeError("'list' object has no attribute 'get'"),
    ],
)
def test_a_write_whose_answer_did_not_come_is_never_sent_again(error: Exception) -> None:
    assert isinstance(write_failure(error), Ambiguous)


@pytest.mark.parametrize(
    "error",
    [
        requests.ReadTimeout(),
        requests.ConnectionError(),
        requests.exceptions.SSLError("x"),
        requests.exceptions.JSONDecodeError("Expecting value", "<html>", 0),
        MissingResult("no result"),
        EmptyContent("202"),
    ],
)
def test_a_read_that_failed_on_the_way_may_be_repeated(error: Exception) -> None:
    assert isinstance(read_failure(error), Retry)


def test_a_page_instead_of_an_answer_says_that_the_instance_may_be_asleep() -> None:
    error = requests.exceptions.JSONDecodeError("Expecting value", "<html>", 0)
    assert "hibernating" in str(read_failure(error))
    assert "hibernating" in str(write_failure(error))


@pytest.mark.parametrize("failure", [read_failure, write_failure])
def test_a_redirect_to_a_login_page_is_refused_credentials(failure: Any) -> None:
    assert isinstance(failure(requests.TooManyRedirects()), Forbidden)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "Sat, 21 Nov 2026 09:31:00 GMT", "Date": DATE}, 60),
        ({"X-RateLimit-Reset": "1795253430", "Date": DATE}, 30),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "-9"}, 1),
        ({"Retry-After": "999999"}, 3600),
        ({"Retry-After": "soon"}, 60),
        ({"Retry-After": "nan"}, 60),
        ({"Retry-After": "inf"}, 60),
        ({"X-RateLimit-Reset": "nan", "Date": DATE}, 60),
        ({"X-RateLimit-Reset": "never", "Date": DATE}, 60),
        ({"X-RateLimit-Reset": "1795253430"}, 60),
        ({}, 60),
    ],
)
def test_how_long_to_wait_is_what_the_instance_says_within_reason(
    headers: dict[str, str], seconds: float
) -> None:
    failure = write_failure(answer(429, told(ACL), headers))
    assert isinstance(failure, Retry)
    assert failure.after_s == seconds
    assert wait_s(answer(429, None, headers).response.headers, 60.0) == seconds


@pytest.mark.parametrize(
    "body",
    [None, [], "x", {"error": "text"}, {"error": None}, {"error": []}, b"<html>", b"\xff"],
)
def test_an_error_of_another_shape_gives_its_status(body: Any) -> None:
    assert words(answer(500, body).response) == "HTTP 500"


def test_the_vendors_words_are_one_clean_bounded_line() -> None:
    hostile = {"message": "No\n\u202eway", "detail": "x" * 5_000}
    said = words(answer(500, told(hostile)).response)
    assert said.startswith("No way: xxx")
    assert len(said) <= 500
