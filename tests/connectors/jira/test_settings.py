"""What the Jira connector has to be told, and what it says when it is told wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.jira.settings import JiraSettings

CLOUD: dict[str, Any] = {"url": "https://acme.atlassian.net", "email": "bot@acme.example", "api_token": "t0p"}
DC: dict[str, Any] = {"url": "https://jira.acme.example/jira/", "pat": "p4t"}


def refusal(**given: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        JiraSettings.model_validate(given)
    return str(refused.value)


def test_an_api_token_means_cloud_and_a_personal_token_data_center() -> None:
    assert JiraSettings.model_validate(CLOUD).is_cloud
    assert not JiraSettings.model_validate(DC).is_cloud


def test_a_context_path_is_kept_and_the_slash_at_its_end_is_not() -> None:
    assert JiraSettings.model_validate(DC).url == "https://jira.acme.example/jira"


def test_people_open_tickets_elsewhere_when_a_scoped_token_goes_through_the_gateway() -> None:
    scoped = {
        **CLOUD,
        "url": "https://api.atlassian.com/ex/jira/abc",
        "site_url": "https://acme.atlassian.net",
    }
    assert JiraSettings.model_validate(scoped).people_url == "https://acme.atlassian.net"
    assert JiraSettings.model_validate(CLOUD).people_url == "https://acme.atlassian.net"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8081", "http://localhost:8081/jira", "http://[::1]:8081"])
def test_plain_http_is_for_loopback(url: str) -> None:
    assert JiraSettings.model_validate({**CLOUD, "url": url}).url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://jira.acme.example",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://0.0.0.0",
        "http://localhost.x",
    ],
)
def test_plain_http_is_refused_elsewhere(url: str) -> None:
    assert "write https://" in refusal(**{**CLOUD, "url": url})


@pytest.mark.parametrize(
    "url",
    ["acme.atlassian.net", "ftp://acme.example", "https://", "https://a:b@acme.example", "https://acme.example?x=1",
     "https://acme.example#x", "https://acme.example:notaport", "javascript:alert(1)", "https://[::1"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert "url" in refusal(**{**CLOUD, "url": url})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"url": CLOUD["url"]}, "no credentials: set JIRA_EMAIL and JIRA_API_TOKEN"),
        ({"url": CLOUD["url"], "email": "bot@acme.example"}, "JIRA_API_TOKEN is not set"),
        ({"url": CLOUD["url"], "api_token": "t0p"}, "JIRA_EMAIL is not set"),
        ({**CLOUD, "pat": "p4t"}, "not both"),
        ({**CLOUD, "url": ""}, "JIRA_URL is empty"),
        ({**CLOUD, "queues": ["ops"]}, "capitals, like OPS"),
        ({**CLOUD, "queues": ['OPS") OR (1=1']}, "capitals, like OPS"),
        ({**CLOUD, "tokne": "x"}, "tokne"),
    ],
)
def test_what_is_missing_or_too_much_is_said_with_its_variable(given: dict[str, Any], says: str) -> None:
    message = refusal(**given)
    assert says in message
    assert "t0p" not in message
    assert "p4t" not in message


def test_secrets_do_not_print_and_lose_the_newline_of_their_file() -> None:
    settings = JiraSettings.model_validate({**CLOUD, "api_token": "t0p\n", "webhook_secret": "s3cret\n"})
    assert "t0p" not in repr(settings) + str(settings) + str(settings.model_dump())
    assert settings.api_token.get_secret_value() == "t0p"
    assert settings.webhook_secret.get_secret_value() == "s3cret"


def test_queues_are_project_keys_without_doubles() -> None:
    assert JiraSettings.model_validate({**CLOUD, "queues": ["OPS", "HELP", "OPS"]}).queues == ("OPS", "HELP")
