"""What the connector accepts as settings, and what it says about the rest."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.servicenow import CONNECTOR
from connectors.servicenow.settings import ServiceNowSettings, signing_key
from tests.connectors.servicenow.building import SECRET, settings


def make(**given: Any) -> ServiceNowSettings:
    return ServiceNowSettings.model_validate({"url": "https://acme.service-now.com", **given})


def test_a_user_and_a_password_are_enough_and_incidents_are_the_default() -> None:
    made = make(user="bot", password="pw")
    assert (made.tables, made.language) == (("incident",), "en")


@pytest.mark.parametrize(
    "ways", [{"api_key": "k"}, {"client_id": "i", "client_secret": "s"}, {"api_key": "k", "user": "bot"}]
)
def test_a_key_or_oauth_are_enough_too(ways: dict[str, str]) -> None:
    assert make(**ways).url == "https://acme.service-now.com"


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ({}, "SERVICENOW_USER"),
        ({"user": "bot"}, "no way to log in"),
        ({"password": "pw"}, "without a user name"),
        ({"user": "bot", "password": "pw", "api_key": "k"}, "more than one way"),
        ({"api_key": "k", "client_id": "i", "client_secret": "s"}, "more than one way"),
        ({"client_id": "i"}, "both client_id and client_secret"),
        ({"client_secret": "s"}, "both client_id and client_secret"),
    ],
)
def test_no_way_in_half_a_way_or_two_are_refused_with_words(ways: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        make(**ways)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:9", "http://127.9.9.9"]
)
def test_plain_http_is_accepted_on_this_machine(url: str) -> None:
    assert settings(url).url == url


@pytest.mark.parametrize(
    "url", ["http://acme.service-now.com", "http://10.0.0.1", "http://127.0.0.1.evil.example"]
)
def test_plain_http_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="loopback"):
        settings(url)


@pytest.mark.parametrize(
    "url",
    [
        "acme.service-now.com",
        "ftp://acme.service-now.com",
        "https://",
        "https://bot:pw@acme.service-now.com",
        "https://acme.service-now.com/?x=1",
        "https://acme.service-now.com/#x",
        "https://acme.service-now.com/a b",
        "",
    ],
)
def test_an_address_that_is_none_or_says_too_much_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="address"):
        settings(url)


def test_a_slash_at_the_end_is_dropped_and_a_path_is_kept() -> None:
    assert settings("https://gateway.example.com/snow/").url == "https://gateway.example.com/snow"


def test_a_setting_we_do_not_know_is_refused() -> None:
    with pytest.raises(ValidationError, match="tabels"):
        make(user="bot", password="pw", tabels=["incident"])


@pytest.mark.parametrize("tables", [[], ["Incident"], ["incident^ORDERBYx"], ["sys user"]])
def test_tables_are_plain_names_and_at_least_one(tables: list[str]) -> None:
    with pytest.raises(ValidationError):
        make(user="bot", password="pw", tables=tables)


@pytest.mark.parametrize("user", ["bot^ORadmin", "bot\nX: 1", "bot\x00"])
def test_a_user_name_that_would_change_a_query_is_refused(user: str) -> None:
    with pytest.raises(ValidationError, match=r"\^ or control"):
        make(user=user, password="pw")


@pytest.mark.parametrize(
    ("secret", "words"),
    [("hunter2hunter2", "another shape"), ("whsec_!!!", "not base64"), ("whsec_QUJD", "too short")],
)
def test_a_signing_secret_of_another_shape_is_refused_without_being_quoted(secret: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        make(user="bot", password="pw", webhook_secret=secret)
    assert secret not in str(caught.value)


def test_the_line_end_of_a_secrets_file_is_dropped() -> None:
    made = make(api_key="k-1\n", webhook_secret=SECRET + "\r\n")
    assert made.api_key.get_secret_value() == "k-1"
    assert made.webhook_secret.get_secret_value() == SECRET


def test_secrets_never_print() -> None:
    shown = repr(make(user="bot", password="pa55", webhook_secret=SECRET))
    assert "pa55" not in shown
    assert SECRET not in shown


def test_a_signing_key_is_what_the_base64_stands_for() -> None:
    assert signing_key(SECRET) == b"A" * 32


def test_every_environment_variable_fills_a_setting_that_exists() -> None:
    assert set(CONNECTOR.environment) <= set(ServiceNowSettings.model_fields)
    assert CONNECTOR.environment["url"] == "SERVICENOW_URL"
